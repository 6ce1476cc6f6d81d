"""The modules of the user's own project: finding what an import means, and interpreting it once for all importers."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfgrad_lint.domain.objects import Scope
    from tfgrad_lint.interpreter.store import Layer

# What is kept of imported modules, in bytes of their text. On tensorflow/agents 1.5 MB take about 200 MiB and spare
# nine of ten repeated loads; with 0.5 MB each module was loaded 4.5 times.
_KEPT_BYTES: Final = 3_000_000

# Longer modules are tables of data or generated; importing one would cost more than linting the importer.
_LONGEST_MODULE: Final = 150_000

# A module that names neither TensorFlow nor Keras may still hold the sizes that others use; those are short.
_LONGEST_CONSTANTS: Final = 4_000

# Folders above a file in which its absolute imports are looked up, beside the folder of its outermost package.
_MARKERS: Final = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


@dataclass(frozen=True)
class LoadedModule:
    """A module of the project after its body ran: its scope, its bindings with those it imported, and its tree."""

    path: str
    scope: Scope
    bindings: Layer
    trees: dict[str, cst.Module]


class Project:
    """Finds and loads modules; keeps the ones used last."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[tuple[Path, int, int], tuple[LoadedModule | None, int]] = OrderedDict()
        self._loading: set[Path] = set()
        self._kept = 0
        self._found: dict[tuple[str, str, int], Path | None] = {}
        self._roots: dict[Path, tuple[Path, ...]] = {}

    def find(self, importer: str, dotted: str, level: int) -> Path | None:
        """Return the file of a module, None if it is none of the project's.

        Args:
            importer: The path of the importing file.
            dotted: The module's name without leading dots.
            level: The number of leading dots.
        """
        key = (importer, dotted, level)
        if key not in self._found:
            self._found[key] = self._search(Path(importer).resolve().parent, dotted, level)
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
            candidates = [place / "__init__.py", *([place.parent / f"{place.name}.py"] if parts else [])]
            for candidate in candidates:
                if candidate.is_file():
                    return candidate
        return None

    def _roots_of(self, folder: Path) -> tuple[Path, ...]:
        known = self._roots.get(folder)
        if known is None:
            known = self._roots[folder] = tuple(dict.fromkeys(_roots(folder)))
        return known

    def load(self, path: Path, interpret: Callable[[cst.Module, str], LoadedModule | None]) -> LoadedModule | None:
        """Return the module at ``path``, interpreted once; None if it can't matter, can't be parsed, or imports itself.

        Args:
            path: The module's file.
            interpret: Runs the body of a parsed module.
        """
        if path in self._loading:
            return None
        try:
            stat = path.stat()
        except OSError:
            return None
        # A changed file is another key: what was kept of its old text ages out.
        key = (path, stat.st_mtime_ns, stat.st_size)
        if key in self._loaded:
            self._loaded.move_to_end(key)
            return self._loaded[key][0]
        self._loading.add(path)
        try:
            module, size = _parse(path)
            loaded = None if module is None else interpret(module, str(path))
        finally:
            self._loading.discard(path)
        self._loaded[key] = (loaded, size)
        self._kept += size
        while self._kept > _KEPT_BYTES and len(self._loaded) > 1:
            _, (_, dropped) = self._loaded.popitem(last=False)
            self._kept -= dropped
        return loaded


def _roots(folder: Path) -> Iterator[Path]:
    """Yield the folders in which absolute imports of a file in ``folder`` are looked up, in Python's order."""
    top = folder
    while (top / "__init__.py").is_file() and top.parent != top:
        top = top.parent
    yield top
    yield folder
    for parent in (top, *top.parents):
        if any((parent / marker).exists() for marker in _MARKERS):
            yield parent
            yield parent / "src"
            break


def _parse(path: Path) -> tuple[cst.Module | None, int]:
    """Return the tree of a module that may matter, and the length of its text if there is one."""
    try:
        data = path.read_bytes()
    except OSError:
        return None, 0
    matters = b"tensorflow" in data or b"keras" in data or len(data) <= _LONGEST_CONSTANTS
    if not matters or len(data) > _LONGEST_MODULE:
        return None, 0
    try:
        return cst.parse_module(data), len(data)
    except (cst.ParserSyntaxError, UnicodeDecodeError, RecursionError):
        return None, 0
