"""Edits in the cells of a notebook's JSON text; every byte outside of the changed pieces of source stays as it is.

Own code, because what writes notebooks (nbformat) writes them anew: its own indentation, key order and escapes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")

# What stands for one character in a JSON string; a surrogate pair stands for one, too.
_LETTER = re.compile(r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u\w{4}|\\.|[^\\]", re.DOTALL)


@dataclass(frozen=True)
class CellEdit:
    """Replaces the characters ``start`` to ``end`` of the source of the cell at ``index`` by ``content``."""

    index: int
    start: int
    end: int
    content: str


@dataclass(frozen=True)
class _Replacement:
    """A piece of the JSON text and what to write for it."""

    start: int
    end: int
    content: str


@dataclass(frozen=True)
class _Chunk:
    """A JSON string with a part of a cell's source: where it lies in the text, quotes included, and what it means."""

    start: int
    end: int
    value: str


@dataclass(frozen=True)
class _CellSource:
    """The source of a cell; ``separator`` stands between the strings of a list, None if the source is one string."""

    chunks: tuple[_Chunk, ...]
    separator: str | None


def notebook_with(text: str, edits: Sequence[CellEdit]) -> str:
    """Return the JSON text of a notebook with ``edits`` made, which must not overlap."""
    cells = list(_cells(text))
    replacements: list[_Replacement] = []
    for index in sorted({edit.index for edit in edits}):
        own = [edit for edit in edits if edit.index == index]
        replacements += _replacements(text, _source(text, cells[index]), own)
    pieces: list[str] = []
    done = 0
    for replacement in sorted(replacements, key=lambda each: each.start):
        pieces += (text[done : replacement.start], replacement.content)
        done = replacement.end
    return "".join((*pieces, text[done:]))


def cell_source(text: str, index: int) -> str:
    """Return the source of the cell at ``index``, whose lines end as they are written."""
    cells = list(_cells(text))
    return "".join(chunk.value for chunk in _source(text, cells[index]).chunks)


def _replacements(text: str, source: _CellSource, edits: Sequence[CellEdit]) -> Iterator[_Replacement]:
    start = 0
    emptied: list[_Chunk] = []
    for chunk in source.chunks:
        end = start + len(chunk.value)
        parts = [part for edit in edits if (part := _part(edit, start, end, source.chunks[-1] is chunk)) is not None]
        if source.separator is not None and chunk.value and _is_emptied(parts, len(chunk.value)):
            emptied.append(chunk)
        else:
            yield from _within(text, chunk, parts, source.separator)
        start = end
    yield from _without_chunks(source.chunks, emptied)


def _part(edit: CellEdit, start: int, end: int, is_last: bool) -> CellEdit | None:
    """Return the part of an edit that falls on the characters ``start`` to ``end``, counted from ``start``.

    What an edit over several chunks writes goes into the first of them; at a border, an insertion into the second.
    """
    begins_here = start <= edit.start < end or (is_last and edit.start == end)
    if not begins_here and (edit.end <= start or edit.start >= end):
        return None
    content = edit.content if begins_here else ""
    return CellEdit(edit.index, max(edit.start, start) - start, min(edit.end, end) - start, content)


def _is_emptied(parts: Sequence[CellEdit], length: int) -> bool:
    return sum(part.end - part.start for part in parts) == length and not any(part.content for part in parts)


def _within(text: str, chunk: _Chunk, parts: Sequence[CellEdit], separator: str | None) -> Iterator[_Replacement]:
    if not parts:
        return
    inner = text[chunk.start + 1 : chunk.end - 1]
    offsets = [match.start() for match in _LETTER.finditer(inner)] + [len(inner)]
    for part in parts:
        content = json.dumps(part.content, ensure_ascii=inner.isascii())[1:-1]
        if separator is not None:
            # A line a string, as Jupyter writes it; what follows the last line end stays in this string.
            content = content.replace("\\n", f'\\n"{separator}"')
            if part.end == len(chunk.value):
                content = content.removesuffix(f'"{separator}"')
        yield _Replacement(chunk.start + 1 + offsets[part.start], chunk.start + 1 + offsets[part.end], content)


def _without_chunks(chunks: tuple[_Chunk, ...], emptied: list[_Chunk]) -> Iterator[_Replacement]:
    """Take strings out of a list, each with the separator in front of it; the first ones with the one behind."""
    kept = [chunk for chunk in chunks if chunk not in emptied]
    for before, chunk in pairwise(chunks):
        if chunk in emptied and kept and kept[0].start < chunk.start:
            yield _Replacement(before.end, chunk.end, "")
    leading = [chunk for chunk in emptied if not kept or chunk.start < kept[0].start]
    if leading:
        yield _Replacement(leading[0].start, kept[0].start if kept else leading[-1].end, "")


def _source(text: str, cell: int) -> _CellSource:
    """Return the source of the cell whose object begins at the offset ``cell``."""
    start = dict(_members(text, cell)).get("source")
    if start is None:
        return _CellSource((), None)
    value, end = _DECODER.raw_decode(text, start)
    if isinstance(value, str):
        return _CellSource((_Chunk(start, end, value),), None)
    chunks = tuple(_Chunk(each, *_end_and_value(text, each)) for each in _elements(text, start))
    if len(chunks) > 1:
        return _CellSource(chunks, text[chunks[0].end : chunks[1].start])
    # An only string shows how another one would be set off by what stands in front of it.
    return _CellSource(chunks, "," + text[start + 1 : chunks[0].start] if chunks else None)


def _end_and_value(text: str, start: int) -> tuple[int, str]:
    value, end = _DECODER.raw_decode(text, start)
    return end, value


def _cells(text: str) -> Iterator[int]:
    """Yield the offset of each cell."""
    return _elements(text, dict(_members(text, _after_space(text, 0)))["cells"])


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield each key of the object at ``start`` with the offset of its value; of equal keys, JSON's last one counts."""
    position = _after_space(text, start + 1)
    while text[position] != "}":
        key, position = _DECODER.raw_decode(text, position)
        value = _after_space(text, _after_space(text, position) + 1)
        yield key, value
        position = _next(text, _DECODER.raw_decode(text, value)[1])


def _elements(text: str, start: int) -> Iterator[int]:
    """Yield the offset of each element of the array at ``start``."""
    position = _after_space(text, start + 1)
    while text[position] != "]":
        yield position
        position = _next(text, _DECODER.raw_decode(text, position)[1])


def _next(text: str, position: int) -> int:
    position = _after_space(text, position)
    return _after_space(text, position + 1) if text[position] == "," else position


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return position if match is None else match.end()
