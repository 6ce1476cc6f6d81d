"""Renders a report in the format of a name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from tfgrad_lint.output.paint import plain
from tfgrad_lint.output.text import DEFAULT_WIDTH, render_concise, render_text

if TYPE_CHECKING:
    from tfgrad_lint.output.paint import Paint
    from tfgrad_lint.output.report import Report


# For people: they end with a summary line.
TEXT_FORMATS = ("text", "concise")

# For programs: where each is written. Imported when asked for, because SARIF needs the rules, the others do not.
_PROGRAM_FORMATS = {
    "json": "json_format:render_json",
    "json-lines": "json_format:render_json_lines",
    "sarif": "sarif:render_sarif",
    "github": "github:render_github",
    "gitlab": "gitlab:render_gitlab",
    "junit": "junit:render_junit",
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
    module, _, function = _PROGRAM_FORMATS[name].partition(":")
    text: str = getattr(import_module(f"tfgrad_lint.output.{module}"), function)(report)
    return text
