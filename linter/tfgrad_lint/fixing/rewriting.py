"""The bytes of a file with edits made in its Python, whatever the file is: encoding, line ends and notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.fixing.notebook_text import CellEdit, cell_source, notebook_with
from tfgrad_lint.fixing.text_edits import Offsets, edited
from tfgrad_lint.source import bytes_of_text, source_of_text, text_of_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfgrad_lint.findings import Edit
    from tfgrad_lint.source import Source


def rewritten(data: bytes, source: Source, edits: Sequence[Edit]) -> bytes | None:
    """Return the content ``data`` of a file, whose Python is ``source``, with ``edits`` made.

    Returns:
        None where the edits can't be made in the file as it is written: in a line of IPython's own syntax, or with a
        letter that the file's encoding lacks.
    """
    expected = edited(source.text, edits)
    if not source.cells:
        return _encoded(source.path, expected, data)
    text = text_of_bytes(source.path, data)
    made = notebook_with(text, [_cell_edit(edit, source, text) for edit in edits])
    # An edit of what only stands for IPython's own syntax gives other Python than expected.
    return _encoded(source.path, made, data) if source_of_text(source.path, made).text == expected else None


def _encoded(path: str, text: str, like: bytes) -> bytes | None:
    try:
        return bytes_of_text(path, text, like)
    except UnicodeEncodeError:
        return None


def _cell_edit(edit: Edit, source: Source, text: str) -> CellEdit:
    """Return ``edit`` in the characters of its cell."""
    place = source.place(edit.span)
    assert place.cell is not None
    index = place.cell - 1
    written = cell_source(text, index)
    start, end = Offsets(written).of(place.span)
    if not edit.content and edit.span.column == 1 and end == len(written):
        # The last line of a cell has no line end of its own: the one in front of it goes.
        start = len(written[:start].removesuffix("\n").removesuffix("\r"))
    return CellEdit(index, start, end, edit.content)
