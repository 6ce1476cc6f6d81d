"""What the result of a file depends on besides its own text: where imports were looked up, and what was read there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

# A module imported once by many is told apart from nothing else: 128 bits never agree by chance.
_DIGEST_BYTES = 16

# The files that make a folder a package, and those beside which the top of a project is.
_PACKAGE = "__init__.py"
_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


@dataclass(frozen=True, slots=True)
class Lookup:
    """An import: what it names, seen from a folder (links resolved), and the file that was found or None."""

    folder: str
    dotted: str
    level: int
    found: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """A file that was read, by the digest of its bytes; None: it could not be read."""

    path: str
    digest: str | None


Dependency: TypeAlias = Lookup | Content


@dataclass(eq=False)
class Readings:
    """What was looked up and read while one module was interpreted, and the readings of the modules it imported."""

    own: set[Dependency] = field(default_factory=set)
    imported: set[Readings] = field(default_factory=set)

    def all(self) -> frozenset[Dependency]:
        """Return the dependencies of the module with those of all that it imported, directly or not."""
        found: set[Dependency] = set()
        seen = {self}
        waiting = [self]
        while waiting:
            readings = waiting.pop()
            found |= readings.own
            new = readings.imported - seen
            seen |= new
            waiting += new
        return frozenset(found)


def digest(data: bytes) -> str:
    """Return a name for ``data`` that no other bytes have."""
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


class ModuleFiles:
    """Finds the files of the project's modules; remembers what it found."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, int], Path | None] = {}
        self._roots: dict[Path, tuple[Path, ...]] = {}

    def find(self, folder: str, dotted: str, level: int) -> Path | None:
        """Return the file of a module, None if it is none of the project's.

        Args:
            folder: The importing file's, links resolved.
            dotted: The module's name without leading dots.
            level: The number of leading dots.
        """
        key = (folder, dotted, level)
        if key not in self._found:
            self._found[key] = self._search(Path(folder), dotted, level)
        return self._found[key]

    def _search(self, folder: Path, dotted: str, level: int) -> Path | None:
        if level:
            above = (folder, *folder.parents)
            # More dots than there are folders name nothing.
            bases = above[level - 1 : level]
        else:
            bases = self._roots_of(folder)
        parts = dotted.split(".") if dotted else []
        for base in bases:
            place = base.joinpath(*parts)
            candidates = [place / _PACKAGE, *([place.parent / f"{place.name}.py"] if parts else [])]
            for candidate in candidates:
                if candidate.is_file():
                    return candidate
        return None

    def _roots_of(self, folder: Path) -> tuple[Path, ...]:
        known = self._roots.get(folder)
        if known is None:
            known = self._roots[folder] = _roots(folder)
        return known


def _roots(folder: Path) -> tuple[Path, ...]:
    """Return the folders in which absolute imports of a file in ``folder`` are looked up, in Python's order."""
    top = folder
    while (top / _PACKAGE).is_file() and top.parent != top:
        top = top.parent
    roots = [top, folder]
    for parent in (top, *top.parents):
        if any((parent / marker).exists() for marker in _MARKERS):
            roots += [parent, parent / "src"]
            break
    return tuple(dict.fromkeys(roots))
