"""Shapes that a program states: in annotations, comments, docstrings, assertions and calls that assert."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.domain.events import HintContradicted
from tfgrad_lint.domain.values import (
    NONE,
    ApiObject,
    Constant,
    DType,
    External,
    Integer,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    as_dim,
)
from tfgrad_lint.interpreter import refinement, signatures, syntax
from tfgrad_lint.interpreter.freezing import freeze
from tfgrad_lint.shapes import notation
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.notation import Names, Notation
from tfgrad_lint.shapes.shape import Shape, meet, of_rank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tfgrad_lint.domain.objects import Function
    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.store import Location
    from tfgrad_lint.shapes.dims import Dim

# The array types of jaxtyping, with the dtype that they state.
_JAXTYPING: Final[dict[str, str | None]] = {
    **dict.fromkeys("Shaped Num Real Inexact Float Complex Integer Int UInt".split()),
    "Bool": "bool",
    **{name: name.lower() for name in "Float16 BFloat16 Float32 Float64 Int8 Int16 Int32 Int64 UInt8".split()},
}

# A variable so called holds a shape; the comment beside its assignment tells its value.
_HOLDS_SHAPE: Final = ("shape", "size", "dims")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a function's signature or documentation says of a parameter; only an ``annotation`` is a promise."""

    notation: Notation
    dtype: str | None
    is_annotation: bool


def of_function(function: Function) -> Mapping[str, Stated]:
    """Return what is stated of the parameters of ``function``, by their names."""
    # Kept with the module: one that many files import is read once.
    known = function.scope.module.stated.get(function.definition)
    if known is None:
        known = function.scope.module.stated[function.definition] = _read(function.definition)
    return known


def _read(definition: cst.FunctionDef | cst.Lambda) -> dict[str, Stated]:
    if isinstance(definition, cst.Lambda):
        return {}
    found: dict[str, Stated] = {}
    docstring = definition.get_docstring() or ""
    if "shape" in docstring:
        for name, told in notation.of_docstring(docstring).items():
            found[name] = Stated(told, None, is_annotation=False)
    parameters = definition.params
    for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
        name = parameter.name.value
        comment = _comment_after(parameter)
        told_there = notation.of_comment(comment, name) if comment is not None else None
        if told_there is not None:
            found[name] = Stated(told_there, None, is_annotation=False)
        annotated = _annotation(parameter)
        if annotated is not None:
            found[name] = annotated
    return found


def _comment_after(parameter: cst.Param) -> str | None:
    space = getattr(parameter.comma, "whitespace_after", None)
    line = getattr(space, "first_line", None)
    return None if line is None or line.comment is None else str(line.comment.value)


def _annotation(parameter: cst.Param) -> Stated | None:
    """Return what ``x: Float[tf.Tensor, "b n"]`` states."""
    node = parameter.annotation.annotation if parameter.annotation is not None else None
    if type(node) is not cst.Subscript or len(node.slice) != 2:
        return None
    kind = node.value.attr if type(node.value) is cst.Attribute else node.value
    shape = node.slice[1].slice
    if type(kind) is not cst.Name or kind.value not in _JAXTYPING or type(shape) is not cst.Index:
        return None
    if type(shape.value) is not cst.SimpleString:
        return None
    text = shape.value.evaluated_value
    return Stated(notation.of_annotation(text), _JAXTYPING[kind.value], True) if isinstance(text, str) else None


def check_call(state: State, node: cst.CSTNode, function: Function, parameters: Mapping[str, Value]) -> None:
    """Tell of each argument whose shape the annotations of ``function`` refuse, one with another."""
    stated = of_function(function)
    if not stated:
        return
    state.visit(node)
    names = Names()
    for name, each in stated.items():
        value = parameters.get(name)
        if not each.is_annotation or not isinstance(value, Tensor):
            continue
        before = dict(names.sizes)
        if not names.fits(each.notation, value.shape):
            where = " and ".join(f"{axis} is {before[axis]}" for axis in each.notation.axes if axis in before)
            stated_shape = f"`{each.notation.text}`{where and ', where '}{where}"
            state.emit(HintContradicted(state.site(node), f"the annotation of `{name}`", stated_shape, value))


def assume_parameters(state: State, function: Function, parameters: Mapping[str, Value]) -> None:
    """Give the parameters of the running function that are unknown the shapes that are stated of them."""
    if isinstance(function.signature, Sequence):
        _assume_signature(state, function, function.signature)
    stated = of_function(function)
    if not stated:
        return
    names = _names(state)
    for name, each in stated.items():
        value = parameters.get(name)
        if isinstance(value, Tensor):
            names.fits(each.notation, value.shape)
    for name, each in stated.items():
        if each.is_annotation or state.shape_comments:
            _tell(state, (state.scope, name), each, names)


def _assume_signature(state: State, function: Function, signature: Sequence) -> None:
    """Give unknown parameters the shapes and dtypes of a ``tf.function``'s input_signature."""
    for name, spec in zip(signatures.names(function), signature.items, strict=False):
        location = (state.scope, name)
        shape = spec.attributes.get("shape") if isinstance(spec, ApiObject) else None
        if not isinstance(spec, ApiObject) or not isinstance(shape, TensorShape):
            continue
        value = state.store.get(location)
        told = refinement.with_shape(value, shape.shape) if isinstance(value, Unknown) else None
        dtype = spec.attributes.get("dtype")
        if told is not None:
            state.store.set(location, replace(told, dtype=dtype.name if isinstance(dtype, DType) else None))


