"""Calls of a ``tf.function`` against its input_signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.domain.events import Conflicted
from tfgrad_lint.domain.values import ApiObject, DType, Mapping, Sequence, Tensor, TensorShape, Value
from tfgrad_lint.interpreter.arguments import Arguments
from tfgrad_lint.interpreter.freezing import freeze
from tfgrad_lint.shapes.conflicts import ArgumentConflict, Conflict, SignatureConflict
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, meet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.objects import Function
    from tfgrad_lint.interpreter.state import State


def check(state: State, node: cst.CSTNode, function: Function, arguments: Arguments) -> None:
    """Tell the rules of each argument that the function's input_signature refuses."""
    signature = function.signature
    if not isinstance(signature, Sequence) or not arguments.complete:
        return
    state.visit(node)
    miscounted = _miscounted(function, signature, arguments)
    if miscounted is not None:
        state.emit(Conflicted(state.site(node), "tf.function", miscounted, ()))
        return
    for name, position, spec in _described(function, signature):
        given = arguments.get(position, name)
        if given is None:
            continue
        value = freeze(state, given)
        conflict = next(_conflicts(state, node, name, spec, value), None)
        if conflict is not None:
            operands = ((name, value),) if isinstance(value, Tensor) else ()
            state.emit(Conflicted(state.site(node), "tf.function", conflict, operands))


def _miscounted(function: Function, signature: Sequence, arguments: Arguments) -> ArgumentConflict | None:
    """Return what is wrong with the number of arguments: more than the function takes, or one that is missing."""
    parameters, own = function.definition.params, names(function)
    if isinstance(parameters.star_arg, cst.Param) or parameters.kwonly_params or parameters.star_kwarg is not None:
        return None
    given = len(arguments.positional) - _is_bound(function)
    if given > len(own):
        described = f"{len(signature.items)} that its input_signature describes"
        return ArgumentConflict("arguments", f"gets {given} arguments in place of the {described}")
    every = (*parameters.posonly_params, *parameters.params)
    defaults = {each.name.value for each in every if each.default is not None}
    for name in own[max(given, 0) :]:
        if name not in arguments.keywords and name not in defaults:
            return ArgumentConflict(name, f"gets no `{name}`, which its input_signature describes")
    return None


def converted(function: Function, arguments: Arguments) -> Arguments:
    """Return the arguments as a function with an input_signature gets them: arrays become tensors of its dtypes."""
    signature = function.signature
    if not isinstance(signature, Sequence) or not arguments.complete:
        return arguments
    positional, keywords = list(arguments.positional), dict(arguments.keywords)
    for name, position, spec in _described(function, signature):
        if position < len(positional):
            positional[position] = _as_specified(spec, positional[position])
        elif name in keywords:
            keywords[name] = _as_specified(spec, keywords[name])
    return Arguments(tuple(positional), keywords, arguments.complete)


def _as_specified(spec: Value, value: Value) -> Value:
    dtype = spec.attributes.get("dtype") if isinstance(spec, ApiObject) else None
    if not isinstance(value, Tensor) or value.kind != "array" or not isinstance(dtype, DType):
        return value
    return Tensor(value.shape, dtype.name, value.node, content=value.content, explicit=value.explicit)


def names(function: Function) -> list[str]:
    """Return the names of the parameters that a signature describes."""
    parameters = function.definition.params
    found = [each.name.value for each in (*parameters.posonly_params, *parameters.params)]
    return found[1:] if _is_bound(function) else found


def _is_bound(function: Function) -> bool:
    return function.owner is not None and function.kind != "staticmethod"


def _described(function: Function, signature: Sequence) -> Iterator[tuple[str, int, Value]]:
    """Yield the name, the position and the spec of each parameter; ``self`` is no part of a signature."""
    own, star = names(function), function.definition.params.star_arg
    rest = len(signature.items) - len(own) if isinstance(star, cst.Param) else 0
    every = [*own, *(f"{star.name.value}[{index}]" for index in range(rest) if isinstance(star, cst.Param))]
    for index, (name, spec) in enumerate(zip(every, signature.items, strict=False)):
        yield name, index + _is_bound(function), spec


def _conflicts(state: State, node: cst.CSTNode, name: str, spec: Value, value: Value) -> Iterator[Conflict]:
    """Return what a spec, or one in a structure of them, refuses."""
    if isinstance(spec, Sequence) and isinstance(value, Sequence):
        for index, pair in enumerate(zip(spec.items, value.items, strict=False)):
            yield from _conflicts(state, node, f"{name}[{index}]", *pair)
    elif isinstance(spec, Mapping) and isinstance(value, Mapping):
        for key in spec.items.keys() & value.items.keys():
            yield from _conflicts(state, node, f"{name}[{key!r}]", spec.items[key], value.items[key])
    elif isinstance(spec, ApiObject) and spec.type == "tf.TensorSpec" and not isinstance(value, ApiObject):
        yield from _refused(state, node, name, spec, value)


def _refused(state: State, node: cst.CSTNode, name: str, spec: ApiObject, value: Value) -> Iterator[Conflict]:
    shape, dtype = spec.attributes.get("shape"), spec.attributes.get("dtype")
    expected = shape.shape if isinstance(shape, TensorShape) else UNKNOWN_SHAPE
    wanted = dtype.name if isinstance(dtype, DType) else None
    try:
        given = state.operation("tf.function", node).tensor(value)
    except Conflict:
        return
    # Arrays and Python's numbers are cast.
    fixed = isinstance(value, Tensor) and value.kind != "array"
    other = fixed and wanted is not None and given.dtype is not None and given.dtype != wanted
    if meet(given.shape, expected) is None or other:
        yield SignatureConflict(name, given.shape, given.dtype if other else None, expected, wanted)
