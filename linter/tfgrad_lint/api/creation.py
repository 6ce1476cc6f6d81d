"""Functions that make tensors from values or shapes: constants, zeros, ranges, identity matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tfgrad_lint.api import content
from tfgrad_lint.api.axes import axis_argument, axis_from_zero
from tfgrad_lint.api.defaults import BOOL, FLOAT32, LAST, ONE, ZERO
from tfgrad_lint.api.promotion import is_strong, python_kind
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import (
    FALSE,
    NONE,
    Constant,
    Integer,
    OfType,
    Sequence,
    Tensor,
    TensorShape,
    Value,
    as_dim,
)
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import AxisConflict, DtypeConflict, ReshapeConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.dtypes import FLOATING
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


def converted(operation: Operation, value: Value, dtype: Value) -> Tensor:
    """Return ``value`` as a tensor, as ``tf.convert_to_tensor`` does.

    Raises:
        DtypeConflict: a tensor of one dtype is asked for in another one, which TensorFlow does not cast.
    """
    target = operation.dtype(dtype)
    operand = operation.tensor(value, target)
    if is_strong(value) and target is not None and operand.dtype not in (None, target):
        raise DtypeConflict(str(operand.dtype), target)
    known = operand.content if (target or operand.dtype) in dtypes.INTEGER else None
    result = operand.dtype if operation.is_none(dtype) else target
    return operation.tensor_result(operand.shape, result, operand, content=known, explicit=operand.explicit)


@model("tf.convert_to_tensor")
def convert_to_tensor(
    operation: Operation, value: Value, dtype: Value = NONE, dtype_hint: Value = NONE, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/convert_to_tensor."""
    hinted = not operation.is_none(dtype_hint) and operation.is_none(dtype)
    result = converted(operation, value, dtype)
    if not hinted or is_strong(value):
        return result
    # A hint is followed where the value allows it.
    hint = operation.dtype(dtype_hint)
    dtype_of_hint = hint if python_kind(value) == "int" or hint == result.dtype else None
    return operation.tensor_result(result.shape, dtype_of_hint, result, explicit=result.explicit)


