"""Renders a report in the format of a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfgrad_lint.output.github import render_github
from tfgrad_lint.output.gitlab import render_gitlab
from tfgrad_lint.output.json_format import render_json, render_json_lines
from tfgrad_lint.output.junit import render_junit
from tfgrad_lint.output.paint import plain
from tfgrad_lint.output.sarif import render_sarif
from tfgrad_lint.output.text import DEFAULT_WIDTH, render_concise, render_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.output.paint import Paint
    from tfgrad_lint.output.report import Report


# For people: they end with a summary line.
TEXT_FORMATS = ("text", "concise")

# For programs.
_PROGRAM_FORMATS: dict[str, Callable[[Report], str]] = {
    "json": render_json,
    "json-lines": render_json_lines,
    "sarif": render_sarif,
    "github": render_github,
    "gitlab": render_gitlab,
    "junit": render_junit,
}

FORMATS = (*TEXT_FORMATS, *_PROGRAM_FORMATS)


@dataclass(frozen=True)
class Terminal:
    """How text is shown: colours, columns, and whether long traces are shown whole."""

    paint: Paint = plain
    width: int = DEFAULT_WIDTH
    whole_trace: bool = False


def render(name: str, report: Report, terminal: Terminal) -> str:
    """Return ``report`` in the format ``name``, one of ``FORMATS``."""
    if name == "text":
        return render_text(report, terminal.paint, terminal.width, whole_trace=terminal.whole_trace)
    if name == "concise":
        return render_concise(report, terminal.paint)
    return _PROGRAM_FORMATS[name](report)
