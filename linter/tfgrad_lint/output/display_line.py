"""One line of source as a terminal shows it: tabs, wide letters and control characters, cut to a width."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_TAB = 4
_CUT = "…"

# How much of a line that is too long stays visible before the part that matters.
_LEAD = 20


@dataclass(frozen=True)
class DisplayLine:
    """Text to print; ``offsets[i]`` is the terminal column, from 0, of character ``first + i`` of the source line."""

    text: str
    first: int
    offsets: tuple[int, ...]

    def column(self, source_column: int) -> int:
        """Return the terminal column, from 0, of a source column, from 1; clamped to what is shown."""
        index = source_column - 1 - self.first
        return self.offsets[min(max(index, 0), len(self.offsets) - 1)]


def display_line(line: str, start: int, end: int, width: int) -> DisplayLine:
    """Fit ``line`` into ``width`` terminal columns so that source columns ``start`` to ``end``, from 1, are visible.

    Where not all of them fit, their beginning is shown.
    """
    first = 0 if min(end, len(line)) < width else max(0, min(start, len(line)) - 1 - _LEAD)
    text = _CUT if first else ""
    column = len(text)
    offsets: list[int] = []
    for index in range(first, len(line)):
        shown = _shown(line[index], column)
        is_last = index == len(line) - 1
        if column + _cells(shown) > width - (0 if is_last else 1):
            text += _CUT
            break
        offsets.append(column)
        text += shown
        column += _cells(shown)
    return DisplayLine(text, first, (*offsets, column))


def _shown(character: str, column: int) -> str:
    if character == "\t":
        return " " * (_TAB - column % _TAB)
    if ord(character) < 0x20:
        return chr(0x2400 + ord(character))  # the picture of the control character, which would act on the terminal
    return "␡" if character == "\x7f" else character


def _cells(text: str) -> int:
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
