"""Python's operators on tensors and arrays, under the names of Python's ``operator`` module."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from tfgrad_lint.api import content
from tfgrad_lint.api.matmul import product
from tfgrad_lint.api.promotion import array_operands, operands
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import ApiObject, Sequence, Tensor, TensorShape, Unknown, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import broadcast, certainly_broadcasts
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

COMPARED = "comparisons carry no gradient"

# What the operators do to sizes; Python's and TensorFlow's floor division and modulo both round down.
_ON_DIMS: dict[str, Callable[[Dim, Dim], Dim]] = {
    "operator.add": operator.add,
    "operator.sub": operator.sub,
    "operator.mul": operator.mul,
    "operator.floordiv": operator.floordiv,
    "operator.mod": operator.mod,
}
# math_ops._TRUEDIV_TABLE: what TensorFlow casts integers to before it divides.
_QUOTIENT = dict.fromkeys(("int8", "uint8", "int16", "uint16"), "float32") | dict.fromkeys(
    ("int32", "uint32", "int64", "uint64"), "float64"
)
_CUTS = {"operator.floordiv": "floor division has no gradient"}


def arithmetic(operation: Operation, a: Value, b: Value) -> Value:
    """Model ``+ - * // % **`` on tensors, arrays and shapes."""
    if isinstance(a, TensorShape) or isinstance(b, TensorShape):
        joined = _joined_shapes(operation, a, b)
        if joined is not None:
            return joined
    if _is_undecided(a, b):
        return operation.unknown(a, b)
    if _is_array(a, b):
        left, right, dtype = array_operands(operation, a, b)
        result = operation.array_result(broadcast(left.shape, right.shape), dtype, left, right)
    else:
        left, right, dtype = operands(operation, a, b)
        result = operation.broadcast(left, right, dtype=dtype, cut=_CUTS.get(operation.name))
    return with_content(result, left, right, _ON_DIMS.get(operation.name))


def with_content(result: Tensor, left: Tensor, right: Tensor, rule: Callable[[Dim, Dim], Dim] | None) -> Tensor:
    """Return ``result`` with what is known of its elements if ``rule`` makes them of those of the operands."""
    if rule is None or left.content is None or right.content is None or result.dtype not in dtypes.INTEGER:
        return result
    known = content.combine(left, right, rule, result.node)
    if known is None:
        return result
    return Tensor(result.shape, result.dtype, result.node, result.kind, known, result.explicit)


def true_division(operation: Operation, a: Value, b: Value) -> Value:
    """Model ``/``: integers are divided as floats."""
    if _is_undecided(a, b):
        return operation.unknown(a, b)
    if _is_array(a, b):
        left, right, dtype = array_operands(operation, a, b)
        return operation.array_result(broadcast(left.shape, right.shape), dtypes.inexact(dtype), left, right)
    left, right, dtype = operands(operation, a, b)
    return operation.broadcast(left, right, dtype=quotient_dtype(dtype))


def quotient_dtype(dtype: str | None) -> str | None:
    """Return the dtype of the true quotient of two tensors of ``dtype``."""
    return None if dtype is None else _QUOTIENT.get(dtype, dtype)


def comparison(operation: Operation, a: Value, b: Value) -> Value:
    """Model ``< <= > >=``."""
    if _is_undecided(a, b):
        return operation.unknown(a, b)
    if _is_array(a, b):
        left, right, _ = array_operands(operation, a, b)
        return operation.array_result(broadcast(left.shape, right.shape), "bool", left, right)
    left, right, _ = operands(operation, a, b)
    return operation.broadcast(left, right, dtype="bool", cut=COMPARED)


def equality(operation: Operation, a: Value, b: Value) -> Value:
    """Model ``==`` and ``!=``, which are a plain False or True where the shapes do not fit."""
    if _is_undecided(a, b):
        return operation.unknown(a, b)
    array = _is_array(a, b)
    left, right = (operation.array(a), operation.array(b)) if array else (operation.tensor(a), operation.tensor(b))
    fits = certainly_broadcasts(left.shape, right.shape)
    if array:
        shape = broadcast(left.shape, right.shape) if fits else UNKNOWN_SHAPE
        return operation.array_result(shape, "bool", left, right)
    if fits:
        return operation.broadcast(left, right, dtype="bool", cut=COMPARED)
    shape = UNKNOWN_SHAPE if fits is None else SCALAR
    return operation.tensor_result(shape, "bool", left, right, cut=COMPARED)


def bitwise(operation: Operation, a: Value, b: Value) -> Value:
    """Model ``& | ^`` on booleans and integers."""
    return arithmetic(operation, a, b)


def unary(operation: Operation, a: Value) -> Value:
    """Model ``-x``, ``+x`` and ``~x``."""
    if not isinstance(a, Tensor):
        return operation.unknown(a)
    operand = operation.tensor(a)
    if operand.kind == "array":
        return operation.array_result(operand.shape, operand.dtype, operand, explicit=operand.explicit)
    if operation.name == "operator.pos":
        # Tensors have no unary plus.
        return operation.unknown(a)
    result = operation.derived(operand.shape, operand.dtype, operand)
    if operation.name == "operator.neg" and operand.content is not None:
        zero = operation.tensor_result(SCALAR, operand.dtype, content=0)
        return with_content(result, zero, operand, operator.sub)
    return result


@model("operator.abs", "Tensor.__abs__")
def absolute(operation: Operation, a: Value) -> Value:
    """Model ``abs(x)``: of complex numbers, their modulus."""
    if not isinstance(a, Tensor):
        return operation.unknown(a)
    operand = operation.tensor(a)
    dtype = dtypes.real_part(operand.dtype)
    if operand.kind == "array":
        return operation.array_result(operand.shape, dtype, operand, explicit=operand.explicit)
    return operation.derived(operand.shape, dtype, operand)


@model("operator.matmul")
def matmul(operation: Operation, a: Value, b: Value) -> Value:
    """Model ``a @ b``."""
    if _is_undecided(a, b):
        return operation.unknown(a, b)
    return product(operation, a, b, array=_is_array(a, b))


def _is_undecided(a: Value, b: Value) -> bool:
    # No operand is a tensor or array, or beside an array something that may be a tensor.
    if not (isinstance(a, Tensor) or isinstance(b, Tensor)) or isinstance(a, ApiObject) or isinstance(b, ApiObject):
        return True
    return _is_array(a, b) and (isinstance(a, Unknown) or isinstance(b, Unknown))


def _is_array(a: Value, b: Value) -> bool:
    # A tensor beside an array takes the operation over, whichever comes first.
    return not any(isinstance(value, Tensor) and value.kind != "array" for value in (a, b))


def _joined_shapes(operation: Operation, a: Value, b: Value) -> Value | None:
    """Return ``x.shape[:-1] + [3]``, None if this is no concatenation of shapes."""
    if operation.name != "operator.add" or not all(isinstance(value, TensorShape | Sequence) for value in (a, b)):
        return None
    left, right = operation.dims(a), operation.dims(b)
    shape = UNKNOWN_SHAPE if left is None or right is None else Shape(left + right)
    return TensorShape(shape, operation.node(a, b))


add_family("operator.add operator.sub operator.mul operator.floordiv operator.mod operator.pow", arithmetic, "a b")
add_family("operator.and_ operator.or_ operator.xor operator.lshift operator.rshift", bitwise, "a b")
add_family("operator.truediv", true_division, "a b")
add_family("operator.lt operator.le operator.gt operator.ge", comparison, "a b")
add_family("operator.eq operator.ne", equality, "a b")
add_family("operator.neg operator.pos operator.invert", unary, "a")
