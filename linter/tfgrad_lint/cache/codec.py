"""Findings as JSON text and back: data alone, so that reading a cache that somebody else wrote runs nothing."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, TypeAlias

from tfgrad_lint.findings import Applicability, Edit, Finding, Fix, Label, Severity, Span, TraceEntry

if TYPE_CHECKING:
    from collections.abc import Sequence


Counts: TypeAlias = "tuple[tuple[str, int], ...]"


def encoded(findings: Sequence[Finding], notes: Sequence[str], unmodelled: Counts) -> str:
    """Return findings, notes and counts of functions without a model as one text."""
    data = [[_finding_data(finding) for finding in findings], list(notes), unmodelled]
    return json.dumps(data, separators=(",", ":"))


def decoded(text: str, path: str) -> tuple[tuple[Finding, ...], tuple[str, ...], Counts]:
    """Return what ``encoded`` made ``text`` of; the findings are in the file shown as ``path``.

    Raises:
        ValueError, TypeError, KeyError: The text is not one that ``encoded`` made.
    """
    findings, notes, unmodelled = json.loads(text)
    counts = tuple((str(name), int(count)) for name, count in unmodelled)
    return tuple(_finding(data, path) for data in findings), tuple(map(str, notes)), counts


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "span": astuple(finding.span),
        "labels": [(astuple(label.span), label.message) for label in finding.labels],
        "trace": [(step.path, astuple(step.span), step.message) for step in finding.trace],
        "notes": finding.notes,
        "help": finding.help,
        "fix": None if finding.fix is None else _fix_data(finding.fix),
    }


def _fix_data(fix: Fix) -> dict[str, Any]:
    edits = [(astuple(edit.span), edit.content) for edit in fix.edits]
    return {"applicability": fix.applicability.value, "message": fix.message, "edits": edits}


def _finding(data: dict[str, Any], path: str) -> Finding:
    fix = data["fix"]
    return Finding(
        code=data["code"],
        name=data["name"],
        severity=Severity(data["severity"]),
        message=data["message"],
        path=path,
        span=Span(*data["span"]),
        labels=tuple(Label(Span(*span), message) for span, message in data["labels"]),
        trace=tuple(TraceEntry(place, Span(*span), message) for place, span, message in data["trace"]),
        notes=tuple(data["notes"]),
        help=data["help"],
        fix=None if fix is None else _fix(fix),
    )


def _fix(data: dict[str, Any]) -> Fix:
    edits = tuple(Edit(Span(*span), content) for span, content in data["edits"])
    return Fix(Applicability(data["applicability"]), data["message"], edits)
