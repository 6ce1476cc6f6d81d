"""Binding of values to names, attributes, items and patterns of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.domain.events import Conflicted, VariableKept
from tfgrad_lint.domain.objects import Instance
from tfgrad_lint.domain.values import ITEM, Integer, Node, Sequence, Tensor, TensorShape, Unknown, Value, node_of
from tfgrad_lint.interpreter import (
    attributes,
    classes,
    expressions,
    iteration,
    replacement,
    special_methods,
    subscripts,
)
from tfgrad_lint.interpreter.freezing import new_list
from tfgrad_lint.shapes.conflicts import CountConflict
from tfgrad_lint.shapes.dims import Symbol
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfgrad_lint.interpreter.state import State


def bind(state: State, target: cst.BaseExpression, value: Value) -> None:
    """Assign ``value`` to ``target``."""
    if type(target) is cst.Name:
        _name_symbol(value, target.value)
        if state.loops:
            replacement.note(state, target, state.locate(target.value), value)
        state.write(target.value, value)
        state.note_binding(target, value)
    elif type(target) is cst.Tuple or type(target) is cst.List:
        _unpack(state, target, value)
    elif type(target) is cst.Attribute:
        receiver = expressions.evaluate(state, target.value)
        _note_kept_variable(state, target, receiver, value)
        replacement.note(state, target, (receiver, target.attr.value), value)
        attributes.set_(state, receiver, target.attr.value, value, target)
    elif type(target) is cst.Subscript:
        receiver = expressions.evaluate(state, target.value)
        index = subscripts.key(state, target.slice)
        replacement.note_item(state, target, receiver, index, value)
        subscripts.set_(state, target, receiver, index, value)


def delete(state: State, target: cst.BaseExpression) -> None:
    """Do ``del target``: items leave their list or dict, names are left as they are because nothing can read them."""
    if isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            delete(state, element.value)
    elif isinstance(target, cst.Subscript):
        receiver = expressions.evaluate(state, target.value)
        subscripts.delete(state, target, receiver, subscripts.key(state, target.slice))


def _name_symbol(value: Value, name: str) -> None:
    """Let ``batch = x.shape[0]`` name the dimension that it reads."""
    content = value.dim if isinstance(value, Integer) else value.content if isinstance(value, Tensor) else None
    terms = None if content is None else getattr(content, "terms", None)
    if isinstance(terms, dict) and len(terms) == 1:
        ((monomial, coefficient),) = terms.items()
        if coefficient == 1 and len(monomial) == 1 and isinstance(monomial[0], Symbol):
            monomial[0].rename(name)


def _note_kept_variable(state: State, target: cst.Attribute, receiver: Value, value: Value) -> None:
    """Tell when a layer or model of Keras gets a variable as an attribute."""
    if not isinstance(value, Tensor) or value.kind != "variable" or not isinstance(receiver, Instance):
        return
    base = classes.keras_base(receiver.cls)
    if base is not None and base.name.startswith("tf.keras."):
        state.emit(VariableKept(state.site(target), target.attr.value, value))


def _unpack(state: State, target: cst.Tuple | cst.List, value: Value) -> None:
    elements = target.elements
    state.visit(target)
    value = special_methods.iterated(state, target, value)
    items = _items_for(state, value, len(elements))
    starred = [i for i, element in enumerate(elements) if type(element) is cst.StarredElement]
    if starred:
        items = _gather_star(state, items, starred[0], len(elements)) if items is not None else None
    if items is None or len(items) != len(elements):
        if items is not None and not starred:
            _note_wrong_count(state, target, value, items)
        step = Node(ITEM, node_of(value), state.site(target), opaque=not isinstance(value, Tensor), tapes=state.tapes)
        rest = Unknown(step)
        items = (rest,) * len(elements)
    for element, item in zip(elements, items, strict=True):
        bind(state, element.value, item)


def _note_wrong_count(state: State, target: cst.Tuple | cst.List, value: Value, items: tuple[Value, ...]) -> None:
    """Tell of a tensor, a shape, or the parts of a tensor that are unpacked into another number of names."""
    if not isinstance(value, Tensor | TensorShape) and not (items and all(_is_part(item) for item in items)):
        return
    conflict = CountConflict(Shape((len(items),)), 0, len(target.elements))
    operands = (("value", value),) if isinstance(value, Tensor) else ()
    state.emit(Conflicted(state.site(target), "unpack", conflict, operands))


def _is_part(value: Value) -> bool:
    return isinstance(value, Tensor) and value.node.what in {"tf.split", "tf.unstack"}


def _items_for(state: State, value: Value, count: int) -> tuple[Value, ...] | None:
    if isinstance(value, TensorShape) and value.shape.dims is None:
        # ``b, t = x.shape`` tells the rank of x as well, but x stays as it was bound.
        return tuple(Integer(value.owner.dim(axis)) for axis in range(count))
    return iteration.items(state, value)


def _gather_star(state: State, items: tuple[Value, ...], at: int, count: int) -> tuple[Value, ...] | None:
    tail = count - at - 1
    if len(items) < count - 1:
        return None
    middle = Sequence(items[at : len(items) - tail], "list")
    return (*items[:at], new_list(state, middle, Node("list", node_of(middle))), *items[len(items) - tail :])


def names_in(target: cst.BaseExpression) -> Iterable[str]:
    """Return the plain names that an assignment to ``target`` binds."""
    if isinstance(target, cst.Name):
        yield target.value
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from names_in(element.value)
