"""Results of earlier runs, each as long as it still holds."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfgrad_lint.cache.codec import decoded, encoded
from tfgrad_lint.cache.database import Database, Row
from tfgrad_lint.cache.facts import CurrentFiles, number_of, text_of
from tfgrad_lint.cache.identity import identity
from tfgrad_lint.dependencies import digest
from tfgrad_lint.enabling import enabled_codes
from tfgrad_lint.errors import UnreadableError
from tfgrad_lint.file_result import FileResult
from tfgrad_lint.paths import display
from tfgrad_lint.selection import Selectable
from tfgrad_lint.source import is_relevant, source_of_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfgrad_lint.settings import Settings

# The row that holds the rules themselves: with it a run that finds everything here need not import them.
_RULES = "rules"


@dataclass(frozen=True)
class _Asked:
    """A file whose result is asked for."""

    path: Path
    key: str
    content: str


class ResultCache:
    """The results that are kept in a folder.

    A result holds as long as the bytes of its file, those of all project files that it imports, the places at which
    imports were looked up, the rules that report in the file, the settings that matter and the linter are the same.
    """

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder, identity())
        self._keys: dict[tuple[Path, Settings], str] = {}
        self._rules: tuple[Selectable, ...] | None = None
        self._folders: dict[Path, str] = {}

    @property
    def rules(self) -> tuple[Selectable, ...]:
        """What selecting needs to know of all rules."""
        if self._rules is None:
            self._rules = self._stored_rules() or self._imported_rules()
        return self._rules

    def known(self, work: Sequence[tuple[Path, Settings]]) -> dict[int, FileResult]:
        """Return, by its place in ``work``, each result that need not be found anew.

        Files that name neither TensorFlow nor Keras are among them; those that cannot be read are not.
        """
        files = CurrentFiles()
        results: dict[int, FileResult] = {}
        asked: dict[int, _Asked] = {}
        for index, (path, settings) in enumerate(work):
            try:
                data = path.read_bytes()
            except OSError:
                continue
            if is_relevant(data):
                asked[index] = _Asked(path, self._key(path, settings), files.note(str(path), data))
            else:
                results[index] = FileResult(display(path), is_relevant=False)
        rows, facts = self._database.read([each.key for each in asked.values()])
        needed = frozenset[int]().union(*(row.facts for row in rows.values()))
        broken = files.broken((number, text) for number, text in facts.items() if number in needed)
        broken |= needed - facts.keys()
        for index, each in asked.items():
            row = rows.get(each.key)
            if row is not None and row.content == each.content and broken.isdisjoint(row.facts):
                result = _result(each, row)
                if result is not None:
                    results[index] = result
        return results

    def keep(self, found: Iterable[tuple[Path, Settings, FileResult]]) -> None:
        """Keep new results for later runs; those of files that could not be read or checked are left out."""
        rows: dict[str, Row] = {}
        facts: dict[int, str] = {}
        for path, settings, result in found:
            if result.failure is not None or result.content is None or not result.is_relevant:
                continue
            own = {number_of(text): text for text in map(text_of, result.dependencies)}
            facts |= own
            value = encoded(result.findings, result.notes, result.unmodelled)
            rows[self._key(path, settings)] = Row(result.content, frozenset(own), value)
        if rows:
            self._database.write(rows, facts)

    def _key(self, path: Path, settings: Settings) -> str:
        """Return the name of a file's row: where it is and what its result depends on that is no file's content."""
        known = self._keys.get((path, settings))
        if known is None:
            if path.parent not in self._folders:
                self._folders[path.parent] = str(path.parent.resolve())
            target = str(path.resolve()) if path.is_symlink() else self._folders[path.parent]
            codes = ",".join(sorted(enabled_codes(path, settings, self.rules)))
            parts = (str(Path.cwd()), str(path), target, codes, *map(str, settings.for_analysis))
            known = self._keys[path, settings] = digest("\0".join(parts).encode("utf-8", "surrogateescape"))
        return known

    def _stored_rules(self) -> tuple[Selectable, ...]:
        rows, _ = self._database.read([_RULES])
        try:
            return tuple(Selectable(*rule) for rule in json.loads(rows[_RULES].value))
        except (KeyError, ValueError, TypeError):
            return ()

    def _imported_rules(self) -> tuple[Selectable, ...]:
        from tfgrad_lint.catalogue import SELECTABLE  # noqa: PLC0415 - half a second that a warm run saves

        value = json.dumps([astuple(rule) for rule in SELECTABLE])
        self._database.write({_RULES: Row("", frozenset(), value)}, {})
        return SELECTABLE


def _result(asked: _Asked, row: Row) -> FileResult | None:
    """Return what ``row`` says of a file, None if it is damaged or the file has changed meanwhile."""
    name = display(asked.path)
    try:
        findings, notes, unmodelled = decoded(row.value, name)
        source = source_of_bytes(name, asked.path.read_bytes()) if findings else None
    except (ValueError, TypeError, KeyError, OSError, UnreadableError):
        return None
    return FileResult(name, findings, notes, unmodelled, source=source, content=asked.content)
