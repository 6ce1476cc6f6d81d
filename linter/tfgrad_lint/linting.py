"""The linter as a library: lints texts, files and folders, and puts the results of single files together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfgrad_lint.config import Configurations, Overrides
from tfgrad_lint.discovery import Discovery
from tfgrad_lint.paths import absolute
from tfgrad_lint.settings import Settings
from tfgrad_lint.source import source_of_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from tfgrad_lint.cache.results import ResultCache
    from tfgrad_lint.file_result import Failure, FileResult
    from tfgrad_lint.findings import Finding
    from tfgrad_lint.fixing.repaired import FixRequest, Repaired
    from tfgrad_lint.selection import Selectable
    from tfgrad_lint.source import Source


@dataclass(frozen=True)
class LintResult:
    """What was found in all files.

    Attributes:
        findings: Sorted by path, line, column and code.
        sources: The texts of the files with findings, by path.
        notes: (path, sentence) about what was not analysed.
        unmodelled: Functions of TensorFlow, Keras and NumPy whose results are unknown, with the number of their calls,
            the most frequent first.
        failures: Files in which the linter itself failed.
        files: The number of files that were looked at.
        paths: Those files, as findings name them.
        relevant_files: How many of them name TensorFlow or Keras; the others were not parsed.
        repaired: What fixing did, by path; findings are what is left.
        unwritten: (path, reason) of files whose fixed content could not be written, which are as they were.
    """

    findings: tuple[Finding, ...] = ()
    sources: dict[str, Source] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    unmodelled: tuple[tuple[str, int], ...] = ()
    failures: tuple[Failure, ...] = ()
    files: int = 0
    paths: tuple[str, ...] = ()
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
    from tfgrad_lint.deep_stack import deep_stack  # noqa: PLC0415
    from tfgrad_lint.file_check import check_source, forget_imports  # noqa: PLC0415

    source = source_of_text(path, text)
    forget_imports()
    with deep_stack() as call:
        return call(check_source, absolute(path), source, settings or Settings()).findings


def lint_paths(
    paths: Iterable[str | Path],
    overrides: Overrides | None = None,
    *,
    force_exclude: bool = False,
    jobs: int | None = 1,
    fix: FixRequest | None = None,
    cache_dir: Path | None = None,
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
        cache_dir: The folder that keeps results from run to run; None: none is kept.
        on_progress: Called after each file with the number of files done and of all files.

    Raises:
        UsageError: For a path that does not exist, an unknown code, a broken configuration file.
    """
    cache = _opened(cache_dir)
    configurations = Configurations(_codes(cache), overrides or Overrides())
    discovery = Discovery(configurations, force_exclude=force_exclude)
    # All configuration is read before the first file, so that a mistake in it is said before any finding.
    work = [(path, configurations.for_folder(path.parent)) for path in discovery.files(paths)]
    results = [*_unlistable(discovery, configurations)]
    for done, result in enumerate(_results(work, jobs, fix, cache), start=1):
        results.append(result)
        if on_progress is not None:
            on_progress(done, len(work))
    return _together(results)


def _opened(cache_dir: Path | None) -> ResultCache | None:
    if cache_dir is None:
        return None
    from tfgrad_lint.cache.results import ResultCache  # noqa: PLC0415 - needs SQLite, which others need not have

    return ResultCache(cache_dir)


def _codes(cache: ResultCache | None = None) -> frozenset[str]:
    return frozenset(rule.code for rule in (_rules() if cache is None else cache.rules))


def _rules() -> tuple[Selectable, ...]:
    # The rules and the parser take half a second to import; a run that finds every result in the cache needs neither.
    from tfgrad_lint.catalogue import SELECTABLE  # noqa: PLC0415

    return SELECTABLE


def _unlistable(discovery: Discovery, configurations: Configurations) -> Iterator[FileResult]:
    for folder in discovery.unreadable_folders:
        from tfgrad_lint.file_check import unreadable  # noqa: PLC0415

        yield unreadable(folder, "the folder cannot be listed", configurations.for_folder(folder))


def _results(
    work: Sequence[tuple[Path, Settings]], jobs: int | None, fix: FixRequest | None, cache: ResultCache | None
) -> Iterator[FileResult]:
    """Yield the result of each file: first those that are known, then the others as they are found."""
    known = {} if cache is None else cache.known(work)
    if fix is not None:
        known = {index: result for index, result in known.items() if not any(each.fix for each in result.findings)}
    yield from known.values()
    unknown = [item for index, item in enumerate(work) if index not in known]
    if not unknown:
        return
    from tfgrad_lint.workers import check_files  # noqa: PLC0415

    found: list[FileResult] = []
    try:
        for result in check_files(unknown, jobs, fix):
            found.append(result)
            yield result
    finally:
        # What an interrupted run has found is kept too.
        if cache is not None:
            cache.keep((path, settings, result) for (path, settings), result in zip(unknown, found, strict=False))


def files_to_lint(
    paths: Iterable[str | Path], overrides: Overrides | None = None, *, force_exclude: bool = False
) -> list[Path]:
    """Return the absolute paths of the files that ``lint_paths`` would look at.

    Raises:
        UsageError: As ``lint_paths`` does.
    """
    return Discovery(Configurations(_codes(), overrides or Overrides()), force_exclude=force_exclude).files(paths)


def lint_bytes(path: str, data: bytes, overrides: Overrides | None = None, fix: FixRequest | None = None) -> LintResult:
    """Lint, and fix, the content that the file at ``path`` would have, with the settings that hold there.

    Raises:
        UsageError: For an unknown code or a broken configuration file.
    """
    from tfgrad_lint.deep_stack import deep_stack  # noqa: PLC0415
    from tfgrad_lint.file_check import check_bytes, forget_imports  # noqa: PLC0415
    from tfgrad_lint.fixing.file_fix import fix_bytes  # noqa: PLC0415

    forget_imports()
    file = absolute(path)
    settings = Configurations(_codes(), overrides or Overrides()).for_folder(file.parent)
    with deep_stack() as call:
        if fix is not None:
            return _together([call(fix_bytes, file, data, settings, fix)])
        return _together([call(check_bytes, file, data, settings)])


def counts_by_rule(findings: Iterable[Finding]) -> list[tuple[int, str, str]]:
    """Return (count, code, name) of each rule that reported something, the most frequent first."""
    counts = Counter((finding.code, finding.name) for finding in findings)
    return sorted(((count, code, name) for (code, name), count in counts.items()), key=lambda row: (-row[0], row[1]))


def _total(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    total: Counter[str] = Counter()
    for name, count in counts:
        total[name] += count
    return tuple(sorted(total.items(), key=lambda row: (-row[1], row[0])))


def _together(results: Sequence[FileResult]) -> LintResult:
    return LintResult(
        findings=tuple(sorted((f for result in results for f in result.findings), key=lambda item: item.sort_key)),
        sources={result.path: result.source for result in results if result.source and result.findings},
        unmodelled=_total(each for result in results for each in result.unmodelled),
        notes=tuple(sorted((result.path, note) for result in results for note in result.notes)),
        failures=tuple(result.failure for result in results if result.failure),
        files=len(results),
        paths=tuple(result.path for result in results),
        relevant_files=sum(result.is_relevant for result in results),
        repaired={result.path: result.repaired for result in results if result.repaired},
        unwritten=tuple((result.path, result.unwritten) for result in results if result.unwritten),
    )
