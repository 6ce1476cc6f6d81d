"""Dependencies as numbered texts, and whether they still hold."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from tfgrad_lint.dependencies import Content, Lookup, ModuleFiles, digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfgrad_lint.dependencies import Dependency


def text_of(dependency: Dependency) -> str:
    """Return ``dependency`` as a text that ``CurrentFiles.holds`` understands."""
    if isinstance(dependency, Content):
        return json.dumps([dependency.path, dependency.digest])
    return json.dumps([dependency.folder, dependency.dotted, dependency.level, dependency.found])


def number_of(text: str) -> int:
    """Return the number of a fact: 63 bits of a hash, which no two of a cache's thousands share."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


class CurrentFiles:
    """What the files of the project are now; each is looked at once."""

    def __init__(self) -> None:
        self._module_files = ModuleFiles()
        self._digests: dict[str, str | None] = {}

    def note(self, path: str, data: bytes) -> str:
        """Take down the content of the file at the absolute ``path``, and return its digest."""
        self._digests[path] = found = digest(data)
        return found

    def broken(self, texts: Iterable[tuple[int, str]]) -> frozenset[int]:
        """Return the numbers of those facts that no longer hold; one that cannot be understood does not."""
        return frozenset(number for number, text in texts if not self._holds(text))

    def _holds(self, text: str) -> bool:
        try:
            parts = json.loads(text)
            dependency = Content(*parts) if len(parts) == 2 else Lookup(*parts)
            if isinstance(dependency, Content):
                return self._digest(dependency.path) == dependency.digest
            found = self._module_files.find(dependency.folder, dependency.dotted, dependency.level)
            return dependency.found == (None if found is None else str(found))
        except (ValueError, TypeError, AttributeError, IndexError):
            return False

    def _digest(self, path: str) -> str | None:
        if path not in self._digests:
            try:
                self.note(path, Path(path).read_bytes())
            except OSError:
                self._digests[path] = None
        return self._digests[path]
