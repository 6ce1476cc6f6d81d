"""What docs/ tells of the plugin, from its hooks, its options and what it reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, cast, get_args, get_origin, get_type_hints

from docs.reference.docstrings import meanings
from docs.reference.markdown import alternatives, code, table
from docs.reference.schemas import object_tables, schema_of_report
from pytest_tfgrad.options import ALLOWING, DEFAULTS, MARKER_ARGUMENTS, Options
from pytest_tfgrad.plugin import MARKERS, pytest_addoption

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

_MEANINGS = meanings(Options)
_TYPES = get_type_hints(Options)
_WORDS = {
    bool: "`True` or `False`",
    int: "a whole number",
    float: "a number",
    float | None: "a number",
    str: "a text",
    Mapping[str, str]: '`{"source": "differs"}`',
}


class _Listener:
    """Stands in for pytest's parser, and keeps what the plugin tells it."""

    def __init__(self) -> None:
        self.options: list[tuple[str, str]] = []
        self.keys: list[str] = []

    def getgroup(self, *_names: str) -> _Listener:
        return self

    def addoption(self, name: str, *, help: str, metavar: str = "", **_details: Any) -> None:
        self.options.append((code(f"{name}={metavar}" if metavar else name), help))

    def addini(self, name: str, *_details: str, **_more: str) -> None:
        self.keys.append(name)


def _heard() -> _Listener:
    listener = _Listener()
    pytest_addoption(cast("pytest.Parser", listener))
    return listener


def _markers() -> str:
    rows = (
        (code(f"@pytest.mark.{name}(...)"), purpose, _listed(MARKER_ARGUMENTS[name]))
        for name, purpose in MARKERS.items()
    )
    return table(("marker", "what it does", "arguments"), rows)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(map(code, words))


def _options() -> str:
    return table(("option", "meaning"), _heard().options)


def _settings() -> str:
    keys = {name.removeprefix("gradcheck_"): name for name in _heard().keys}
    arguments = [name for names in MARKER_ARGUMENTS.values() for name in names]
    rows = (
        (code(name) if name in arguments else "", code(keys[name]) if name in keys else "", *_described(name))
        for name in dict.fromkeys([*arguments, *keys])
    )
    return table(("argument of a marker", "key of the ini file", "meaning", "values", "default"), rows)


def _described(name: str) -> tuple[str, str, str]:
    """Return what a setting means, what it takes, and what holds without it."""
    if name in ALLOWING:
        return f"`True` is `ignore` and `False` is `fail` for {code(ALLOWING[name])}", "`True` or `False`", ""
    return _MEANINGS[name], _values(_TYPES[name]), _default(name)


def _values(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return alternatives(json.dumps(word) for word in get_args(hint))
    return _WORDS[hint]


def _default(name: str) -> str:
    marked, flagged = (_shown(getattr(DEFAULTS[scope], name)) for scope in ("marker", "flag"))
    return marked if marked == flagged else f"{marked} with a marker, {flagged} under the flag"


def _shown(value: object) -> str:
    if isinstance(value, str) and value:
        return code(json.dumps(value))
    return f"{value:g}" if isinstance(value, float) else code(value) if value not in (None, "", {}) else ""


def _report_objects() -> str:
    return object_tables(schema_of_report())


PLUGIN_BLOCKS = {
    "markers": _markers,
    "gradcheck-options": _options,
    "gradcheck-settings": _settings,
    "report-objects": _report_objects,
}
