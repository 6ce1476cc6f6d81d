"""One file as text: how its bytes are decoded, and where a place in the text is for the user."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from tfgrad_lint.errors import UnreadableError
from tfgrad_lint.findings import Span
from tfgrad_lint.notebook import NOTEBOOK_SUFFIX, Cell, python_cells

_LINE_END = re.compile(r"\r\n|\r|\n")

# A file that names neither cannot hold anything that a rule is about.
_MARKERS = (b"tensorflow", b"keras")


class UndecodableError(UnreadableError):
    """The bytes are no text in the encoding that they should have."""


@dataclass(frozen=True)
class Place:
    """Where a span is for the user: in a notebook the number of the cell, and lines that count from its first."""

    cell: int | None
    span: Span

    def text(self, path: str) -> str:
        """Return ``path:line:column``, for a notebook ``path:cell 3:line:column``."""
        cell = "" if self.cell is None else f"cell {self.cell}:"
        return f"{path}:{cell}{self.span.line}:{self.span.column}"


@dataclass(frozen=True)
class Source:
    """The text of one file.

    ``text`` is Python; ``lines`` are the same lines as the user wrote them, without line ends. They differ only in
    notebooks, where ``text`` holds all code cells one after another without IPython's own syntax.
    """

    path: str
    text: str
    lines: tuple[str, ...]
    cells: tuple[Cell, ...] = ()

    def place(self, span: Span) -> Place:
        """Return where ``span``, a piece of ``text``, is for the user."""
        if not self.cells:
            return Place(None, span)
        index = max(bisect_right(self._cell_starts, span.line) - 1, 0)
        cell, above = self.cells[index], self._cell_starts[index] - 1
        line, end_line = span.line - above, span.end_line - above
        column = span.column + _at(cell.indents, line)
        return Place(cell.number, Span(line, column, end_line, span.end_column + _at(cell.indents, end_line)))

    def cell_text(self, index: int) -> str:
        """Return the Python of one cell."""
        return "".join(f"{line}\n" for line in self.cells[index].python_lines)

    def first_line(self, index: int) -> int:
        """Return the line of ``text``, from 1, at which a cell starts."""
        return self._cell_starts[index]

    @cached_property
    def _cell_starts(self) -> tuple[int, ...]:
        return tuple(accumulate((len(cell.lines) for cell in self.cells[:-1]), initial=1))


def _at(indents: tuple[int, ...], line: int) -> int:
    # A finding may end on the line after the last one.
    return indents[line - 1] if line <= len(indents) else 0


def is_relevant(data: bytes) -> bool:
    """Tell whether a file's text names TensorFlow or Keras at all; others are not even parsed."""
    if b"\0" in data:  # UTF-16 and UTF-32 put zeros between the letters
        data = data.replace(b"\0", b"")
    return any(marker in data for marker in _MARKERS)


def source_of_bytes(path: str, data: bytes) -> Source:
    """Decode a file as Python does: UTF-8 with or without byte order mark, or as its coding line says.

    Raises:
        UndecodableError: If it is neither.
        BrokenNotebookError: If the name says that it is a notebook and it is none.
    """
    return source_of_text(path, text_of_bytes(path, data))


def text_of_bytes(path: str, data: bytes) -> str:
    """Decode a file as ``source_of_bytes`` does; of a notebook this is the whole JSON text.

    Raises:
        UndecodableError: As ``source_of_bytes`` does.
    """
    return _decoded(data, "utf-8-sig" if path.endswith(NOTEBOOK_SUFFIX) else _encoding(data))


def bytes_of_text(path: str, text: str, like: bytes) -> bytes:
    """Encode the new ``text`` of a file as its present content ``like`` is: same encoding, same byte order mark.

    Raises:
        UnicodeEncodeError: If that encoding lacks a letter of the text.
    """
    encoding = "utf-8" if path.endswith(NOTEBOOK_SUFFIX) else _encoding(like).removesuffix("-sig")
    has_mark = like.startswith(codecs.BOM_UTF8) and encoding == "utf-8"
    return (codecs.BOM_UTF8 if has_mark else b"") + text.encode(encoding)


def _encoding(data: bytes) -> str:
    """Return the encoding of Python source."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        # Either bytes in the first lines that are not UTF-8, which decoding tells better, or an unknown name.
        _decoded(data, "utf-8-sig")
        raise UndecodableError("the coding line names no known encoding") from None
    return encoding


def source_of_text(path: str, text: str) -> Source:
    """Wrap decoded text; a path that ends in ``.ipynb`` makes it a notebook.

    Raises:
        BrokenNotebookError: If it should be a notebook and is none.
    """
    if not path.endswith(NOTEBOOK_SUFFIX):
        return Source(path, text, tuple(_LINE_END.split(text)))
    cells = python_cells(text)
    return Source(
        path,
        text="".join(f"{line}\n" for cell in cells for line in cell.python_lines),
        lines=tuple(line for cell in cells for line in cell.lines),
        cells=cells,
    )


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        name = "UTF-8" if encoding.startswith("utf-8") else encoding
        raise UndecodableError(f"byte 0x{data[error.start]:02x} is not {name}", line, column) from None
