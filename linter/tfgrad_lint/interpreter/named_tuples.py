"""Named tuples that calls make: ``collections.namedtuple`` and ``typing.NamedTuple``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.domain.objects import Class, Scope
from tfgrad_lint.domain.values import NONE, Constant, External, Mapping, Node, Value, node_of
from tfgrad_lint.interpreter import classes, iteration
from tfgrad_lint.interpreter.freezing import freeze, new_dict, tuple_items

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.domain.objects import RecordMethod
    from tfgrad_lint.interpreter.arguments import Arguments
    from tfgrad_lint.interpreter.state import State

_BASE = External("typing.NamedTuple")


def untyped(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    """Return the class that ``collections.namedtuple(typename, field_names, *, defaults)`` makes."""
    fields = _names(state, arguments.get(1, "field_names"))
    defaults = arguments.keywords.get("defaults", NONE)
    if arguments.keywords.keys() - {"typename", "field_names", "defaults", "module"}:
        return None
    given = () if defaults == NONE else iteration.items(state, defaults)
    if fields is None or given is None or len(given) > len(fields):
        return None
    made = _make(state, arguments.get(0, "typename"), fields)
    for name, value in zip(fields[len(fields) - len(given) :], given, strict=True):
        state.store.set((made.scope, name), value)
    return made


def typed(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    """Return the class that ``typing.NamedTuple(typename, [(name, type), ...])`` makes."""
    pairs = arguments.get(1, "fields")
    rows = None if pairs is None else iteration.items(state, pairs)
    names = [row and row[0] for row in (iteration.items(state, each) for each in rows or ())]
    fields = [name.value for name in names if isinstance(name, Constant) and isinstance(name.value, str)]
    if rows is None or len(fields) < len(rows):
        return None
    return _make(state, arguments.get(0, "typename"), tuple(fields))


def _names(state: State, value: Value | None) -> tuple[str, ...] | None:
    """Return the names of fields, given one by one or in one text; None if they are not known."""
    if isinstance(value, Constant) and isinstance(value.value, str):
        return tuple(value.value.replace(",", " ").split())
    items = None if value is None else iteration.items(state, value)
    names = [item.value for item in items or () if isinstance(item, Constant) and isinstance(item.value, str)]
    return None if items is None or len(names) < len(items) else tuple(names)


def _make(state: State, name: Value | None, fields: tuple[str, ...]) -> Class:
    title = name.value if isinstance(name, Constant) and isinstance(name.value, str) else "named tuple"
    return Class(title, None, (_BASE,), Scope("class", state.scope), fields, True)


def call_method(state: State, node: cst.CSTNode, method: RecordMethod, arguments: Arguments) -> Value | None:
    """Return the result of ``_replace`` or ``_asdict`` of a named tuple, None if it is not known."""
    record = method.record
    if method.name == "_replace" and arguments.complete:
        return classes.replaced(state, node, record, arguments.keywords)
    parts = tuple_items(state, record)
    if method.name == "_asdict" and parts is not None:
        contents = Mapping(dict(zip(record.cls.all_fields(), parts, strict=True)))
        return new_dict(state, contents, Node("dict", node_of(freeze(state, contents)), state.site(node)))
    return None
