"""One file's way through the linter: read, parse, analyse, keep what is selected, drop what is suppressed."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tfgrad_lint.analysis import AnalysisSettings, analyse
from tfgrad_lint.catalogue import CODES, RULES
from tfgrad_lint.findings import Finding, Span
from tfgrad_lint.interpreter.project import Project
from tfgrad_lint.notebook import BrokenNotebookError
from tfgrad_lint.parsing import TOO_DEEP, parse
from tfgrad_lint.paths import display
from tfgrad_lint.rules.file_rules import InvalidNotebook, SyntaxErrorRule, UnreadableFile, UnusedSuppression
from tfgrad_lint.selection import matches, selected_codes
from tfgrad_lint.source import Source, UndecodableError, is_relevant, source_of_bytes
from tfgrad_lint.suppression import suppressions_of, unused

if TYPE_CHECKING:
    from tfgrad_lint.fixing.repaired import Repaired
    from tfgrad_lint.settings import Settings

# What keeps a file from being checked is said whatever is selected; only an ``ignore`` silences it.
_PROBLEM_RULES = (SyntaxErrorRule, UnreadableFile, InvalidNotebook)

_START = Span(1, 1, 1, 1)


@dataclass(frozen=True)
class Failure:
    """An error of the linter's own in one file: one line, and the whole traceback."""

    path: str
    error: str
    traceback: str


@dataclass(frozen=True)
class FileResult:
    """What was found in one file.

    ``is_relevant`` is False if the text does not name TensorFlow or Keras, so that nothing more was looked at;
    ``source`` is None in that case and if the file could not be read. ``repaired`` is what fixing did, ``unwritten``
    why the fixed content could not be written.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    failure: Failure | None = None
    source: Source | None = None
    is_relevant: bool = True
    repaired: Repaired | None = None
    unwritten: str | None = None


def check_file(path: Path, settings: Settings) -> FileResult:
    """Read and check the file at the absolute ``path``; never raises for what is in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return unreadable(path, f"cannot be read: {error.strerror}", settings)
    return check_bytes(path, data, settings)


def check_bytes(path: Path, data: bytes, settings: Settings) -> FileResult:
    """Check the content that the file at the absolute ``path`` has, or would have; never raises for what is in it."""
    name = display(path)
    if not is_relevant(data):
        return FileResult(name, is_relevant=False)
    try:
        source = source_of_bytes(name, data)
    except UndecodableError as error:
        span = Span(error.line, error.column, error.line, error.column + 1)
        finding = UnreadableFile.finding(name, span, str(error), "save the file as UTF-8")
        return FileResult(name, _enabled((finding,), path, settings))
    except BrokenNotebookError as error:
        span = Span(error.line, error.column, error.line, error.column + 1)
        return FileResult(name, _enabled((InvalidNotebook.finding(name, span, str(error)),), path, settings))
    try:
        return check_source(path, source, settings)
    except Exception as error:
        return FileResult(name, failure=_failure(name, error), source=source)


def check_source(path: Path, source: Source, settings: Settings) -> FileResult:
    """Check decoded text; an error of the linter's own is raised."""
    parsed = parse(source)
    findings = [SyntaxErrorRule.finding(source.path, problem.span, problem.message) for problem in parsed.problems]
    notes = list(parsed.notes)
    if parsed.module is not None:
        try:
            analysis = analyse(parsed.module, source.path, analysis_settings(settings))
        except RecursionError:
            notes.append(TOO_DEEP)
        else:
            findings += map(_with_shown_paths, analysis.findings)
            notes += analysis.notes
    enabled = enabled_codes(path, settings)
    kept = _unsuppressed(source, tuple(finding for finding in findings if finding.code in enabled), enabled)
    return FileResult(source.path, tuple(sorted(kept, key=lambda item: item.sort_key)), tuple(notes), source=source)


def unreadable(path: Path, reason: str, settings: Settings) -> FileResult:
    """Return the result for a file or folder at the absolute ``path`` that cannot be opened."""
    name = display(path)
    return FileResult(name, _enabled((UnreadableFile.finding(name, _START, reason),), path, settings))


def analysis_settings(settings: Settings) -> AnalysisSettings:
    """Return what of the settings the analysis needs."""
    return AnalysisSettings(project=_project())


@lru_cache(maxsize=1)
def _project() -> Project:
    """Return what this process keeps of imported modules: files that import one module share what is known of it."""
    return Project()


def enabled_codes(path: Path, settings: Settings) -> frozenset[str]:
    """Return the codes that are reported in the file at the absolute ``path``."""
    silent = [
        selector for entry in settings.per_file_ignores if entry.patterns.match(path) for selector in entry.ignore
    ]
    codes = selected(settings)
    return frozenset(code for code in codes if not any(matches(selector, code) for selector in silent))


@lru_cache(maxsize=64)
def selected(settings: Settings) -> frozenset[str]:
    """Return the codes that are on before the ignores of single files."""
    codes = selected_codes(RULES, settings.selectors, preview=settings.preview)
    ignoring = [place.without_selection() for place in settings.selectors]
    return codes | selected_codes(_PROBLEM_RULES, ignoring)


def _enabled(findings: tuple[Finding, ...], path: Path, settings: Settings) -> tuple[Finding, ...]:
    enabled = enabled_codes(path, settings)
    return tuple(finding for finding in findings if finding.code in enabled)


def _unsuppressed(source: Source, findings: tuple[Finding, ...], enabled: frozenset[str]) -> tuple[Finding, ...]:
    # Most files have nothing to suppress: their comments are not even looked for.
    reports_unused = UnusedSuppression.code in enabled
    if not findings and not reports_unused:
        return ()
    suppressions = suppressions_of(source.text)
    applied = suppressions.apply(findings)
    if not reports_unused:
        return applied.kept
    left_over = tuple(unused(source.path, suppressions, applied, enabled, CODES))
    return applied.kept + suppressions.apply(left_over).kept


def _with_shown_paths(finding: Finding) -> Finding:
    """Return ``finding`` with the paths of imported files in its trace as users see them."""
    return replace(finding, trace=tuple(replace(step, path=display(step.path)) for step in finding.trace))


def _failure(path: str, error: Exception) -> Failure:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    reason = " ".join(str(error).split())
    summary = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    return Failure(path, summary + where, "".join(traceback.format_exception(error)))