@model("tf.constant")
def constant(
    operation: Operation,
    value: Value,
    dtype: Value = NONE,
    shape: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/constant: ``shape`` repeats a scalar or reshapes."""
    result = converted(operation, value, dtype)
    if operation.is_none(shape):
        return result
    target = operation.dims(shape)
    if target is None:
        return operation.tensor_result(UNKNOWN_SHAPE, result.dtype, result)
    size = result.shape.size
    if equal(size, 1) is not True and -1 not in target and equal(size, Shape(target).size) is False:
        raise ReshapeConflict(result.shape, target)
    return operation.tensor_result(filled_shape(target), result.dtype, result, explicit=1 in target)


def filled_shape(dims: tuple[Dim, ...] | None) -> Shape:
    """Return the shape of a constructor's argument; what is negative is refused by TensorFlow in its own words."""
    if dims is None or any(isinstance(dim, int) and dim < 0 for dim in dims):
        return UNKNOWN_SHAPE
    return Shape(dims)


def filled(operation: Operation, shape: Value, dtype: str | None, *inputs: Value) -> Tensor:
    """Return a new tensor of the shape that an argument gives; a literal 1 in it is meant to broadcast."""
    dims = operation.dims(shape)
    return operation.tensor_result(filled_shape(dims), dtype, *inputs, explicit=dims is not None and 1 in dims)


def ones(operation: Operation, shape: Value, dtype: Value, _name: Value, _layout: Value) -> Tensor:
    """Model ``tf.ones`` and ``tf.zeros``."""
    return filled(operation, shape, operation.dtype(dtype))


@model("tf.fill")
def fill(operation: Operation, dims: Value, value: Value, name: Value = NONE, layout: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/fill."""
    operand = operation.tensor(value)
    if isinstance(dims, Constant | Integer | OfType):
        return operation.tensor_result(UNKNOWN_SHAPE, operand.dtype, operand)
    return filled(operation, dims, operand.dtype, operand)


def like(operation: Operation, input: Value, dtype: Value, _name: Value, _layout: Value) -> Tensor:
    """Model ``tf.zeros_like`` and ``tf.ones_like``: a constant, whatever it is like."""
    operand = operation.tensor(input)
    target = operand.dtype if operation.is_none(dtype) else operation.dtype(dtype)
    cut = f"{operation.name} reads the shape only"
    return operation.derived(operand.shape, target, operand, cut=cut)


@model("tf.eye", "tf.linalg.eye")
def eye(
    operation: Operation,
    num_rows: Value,
    num_columns: Value = NONE,
    batch_shape: Value = NONE,
    dtype: Value = FLOAT32,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/eye."""
    rows = operation.integer(num_rows)
    columns = rows if operation.is_none(num_columns) else operation.integer(num_columns)
    batch = () if operation.is_none(batch_shape) else operation.dims(batch_shape)
    dims = None if batch is None else (*batch, rows, columns)
    return operation.tensor_result(filled_shape(dims), operation.dtype(dtype))


@model("tf.range")
def range_(
    operation: Operation,
    start: Value,
    limit: Value = NONE,
    delta: Value = ONE,
    dtype: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/range."""
    if operation.is_none(limit):
        start, limit = Constant(0), start
    size, elements = range_size(start, limit, delta)
    bounds = [operation.tensor(value) for value in (start, limit, delta)]
    known = [bound.dtype for bound in bounds]
    order = ("int32", "int64", "float32", "float64")
    inferred = max(map(order.index, map(str, known))) if set(known) <= set(order) else None
    target = None if inferred is None else order[inferred]
    result = operation.tensor_result(Shape((size,)), operation.dtype(dtype, target), *bounds)
    if elements is None or result.dtype not in dtypes.INTEGER:
        return result
    return Tensor(result.shape, result.dtype, result.node, content=content.vector(elements, result.node))


# A longer range is no list of sizes or axes, so its elements are not kept.
_LONGEST_KEPT_RANGE = 16


def range_size(start: Value, limit: Value, delta: Value) -> tuple[Dim, tuple[Dim, ...] | None]:
    """Return how many numbers a range has, and the numbers if they are few and known."""
    plain = [number for value in (start, limit, delta) if (number := _plain_number(value)) is not None]
    if len(plain) == 3:
        first, last, step = plain
        if step == 0:
            return UNKNOWN, None
        size = max(0, math.ceil((last - first) / step))
        if size > _LONGEST_KEPT_RANGE or not all(isinstance(number, int) for number in plain):
            return size, None
        return size, tuple(int(first + step * index) for index in range(size))
    end = as_dim(limit)
    counts = as_dim(start) == 0 and as_dim(delta) == 1
    return (UNKNOWN if end is None or not counts else end), None


def _plain_number(value: Value) -> int | float | None:
    number = value.value if isinstance(value, Constant) else as_dim(value)
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None


@model("tf.linspace")
def linspace(
    operation: Operation, start: Value, stop: Value, num: Value, name: Value = NONE, axis: Value = ZERO
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linspace: a new axis between bounds that broadcast."""
    first = operation.tensor(start)
    last = operation.tensor(stop, first.dtype)
    bounds = broadcast(first.shape, last.shape)
    place = axis_argument(operation, axis, bounds, extra=1)
    shape = UNKNOWN_SHAPE
    if bounds.dims is not None and place is not None:
        shape = Shape((*bounds.dims[:place], operation.integer(num), *bounds.dims[place:]))
    dtype = "float64" if first.dtype in ("int32", "int64") else first.dtype
    return operation.tensor_result(shape, dtype, first, last)


@model("tf.one_hot")
def one_hot(
    operation: Operation,
    indices: Value,
    depth: Value,
    on_value: Value = NONE,
    off_value: Value = NONE,
    axis: Value = NONE,
    dtype: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/one_hot: a new last axis of size ``depth``.

    Raises:
        AxisConflict: there is no such axis.
        DtypeConflict: the indices are real numbers.
    """
    operand = operation.cut_off(indices, "tf.one_hot has no gradient for its indices")
    if operand.dtype in FLOATING and not (isinstance(indices, Sequence) and not indices.items):
        raise DtypeConflict(operand.dtype, "int32")
    given = [operation.tensor(value) for value in (on_value, off_value) if not operation.is_none(value)]
    where = operation.integer(LAST if operation.is_none(axis) else axis)
    if isinstance(where, int) and where < -1:
        # The only negative axis that tf.one_hot takes is -1.
        raise AxisConflict("axis", where, operand.shape, 1)
    place = axis_from_zero(where, operand.shape, extra=1) if isinstance(where, int) else None
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE
    if dims is not None and place is not None:
        shape = Shape((*dims[:place], operation.integer(depth), *dims[place:]))
    inferred = given[0].dtype if given else "float32"
    return operation.tensor_result(shape, operation.dtype(dtype, inferred), operand, *given)


@model("tf.sequence_mask")
def sequence_mask(
    operation: Operation,
    lengths: Value,
    maxlen: Value = NONE,
    dtype: Value = BOOL,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/sequence_mask."""
    operand = operation.tensor(lengths)
    dims = operand.shape.dims
    longest = UNKNOWN if operation.is_none(maxlen) else operation.integer(maxlen)
    shape = UNKNOWN_SHAPE if dims is None else Shape((*dims, longest))
    return operation.tensor_result(shape, operation.dtype(dtype), operand, cut="masks carry no gradient")


@model("tf.get_static_value")
def get_static_value(operation: Operation, tensor: Value, partial: Value = FALSE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/get_static_value: an array, or None in a graph."""
    if isinstance(tensor, Tensor):
        return operation.array(tensor)
    return tensor if isinstance(tensor, Constant | Sequence | TensorShape) else operation.unknown(tensor)


add_family("tf.ones tf.zeros", ones, "shape dtype name layout", dtype=FLOAT32, name=NONE, layout=NONE)
add_family("tf.ones_like tf.zeros_like", like, "input dtype name layout", dtype=NONE, name=NONE, layout=NONE)
