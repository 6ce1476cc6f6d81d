"""The file that holds the cache: rows of results, and the facts that they depend on, each stored once.

SQLite locks the file, so that runs at the same time do not disturb each other; what is damaged or cannot be used is
thrown away, because everything in it can be made again.
"""

from __future__ import annotations

import sqlite3
from array import array
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfgrad_lint.cache.folder import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, content TEXT NOT NULL, facts BLOB NOT NULL, value TEXT NOT NULL
);
"""

# tensorflow/agents takes 1.4 MB; a cache that has outgrown this holds mostly what nobody asks for any more.
_LARGEST: Final = 64 << 20

# How long a run waits for another one that is writing, in seconds; then it goes without.
_PATIENCE: Final = 2.0

# SQLite takes 999 values in a statement, or more.
_MOST_VALUES: Final = 500


@dataclass(frozen=True)
class Row:
    """The result of a file: the digest of its bytes, the numbers of the facts it depends on, and what was found."""

    content: str
    facts: frozenset[int]
    value: str


class Database:
    """A database file in ``folder``, one for each ``identity``; those of other identities are removed."""

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder
        self._file = folder / f"{identity}.sqlite3"

    def read(self, keys: Sequence[str]) -> tuple[dict[str, Row], dict[int, str]]:
        """Return the rows under ``keys``, as far as there are any, and the texts of all facts by number."""
        if not self._file.exists():
            return {}, {}
        try:
            with closing(self._connect()) as connection:
                rows = {key: row for some in _chunks(keys) for key, row in _rows(connection, some)}
                facts = dict(connection.execute("SELECT id, text FROM facts")) if rows else {}
        except sqlite3.Error as error:
            self._discard_if_damaged(error)
            return {}, {}
        return rows, facts

    def write(self, rows: Mapping[str, Row], facts: Mapping[int, str]) -> None:
        """Add rows, in place of older ones under the same keys; where that is impossible nothing happens."""
        with suppress(OSError):
            prepare(self._folder)
            if self._file.exists() and self._file.stat().st_size > _LARGEST:
                self._file.unlink()
            if not self._file.exists():
                self._remove_others()
            try:
                self._insert(rows, facts)
            except sqlite3.Error as error:
                self._discard_if_damaged(error)

    def _insert(self, rows: Mapping[str, Row], facts: Mapping[int, str]) -> None:
        values = [(key, row.content, array("q", sorted(row.facts)).tobytes(), row.value) for key, row in rows.items()]
        with closing(self._connect()) as connection, connection:
            connection.executescript(_SCHEMA)
            connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())
            connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)", values)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=_PATIENCE)
        # A cache need not survive a loss of power: what is damaged then is thrown away.
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def _discard_if_damaged(self, error: sqlite3.Error) -> None:
        # A database that another run has locked is sound.
        if not isinstance(error, sqlite3.OperationalError) or "lock" not in str(error):
            with suppress(OSError):
                self._file.unlink(missing_ok=True)

    def _remove_others(self) -> None:
        for other in self._folder.glob("*.sqlite3*"):
            with suppress(OSError):  # in use by a process on Windows
                other.unlink()


def _rows(connection: sqlite3.Connection, keys: Sequence[str]) -> Iterator[tuple[str, Row]]:
    marks = ", ".join("?" * len(keys))
    query = f"SELECT key, content, facts, value FROM results WHERE key IN ({marks})"
    for key, content, facts, value in connection.execute(query, list(keys)):
        numbers = array("q")
        numbers.frombytes(facts)
        yield key, Row(content, frozenset(numbers), value)


def _chunks(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[start : start + _MOST_VALUES] for start in range(0, len(keys), _MOST_VALUES))
