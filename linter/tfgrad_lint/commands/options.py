"""Options that several subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from tfgrad_lint.config import Overrides
from tfgrad_lint.selection import Selectors

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

PATH = click.Path(path_type=Path)


class Codes(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic since click 8.4
    """Codes or their beginnings, separated by commas."""

    name = "codes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Split ``TFG1,TFG201``."""
        del param, ctx
        return tuple(code.strip() for code in value.split(",") if code.strip()) if isinstance(value, str) else value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer the codes that go on as what is typed behind the last comma."""
        del ctx, param
        before, comma, begun = incomplete.rpartition(",")
        return [CompletionItem(before + comma + code, help=name) for code, name in _rules() if code.startswith(begun)]


class RuleWord(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A rule's code or name."""

    name = "rule"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer the codes and the names that go on as what is typed."""
        del ctx, param
        words = [(word, name) for code, name in _rules() for word in (code, name)]
        return [CompletionItem(word, help=name) for word, name in words if word.startswith(incomplete)]


def _rules() -> list[tuple[str, str]]:
    from tfgrad_lint.catalogue import RULES  # noqa: PLC0415 - half a second that only completion needs here

    return [(rule.code, rule.name) for rule in RULES]


def configuration_options(function: F) -> F:
    """Add the options that override configuration files; ``overrides_of`` reads them."""
    for option in reversed(_CONFIGURATION_OPTIONS):
        function = option(function)
    return function


_CONFIGURATION_OPTIONS = (
    click.option(
        "--select",
        type=Codes(),
        multiple=True,
        metavar="CODES",
        help="Only these rules: codes or their beginnings, separated by commas, such as TFG1,TFG201, or ALL.",
    ),
    click.option("--extend-select", type=Codes(), multiple=True, metavar="CODES", help="These rules too."),
    click.option("--ignore", type=Codes(), multiple=True, metavar="CODES", help="Not these rules."),
    click.option("--preview/--no-preview", default=None, help="Also rules that are still on trial."),
    click.option("--config", type=PATH, metavar="FILE", help="Read this configuration file and no other."),
    click.option("--isolated", is_flag=True, help="Read no configuration file."),
)


def overrides_of(options: dict[str, Any]) -> Overrides:
    """Return what the options of ``configuration_options`` say, taken out of ``options``."""
    select: tuple[tuple[str, ...], ...] = options.pop("select")
    selectors = Selectors(
        select=_joined(select) if select else None,
        extend_select=_joined(options.pop("extend_select")),
        ignore=_joined(options.pop("ignore")),
    )
    return Overrides(
        config=options.pop("config"),
        isolated=options.pop("isolated"),
        selectors=selectors,
        preview=options.pop("preview"),
    )


def _joined(lists: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(word for words in lists for word in words)
