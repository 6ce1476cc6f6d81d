"""Lines of the user's code, for a reader of a report."""

from __future__ import annotations

import inspect
import linecache
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, overload

from pytest_tfgrad.recording.location import is_user_file, location_at
from pytest_tfgrad.results import Excerpt, Place

if TYPE_CHECKING:
    from types import CodeType

    from pytest_tfgrad.recording import Location

# A gradient function of more lines than these is read in an editor.
_LINES = 8


@overload
def place_of(location: Location) -> Place: ...
@overload
def place_of(location: Location | None) -> Place | None: ...
def place_of(location: Location | None) -> Place | None:
    """A recorded location as plain data."""
    return None if location is None else Place(location.path, location.line, location.function, location.text)


def place_of_code(code: CodeType | None) -> Place | None:
    """Where a function of the user's begins; None for others."""
    if code is None or not is_user_file(code.co_filename):
        return None
    return place_of(location_at(code.co_filename, code.co_firstlineno, code.co_name))


def excerpt_of(code: CodeType) -> Excerpt | None:
    """The first lines of a function."""
    path = str(Path(code.co_filename).absolute())
    lines = linecache.getlines(path)[code.co_firstlineno - 1 :]
    try:
        return _excerpt(code.co_firstlineno, inspect.getblock(lines)) if lines else None
    except (SyntaxError, IndentationError):
        return _excerpt(code.co_firstlineno, lines[:1])


def excerpt_at(place: Place | None) -> Excerpt | None:
    """One line with its neighbours."""
    if place is None or not place.text:
        return None
    first = max(1, place.line - 1)
    return _excerpt(first, linecache.getlines(place.path)[first - 1 : place.line + 1])


def _excerpt(first: int, lines: list[str]) -> Excerpt | None:
    text = textwrap.dedent("".join(lines[:_LINES])).rstrip()
    skipped = len(text) - len(text.lstrip("\n"))
    return Excerpt(first + skipped, tuple(text.lstrip("\n").split("\n"))) if text else None
