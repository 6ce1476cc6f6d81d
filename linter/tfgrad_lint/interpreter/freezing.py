"""The way between the program's own lists and dicts and the immutable values that API models see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.domain.objects import (
    FIRST_GRADIENT,
    ITEMS,
    USED,
    WATCHED,
    DictObject,
    Instance,
    ListObject,
    Tape,
    Watches,
)
from tfgrad_lint.domain.values import TRUE, ApiObject, Mapping, Node, Sequence, Unknown, Value

if TYPE_CHECKING:
    from tfgrad_lint.interpreter.state import State

# Structures nest a few levels; a list that holds itself would never end.
_MAX_NESTING = 8

# What may hold lists and dicts, itself included; all else is frozen already.
_STRUCTURES = frozenset({ListObject, DictObject, Sequence, Mapping, Instance})

# What unknown code can change, or use.
_CHANGEABLE = frozenset({ListObject, DictObject, ApiObject, Instance, Tape, Sequence})


def freeze(state: State, value: Value, depth: int = 0) -> Value:
    """Return ``value`` with the present contents of lists and dicts in place of the objects."""
    if type(value) not in _STRUCTURES:
        return value
    if isinstance(value, ListObject | DictObject):
        contents = state.store.get((value, ITEMS)) if depth < _MAX_NESTING else None
        if contents is None:
            return Unknown(Node("contents", (value.node,), opaque=True))
        return freeze(state, contents, depth + 1)
    if isinstance(value, Sequence):
        items = tuple(freeze(state, item, depth + 1) for item in value.items)
        return value if all(a is b for a, b in zip(items, value.items, strict=True)) else Sequence(items, value.kind)
    if isinstance(value, Mapping):
        return Mapping({key: freeze(state, item, depth + 1) for key, item in value.items.items()})
    if isinstance(value, Instance) and value.cls.is_tuple:
        parts = tuple_items(state, value) if depth < _MAX_NESTING else None
        return value if parts is None else freeze(state, Sequence(parts), depth + 1)
    return value


def freeze_apart(state: State, value: Value) -> Value:
    """Return ``value`` as :func:`freeze` does, but a named tuple as it is, with the names of its fields."""
    return value if isinstance(value, Instance) else freeze(state, value)


def tuple_items(state: State, value: Value) -> tuple[Value, ...] | None:
    """Return the fields of a named tuple of the program's in order; None if ``value`` is none, or not all are known."""
    if not isinstance(value, Instance) or not value.cls.is_tuple:
        return None
    parts = [state.store.get((value, name)) for name in value.cls.all_fields()]
    return None if None in parts else tuple(part for part in parts if part is not None)


def thaw(state: State, value: Value, node: Node) -> Value:
    """Return ``value`` with a new list or dict object in place of frozen ones."""
    if isinstance(value, Sequence):
        items = Sequence(tuple(thaw(state, item, node) for item in value.items), value.kind)
        return new_list(state, items, node) if value.kind == "list" else items
    if isinstance(value, Mapping):
        return new_dict(state, Mapping({key: thaw(state, item, node) for key, item in value.items.items()}), node)
    return value


def new_list(state: State, contents: Value, node: Node) -> ListObject:
    """Make a list that holds ``contents``."""
    result = ListObject(node)
    state.store.set((result, ITEMS), contents)
    return result


def new_dict(state: State, contents: Value, node: Node) -> DictObject:
    """Make a dict that holds ``contents``."""
    result = DictObject(node)
    state.store.set((result, ITEMS), contents)
    return result


def forget_contents(state: State, values: tuple[Value, ...]) -> None:
    """Note that code which is not known got ``values`` and may have changed the lists, dicts and tapes among them."""
    for value in values:
        if type(value) not in _CHANGEABLE:
            continue
        if isinstance(value, ListObject | DictObject):
            state.store.set((value, ITEMS), Unknown(Node("contents", (value.node,), opaque=True)))
        elif isinstance(value, ApiObject | Instance):
            note_use(state, value)
        elif isinstance(value, Tape):
            state.store.set((value, WATCHED), Watches(None))
            state.store.set((value, FIRST_GRADIENT), Unknown(Node("used", (value.node,), opaque=True)))
        elif isinstance(value, Sequence):
            forget_contents(state, value.items)


def note_use(state: State, value: Value) -> None:
    """Note that ``value`` was called or given to code that is not known: a layer or model may be built from then on."""
    if isinstance(value, ApiObject | Instance):
        state.store.set((value, USED), TRUE)
    elif isinstance(value, ListObject | Sequence):
        contents = freeze(state, value)
        for item in contents.items if isinstance(contents, Sequence) else ():
            note_use(state, item)
