"""Fixes one file: applies what can be applied together, looks again, and so on until nothing is left to fix."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfgrad_lint.file_check import check_bytes, unreadable
from tfgrad_lint.findings import Applicability
from tfgrad_lint.fixing.difference import difference
from tfgrad_lint.fixing.repaired import FixMode, FixRequest, Repaired
from tfgrad_lint.fixing.rewriting import rewritten
from tfgrad_lint.fixing.text_edits import compatible
from tfgrad_lint.fixing.writing import replace_content
from tfgrad_lint.parsing import syntax_problems
from tfgrad_lint.source import source_of_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfgrad_lint.file_result import FileResult
    from tfgrad_lint.findings import Finding, Fix
    from tfgrad_lint.settings import Settings
    from tfgrad_lint.source import Source

# As many as ruff makes. A fix that makes room for others needs one more each; the deepest chain met in the examples of
# all rules, an import that several fixes want to add, needs two.
_MOST_PASSES = 10


def fix_file(path: Path, settings: Settings, request: FixRequest) -> FileResult:
    """Check the file at the absolute ``path``, fix it, and return what is left; never raises for what is in it.

    A file that can't be written stays as it is, and its result says so.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return unreadable(path, f"cannot be read: {error.strerror}", settings)
    before, after = _checked_and_fixed(path, data, settings, unsafe=request.unsafe)
    if after.repaired is not None and request.mode is FixMode.WRITE:
        try:
            replace_content(path, data, after.repaired.content)
        except OSError as error:
            return replace(before, unwritten=error.strerror)
    return after


def fix_bytes(path: Path, data: bytes, settings: Settings, request: FixRequest) -> FileResult:
    """Do as ``fix_file`` does for the content that the file would have; nothing is written."""
    return _checked_and_fixed(path, data, settings, unsafe=request.unsafe)[1]


def applicable(findings: Sequence[Finding], *, unsafe: bool) -> list[Finding]:
    """Return the findings whose fixes may be applied."""
    return [
        finding
        for finding in findings
        if finding.fix is not None and (unsafe or finding.fix.applicability is Applicability.SAFE)
    ]


def _checked_and_fixed(path: Path, data: bytes, settings: Settings, *, unsafe: bool) -> tuple[FileResult, FileResult]:
    """Return the result for the file as it is, and that for the file as fixed with what was done to it."""
    first = result = check_bytes(path, data, settings)
    fixed: list[Finding] = []
    seen = {data}
    content = data
    for _ in range(_MOST_PASSES):
        step = _one_pass(content, result, unsafe=unsafe)
        if step is None or step[0] in seen:
            break
        content = step[0]
        seen.add(content)
        fixed += step[1]
        result = check_bytes(path, content, settings)
    if not fixed or first.source is None or result.source is None:
        return first, first
    done = tuple((finding.code, finding.name) for finding in fixed)
    return first, replace(result, repaired=Repaired(done, content, difference(first.source, result.source)))


def _one_pass(content: bytes, result: FileResult, *, unsafe: bool) -> tuple[bytes, list[Finding]] | None:
    """Apply what can be applied together; None if there is nothing, or if it would break the file."""
    source = result.source
    fixes: dict[Fix, Finding] = {}
    for finding in applicable(result.findings, unsafe=unsafe):
        if finding.fix is not None:
            fixes.setdefault(finding.fix, finding)
    if not fixes or source is None:
        return None
    chosen = compatible(list(fixes))
    # Should one fix be impossible in this file, the others are still made, one at a time.
    for together in (chosen, *([fix] for fix in chosen)):
        new = rewritten(content, source, [edit for fix in together for edit in fix.edits])
        if new is not None and _is_no_worse(source, new):
            return new, [fixes[fix] for fix in together]
    return None


def _is_no_worse(before: Source, content: bytes) -> bool:
    """Tell whether new content of a file is as much valid Python as before, in a notebook as many of its cells."""
    return len(syntax_problems(source_of_bytes(before.path, content))) <= len(syntax_problems(before))
