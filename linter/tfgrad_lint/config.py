"""Configuration files: ``[tool.tfgrad]`` in pyproject.toml or ``tfgrad.toml``, and which of them holds where."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from tfgrad_lint.declarations import DeclaredFunction, declared_function
from tfgrad_lint.errors import UsageError, suggestion
from tfgrad_lint.paths import absolute, display
from tfgrad_lint.selection import EVERYTHING, Selectors, check_selectors
from tfgrad_lint.settings import COMMAND_LINE_ORIGIN, PathIgnores, Patterns, Settings
from tfgrad_lint.shapes import dtypes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

# In one folder the dedicated file is preferred, as ruff does with ruff.toml.
FILE_NAMES = ("tfgrad.toml", "pyproject.toml")


@dataclass(frozen=True)
class Overrides:
    """What the command line says about configuration."""

    config: Path | None = None
    isolated: bool = False
    selectors: Selectors = field(default_factory=Selectors)
    preview: bool | None = None


@dataclass
class Configurations:
    """Finds the settings for each folder, the nearest configuration file above it; reads each file once.

    Args:
        codes: All codes that selectors may name.
        overrides: What the command line says; wins over every file.

    Raises:
        UsageError: From any method, for a file that cannot be read, an unknown key, a wrong type or an unknown code.
    """

    codes: frozenset[str]
    overrides: Overrides = field(default_factory=Overrides)
    _by_folder: dict[Path, Settings] = field(default_factory=dict)
    _by_file: dict[Path, Settings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = self.overrides.selectors
        check_selectors((*(given.select or ()), *given.extend_select, *given.ignore), self.codes)
        if self.overrides.isolated and self.overrides.config is not None:
            raise UsageError("--isolated and --config exclude each other")
        self._fixed: Settings | None = None
        if self.overrides.isolated:
            self._fixed = self._overridden(Settings())
        elif self.overrides.config is not None:
            self._fixed = self._overridden(self._read(absolute(self.overrides.config), extended_by=()))

    def for_folder(self, folder: Path) -> Settings:
        """Return the settings that hold for the files in the absolute ``folder``."""
        if self._fixed is not None:
            return self._fixed
        if folder not in self._by_folder:
            self._by_folder[folder] = self._nearest(folder)
        return self._by_folder[folder]

    def _nearest(self, folder: Path) -> Settings:
        for name in FILE_NAMES:
            candidate = folder / name
            if candidate.is_file() and (name == "tfgrad.toml" or _has_table(candidate)):
                return self._overridden(self._read(candidate, extended_by=()))
        return self._overridden(Settings()) if folder.parent == folder else self.for_folder(folder.parent)

    def _overridden(self, settings: Settings) -> Settings:
        origins = list(settings.origins)
        if self.overrides.preview is not None:
            settings = replace(settings, preview=self.overrides.preview)
            origins.append(("preview", COMMAND_LINE_ORIGIN))
        return replace(settings, command_line=self.overrides.selectors, origins=tuple(origins))

    def _read(self, path: Path, extended_by: tuple[Path, ...]) -> Settings:
        if path in self._by_file:
            return self._by_file[path]
        if path in extended_by:
            raise UsageError(f"{display(path)}: `extend` leads back to this file")
        table = _table(path)
        base = Settings()
        extend = table.pop("extend", None)
        if extend is not None:
            try:
                target = _file(extend, path.parent)
            except TypeError:
                raise _wrong(path, "extend", extend, EXTEND.expected) from None
            if not target.is_file():
                raise UsageError(f"{display(path)}: {_key(path, 'extend')}: no such file: {extend}")
            base = self._read(target, (*extended_by, path))
        settings = _apply(base, table, path, self.codes)
        self._by_file[path] = settings
        return settings


def _has_table(path: Path) -> bool:
    # Parsing every pyproject.toml above the files only to find that it says nothing would be wasted.
    return b"tfgrad" in _bytes(path) and _tool_table(path, _document(path)) is not None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{display(path)}: cannot be read: {error.strerror}") from None


def _document(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = tomllib.loads(_bytes(path).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{display(path)}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{display(path)}: not valid TOML: {str(error).splitlines()[0]}") from None
    return document


def _tool_table(path: Path, document: Mapping[str, Any]) -> dict[str, Any] | None:
    tool = document.get("tool", {})
    table = tool.get("tfgrad") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{display(path)}: tool.tfgrad must be a table")
    return table


def _table(path: Path) -> dict[str, Any]:
    document = _document(path)
    if path.name != "pyproject.toml":
        return document
    table = _tool_table(path, document)
    if table is None:
        raise UsageError(f"{display(path)}: has no [tool.tfgrad] table")
    return table


def _apply(base: Settings, table: Mapping[str, object], path: Path, codes: Iterable[str]) -> Settings:
    changes: dict[str, Any] = {}
    for key, value in table.items():
        reader = KEYS.get(key)
        if reader is None:
            raise UsageError(f"{display(path)}: {_key(path, key)}: unknown key{suggestion(key, [*KEYS, 'extend'])}")
        try:
            changes[key.replace("-", "_")] = reader.read(value, path.parent)
        except (TypeError, ValueError):
            raise _wrong(path, key, value, reader.expected) from None
    _check_codes(changes, path, codes)
    if "extend_select" in changes:
        changes["extend_select"] = (*base.extend_select, *changes["extend_select"])
    origins = {**dict(base.origins), **dict.fromkeys(changes, str(path))}
    return replace(base, **changes, origins=tuple(origins.items()))


def _check_codes(changes: Mapping[str, Any], path: Path, codes: Iterable[str]) -> None:
    lists = {name: changes.get(name) or () for name in ("select", "extend_select", "ignore")}
    lists["per_file_ignores"] = tuple(
        selector for entry in changes.get("per_file_ignores", ()) for selector in entry.ignore
    )
    for name, selectors in lists.items():
        try:
            check_selectors(selectors, codes)
        except UsageError as error:
            raise UsageError(f"{display(path)}: {_key(path, key_of(name))}: {error}") from None


def _key(path: Path, key: str) -> str:
    return f"tool.tfgrad.{key}" if path.name == "pyproject.toml" else key


def _wrong(path: Path, key: str, value: object, expected: str) -> UsageError:
    return UsageError(f"{display(path)}: {_key(path, key)}: expected {expected}, not {value!r}")


@dataclass(frozen=True)
class Key:
    """A key of the configuration: what it means, what it takes, and how that is read.

    ``expected`` says in words what is accepted, ``schema`` in JSON Schema.
    """

    meaning: str
    expected: str
    read: Callable[[object, Path], object]
    schema: dict[str, Any]


def _words(value: object, _: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise TypeError
    return tuple(value)


def _flag(value: object, _: Path) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _patterns(value: object, base: Path) -> Patterns:
    return Patterns(base, _words(value, base))


def _per_file(value: object, base: Path) -> tuple[PathIgnores, ...]:
    if not isinstance(value, dict):
        raise TypeError
    return tuple(PathIgnores(Patterns(base, (pattern,)), _words(codes, base)) for pattern, codes in value.items())


_RELEASE = r"2\.[0-9]+(\.[0-9]+)?"


def _tensorflow_version(value: object, _: Path) -> str:
    if not isinstance(value, str) or re.fullmatch(_RELEASE, value) is None:
        raise ValueError
    return value


def _keras_version(value: object, _: Path) -> int:
    if isinstance(value, bool) or value not in (2, 3) or not isinstance(value, int):
        raise ValueError
    return value


def _file(value: object, base: Path) -> Path:
    if not isinstance(value, str):
        raise TypeError
    return (base / value).resolve()


def _models(value: object, base: Path) -> tuple[DeclaredFunction, ...]:
    path = _file(value, base)
    document = _document(path)
    unknown = sorted(document.keys() - {"functions"})
    functions = document.get("functions", {})
    if unknown or not isinstance(functions, dict):
        raise UsageError(f"{display(path)}: expected the table [functions] and nothing else")
    return tuple(_declared(name, signature, path) for name, signature in functions.items())


def _declared(name: str, signature: object, path: Path) -> DeclaredFunction:
    try:
        if not isinstance(signature, str):
            raise ValueError("expected a signature such as '(x: [B, D]) -> [B]'; write the function's name in quotes")
        return declared_function(name, signature, dtypes.ALL)
    except ValueError as error:
        raise UsageError(f"{display(path)}: functions.{name}: {error}") from None


_CODE_SCHEMA = {"type": "array", "items": {"$ref": "#/$defs/code"}}


def _codes(meaning: str) -> Key:
    return Key(meaning, 'a list of codes or their beginnings such as ["TFG1", "TFG201"]', _words, _CODE_SCHEMA)


def _switch(meaning: str) -> Key:
    return Key(meaning, "true or false", _flag, {"type": "boolean"})


KEYS: dict[str, Key] = {
    "select": _codes("only these rules; if not set, all that are on by default"),
    "extend-select": _codes("these rules too"),
    "ignore": _codes("not these rules"),
    "preview": _switch("also rules that are still on trial"),
    "per-file-ignores": Key(
        "rules that are silent in the files that a pattern matches",
        'a table of patterns such as {"tests/*" = ["TFG2"]}',
        _per_file,
        {"type": "object", "additionalProperties": _CODE_SCHEMA},
    ),
    "exclude": Key(
        "files and folders that are left out, relative to the folder of the configuration file",
        'a list of patterns as in .gitignore, such as ["third_party/"]',
        _patterns,
        {"type": "array", "items": {"type": "string"}},
    ),
    "tensorflow-version": Key(
        "the release that the code is for; if not set, the newest",
        'a release as a string such as "2.16"',
        _tensorflow_version,
        {"type": "string", "pattern": f"^{_RELEASE}$"},
    ),
    "keras-version": Key(
        "the Keras that the code is for; if not set, the one that the TensorFlow version brings, and without one both",
        "2 or 3",
        _keras_version,
        {"enum": [2, 3]},
    ),
    "shape-comments": _switch("comments and docstrings that state shapes count as hints"),
    "models": Key(
        "a file with the shapes of the project's own functions",
        'a path such as "shapes.toml"',
        _models,
        {"type": "string"},
    ),
}
EXTEND = Key("another file, whose keys hold unless this one sets them", "a path", _file, {"type": "string"})


def key_of(name: str) -> str:
    """Return the key that sets the field ``name``."""
    return name.replace("_", "-")


def setting_names() -> tuple[str, ...]:
    """Return the fields of Settings that keys set, in the order of their definition."""
    return tuple(item.name for item in fields(Settings) if key_of(item.name) in KEYS)


def schema(codes: Iterable[str]) -> dict[str, Any]:
    """Return the JSON Schema of ``tfgrad.toml`` and of the table ``[tool.tfgrad]``, as editors use it.

    Args:
        codes: All codes that selectors may name.
    """
    selectors = {code[:length] for code in codes for length in range(1, len(code) + 1)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tfgrad",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"description": f"{key.meaning}: {key.expected}", **key.schema}
            for name, key in (*KEYS.items(), ("extend", EXTEND))
        },
        "$defs": {"code": {"enum": [EVERYTHING, *sorted(selectors)]}},
    }
