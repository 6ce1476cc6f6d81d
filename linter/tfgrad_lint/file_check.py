"""One file's way through the linter: read, parse, analyse, keep what is selected, drop what is suppressed."""

from __future__ import annotations

import traceback
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tfgrad_lint.analysis import AnalysisSettings, analyse
from tfgrad_lint.catalogue import CODES, SELECTABLE
from tfgrad_lint.dependencies import digest
from tfgrad_lint.enabling import enabled_codes
from tfgrad_lint.errors import UnreadableError
from tfgrad_lint.file_result import Failure, FileResult
from tfgrad_lint.findings import Finding, Span
from tfgrad_lint.interpreter.project import Project
from tfgrad_lint.notebook import BrokenNotebookError
from tfgrad_lint.parsing import TOO_DEEP, parse
from tfgrad_lint.paths import display
from tfgrad_lint.rules.file_rules import InvalidNotebook, SyntaxErrorRule, UnreadableFile, UnusedSuppression
from tfgrad_lint.source import is_relevant, source_of_bytes
from tfgrad_lint.suppression import suppressions_of, unused

if TYPE_CHECKING:
    from tfgrad_lint.declarations import DeclaredFunction
    from tfgrad_lint.dependencies import Dependency
    from tfgrad_lint.settings import Settings
    from tfgrad_lint.source import Source

_START = Span(1, 1, 1, 1)


def check_file(path: Path, settings: Settings) -> FileResult:
    """Read and check the file at the absolute ``path``; never raises for what is in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return unreadable(path, f"cannot be read: {error.strerror}", settings)
    return check_bytes(path, data, settings)


def check_bytes(path: Path, data: bytes, settings: Settings) -> FileResult:
    """Check the content that the file at the absolute ``path`` has, or would have; never raises for what is in it."""
    return replace(_checked(path, data, settings), content=digest(data))


def _checked(path: Path, data: bytes, settings: Settings) -> FileResult:
    name = display(path)
    if not is_relevant(data):
        return FileResult(name, is_relevant=False)
    try:
        source = source_of_bytes(name, data)
    except UnreadableError as error:
        return FileResult(name, _enabled((_unreadable(name, error),), path, settings))
    return check_text(path, source, settings)


def _unreadable(name: str, error: UnreadableError) -> Finding:
    span = Span(error.line, error.column, error.line, error.column + 1)
    if isinstance(error, BrokenNotebookError):
        return InvalidNotebook.finding(name, span, str(error))
    return UnreadableFile.finding(name, span, str(error), "save the file as UTF-8")


def check_text(path: Path, source: Source, settings: Settings) -> FileResult:
    """Check decoded text, such as an editor holds; never raises for what is in it."""
    try:
        return check_source(path, source, settings)
    except Exception as error:
        return FileResult(source.path, failure=_failure(source.path, error), source=source)


def check_source(path: Path, source: Source, settings: Settings) -> FileResult:
    """Check decoded text; an error of the linter's own is raised."""
    project = project_of(settings)
    parsed = parse(source, project.trees)
    findings = [SyntaxErrorRule.finding(source.path, problem.span, problem.message) for problem in parsed.problems]
    notes = list(parsed.notes)
    unmodelled: tuple[tuple[str, int], ...] = ()
    dependencies: frozenset[Dependency] = frozenset()
    if parsed.module is not None:
        try:
            with project.reading() as readings:
                analysis = analyse(parsed.module, source.path, AnalysisSettings(project, settings.shape_comments))
        except RecursionError:
            notes.append(TOO_DEEP)
        else:
            findings += map(_with_shown_paths, analysis.findings)
            notes += analysis.notes
            unmodelled = analysis.unmodelled
        dependencies = readings.all()
    enabled = enabled_codes(path, settings, SELECTABLE)
    kept = _unsuppressed(source, tuple(finding for finding in findings if finding.code in enabled), enabled)
    found = tuple(sorted(kept, key=lambda item: item.sort_key))
    return FileResult(source.path, found, tuple(notes), unmodelled, source=source, dependencies=dependencies)


def unreadable(path: Path, reason: str, settings: Settings) -> FileResult:
    """Return the result for a file or folder at the absolute ``path`` that cannot be opened."""
    name = display(path)
    return FileResult(name, _enabled((UnreadableFile.finding(name, _START, reason),), path, settings))


def project_of(settings: Settings) -> Project:
    """Return what this process keeps of imported modules: files that import one module share what is known of it."""
    return _project(settings.models, settings.certain_keras_version)


@lru_cache(maxsize=4)
def _project(declared: tuple[DeclaredFunction, ...], keras_version: int | None) -> Project:
    return Project(declared, keras_version)


def forget_imports() -> None:
    """Look at imported modules anew from now on: they may have changed since the last run in this process."""
    _project.cache_clear()


def _enabled(findings: tuple[Finding, ...], path: Path, settings: Settings) -> tuple[Finding, ...]:
    enabled = enabled_codes(path, settings, SELECTABLE)
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
