"""The JSON format: an array with one object a finding, or one object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tfgrad_lint.addresses import page_address

if TYPE_CHECKING:
    from tfgrad_lint.findings import Edit, Finding, Fix, TraceEntry
    from tfgrad_lint.output.report import Report
    from tfgrad_lint.source import Place


def render_json(report: Report) -> str:
    """Return an array of objects, indented, with a line end."""
    return json.dumps([finding_object(finding, report) for finding in report.findings], indent=2) + "\n"


def render_json_lines(report: Report) -> str:
    """Return the same objects as ``render_json``, one a line."""
    return "".join(json.dumps(finding_object(finding, report)) + "\n" for finding in report.findings)


def finding_object(finding: Finding, report: Report) -> dict[str, Any]:
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


def _trace_object(entry: TraceEntry, report: Report) -> dict[str, Any]:
    place = report.place(entry.path, entry.span)
    return {
        "path": entry.path,
        **_cell(place),
        "line": place.span.line,
        "column": place.span.column,
        "message": entry.message,
    }


def _fix_object(fix: Fix, path: str, report: Report) -> dict[str, Any]:
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [_edit_object(edit, path, report) for edit in fix.edits],
    }


def _edit_object(edit: Edit, path: str, report: Report) -> dict[str, Any]:
    place = report.place(path, edit.span)
    return {
        **_cell(place),
        "line": place.span.line,
        "column": place.span.column,
        "end_line": place.span.end_line,
        "end_column": place.span.end_column,
        "content": edit.content,
    }


def _cell(place: Place) -> dict[str, int]:
    return {} if place.cell is None else {"cell": place.cell}
