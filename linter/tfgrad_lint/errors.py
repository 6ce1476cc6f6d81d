"""What is wrong with a file or with the call, in one line for the user."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class UnreadableError(Exception):
    """The file is not what its name says; ``line`` and ``column`` count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class UsageError(Exception):
    """Something that the user can mend: a missing path, an unknown code, a wrong setting; the text is one line."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known word closest to ``word``, or an empty string.

    >>> suggestion("selct", ["select", "ignore"])
    "; did you mean 'select'?"
    """
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
