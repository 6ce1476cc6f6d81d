"""Methods of lists and dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from tfgrad_lint.domain.objects import ITEMS, ContainerMethod, DictObject, ListObject
from tfgrad_lint.domain.values import NONE, Constant, Mapping, Node, Repeated, Sequence, Unknown, Value, node_of
from tfgrad_lint.interpreter import iteration, models
from tfgrad_lint.interpreter.freezing import new_dict, new_list
from tfgrad_lint.interpreter.joining import any_item, is_list, items_of, join, joined_items

if TYPE_CHECKING:
    from collections.abc import Callable

    import libcst as cst

    from tfgrad_lint.interpreter.arguments import Arguments
    from tfgrad_lint.interpreter.state import State

# Returns the new items and the result of the call, or None where neither is known.
_Method: TypeAlias = "Callable[[State, tuple[Value, ...], Arguments], tuple[tuple[Value, ...], Value] | None]"


def call_method(state: State, node: cst.CSTNode, method: ContainerMethod, arguments: Arguments) -> Value:
    """Return the result of a method of a list or dict and note what it changes."""
    if isinstance(method.container, ListObject):
        return _call_list(state, node, method.container, method.name, arguments)
    return _call_dict(state, node, method.container, method.name, arguments)


def _call_list(state: State, node: cst.CSTNode, container: ListObject, name: str, arguments: Arguments) -> Value:
    items = iteration.items(state, container)
    rule = _LIST_METHODS.get(name)
    changed = rule(state, items, arguments) if items is not None and rule is not None and arguments.complete else None
    if changed is not None:
        contents, result = changed
        state.store.set((container, ITEMS), Sequence(contents, "list"))
        return result
    if name == "copy" and items is not None:
        return new_list(state, Sequence(items, "list"), Node("list", (container.node,), state.site(node)))
    several = _call_repeated(state, container, name, arguments) if arguments.complete else None
    if several is not None:
        return several
    if name not in {"copy", "count", "index"}:
        # The contents now depend on what was there and on what was put in.
        steps = (*_contents_nodes(state, container), *(step for value in arguments.every() for step in node_of(value)))
        state.store.set((container, ITEMS), Unknown(Node("contents", steps, opaque=True)))
    return models.unknown_result(state, name, node, (container, *arguments.every()))


def _call_repeated(state: State, container: ListObject, name: str, arguments: Arguments) -> Value | None:
    """Return the result of a method of a list of any number of items, None if it leaves nothing known of them."""
    contents = state.store.get((container, ITEMS))
    more = arguments.positional[-1] if arguments.positional else NONE
    if name == "extend":
        added = state.store.get((more, ITEMS)) if isinstance(more, ListObject) else more
        if added is None or contents is None or not is_list(added) or not is_list(contents):
            return None
        state.store.set((container, ITEMS), joined_items((*items_of(contents), *items_of(added))))
        return NONE
    if not isinstance(contents, Repeated):
        return None
    if name in {"append", "insert"}:
        state.store.set((container, ITEMS), joined_items((contents.item, more)))
        return NONE
    if name == "pop":
        return any_item(contents.item)
    return NONE if name in {"sort", "reverse", "remove"} else None


def _contents_nodes(state: State, container: ListObject | DictObject) -> tuple[Node, ...]:
    contents = state.store.get((container, ITEMS))
    return (container.node,) if contents is None else node_of(contents)


def _append(state: State, items: tuple[Value, ...], arguments: Arguments) -> tuple[tuple[Value, ...], Value] | None:
    return ((*items, arguments.positional[0]), NONE) if len(arguments.positional) == 1 else None


def _extend(state: State, items: tuple[Value, ...], arguments: Arguments) -> tuple[tuple[Value, ...], Value] | None:
    more = iteration.items(state, arguments.positional[0]) if len(arguments.positional) == 1 else None
    return None if more is None else (items + more, NONE)


def _insert(state: State, items: tuple[Value, ...], arguments: Arguments) -> tuple[tuple[Value, ...], Value] | None:
    if len(arguments.positional) != 2:
        return None
    index, value = arguments.positional
    if not isinstance(index, Constant) or not isinstance(index.value, int):
        return None
    changed = list(items)
    changed.insert(index.value, value)
    return tuple(changed), NONE


def _pop(state: State, items: tuple[Value, ...], arguments: Arguments) -> tuple[tuple[Value, ...], Value] | None:
    index = arguments.get(0, "index") or Constant(-1)
    if not isinstance(index, Constant) or not isinstance(index.value, int):
        return None
    changed = list(items)
    if not -len(changed) <= index.value < len(changed):
        return None
    result = changed.pop(index.value)
    return tuple(changed), result


def _reverse(state: State, items: tuple[Value, ...], arguments: Arguments) -> tuple[tuple[Value, ...], Value] | None:
    return items[::-1], NONE


def _clear(state: State, items: tuple[Value, ...], arguments: Arguments) -> tuple[tuple[Value, ...], Value] | None:
    return (), NONE


_LIST_METHODS: Final[dict[str, _Method]] = {
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "pop": _pop,
    "reverse": _reverse,
    "clear": _clear,
}


def _call_dict(state: State, node: cst.CSTNode, container: DictObject, name: str, arguments: Arguments) -> Value:
    contents = state.store.get((container, ITEMS))
    if isinstance(contents, Mapping) and arguments.complete:
        result = _read_dict(state, node, contents, name, arguments)
        if result is not None:
            return result
        changed = _change_dict(state, contents, name, arguments)
        if changed is not None:
            state.store.set((container, ITEMS), changed[0])
            return changed[1]
    if name not in {"get", "keys", "values", "items", "copy"}:
        steps = (*_contents_nodes(state, container), *(step for value in arguments.every() for step in node_of(value)))
        state.store.set((container, ITEMS), Unknown(Node("contents", steps, opaque=True)))
    return models.unknown_result(state, name, node, (container, *arguments.every()))


def _read_dict(state: State, node: cst.CSTNode, contents: Mapping, name: str, arguments: Arguments) -> Value | None:
    if name == "values":
        return Sequence(tuple(contents.items.values()))
    if name == "keys":
        return Sequence(tuple(Constant(key) for key in contents.items))
    if name == "items":
        return Sequence(tuple(Sequence((Constant(key), value)) for key, value in contents.items.items()))
    if name == "copy":
        return new_dict(state, contents, Node("dict", node_of(contents), state.site(node)))
    if name == "get" and arguments.positional:
        key, fallback = arguments.positional[0], arguments.get(1, "default") or NONE
        if isinstance(key, Constant):
            return contents.items.get(key.value, fallback)
        result = fallback
        for value in contents.items.values():
            result = join(result, value)
        return result
    return None


def _change_dict(state: State, contents: Mapping, name: str, arguments: Arguments) -> tuple[Mapping, Value] | None:
    """Return what a method leaves in a dict and its result, None if either is not known."""
    if name == "update":
        updated = _updated(state, contents, arguments)
        return None if updated is None else (updated, NONE)
    if name == "clear":
        return Mapping({}), NONE
    key = arguments.positional[0] if arguments.positional else None
    if name not in {"pop", "setdefault"} or not isinstance(key, Constant):
        return None
    held, fallback = contents.items.get(key.value), arguments.get(1, "default")
    if name == "setdefault":
        value = held or fallback or NONE
        return Mapping({**contents.items, key.value: value}), value
    if held is None:
        return None if fallback is None else (contents, fallback)
    return Mapping({kept: value for kept, value in contents.items.items() if kept != key.value}), held


def _updated(state: State, contents: Mapping, arguments: Arguments) -> Mapping | None:
    changed = {**contents.items, **arguments.keywords}
    for source in arguments.positional:
        more = state.store.get((source, ITEMS)) if isinstance(source, DictObject) else None
        if not isinstance(more, Mapping):
            return None
        changed = {**contents.items, **more.items, **arguments.keywords}
    return Mapping(changed)
