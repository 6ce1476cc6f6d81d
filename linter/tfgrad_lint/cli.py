"""The command ``tfgrad``: its subcommands, and how errors become one line and an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

import click

from tfgrad_lint.commands.lazy_group import LazyGroup
from tfgrad_lint.errors import UsageError
from tfgrad_lint.exit_codes import EXIT_CLEAN, EXIT_ERROR, EXIT_INTERRUPTED
from tfgrad_lint.garbage import leave_garbage_at_exit, rare_collections

if TYPE_CHECKING:
    from collections.abc import Sequence


_SUBCOMMANDS = {
    "lint": "tfgrad_lint.commands.lint:lint",
    "explain": "tfgrad_lint.commands.explain:explain",
    "rules": "tfgrad_lint.commands.rules:list_rules",
    "shapes": "tfgrad_lint.commands.shapes:shapes",
    "server": "tfgrad_lint.commands.server:server",
    "config": "tfgrad_lint.commands.config:config",
}


@click.group(
    cls=LazyGroup,
    subcommands=_SUBCOMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="pytest-tfgrad", prog_name="tfgrad", message="%(prog)s %(version)s")
@click.pass_context
def tfgrad(context: click.Context) -> int:
    """Find shape bugs and GradientTape mistakes in TensorFlow 2 code without running it."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    return EXIT_CLEAN


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; a user's mistake is one line on standard error.

    Args:
        arguments: As typed after ``tfgrad``; None: the process's own.
    """
    _show_any_letter(sys.stdout)
    _show_any_letter(sys.stderr)
    leave_garbage_at_exit()
    try:
        # Imports, half of what one file takes, make many objects and no garbage.
        with rare_collections():
            code = tfgrad.main(args=arguments, prog_name="tfgrad", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        return _refuse(error.format_message())
    except UsageError as error:
        return _refuse(str(error))
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Who reads has enough (`tfgrad lint | head`); Python's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_CLEAN
    return int(code or EXIT_CLEAN)


def _refuse(message: str) -> int:
    click.echo(f"tfgrad: error: {' '.join(message.split())}", err=True)
    return EXIT_ERROR


def _show_any_letter(stream: TextIO) -> None:
    """Make printing a letter that the terminal's encoding lacks show its code instead of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
