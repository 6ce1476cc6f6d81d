"""``tfgrad lint``."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from tfgrad_lint.cache.folder import default_folder
from tfgrad_lint.commands.fixing import Fixing
from tfgrad_lint.commands.options import PATH, configuration_options, overrides_of
from tfgrad_lint.commands.presentation import Presentation, show, show_difference
from tfgrad_lint.commands.progress import progress_bar
from tfgrad_lint.errors import UsageError
from tfgrad_lint.exit_codes import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS
from tfgrad_lint.linting import files_to_lint, lint_bytes, lint_paths
from tfgrad_lint.output.formats import FORMATS
from tfgrad_lint.paths import display

if TYPE_CHECKING:
    from pathlib import Path

    from tfgrad_lint.config import Overrides
    from tfgrad_lint.linting import LintResult

STDIN = "-"


@dataclass(frozen=True)
class Request:
    """What the command line says about what to lint; each field is the option of its name."""

    paths: tuple[str, ...]
    stdin_filename: str | None
    force_exclude: bool
    jobs: int | None
    no_cache: bool
    cache_dir: Path | None

    @property
    def cache_folder(self) -> Path | None:
        """The folder in which results are kept, None if none are."""
        return None if self.no_cache else self.cache_dir or default_folder()

    def check(self) -> None:
        """Raise UsageError for paths and options that contradict each other."""
        if STDIN in self.paths and len(self.paths) > 1:
            raise UsageError("- (standard input) excludes other paths")
        if self.stdin_filename is not None and self.paths != (STDIN,):
            raise UsageError("--stdin-filename needs the path -")


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@configuration_options
@click.option("--fix", is_flag=True, help="Apply the fixes that are safe, and report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="Count, and with --fix apply, also fixes that may change more.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@click.option("--force-exclude", is_flag=True, help="Leave out excluded files even if they are named.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Processes; default: as it pays.")
@click.option("--no-cache", is_flag=True, envvar="TFGRAD_NO_CACHE", help="Neither use nor keep results of other runs.")
@click.option("--cache-dir", type=PATH, envvar="TFGRAD_CACHE_DIR", metavar="FOLDER", help="Where results are kept.")
@click.option("--show-files", is_flag=True, help="List the files that would be looked at, and stop.")
@click.option("--stdin-filename", metavar="NAME", help="The name of what is read from standard input (path -).")
@click.option("--output-format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output-file", type=PATH, metavar="FILE", help="Write the findings there instead of to the terminal.")
@click.option("--statistics", is_flag=True, help="Count the findings by rule instead of showing them.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if anything was fixed.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--quiet", "-q", is_flag=True, help="Show findings only, no summary.")
@click.option("--verbose", "-v", is_flag=True, help="Also show whole traces, and what was not analysed and why.")
def lint(*, show_files: bool, exit_zero: bool, exit_non_zero_on_fix: bool, **options: Any) -> int:
    """Report shape mismatches, unintended broadcasting and GradientTape mistakes.

    PATHS are files and folders (default: the working folder), or - for standard input. Exit code 0: nothing found,
    1: findings, 2: wrong usage, wrong configuration or an internal error.
    """
    overrides = overrides_of(options)
    presentation = Presentation(**{field.name: options.pop(field.name) for field in fields(Presentation)})
    fixing = Fixing(**{field.name: options.pop(field.name) for field in fields(Fixing)})
    request = Request(options.pop("paths") or (".",), **options)
    presentation.check()
    request.check()
    if show_files:
        return _show_files(request, overrides)
    start = time.perf_counter()
    given = sys.stdin.buffer.read() if request.paths == (STDIN,) else None
    result = _result(request, overrides, fixing, given)
    if fixing.diff:
        show_difference(result, presentation)
    elif fixing.fix and given is not None:
        # The text, fixed or not, is what an editor or a pipe waits for.
        _write_content(next((repaired.content for repaired in result.repaired.values()), given))
        show(result, presentation, fixing, on_stderr=True)
    else:
        show(result, presentation, fixing)
    if presentation.verbose:
        seconds = time.perf_counter() - start
        files = f"{result.files} files, {result.relevant_files} of which name TensorFlow or Keras"
        click.echo(f"{files}, looked at in {seconds:.2f} s", err=True)
    if result.failures or result.unwritten:
        return EXIT_ERROR
    fixed = bool(result.repaired) and (fixing.diff or exit_non_zero_on_fix)
    found = bool(result.findings) and not fixing.diff
    return EXIT_FINDINGS if (found or fixed) and not exit_zero else EXIT_CLEAN


def _result(request: Request, overrides: Overrides, fixing: Fixing, given: bytes | None) -> LintResult:
    if given is not None:
        return lint_bytes(request.stdin_filename or STDIN, given, overrides, fixing.request)
    with progress_bar() as on_progress:
        return lint_paths(
            request.paths,
            overrides,
            force_exclude=request.force_exclude,
            jobs=request.jobs,
            fix=fixing.request,
            cache_dir=request.cache_folder,
            on_progress=on_progress,
        )


def _write_content(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _show_files(request: Request, overrides: Overrides) -> int:
    for path in files_to_lint(request.paths, overrides, force_exclude=request.force_exclude):
        click.echo(display(path))
    return EXIT_CLEAN
