"""``tfgrad rules``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from tfgrad_lint.addresses import page_address
from tfgrad_lint.catalogue import RULES
from tfgrad_lint.documentation import default_of, index
from tfgrad_lint.exit_codes import EXIT_CLEAN

if TYPE_CHECKING:
    from tfgrad_lint.rules.base import Rule


@click.command(name="rules")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How to print.",
)
def list_rules(output_format: str) -> int:
    """List all rules."""
    if output_format == "json":
        click.echo(json.dumps([_rule_object(rule) for rule in RULES], indent=2))
    elif output_format == "markdown":
        click.echo(index(RULES), nl=False)
    else:
        width = max(len(rule.name) for rule in RULES)
        for rule in RULES:
            click.echo(f"{rule.code}  {rule.name:{width}}  {default_of(rule):7}  {rule.summary()}")
    return EXIT_CLEAN


def _rule_object(rule: type[Rule]) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "default": rule.default,
        "preview": rule.preview,
        "summary": rule.summary(),
        "documentation": rule.documentation(),
        "url": page_address(rule.code),
    }
