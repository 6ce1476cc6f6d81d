"""The text formats: full, with code frames in the manner of rustc, and concise, one line a finding."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from tfgrad_lint.findings import Applicability, Label, Severity
from tfgrad_lint.output.frame import Frame, draw
from tfgrad_lint.output.paint import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.findings import Finding, Span, TraceEntry
    from tfgrad_lint.output.paint import Paint, Role
    from tfgrad_lint.output.report import Report

# What a file or a pipe gets: there is no terminal whose width would count.
DEFAULT_WIDTH = 160

# Notes are wrapped at words; below this width, wrapping makes them harder to read than the terminal's own.
_NARROWEST = 40

# Longer traces show their first and last steps; --verbose shows all.
_LONGEST_TRACE = 4


def render_concise(report: Report, paint: Paint = plain) -> str:
    """Return ``path:line:column: CODE message``, one line a finding."""
    return "".join(f"{_headline(finding, report, paint)}\n" for finding in report.findings)


def render_text(report: Report, paint: Paint = plain, width: int = DEFAULT_WIDTH, *, whole_trace: bool = False) -> str:
    """Return each finding with its code frame, the trace as further frames, its notes and its help."""
    return "".join(
        "".join(f"{line}\n" for line in _finding_lines(finding, report, paint, width, whole_trace=whole_trace)) + "\n"
        for finding in report.findings
    )


def _headline(finding: Finding, report: Report, paint: Paint) -> str:
    place = report.place(finding.path, finding.span).text(finding.path)
    return f"{paint(place + ':', 'place')} {paint(finding.code, _role(finding))} {finding.message}"


def _role(finding: Finding) -> Role:
    return "error" if finding.severity is Severity.ERROR else "warning"


def _finding_lines(finding: Finding, report: Report, paint: Paint, width: int, *, whole_trace: bool) -> Iterator[str]:
    yield _headline(finding, report, paint)
    primary = _frame(report, finding.path, finding.span, finding.labels, _role(finding))
    trace = [
        (entry, _frame(report, entry.path, entry.span, (Label(entry.span, entry.message),), "label"))
        for entry in finding.trace
    ]
    frames = [frame for frame in (primary, *(frame for _, frame in trace)) if frame is not None]
    gutter = len(str(max((frame.last_number for frame in frames), default=1)))
    if primary is not None:
        yield from draw(primary, gutter, width, paint)
    shown = range(len(trace))
    hidden = range(0)
    if len(trace) > _LONGEST_TRACE and not whole_trace:
        hidden = shown[_LONGEST_TRACE // 2 : -(_LONGEST_TRACE // 2)]
    for index, (entry, frame) in enumerate(trace):
        if index not in hidden:
            yield from _trace_lines(entry, frame, report, gutter, width, paint)
        elif index == hidden[0]:
            steps = "step" if len(hidden) == 1 else "steps"
            yield f"{' ' * gutter}{paint(':::', 'gutter')} {len(hidden)} {steps} between (--verbose shows all)"
    indent = " " * (gutter + 4)
    for role, text in _footnotes(finding):
        first, *rest = wrap(text, max(width - len(indent), _NARROWEST), break_long_words=False, break_on_hyphens=False)
        yield f" {' ' * gutter} {paint('=', 'gutter')} {_footnote(role, first, paint)}"
        yield from (f"{indent}{line}" for line in rest)


def _frame(report: Report, path: str, span: Span, labels: tuple[Label, ...], role: Role) -> Frame | None:
    source = report.source(path)
    if source is None or span.line > len(source.lines):
        return None
    shift = source.place(span).span.line - span.line
    return Frame(source.lines, span, labels, number_shift=shift, role=role)


def _trace_lines(
    entry: TraceEntry, frame: Frame | None, report: Report, gutter: int, width: int, paint: Paint
) -> Iterator[str]:
    place = report.place(entry.path, entry.span).text(entry.path)
    head = f"{' ' * gutter}{paint(':::', 'gutter')} {place}"
    if frame is None:
        yield f"{head}: {entry.message}"
        return
    yield head
    yield from draw(frame, gutter, width, paint)


def _footnotes(finding: Finding) -> Iterator[tuple[Role, str]]:
    """Yield the notes, the help, and last how to say that the code is meant as it is."""
    yield from (("note", note) for note in finding.notes if not note.startswith("intended?"))
    help_text = finding.help or (finding.fix.message if finding.fix else None)
    if help_text is not None:
        yield "help", f"help: {help_text}{_fix_remark(finding)}"
    yield from (("note", note) for note in finding.notes if note.startswith("intended?"))


def _footnote(role: Role, text: str, paint: Paint) -> str:
    head, colon, rest = text.partition(":") if role == "help" else ("", "", text)
    return paint(head + colon, role) + rest


def _fix_remark(finding: Finding) -> str:
    if finding.fix is None:
        return ""
    unsafe = finding.fix.applicability is Applicability.UNSAFE
    return "   (unsafe fix available)" if unsafe else "   (fix available)"
