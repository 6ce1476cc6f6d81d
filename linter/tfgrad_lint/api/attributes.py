"""Attributes and methods of tensors and arrays beyond their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.layout import ensured, swapped
from tfgrad_lint.api.registry import attribute, model
from tfgrad_lint.domain.values import NONE, OUTSIDE, Constant, DType, OfType, Tensor, Value
from tfgrad_lint.shapes import dtypes

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


@attribute("Tensor.dtype")
def dtype_of(operation: Operation, receiver: Tensor) -> Value:
    """Return the dtype."""
    return operation.unknown() if receiver.dtype is None else DType(receiver.dtype)


@attribute("DType.base_dtype", "DType.as_numpy_dtype", "DType.real_dtype", "DType.type")
def related_dtype(operation: Operation, receiver: DType) -> Value:
    """Return a dtype that stands for the same numbers; of complex numbers, that of their parts."""
    real = operation.name.endswith("real_dtype")
    return DType(dtypes.real_part(receiver.name) or receiver.name) if real else receiver


@attribute("DType.name")
def dtype_name(operation: Operation, receiver: DType) -> Value:
    """Return the name."""
    return Constant(receiver.name)


@attribute("DType.is_floating")
def is_floating(operation: Operation, receiver: DType) -> Value:
    """Tell whether these are real numbers."""
    return Constant(receiver.name in dtypes.FLOATING)


@attribute("DType.is_complex")
def is_complex(operation: Operation, receiver: DType) -> Value:
    """Tell whether these are complex numbers."""
    return Constant(receiver.name in dtypes.COMPLEX)


@attribute("DType.is_integer")
def is_integer(operation: Operation, receiver: DType) -> Value:
    """Tell whether these are integers."""
    return Constant(receiver.name in dtypes.INTEGER)


@attribute("DType.is_bool")
def is_bool(operation: Operation, receiver: DType) -> Value:
    """Tell whether these are booleans."""
    return Constant(receiver.name == "bool")


@attribute("DType.max", "DType.min")
def extreme(operation: Operation, receiver: DType) -> Value:
    """Return the largest or smallest number."""
    return OfType("int" if receiver.name in dtypes.INTEGER else "float")


@attribute("Tensor.T", "Tensor.mT")
def transposed(operation: Operation, receiver: Tensor) -> Value:
    """Return an array with its axes reversed."""
    dims = receiver.shape.dims
    shape = receiver.shape if dims is None else type(receiver.shape)(dims[::-1])
    if operation.name.endswith("mT") and (receiver.shape.rank or 0) > 1:
        shape = swapped(receiver.shape, "a")
    if receiver.kind == "array":
        return operation.array_result(shape, receiver.dtype, receiver, explicit=receiver.explicit)
    return operation.derived(shape, receiver.dtype, receiver)


@attribute("Tensor.real", "Tensor.imag")
def part(operation: Operation, receiver: Tensor) -> Value:
    """Return the real or imaginary part of an array."""
    dtype = dtypes.real_part(receiver.dtype)
    if receiver.kind == "array":
        return operation.array_result(receiver.shape, dtype, receiver, explicit=receiver.explicit)
    return operation.derived(receiver.shape, dtype, receiver)


@attribute("Tensor.name", "Tensor.device")
def text(operation: Operation, receiver: Tensor) -> Value:
    """Return a string."""
    return OfType("str")


@model("Tensor.eval")
def evaluated(operation: Operation, receiver: Value, feed_dict: Value = NONE, session: Value = NONE) -> Value:
    """Return the values as an array, as programs for TensorFlow 1 ask for them."""
    return numpy(operation, receiver)


@model("Tensor.numpy", "Tensor.__array__")
def numpy(operation: Operation, receiver: Value) -> Value:
    """Return the values as an array, outside TensorFlow."""
    if not isinstance(receiver, Tensor):
        return operation.unknown(receiver)
    operand = operation.tensor(receiver)
    node = operation.node(operand, cut=OUTSIDE)
    return Tensor(operand.shape, operand.dtype, node, "array", operand.content, operand.explicit)


@model("Tensor.set_shape")
def set_shape(operation: Operation, receiver: Value, shape: Value) -> Value:
    """Check that the shape fits; what it tells is for the caller to keep.

    Raises:
        RankConflict: the ranks differ.
        ReshapeConflict: a size certainly differs.
    """
    ensured(operation.tensor(receiver).shape, operation.shape(shape))
    return NONE


@model("Tensor.consumers", "Tensor.ref", "Tensor.experimental_ref")
def other(operation: Operation, receiver: Value) -> Value:
    """Return an object that is no tensor."""
    return operation.unknown()


@model("Tensor.item", "Tensor.tolist")
def item(operation: Operation, receiver: Value) -> Value:
    """Return an array's only element, or all as nested lists, as Python numbers."""
    if not isinstance(receiver, Tensor) or (receiver.shape.rank != 0 and operation.name.endswith("tolist")):
        return operation.unknown(receiver)
    if isinstance(receiver.content, int):
        return Constant(receiver.content)
    if receiver.dtype in dtypes.INTEGER:
        return OfType("int")
    return OfType("float") if receiver.dtype in dtypes.FLOATING else operation.unknown(receiver)