def read_comment(state: State, line: cst.SimpleStatementLine) -> None:
    """Give what an assignment bound the shape that the comment beside it states, if nothing else is known of it."""
    comment = line.trailing_whitespace.comment
    if comment is None or not state.shape_comments or len(line.body) != 1:
        return
    statement = line.body[0]
    target = statement.targets[0].target if type(statement) is cst.Assign else None
    if type(target) is not cst.Name or any(word in target.value.lower() for word in _HOLDS_SHAPE):
        return
    told = notation.of_comment(comment.value, target.value)
    location = state.locate(target.value) if told is not None else None
    if told is None or location is None:
        return
    _tell(state, location, Stated(told, None, is_annotation=False), _names(state))
    value = state.store.get(location)
    if isinstance(value, Tensor):
        state.note_binding(target, value)


def _tell(state: State, location: Location, stated: Stated, names: Names) -> None:
    value = state.store.get(location)
    if not isinstance(value, Unknown) or stated.notation.open_at is not None:
        return
    told = refinement.with_shape(value, names.shape(stated.notation))
    if told is None:
        return
    if not stated.is_annotation:
        state.hearsay.add(value.node)
    state.store.set(location, replace(told, dtype=stated.dtype))


def _names(state: State) -> Names:
    activation = state.activation
    if activation.names is None:

        def look_up(name: str) -> Dim | None:
            value = state.read(name)
            return as_dim(value) if isinstance(value, Constant | Integer) else None

        activation.names = Names(look_up)
    return activation.names


def assertion_failed(state: State, node: cst.Assert) -> None:
    """Tell of an ``assert`` about a shape that is certainly another one."""
    asked = refinement.asked(node.test)
    value = refinement.held(state, asked) if asked is not None else None
    if isinstance(value, Tensor):
        state.emit(HintContradicted(state.site(node), "assert", syntax.code(node.test), value))


def told_by_call(state: State, node: cst.Call) -> None:
    """Use what a call that is a statement asserts: ``x.set_shape(...)``, ``tf.debugging.assert_rank(x, 2)``."""
    name = node.func.attr.value if type(node.func) is cst.Attribute else ""
    if name == "set_shape" and len(node.args) == 1 and type(node.func) is cst.Attribute:
        shape = _shape_of(state, node.args[0].value)
        if shape is not None:
            refinement.narrow_shape(state, node.func.value, shape)
    elif name in _ASSERTIONS and node.args and isinstance(refinement.value_of(state, node.func), External):
        _ASSERTIONS[name](state, node)


def _assert_rank(state: State, node: cst.Call) -> None:
    rank = refinement.value_of(state, node.args[1].value) if len(node.args) > 1 else None
    if isinstance(rank, Constant) and type(rank.value) is int and rank.value >= 0:
        _assert_shape(state, node, node.args[0].value, of_rank(rank.value), f"rank {rank.value}")


def _assert_equal(state: State, node: cst.Call) -> None:
    if len(node.args) > 1:
        refinement.assume_equal(state, node.args[0].value, node.args[1].value)


def _assert_shapes(state: State, node: cst.Call) -> None:
    """Use ``tf.debugging.assert_shapes([(x, ("N", 3)), ...])``, whose letters are sizes that agree with each other."""
    listed = node.args[0].value
    if not isinstance(listed, cst.List | cst.Tuple):
        return
    names = Names()
    for element in listed.elements:
        pair = element.value
        if type(pair) is not cst.Tuple or len(pair.elements) != 2:
            continue
        value = refinement.value_of(state, pair.elements[1].value)
        if isinstance(value, Sequence) and all(isinstance(each, Constant) for each in value.items):
            axes = [str(each.value) for each in value.items if isinstance(each, Constant)]
            told = notation.of_annotation(" ".join("_" if axis in {"None", "."} else axis for axis in axes))
            held = refinement.held(state, pair.elements[0].value)
            if isinstance(held, Tensor) and not names.fits(told, held.shape):
                stated = f"({', '.join(axes)})"
                state.emit(HintContradicted(state.site(node), "assert_shapes", stated, held))
            elif told.open_at is None:
                refinement.narrow_shape(state, pair.elements[0].value, names.shape(told))


def _assert_shape(state: State, node: cst.Call, tensor: cst.BaseExpression, shape: Shape, stated: str) -> None:
    value = refinement.held(state, tensor)
    if isinstance(value, Tensor) and meet(value.shape, shape) is None:
        state.emit(HintContradicted(state.site(node), "assert_rank", stated, value))
    else:
        refinement.narrow_shape(state, tensor, shape)


def _shape_of(state: State, node: cst.BaseExpression) -> Shape | None:
    if type(node) is cst.Call and len(node.args) == 1 and _names_shape(state, node.func):
        return _shape_of(state, node.args[0].value)
    value = refinement.value_of(state, node)
    if isinstance(value, TensorShape):
        return value.shape
    frozen = None if value is None else freeze(state, value)
    if not isinstance(frozen, Sequence):
        return None
    dims = [UNKNOWN if each == NONE else as_dim(each) for each in frozen.items]
    known = tuple(dim for dim in dims if dim is not None)
    return Shape(known) if len(known) == len(dims) else None


def _names_shape(state: State, node: cst.BaseExpression) -> bool:
    value = refinement.value_of(state, node)
    return isinstance(value, External) and value.name == "tf.TensorShape"


_ASSERTIONS: Final[dict[str, Callable[[State, cst.Call], None]]] = {
    "assert_rank": _assert_rank,
    "assert_equal": _assert_equal,
    "assert_shapes": _assert_shapes,
}
