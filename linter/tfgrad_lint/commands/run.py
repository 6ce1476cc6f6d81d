"""One run of ``tfgrad lint``: from what was asked for to what is shown."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from tfgrad_lint.cache.folder import default_folder
from tfgrad_lint.commands.adopting import remarks
from tfgrad_lint.commands.presentation import show, show_difference, show_problems
from tfgrad_lint.commands.progress import progress_bar
from tfgrad_lint.errors import UsageError
from tfgrad_lint.exit_codes import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS
from tfgrad_lint.linting import lint_bytes, lint_paths

if TYPE_CHECKING:
    from pathlib import Path

    from tfgrad_lint.commands.adopting import Adopting
    from tfgrad_lint.commands.fixing import Fixing
    from tfgrad_lint.commands.presentation import Presentation
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
    def reads_stdin(self) -> bool:
        """Whether standard input is linted."""
        return self.paths == (STDIN,)

    @property
    def cache_folder(self) -> Path | None:
        """The folder in which results are kept, None if none are."""
        return None if self.no_cache else self.cache_dir or default_folder()

    def check(self) -> None:
        """Raise UsageError for paths and options that contradict each other."""
        if STDIN in self.paths and len(self.paths) > 1:
            raise UsageError("- (standard input) excludes other paths")
        if self.stdin_filename is not None and not self.reads_stdin:
            raise UsageError("--stdin-filename needs the path -")


@dataclass(frozen=True)
class ExitRules:
    """When a run that found or fixed something fails; each field is the option of its name."""

    exit_zero: bool
    exit_non_zero_on_fix: bool


@dataclass(frozen=True)
class Run:
    """All that the command line says."""

    request: Request
    overrides: Overrides
    presentation: Presentation
    fixing: Fixing
    adopting: Adopting
    exit_rules: ExitRules

    def check(self) -> None:
        """Raise UsageError for options that contradict each other, before any work is done."""
        self.presentation.check()
        self.request.check()
        self.adopting.check()
        if self.adopting.changes_files:
            name = "--update-baseline" if self.adopting.update_baseline else "--add-noqa"
            if self.fixing.request is not None:
                raise UsageError(f"{name} excludes --fix and --diff")
            if self.request.reads_stdin:
                raise UsageError(f"{name} needs files, not standard input")

    def once(self) -> int:
        """Lint, show what was found, and return the exit code."""
        start = time.perf_counter()
        given = sys.stdin.buffer.read() if self.request.reads_stdin else None
        result = self._result(given)
        if self.adopting.changes_files:
            code = self.adopting.write(result)
            show_problems(result, self.presentation)
        else:
            code = self._show(result, given)
        if self.presentation.verbose:
            seconds = time.perf_counter() - start
            files = f"{result.files} files, {result.relevant_files} of which name TensorFlow or Keras"
            click.echo(f"{files}, looked at in {seconds:.2f} s", err=True)
        return EXIT_ERROR if result.failures or result.unwritten else code

    def _result(self, given: bytes | None) -> LintResult:
        if given is not None:
            return lint_bytes(self.request.stdin_filename or STDIN, given, self.overrides, self.fixing.request)
        with progress_bar() as on_progress:
            return lint_paths(
                self.request.paths,
                self.overrides,
                force_exclude=self.request.force_exclude,
                jobs=self.request.jobs,
                fix=self.fixing.request,
                cache_dir=self.request.cache_folder,
                on_progress=on_progress,
            )

    def _show(self, result: LintResult, given: bytes | None) -> int:
        compared = self.adopting.compare(result)
        said: list[str] = []
        if compared is not None:
            result, said = compared.result, remarks(compared)
        said = [*self.fixing.remarks(result), *said]
        if self.fixing.diff:
            show_difference(result, self.presentation)
        elif self.fixing.fix and given is not None:
            # The text, fixed or not, is what an editor or a pipe waits for.
            _write_content(next((repaired.content for repaired in result.repaired.values()), given))
            show(result, self.presentation, said, on_stderr=True)
        else:
            show(result, self.presentation, said)
        return self._exit_code(result)

    def _exit_code(self, result: LintResult) -> int:
        fixed = bool(result.repaired) and (self.fixing.diff or self.exit_rules.exit_non_zero_on_fix)
        found = bool(result.findings) and not self.fixing.diff
        return EXIT_FINDINGS if (found or fixed) and not self.exit_rules.exit_zero else EXIT_CLEAN


def _write_content(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
