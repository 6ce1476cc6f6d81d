"""Lines and columns as the protocol counts them: from 0, columns in the units that client and server agreed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfgrad_lint.findings import Span


@dataclass(frozen=True)
class Positions:
    """Converts places in a text, given as its lines without their ends."""

    lines: Sequence[str]
    encoding: types.PositionEncodingKind | str

    def range(self, span: Span) -> types.Range:
        """Return ``span`` as the protocol's range."""
        return types.Range(self.position(span.line, span.column), self.position(span.end_line, span.end_column))

    def position(self, line: int, column: int) -> types.Position:
        """Return the protocol's position of a line and a column that count from 1."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return types.Position(line - 1, self._units(text[: column - 1]))

    def place(self, position: types.Position) -> tuple[int, int]:
        """Return the line and the column, from 1, of a position; one behind the end of its line is at the end."""
        text = self.lines[position.line] if position.line < len(self.lines) else ""
        units = column = 0
        while column < len(text) and units < position.character:
            units += self._units(text[column])
            column += 1
        return position.line + 1, column + 1

    def _units(self, text: str) -> int:
        if self.encoding == types.PositionEncodingKind.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        if self.encoding == types.PositionEncodingKind.Utf32:
            return len(text)
        return len(text) + sum(ord(letter) > 0xFFFF for letter in text)
