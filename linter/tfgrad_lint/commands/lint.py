"""``tfgrad lint``."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfgrad_lint.commands.options import PATH, configuration_options, overrides_of
from tfgrad_lint.errors import UsageError
from tfgrad_lint.exit_codes import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS
from tfgrad_lint.linting import counts_by_rule, files_to_lint, lint_bytes, lint_paths
from tfgrad_lint.output.formats import FORMATS, TEXT_FORMATS, Terminal, render
from tfgrad_lint.output.paint import coloured, plain
from tfgrad_lint.output.report import Report
from tfgrad_lint.output.text import DEFAULT_WIDTH
from tfgrad_lint.paths import display

if TYPE_CHECKING:
    from tfgrad_lint.config import Overrides
    from tfgrad_lint.linting import LintResult

STDIN = "-"


@dataclass(frozen=True)
class Presentation:
    """How the result is shown, as the command line asks for it."""

    output_format: str
    output_file: Path | None
    color: str
    statistics: bool
    quiet: bool
    verbose: bool
    exit_zero: bool


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@configuration_options
@click.option("--force-exclude", is_flag=True, help="Leave out excluded files even if they are named.")
@click.option("--show-files", is_flag=True, help="List the files that would be looked at, and stop.")
@click.option("--stdin-filename", metavar="NAME", help="The name of what is read from standard input (path -).")
@click.option("--output-format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output-file", type=PATH, metavar="FILE", help="Write the findings there instead of to the terminal.")
@click.option("--statistics", is_flag=True, help="Count the findings by rule instead of showing them.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--quiet", "-q", is_flag=True, help="Show findings only, no summary.")
@click.option("--verbose", "-v", is_flag=True, help="Also show whole traces, and what was not analysed and why.")
def lint(
    paths: tuple[str, ...], *, force_exclude: bool, show_files: bool, stdin_filename: str | None, **options: Any
) -> int:
    """Report shape mismatches, unintended broadcasting and GradientTape mistakes.

    PATHS are files and folders (default: the working folder), or - for standard input. Exit code 0: nothing found,
    1: findings, 2: wrong usage, wrong configuration or an internal error.
    """
    overrides = overrides_of(options)
    presentation = Presentation(**options)
    _check(paths, stdin_filename, presentation)
    if show_files:
        return _show_files(paths or (".",), overrides, force_exclude=force_exclude)
    start = time.perf_counter()
    result = _result(paths or (".",), stdin_filename, overrides, force_exclude=force_exclude)
    _show(result, presentation)
    if presentation.verbose:
        seconds = time.perf_counter() - start
        files = f"{result.files} files, {result.relevant_files} of which name TensorFlow or Keras"
        click.echo(f"{files}, looked at in {seconds:.2f} s", err=True)
    return _exit_code(result, exit_zero=presentation.exit_zero)


def _check(paths: tuple[str, ...], stdin_filename: str | None, presentation: Presentation) -> None:
    """Raise UsageError for options that contradict each other, before any work is done."""
    if STDIN in paths and len(paths) > 1:
        raise UsageError("- (standard input) excludes other paths")
    if stdin_filename is not None and paths != (STDIN,):
        raise UsageError("--stdin-filename needs the path -")
    if presentation.quiet and presentation.verbose:
        raise UsageError("--quiet and --verbose exclude each other")
    if presentation.statistics and presentation.output_format not in (*TEXT_FORMATS, "json"):
        raise UsageError(f"--statistics is not available in the format {presentation.output_format}")
    folder = presentation.output_file.parent if presentation.output_file else Path()
    if not folder.is_dir():
        raise UsageError(f"--output-file: no such folder: {folder}")


def _result(
    paths: tuple[str, ...], stdin_filename: str | None, overrides: Overrides, *, force_exclude: bool
) -> LintResult:
    if paths == (STDIN,):
        return lint_bytes(stdin_filename or STDIN, sys.stdin.buffer.read(), overrides)
    return lint_paths(paths, overrides, force_exclude=force_exclude)


def _show_files(paths: tuple[str, ...], overrides: Overrides, *, force_exclude: bool) -> int:
    for path in files_to_lint(paths, overrides, force_exclude=force_exclude):
        click.echo(display(path))
    return EXIT_CLEAN


def _show(result: LintResult, presentation: Presentation) -> None:
    _write(_content(result, presentation), presentation.output_file)
    for failure in result.failures:
        click.echo(
            f"tfgrad: error: internal error in {failure.path}: {failure.error}; this is a bug of tfgrad, please report "
            "it to its issue tracker with that file (--verbose shows the traceback)",
            err=True,
        )
    if presentation.verbose:
        for path, note in result.notes:
            click.echo(f"note: {path}: {note}", err=True)
        for failure in result.failures:
            click.echo(failure.traceback, err=True)
    if not result.files and not presentation.quiet:
        click.echo("warning: no Python files or notebooks found", err=True)


def _content(result: LintResult, presentation: Presentation) -> str:
    is_text = presentation.output_format in TEXT_FORMATS
    if presentation.statistics:
        text = _statistics(result, is_text=is_text)
    else:
        report = Report(result.findings, dict(result.sources), result.files)
        text = render(presentation.output_format, report, _terminal(presentation))
    return text if presentation.quiet or not is_text else text + _summary(result)


def _statistics(result: LintResult, *, is_text: bool) -> str:
    rows = counts_by_rule(result.findings)
    if not is_text:
        return json.dumps([{"code": code, "name": name, "count": count} for count, code, name in rows], indent=2) + "\n"
    width = len(str(rows[0][0])) if rows else 0
    return "".join(f"{count:{width}}  {code}  {name}\n" for count, code, name in rows)


def _summary(result: LintResult) -> str:
    files = _counted(result.files, "file")
    if result.findings:
        return f"{_counted(len(result.findings), 'finding')} in {files}.\n"
    return f"No findings in {files}.\n"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _write(text: str, file: Path | None) -> None:
    if file is None:
        click.echo(text, nl=False, color=True)  # the colours are decided already
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


def _exit_code(result: LintResult, *, exit_zero: bool) -> int:
    if result.failures:
        return EXIT_ERROR
    return EXIT_FINDINGS if result.findings and not exit_zero else EXIT_CLEAN
