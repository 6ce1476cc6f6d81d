"""``tfgrad explain``."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.markdown import Markdown

from tfgrad_lint.catalogue import RULES
from tfgrad_lint.commands.options import RuleWord
from tfgrad_lint.documentation import find_rule, page
from tfgrad_lint.exit_codes import EXIT_CLEAN


@click.command()
@click.argument("codes", nargs=-1, required=True, type=RuleWord(), metavar="CODE...")
def explain(codes: tuple[str, ...]) -> int:
    """Tell what a rule reports, why it matters, and show examples."""
    text = "\n".join(page(find_rule(code, RULES)) for code in codes)
    if sys.stdout.isatty():
        Console().print(Markdown(text))
    else:
        click.echo(text, nl=False)
    return EXIT_CLEAN
