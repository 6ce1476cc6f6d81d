"""The linter as a library: lints texts, files and folders, and puts the results of single files together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfgrad_lint.catalogue import CODES
from tfgrad_lint.config import Configurations, Overrides
from tfgrad_lint.deep_stack import deep_stack
from tfgrad_lint.discovery import Discovery
from tfgrad_lint.file_check import Failure, check_bytes, check_source, unreadable
from tfgrad_lint.fixing.file_fix import fix_bytes
from tfgrad_lint.paths import absolute
from tfgrad_lint.settings import Settings
from tfgrad_lint.source import source_of_text
from tfgrad_lint.workers import check_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tfgrad_lint.file_check import FileResult
    from tfgrad_lint.findings import Finding
    from tfgrad_lint.fixing.repaired import FixRequest, Repaired
    from tfgrad_lint.source import Source


@dataclass(frozen=True)
class LintResult:
    """What was found in all files.

    Attributes:
        findings: Sorted by path, line, column and code.
        sources: The texts of the files with findings, by path.
        notes: (path, sentence) about what was not analysed.
        failures: Files in which the linter itself failed.
        files: The number of files that were looked at.
        relevant_files: How many of them name TensorFlow or Keras; the others were not parsed.
        repaired: What fixing did, by path; findings are what is left.
        unwritten: (path, reason) of files whose fixed content could not be written, which are as they were.
    """

    findings: tuple[Finding, ...] = ()
    sources: dict[str, Source] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    failures: tuple[Failure, ...] = ()
    files: int = 0
    relevant_files: int = 0
    repaired: dict[str, Repaired] = field(default_factory=dict)
    unwritten: tuple[tuple[str, str], ...] = ()


def lint_source(text: str, path: str = "text.py", settings: Settings | None = None) -> tuple[Finding, ...]:
    r"""Lint the text of one Python file, or of a notebook if ``path`` ends in ``.ipynb``.

    Args:
        text: The source code.
        path: The name that findings carry; it need not exist. Imports of the project are looked up from its folder.
        settings: As a configuration file would give them; None: the defaults, no file is read.

    Returns:
        The findings, sorted by line and column. Lines of a notebook count through all of its code cells.

    Raises:
        BrokenNotebookError: If the text should be a notebook and is none.

    >>> [finding.code for finding in lint_source("import tensorflow as tf\nx = (")]
    ['TFG001']
    """
    source = source_of_text(path, text)
    with deep_stack() as call:
        return call(check_source, absolute(path), source, settings or Settings()).findings


def lint_paths(
    paths: Iterable[str | Path],
    overrides: Overrides | None = None,
    *,
    force_exclude: bool = False,
    jobs: int | None = 1,
    fix: FixRequest | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> LintResult:
    """Lint files, and all Python files and notebooks below folders.

    Args:
        paths: Files and folders. Named files are linted even if they are excluded.
        overrides: What to say over the configuration files, as the command line does.
        force_exclude: Leave out excluded files that are named, too.
        jobs: The number of processes, None: as many as there are processors and work for. With more than one the
            program that calls needs the usual guard ``if __name__ == "__main__"``.
        fix: What to fix, and whether to write it; None: nothing.
        on_progress: Called after each file with the number of files done and of all files.

    Raises:
        UsageError: For a path that does not exist, an unknown code, a broken configuration file.
    """
    configurations = Configurations(CODES, overrides or Overrides())
    discovery = Discovery(configurations, force_exclude=force_exclude)
    # All configuration is read before the first file, so that a mistake in it is said before any finding.
    work = [(path, configurations.for_folder(path.parent)) for path in discovery.files(paths)]
    results = [
        unreadable(folder, "the folder cannot be listed", configurations.for_folder(folder))
        for folder in discovery.unreadable_folders
    ]
    for done, result in enumerate(check_files(work, jobs, fix), start=1):
        results.append(result)
        if on_progress is not None:
            on_progress(done, len(work))
    return _together(results)


def files_to_lint(
    paths: Iterable[str | Path], overrides: Overrides | None = None, *, force_exclude: bool = False
) -> list[Path]:
    """Return the absolute paths of the files that ``lint_paths`` would look at.

    Raises:
        UsageError: As ``lint_paths`` does.
    """
    return Discovery(Configurations(CODES, overrides or Overrides()), force_exclude=force_exclude).files(paths)


def lint_bytes(path: str, data: bytes, overrides: Overrides | None = None, fix: FixRequest | None = None) -> LintResult:
    """Lint, and fix, the content that the file at ``path`` would have, with the settings that hold there.

    Raises:
        UsageError: For an unknown code or a broken configuration file.
    """
    file = absolute(path)
    settings = Configurations(CODES, overrides or Overrides()).for_folder(file.parent)
    with deep_stack() as call:
        if fix is not None:
            return _together([call(fix_bytes, file, data, settings, fix)])
        return _together([call(check_bytes, file, data, settings)])


def counts_by_rule(findings: Iterable[Finding]) -> list[tuple[int, str, str]]:
    """Return (count, code, name) of each rule that reported something, the most frequent first."""
    counts = Counter((finding.code, finding.name) for finding in findings)
    return sorted(((count, code, name) for (code, name), count in counts.items()), key=lambda row: (-row[0], row[1]))


def _together(results: Sequence[FileResult]) -> LintResult:
    return LintResult(
        findings=tuple(sorted((f for result in results for f in result.findings), key=lambda item: item.sort_key)),
        sources={result.path: result.source for result in results if result.source and result.findings},
        notes=tuple((result.path, note) for result in results for note in result.notes),
        failures=tuple(result.failure for result in results if result.failure),
        files=len(results),
        relevant_files=sum(result.is_relevant for result in results),
        repaired={result.path: result.repaired for result in results if result.repaired},
        unwritten=tuple((result.path, result.unwritten) for result in results if result.unwritten),
    )
