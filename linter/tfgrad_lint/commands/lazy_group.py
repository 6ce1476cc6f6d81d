"""A command group that imports a subcommand only when it runs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from tfgrad_lint.errors import UsageError, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """A group whose subcommands are given as ``name: "module:attribute"``.

    The parser, the rules and rich take a quarter of a second to import; ``tfgrad --version`` needs none of them.
    """

    def __init__(self, *args: Any, subcommands: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._subcommands = subcommands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands, as given."""
        del ctx
        return list(self._subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the subcommand, None if there is none of this name."""
        del ctx
        if cmd_name not in self._subcommands:
            return None
        module, _, attribute = self._subcommands[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the subcommand that ``args`` begin with.

        Raises:
            UsageError: If there is none of this name, with a suggestion.
        """
        if args[0] not in self._subcommands and not args[0].startswith("-"):
            hint = suggestion(args[0], self._subcommands) or f"; there are {', '.join(self._subcommands)}"
            raise UsageError(f"no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)
