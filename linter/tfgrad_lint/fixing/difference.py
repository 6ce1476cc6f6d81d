"""The change of a file as a unified diff, of a notebook cell by cell."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.source import Source

_NO_LINE_END = "\\ No newline at end of file\n"


def difference(before: Source, after: Source) -> str:
    """Return a diff that ``patch -p0`` can apply (of a notebook it is for reading only); "" if nothing changed."""
    if not before.cells:
        return _diff(before.path, before.text, after.text)
    return "".join(
        _diff(f"{before.path}:cell {old.number}", _text(old.lines), _text(new.lines))
        for old, new in zip(before.cells, after.cells, strict=True)
    )


def _text(lines: tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _diff(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(list(_lines(before)), list(_lines(after)), name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_LINE_END}" for line in lines)


def _lines(text: str) -> Iterator[str]:
    """Yield lines as ``patch`` counts them: a carriage return is part of the line."""
    *whole, rest = text.split("\n")
    yield from (f"{line}\n" for line in whole)
    if rest:
        yield rest
