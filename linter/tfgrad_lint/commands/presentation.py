"""How the result of a run is shown: where, in which format, with which colours and remarks."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfgrad_lint.addresses import REPOSITORY
from tfgrad_lint.commands.fixing import counted, fixed_count
from tfgrad_lint.errors import UsageError
from tfgrad_lint.linting import counts_by_rule
from tfgrad_lint.output.formats import TEXT_FORMATS, Terminal, render
from tfgrad_lint.output.paint import coloured, plain
from tfgrad_lint.output.report import Report
from tfgrad_lint.output.text import DEFAULT_WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfgrad_lint.linting import LintResult


@dataclass(frozen=True)
class Presentation:
    """What the command line says about output; each field is the option of its name."""

    output_format: str
    output_file: Path | None
    color: str
    statistics: bool
    quiet: bool
    verbose: bool

    def check(self) -> None:
        """Raise UsageError for options that contradict each other, before any work is done."""
        if self.quiet and self.verbose:
            raise UsageError("--quiet and --verbose exclude each other")
        if self.statistics and self.output_format not in (*TEXT_FORMATS, "json"):
            raise UsageError(f"--statistics is not available in the format {self.output_format}")
        folder = self.output_file.parent if self.output_file else Path()
        if not folder.is_dir():
            raise UsageError(f"--output-file: no such folder: {folder}")


def show(result: LintResult, presentation: Presentation, remarks: Sequence[str], *, on_stderr: bool = False) -> None:
    """Write the findings and a summary that ends in ``remarks``; problems, or all ``on_stderr``, to standard error."""
    _write(_content(result, presentation, remarks), presentation.output_file, on_stderr=on_stderr)
    show_problems(result, presentation)


def show_difference(result: LintResult, presentation: Presentation) -> None:
    """Write what fixing would change as a diff, then how much that is to standard error."""
    difference = "".join(result.repaired[path].difference for path in sorted(result.repaired))
    _write(difference, presentation.output_file)
    if not presentation.quiet:
        count = fixed_count(result)
        click.echo(f"Would fix {counted(count, 'finding')}." if count else "Nothing would be fixed.", err=True)
    show_problems(result, presentation)


def show_problems(result: LintResult, presentation: Presentation) -> None:
    """Write what went wrong, and under ``--verbose`` what was not analysed, to standard error."""
    for path, reason in result.unwritten:
        click.echo(f"tfgrad: error: {path} cannot be written: {reason}; it is unchanged", err=True)
    for failure in result.failures:
        click.echo(
            f"tfgrad: error: internal error in {failure.path}: {failure.error}; this is a bug of tfgrad, please report "
            f"it with that file at {REPOSITORY}/issues (--verbose shows the traceback)",
            err=True,
        )
    if presentation.verbose:
        for path, note in result.notes:
            click.echo(f"note: {path}: {note}", err=True)
        for failure in result.failures:
            click.echo(failure.traceback, err=True)
    if not result.files and not presentation.quiet:
        click.echo("warning: no Python files or notebooks found", err=True)


def _content(result: LintResult, presentation: Presentation, remarks: Sequence[str]) -> str:
    is_text = presentation.output_format in TEXT_FORMATS
    if presentation.statistics:
        text = _statistics(result, is_text=is_text)
    else:
        report = Report(result.findings, dict(result.sources), result.files)
        text = render(presentation.output_format, report, _terminal(presentation))
    return text if presentation.quiet or not is_text else text + _summary(result, remarks)


def _statistics(result: LintResult, *, is_text: bool) -> str:
    rows = counts_by_rule(result.findings)
    if not is_text:
        return json.dumps([{"code": code, "name": name, "count": count} for count, code, name in rows], indent=2) + "\n"
    width = len(str(rows[0][0])) if rows else 0
    text = "".join(f"{count:{width}}  {code}  {name}\n" for count, code, name in rows)
    return text + _unmodelled(result)


def _unmodelled(result: LintResult) -> str:
    """List the functions without a model: what they return is unknown, and so is all that is made of it."""
    if not result.unmodelled:
        return ""
    total = sum(count for _, count in result.unmodelled)
    width = len(str(result.unmodelled[0][1]))
    rows = "".join(f"{count:{width}}  {name}\n" for name, count in result.unmodelled)
    return f"{counted(total, 'call')} of functions whose results are unknown:\n{rows}"


def _summary(result: LintResult, remarks: Sequence[str]) -> str:
    found = counted(len(result.findings), "finding") if result.findings else "No findings"
    lines = (f"{found} in {counted(result.files, 'file')}.", *remarks)
    return "".join(f"{line}\n" for line in lines)


def _write(text: str, file: Path | None, *, on_stderr: bool = False) -> None:
    if file is None:
        click.echo(text, nl=False, err=on_stderr, color=True)  # the colours are decided already
        return
    try:
        file.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"--output-file: {file} cannot be written: {error.strerror}") from None


def _terminal(presentation: Presentation) -> Terminal:
    if presentation.output_file is not None:
        return Terminal(coloured if presentation.color == "always" else plain, whole_trace=presentation.verbose)
    paint = coloured if _wants_colour(presentation.color) else plain
    width = shutil.get_terminal_size((DEFAULT_WIDTH, 0)).columns
    return Terminal(paint, width, whole_trace=presentation.verbose)


def _wants_colour(choice: str) -> bool:
    """Decide as https://no-color.org says: the option, then the environment, then whether there is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
