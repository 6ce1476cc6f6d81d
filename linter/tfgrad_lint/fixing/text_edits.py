"""Applies edits to text, and tells which fixes can be applied together."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from tfgrad_lint.findings import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfgrad_lint.findings import Edit, Fix

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


class Offsets:
    """Where lines begin in a text, to find the offsets of spans."""

    def __init__(self, text: str) -> None:
        self._starts = list(accumulate((len(line) for line in _LINE.findall(text)), initial=0))
        self._length = len(text)

    def of(self, span: Span) -> tuple[int, int]:
        """Return the offsets, from 0, of the start and the end of ``span``."""
        return self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)

    def _offset(self, line: int, column: int) -> int:
        start = self._starts[line - 1] if line <= len(self._starts) else self._length
        return min(start + column - 1, self._length)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return ``text`` with ``edits`` applied, which must not overlap."""
    offsets = Offsets(text)
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda each: each.span):
        start, end = offsets.of(edit.span)
        pieces += (text[done:start], edit.content)
        done = end
    return "".join((*pieces, text[done:]))


def compatible(fixes: Sequence[Fix]) -> list[Fix]:
    """Return as many of ``fixes``, in their order in the text, as do not reach into each other.

    What lies between two edits of a fix belongs to it: a change within an expression that another fix wraps waits.
    """
    chosen: list[Fix] = []
    for fix in sorted(fixes, key=extent):
        # Where two fixes touch, which comes first would be a guess.
        if not chosen or _end(chosen[-1]) < _start(fix):
            chosen.append(fix)
    return chosen


def extent(fix: Fix) -> Span:
    """Return the piece of text from a fix's first edit to its last."""
    return Span(*_start(fix), *_end(fix))


def _start(fix: Fix) -> tuple[int, int]:
    return min((edit.span.line, edit.span.column) for edit in fix.edits)


def _end(fix: Fix) -> tuple[int, int]:
    return max((edit.span.end_line, edit.span.end_column) for edit in fix.edits)
