"""The modules of the user's own project: finding what an import means, and interpreting it once for all importers."""

from __future__ import annotations

import os
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.api import registry
from tfgrad_lint.api.declared import model_of
from tfgrad_lint.dependencies import Content, Lookup, ModuleFiles, Readings, digest
from tfgrad_lint.source import UndecodableError, is_relevant, source_of_bytes
from tfgrad_lint.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tfgrad_lint.declarations import DeclaredFunction
    from tfgrad_lint.domain.objects import Scope
    from tfgrad_lint.interpreter.store import Layer

# What is kept of imported modules, in bytes of their text. On tensorflow/agents 1.5 MB take about 200 MiB and spare
# nine of ten repeated loads; with 0.5 MB each module was loaded 4.5 times.
_KEPT_BYTES: Final = 3_000_000

# Longer modules are tables of data or generated; importing one would cost more than linting the importer.
_LONGEST_MODULE: Final = 150_000

# A module that names neither TensorFlow nor Keras may still hold the sizes that others use; those are short.
_LONGEST_CONSTANTS: Final = 4_000


@dataclass(frozen=True)
class LoadedModule:
    """A module of the project after its body ran: its scope, its bindings with those it imported, and its tree."""

    path: str
    scope: Scope
    bindings: Layer
    trees: dict[str, cst.Module]


@dataclass(frozen=True)
class _Loaded:
    """What loading a file gave: the module if it matters, the length of its text if so, and what was read for it."""

    module: LoadedModule | None
    size: int
    readings: Readings


class Project:
    """Finds and loads modules; keeps the ones used last.

    Args:
        declared: Functions whose shapes its users told.
        keras_version: The major version of Keras that it is certain to run with; None: that may be 2 or 3.
    """

    def __init__(self, declared: Iterable[DeclaredFunction] = (), keras_version: int | None = None) -> None:
        self.keras_version = keras_version
        self.trees = Trees()
        self._declared = {function.name: model_of(function) for function in declared}
        self._loaded: OrderedDict[tuple[Path, int, int], _Loaded] = OrderedDict()
        self._loading: set[Path] = set()
        self._kept = 0
        self._files = ModuleFiles()
        self._folders: dict[str, str] = {}
        self._readings = [Readings()]

    @contextmanager
    def reading(self) -> Iterator[Readings]:
        """Give what is looked up and read in the block; what it imports is added when it is loaded or used again."""
        readings = Readings()
        self._readings.append(readings)
        try:
            yield readings
        finally:
            self._readings.pop()

    def model(self, name: str) -> registry.Model | None:
        """Return the model of the function with the canonical ``name``: what the project declares goes first."""
        return self._declared.get(name) or registry.lookup(name)

    def declares(self, name: str) -> bool:
        """Tell whether the project says itself what the function with the dotted ``name`` does to shapes."""
        return name in self._declared

    def find(self, importer: str, dotted: str, level: int) -> Path | None:
        """Return the file of a module, None if it is none of the project's.

        Args:
            importer: The path of the importing file.
            dotted: The module's name without leading dots.
            level: The number of leading dots.
        """
        place = os.path.abspath(importer)  # noqa: PTH100 - in a third of the time that a Path takes
        folder = self._folders.get(place)
        if folder is None:
            folder = self._folders[place] = str(Path(place).resolve().parent)
        found = self._files.find(folder, dotted, level)
        self._readings[-1].own.add(Lookup(folder, dotted, level, None if found is None else str(found)))
        return found

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
            self._readings[-1].own.add(Content(str(path), None))
            return None
        # A changed file is another key: what was kept of its old text ages out.
        key = (path, stat.st_mtime_ns, stat.st_size)
        if key in self._loaded:
            self._loaded.move_to_end(key)
        else:
            self._loaded[key] = self._load(path, interpret)
            self._kept += self._loaded[key].size
        loaded = self._loaded[key]
        self._readings[-1].imported.add(loaded.readings)
        while self._kept > _KEPT_BYTES and len(self._loaded) > 1:
            _, dropped = self._loaded.popitem(last=False)
            self._kept -= dropped.size
        return loaded.module

    def _load(self, path: Path, interpret: Callable[[cst.Module, str], LoadedModule | None]) -> _Loaded:
        self._loading.add(path)
        try:
            with self.reading() as readings:
                data = _read(path)
                readings.own.add(Content(str(path), None if data is None else digest(data)))
                module = None if data is None else self._parse(path, data)
                loaded = None if module is None else interpret(module, str(path))
        finally:
            self._loading.discard(path)
        return _Loaded(loaded, len(data) if module is not None and data is not None else 0, readings)

    def _parse(self, path: Path, data: bytes) -> cst.Module | None:
        """Return the tree of a module that may matter."""
        matters = is_relevant(data) or len(data) <= _LONGEST_CONSTANTS
        if not matters or len(data) > _LONGEST_MODULE:
            return None
        try:
            return self.trees.parse(source_of_bytes(str(path), data).text)
        except (cst.ParserSyntaxError, UndecodableError, RecursionError):
            return None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
