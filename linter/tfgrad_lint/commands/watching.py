"""``--watch``: lints again whenever a file changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tfgrad_lint.config import FILE_NAMES
from tfgrad_lint.discovery import DEFAULT_EXCLUDES, SUFFIXES
from tfgrad_lint.errors import UsageError

if TYPE_CHECKING:
    from watchfiles import Change

    from tfgrad_lint.commands.run import Run


# Milliseconds without a change after which the watcher reports; the first run starts after so long.
_TIMEOUT: Final = 100


def watch_files(run: Run) -> int:
    """Lint now and after each change below the paths of ``run``, until interrupted.

    Raises:
        UsageError: ``watchfiles`` is not installed, or ``run`` reads standard input or changes files.
    """
    if run.request.reads_stdin or run.adopting.changes_files or run.fixing.request is not None:
        raise UsageError("--watch excludes standard input, --fix, --diff, --update-baseline and --add-noqa")
    try:
        from watchfiles import watch  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError("--watch needs watchfiles: pip install 'pytest-tfgrad[watch]'") from None
    # Beside the named files and folders, what the working folder's configuration says.
    changes = watch(
        *{*run.request.paths, "."},
        watch_filter=_matters,
        raise_interrupt=True,
        rust_timeout=_TIMEOUT,
        yield_on_timeout=True,
    )
    # The first time-out tells that changes are seen from now on, so none made during the first run is missed.
    next(changes)
    _lint(run)
    for changed in changes:
        if changed:
            _lint(run)
    return 0


def _lint(run: Run) -> None:
    if sys.stdout.isatty():
        click.clear()
    try:
        run.once()
    except UsageError as error:
        # A configuration file or a path that is being written right now: the next change may mend it.
        click.echo(f"tfgrad: error: {error}", err=True)
    click.echo("Watching for changes; Ctrl-C ends it.")
    sys.stdout.flush()


def _matters(_: Change, path: str) -> bool:
    file = Path(path)
    if any(part in DEFAULT_EXCLUDES for part in file.parts):
        return False
    return file.suffix in SUFFIXES or file.name in FILE_NAMES
