"""Annotations of GitHub Actions: workflow commands that the runner turns into remarks beside the lines.

Format: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfgrad_lint.findings import Finding
    from tfgrad_lint.output.report import Report


def render_github(report: Report) -> str:
    """Return one ``::error`` or ``::warning`` command a finding."""
    return "".join(f"{_command(finding, report)}\n" for finding in report.findings)


def _command(finding: Finding, report: Report) -> str:
    place = report.place(finding.path, finding.span)
    span = place.span
    properties = {"title": f"{finding.code} {finding.name}", "file": finding.path}
    if place.cell is None:
        properties |= {"line": str(span.line), "endLine": str(span.end_line), "col": str(span.column)}
        # The runner refuses an end column for a span of several lines.
        if span.line == span.end_line:
            properties["endColumn"] = str(span.end_column)
    named = ",".join(f"{name}={_escaped_property(value)}" for name, value in properties.items())
    # A log line has no frame, so the place is part of the text.
    text = f"{place.text(finding.path)}: {finding.code} {finding.message}"
    if finding.help:
        text += f"\nhelp: {finding.help}"
    return f"::{finding.severity.value} {named}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
