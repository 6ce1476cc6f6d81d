"""The JSON format: an array with one object a finding, or one object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypedDict

from tfgrad_lint.addresses import page_address

if TYPE_CHECKING:
    from tfgrad_lint.findings import Edit, Finding, Fix, TraceEntry
    from tfgrad_lint.output.report import Report
    from tfgrad_lint.source import Place


class CellObject(TypedDict, total=False):
    """Where a place is in a notebook, whose lines count from the first of the cell; a file has no such key."""

    cell: int


class TraceObject(CellObject):
    """One step of how a value came to be, in this file or another.

    Attributes:
        cell: its number, from 1; only in a notebook.
        path: relative to the working folder, with forward slashes.
        line: from 1; in a notebook, of the cell.
        column: from 1.
        message: what the step did.
    """

    path: str
    line: int
    column: int
    message: str


class EditObject(CellObject):
    """One replacement of text.

    Attributes:
        cell: its number, from 1; only in a notebook.
        line: of the first character that goes, from 1.
        column: of the first character that goes, from 1.
        end_line: of the first character that stays.
        end_column: of the first character that stays.
        content: what comes in its place.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    content: str


class FixObject(TypedDict):
    """Edits that remove a finding; they do not overlap.

    Attributes:
        applicability: whether it does nothing but what the finding asks for (safe), or decides something too (unsafe).
        message: what it does.
        edits: all of them, for the file of the finding.
    """

    applicability: Literal["safe", "unsafe"]
    message: str
    edits: list[EditObject]


class FindingObject(CellObject):
    """One claim about one place.

    Attributes:
        cell: its number, from 1; only in a notebook.
        code: of the rule.
        name: of the rule.
        severity: whether the line raises (error) or computes something else than meant (warning).
        message: what is claimed.
        path: relative to the working folder, with forward slashes.
        line: from 1; in a notebook, of the cell.
        column: from 1.
        end_line: of the last character.
        end_column: of the first character behind the place.
        trace: how the shapes came to be, oldest first.
        fix: what removes the finding.
        url: of the page about the rule.
    """

    code: str
    name: str
    severity: Literal["error", "warning"]
    message: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    trace: list[TraceObject]
    fix: FixObject | None
    url: str


def render_json(report: Report) -> str:
    """Return an array of objects, indented, with a line end."""
    return json.dumps([finding_object(finding, report) for finding in report.findings], indent=2) + "\n"


def render_json_lines(report: Report) -> str:
    """Return the same objects as ``render_json``, one a line."""
    return "".join(json.dumps(finding_object(finding, report)) + "\n" for finding in report.findings)


def finding_object(finding: Finding, report: Report) -> FindingObject:
    """Return a finding as JSON-able data.

    Lines and columns count from 1, the end column is exclusive. In a notebook each place has the further key ``cell``,
    the number of the cell, and lines count from its first.
    """
    place = report.place(finding.path, finding.span)
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "path": finding.path,
        **_cell(place),
        "line": place.span.line,
        "column": place.span.column,
        "end_line": place.span.end_line,
        "end_column": place.span.end_column,
        "trace": [_trace_object(entry, report) for entry in finding.trace],
        "fix": None if finding.fix is None else _fix_object(finding.fix, finding.path, report),
        "url": page_address(finding.code),
    }


def _trace_object(entry: TraceEntry, report: Report) -> TraceObject:
    place = report.place(entry.path, entry.span)
    return {
        "path": entry.path,
        **_cell(place),
        "line": place.span.line,
        "column": place.span.column,
        "message": entry.message,
    }


def _fix_object(fix: Fix, path: str, report: Report) -> FixObject:
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [_edit_object(edit, path, report) for edit in fix.edits],
    }


def _edit_object(edit: Edit, path: str, report: Report) -> EditObject:
    place = report.place(path, edit.span)
    return {
        **_cell(place),
        "line": place.span.line,
        "column": place.span.column,
        "end_line": place.span.end_line,
        "end_column": place.span.end_column,
        "content": edit.content,
    }


def _cell(place: Place) -> CellObject:
    return {} if place.cell is None else {"cell": place.cell}
