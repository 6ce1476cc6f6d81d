"""Code frames: numbered source lines with the span underlined and labels hanging below their operands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfgrad_lint.output.display_line import DisplayLine, display_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfgrad_lint.findings import Label, Span
    from tfgrad_lint.output.paint import Paint, Role

# A span over more lines than this is shown by its first and last ones.
_LONGEST_SPAN = 8
_SHOWN_AT_START = 4
_SHOWN_AT_END = 2


@dataclass(frozen=True)
class Frame:
    """What to draw.

    Args:
        lines: The lines of the file; ``span`` and ``labels`` count in them from 1.
        numbers: Added to a line to get the number that the user sees (in notebooks lines count from the cell's first).
        span: What is underlined.
        labels: Texts for parts of it; one that covers the whole span stands beside the underline.
        role: The colour of the underline.
    """

    lines: Sequence[str]
    span: Span
    labels: tuple[Label, ...] = ()
    number_shift: int = 0
    role: Role = "error"

    @property
    def last_number(self) -> int:
        """The largest line number shown."""
        return self.span.end_line + self.number_shift


def draw(frame: Frame, gutter: int, width: int, paint: Paint) -> Iterator[str]:
    """Yield the lines of a frame.

    Args:
        frame: What to draw.
        gutter: Digits that line numbers take.
        width: Terminal columns; source lines are cut to it, labels are not.
        paint: Colours.
    """
    yield _row("", "", gutter, paint)
    if frame.span.line == frame.span.end_line:
        yield from _draw_line(frame, frame.span.line, "", gutter, width, paint)
    else:
        yield from _draw_lines(frame, gutter, width, paint)


def _draw_lines(frame: Frame, gutter: int, width: int, paint: Paint) -> Iterator[str]:
    first, last = frame.span.line, frame.span.end_line
    skipped = range(0)
    if last - first + 1 > _LONGEST_SPAN:
        skipped = range(first + _SHOWN_AT_START, last - _SHOWN_AT_END + 1)
    for line in range(first, last + 1):
        if line in skipped:
            if line == skipped[0]:
                yield f" {paint('.' * 3, 'gutter')}"
            continue
        bar = paint("/ " if line == first else "| ", frame.role)
        yield from _draw_line(frame, line, bar, gutter, width, paint)
    end = _shown(frame, last, gutter, width).column(max(frame.span.end_column - 1, 1))
    yield _row("", paint("|" + "_" * (end + 1) + "^", frame.role), gutter, paint)


def _draw_line(frame: Frame, line: int, bar: str, gutter: int, width: int, paint: Paint) -> Iterator[str]:
    shown = _shown(frame, line, gutter, width)
    yield _row(str(line + frame.number_shift), bar + shown.text, gutter, paint)
    below = paint("| ", frame.role) if bar else ""
    labels = sorted((label for label in frame.labels if label.span.line == line), key=lambda label: label.span)
    spans_lines = bool(bar)
    if spans_lines and not labels:
        return
    marks = _marks(frame, labels, shown, spans_lines=spans_lines)
    if len(labels) == 1 and len(marks) + len(labels[0].message) + gutter + len(" |   ") <= width:
        message = paint(labels[0].message, "label" if labels[0].span != frame.span else frame.role)
        yield _row("", f"{below}{_painted_marks(marks, frame.role, paint)} {message}", gutter, paint)
        return
    yield _row("", below + _painted_marks(marks, frame.role, paint), gutter, paint)
    for text in _hanging(labels, shown, paint):
        yield _row("", below + text, gutter, paint)


def _shown(frame: Frame, line: int, gutter: int, width: int) -> DisplayLine:
    text = frame.lines[line - 1] if line <= len(frame.lines) else ""
    start = frame.span.column if line == frame.span.line else 1
    end = frame.span.end_column if line == frame.span.end_line else start
    # " 12 | " stands before the text, and "| " too when the span has several lines.
    taken = gutter + 4 + (2 if frame.span.end_line > frame.span.line else 0)
    return display_line(text.rstrip(), start, end, max(width - taken, 20))


def _marks(frame: Frame, labels: Sequence[Label], shown: DisplayLine, *, spans_lines: bool) -> str:
    """Return the line of ``^`` under the span and ``-`` under the labelled parts of it."""
    marks: dict[int, str] = {}
    if not spans_lines:
        marks |= dict.fromkeys(_columns(frame.span, shown), "^")
    for label in labels:
        if label.span != frame.span:
            marks |= dict.fromkeys(_columns(label.span, shown), "-")
    return "".join(marks.get(column, " ") for column in range(max(marks, default=-1) + 1))


def _columns(span: Span, shown: DisplayLine) -> range:
    start = shown.column(span.column)
    end = shown.column(span.end_column) if span.end_line == span.line else shown.offsets[-1]
    return range(start, max(end, start + 1))


def _painted_marks(marks: str, role: Role, paint: Paint) -> str:
    runs: list[str] = []
    for mark in marks:
        if runs and runs[-1][0] == mark:
            runs[-1] += mark
        else:
            runs.append(mark)
    return "".join(run if run[0] == " " else paint(run, role if run[0] == "^" else "label") for run in runs)


def _hanging(labels: Sequence[Label], shown: DisplayLine, paint: Paint) -> Iterator[str]:
    """Yield the lines below the marks: bars down to each label's text, the rightmost first."""
    if not labels:
        return
    columns = [shown.column(label.span.column) for label in labels]
    yield _bars(columns, paint)
    for index in reversed(range(len(labels))):
        left = [column for column in columns[:index] if column < columns[index]]
        bars = _bars(left, paint)
        gap = " " * (columns[index] - (left[-1] + 1 if left else 0))
        yield bars + gap + paint(labels[index].message, "label")


def _bars(columns: Sequence[int], paint: Paint) -> str:
    text, end = "", 0
    for column in sorted(set(columns)):
        text += " " * (column - end) + paint("|", "label")
        end = column + 1
    return text


def _row(number: str, text: str, gutter: int, paint: Paint) -> str:
    head = paint(f" {number.rjust(gutter)} |", "gutter")
    return f"{head} {text}" if text else head
