"""GitLab's code quality report.

Format: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tfgrad_lint.findings import Severity
from tfgrad_lint.output.fingerprint import fingerprints

if TYPE_CHECKING:
    from tfgrad_lint.findings import Finding
    from tfgrad_lint.output.report import Report

# A line that raises is worse than one that computes something else than meant; neither stops a pipeline by itself.
_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major"}


def render_gitlab(report: Report) -> str:
    """Return an array with one issue a finding."""
    issues = [
        _issue(finding, fingerprint, report)
        for finding, fingerprint in zip(report.findings, fingerprints(report), strict=True)
    ]
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, fingerprint: str, report: Report) -> dict[str, Any]:
    place = report.place(finding.path, finding.span)
    cell = "" if place.cell is None else f" (cell {place.cell})"
    span = place.span
    return {
        "description": f"{finding.code}: {finding.message}{cell}",
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": finding.path,
            "positions": {
                "begin": {"line": span.line, "column": span.column},
                "end": {"line": span.end_line, "column": span.end_column},
            },
        },
    }
