"""Reading and writing of items: ``value[key]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.domain.objects import ITEMS, DictObject, ListObject
from tfgrad_lint.domain.values import (
    CHANGED,
    ITEM,
    NONE,
    TRUE,
    ApiObject,
    Constant,
    Mapping,
    Node,
    Repeated,
    Sequence,
    Slice,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    as_dim,
    node_of,
)
from tfgrad_lint.interpreter import expressions, iteration, models, special_methods
from tfgrad_lint.interpreter.freezing import new_list, tuple_items
from tfgrad_lint.interpreter.joining import any_item, joined, joined_items

if TYPE_CHECKING:
    from collections.abc import Sequence as AbstractSequence

    from tfgrad_lint.interpreter.state import State


def key(state: State, elements: AbstractSequence[cst.SubscriptElement]) -> Value:
    """Evaluate what stands between the brackets; several parts are a tuple."""
    parts = tuple(_part(state, element.slice) for element in elements)
    single = len(parts) == 1 and type(elements[0].comma) is cst.MaybeSentinel
    return parts[0] if single else Sequence(parts)


def _part(state: State, part: cst.BaseSlice) -> Value:
    if type(part) is cst.Slice:
        bounds = [
            NONE if bound is None else expressions.evaluate(state, bound)
            for bound in (part.lower, part.upper, part.step)
        ]
        return Slice(*bounds)
    assert type(part) is cst.Index
    return expressions.evaluate(state, part.value)


def get(state: State, node: cst.CSTNode, receiver: Value, index: Value) -> Value:
    """Return ``receiver[index]``."""
    if isinstance(receiver, ListObject | Sequence):
        return _item(state, node, receiver, index)
    if isinstance(receiver, DictObject):
        contents = state.store.get((receiver, ITEMS))
        if isinstance(contents, Mapping) and isinstance(index, Constant) and index.value in contents.items:
            return contents.items[index.value]
        if isinstance(contents, Mapping) and contents.items and not isinstance(index, Constant):
            return joined(tuple(contents.items.values()))
        return models.unknown_result(state, ITEM, node, (receiver,))
    if isinstance(receiver, Tensor | TensorShape | ApiObject):
        result = models.apply(state, "operator.getitem", node, (receiver, index))
        return result if result is not None else models.unknown_result(state, ITEM, node, (receiver, index))
    if isinstance(receiver, Unknown):
        return Unknown(Node(ITEM, (receiver.node,), state.site(node), tapes=state.tapes))
    own = special_methods.call(state, node, receiver, "__getitem__", index)
    if own is not None:
        return own
    fields = tuple_items(state, receiver)
    if fields is not None:
        return _item(state, node, Sequence(fields), index)
    return models.unknown_result(state, ITEM, node, (receiver,))


def _item(state: State, node: cst.CSTNode, receiver: ListObject | Sequence, index: Value) -> Value:
    items = iteration.items(state, receiver)
    if items is None:
        several = _of_any_number(state, node, receiver, index)
        if several is not None:
            return several
        return models.unknown_result(state, ITEM, node, (receiver,))
    if isinstance(index, Slice):
        return _slice(state, node, receiver, items, index)
    if isinstance(index, Constant) and isinstance(index.value, int):
        within = -len(items) <= index.value < len(items)
        return items[index.value] if within else state.unknown(ITEM, node)
    if not items or as_dim(index) is None:
        return models.unknown_result(state, ITEM, node, (receiver,))
    return joined(items)


def _of_any_number(state: State, node: cst.CSTNode, receiver: Value, index: Value) -> Value | None:
    """Return an item or a part of a list of any number of items, None if nothing is known of them."""
    contents = state.store.get((receiver, ITEMS)) if isinstance(receiver, ListObject) else None
    if not isinstance(contents, Repeated):
        return None
    return new_list(state, contents, contents.node) if isinstance(index, Slice) else any_item(contents.item)


def _slice(
    state: State, node: cst.CSTNode, receiver: ListObject | Sequence, items: tuple[Value, ...], index: Slice
) -> Value:
    bounds = (index.lower, index.upper, index.step)
    if not all(isinstance(bound, Constant) and isinstance(bound.value, int | None) for bound in bounds):
        return models.unknown_result(state, "slice", node, (receiver,))
    numbers = [bound.value for bound in bounds if isinstance(bound, Constant)]
    if numbers[2] == 0:
        return state.unknown("slice", node)
    kept = items[slice(*numbers)]
    if isinstance(receiver, Sequence) and receiver.kind == "tuple":
        return Sequence(kept)
    return new_list(state, Sequence(kept, "list"), Node("list", node_of(Sequence(kept)), state.site(node)))


def set_(state: State, node: cst.CSTNode, receiver: Value, index: Value, value: Value) -> None:
    """Assign ``receiver[index] = value``."""
    if not isinstance(receiver, ListObject | DictObject):
        if isinstance(receiver, ApiObject):
            state.remember(receiver, CHANGED, TRUE)
        special_methods.call(state, node, receiver, "__setitem__", index, value)
        return
    contents = state.store.get((receiver, ITEMS))
    state.store.set((receiver, ITEMS), _changed(receiver, contents, index, value))


def delete(state: State, node: cst.CSTNode, receiver: Value, index: Value) -> None:
    """Do ``del receiver[index]``."""
    if not isinstance(receiver, ListObject | DictObject):
        if isinstance(receiver, ApiObject):
            state.remember(receiver, CHANGED, TRUE)
        special_methods.call(state, node, receiver, "__delitem__", index)
        return
    contents = state.store.get((receiver, ITEMS))
    left: Value = Unknown(Node("contents", (receiver.node,), opaque=True))
    if isinstance(index, Constant) and isinstance(contents, Mapping):
        left = Mapping({key: value for key, value in contents.items.items() if key != index.value})
    elif isinstance(index, Constant) and isinstance(contents, Sequence) and isinstance(index.value, int):
        items = list(contents.items)
        if -len(items) <= index.value < len(items):
            del items[index.value]
            left = Sequence(tuple(items), "list")
    state.store.set((receiver, ITEMS), left)


def _changed(receiver: ListObject | DictObject, contents: Value | None, index: Value, value: Value) -> Value:
    if isinstance(index, Constant):
        if isinstance(contents, Mapping):
            return Mapping({**contents.items, index.value: value})
        if isinstance(contents, Sequence) and isinstance(index.value, int):
            items = list(contents.items)
            if -len(items) <= index.value < len(items):
                items[index.value] = value
                return Sequence(tuple(items), "list")
    if isinstance(contents, Repeated) and not isinstance(index, Slice):
        return joined_items((contents.item, value))
    return Unknown(Node("contents", (receiver.node, *node_of(value)), opaque=True))
