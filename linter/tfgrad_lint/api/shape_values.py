"""Shapes as values: ``tf.shape``, ``tf.size``, ``tf.rank``, ``tf.TensorShape`` and the attributes that give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.ragged import RAGGED
from tfgrad_lint.api.registry import attribute, model
from tfgrad_lint.domain.values import (
    FALSE,
    NONE,
    TRUE,
    ApiObject,
    Constant,
    OfType,
    Sequence,
    Tensor,
    TensorShape,
    Value,
    of_dim,
)
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import RankConflict, ReshapeConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, meet, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

NO_GRADIENT = "sizes carry no gradient"


@model("tf.shape")
def shape_of_tensor(operation: Operation, input: Value, out_type: Value = NONE, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/shape: a vector whose elements are the sizes."""
    if isinstance(input, ApiObject) and input.type == RAGGED:
        return operation.unknown(input)
    operand = operation.tensor(input)
    return shape_tensor(operation, operand, operation.dtype(out_type, "int32"))


def shape_tensor(operation: Operation, operand: Tensor, dtype: str | None) -> Tensor:
    """Return the sizes of ``operand`` as an integer vector."""
    sizes = TensorShape(operand.shape, operand.node)
    dims = sizes.dims()
    known = sizes if dims is None else TensorShape(Shape(dims), operand.node)
    vector = of_rank(1) if dims is None else Shape((len(dims),))
    return operation.tensor_result(vector, dtype, operand, cut=NO_GRADIENT, content=known)


@model("tf.size")
def size(operation: Operation, input: Value, out_type: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/size."""
    operand = operation.tensor(input)
    dims = TensorShape(operand.shape, operand.node).dims()
    count = UNKNOWN if dims is None else Shape(dims).size
    known = None if count is UNKNOWN else count
    dtype = operation.dtype(out_type, "int32")
    return operation.tensor_result(SCALAR, dtype, operand, cut=NO_GRADIENT, content=known)


@model("tf.rank")
def rank(operation: Operation, input: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/rank."""
    operand = operation.tensor(input)
    return operation.tensor_result(SCALAR, "int32", operand, cut=NO_GRADIENT, content=operand.shape.rank)


@model("tf.compat.dimension_value")
def dimension_value(operation: Operation, dimension: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/dimension_value: in TensorFlow 2 sizes are plain ints."""
    return dimension


@model("tf.compat.dimension_at_index")
def dimension_at_index(operation: Operation, shape: Value, index: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/dimension_at_index."""
    axis = operation.integer(index)
    if not isinstance(shape, TensorShape) or not isinstance(axis, int):
        return OfType("int")
    return of_dim(shape.dim(axis))


@model("tf.TensorShape")
def tensor_shape(operation: Operation, dims: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorShape."""
    if isinstance(dims, TensorShape):
        return dims
    return TensorShape(UNKNOWN_SHAPE if operation.is_none(dims) else operation.shape(dims), operation.node(dims))


@attribute("Tensor.shape", "Array.shape")
def shape_of(operation: Operation, receiver: Tensor) -> Value:
    """Return the static shape; an array's is a tuple."""
    known = TensorShape(receiver.shape, receiver.node)
    dims = known.dims()
    if receiver.kind == "array" and dims is not None:
        return Sequence(tuple(of_dim(dim) for dim in dims))
    return known


@model("Tensor.get_shape")
def get_shape(operation: Operation, receiver: Value) -> Value:
    """Return the static shape."""
    return shape_of(operation, receiver) if isinstance(receiver, Tensor) else operation.unknown(receiver)


@attribute("Tensor.ndim")
def ndim(operation: Operation, receiver: Tensor) -> Value:
    """Return the number of axes."""
    return OfType("int") if receiver.shape.rank is None else Constant(receiver.shape.rank)


@attribute("Tensor.size")
def element_count(operation: Operation, receiver: Tensor) -> Value:
    """Return the number of elements of an array."""
    dims = TensorShape(receiver.shape, receiver.node).dims()
    return OfType("int") if dims is None else of_dim(Shape(dims).size)


@attribute("TensorShape.rank", "TensorShape.ndims")
def shape_rank(operation: Operation, receiver: TensorShape) -> Value:
    """Return the number of axes."""
    return OfType("int") if receiver.shape.rank is None else Constant(receiver.shape.rank)


@attribute("TensorShape.dims")
def shape_dims(operation: Operation, receiver: TensorShape) -> Value:
    """Return the sizes as a list."""
    return as_list(operation, receiver)


@model("TensorShape.as_list")
def as_list(operation: Operation, receiver: Value) -> Value:
    """Return the sizes as a list of ints."""
    dims = receiver.dims() if isinstance(receiver, TensorShape) else None
    return operation.unknown(receiver) if dims is None else Sequence(tuple(of_dim(dim) for dim in dims), "list")


@model("TensorShape.num_elements")
def num_elements(operation: Operation, receiver: Value) -> Value:
    """Return the product of the sizes."""
    dims = receiver.dims() if isinstance(receiver, TensorShape) else None
    return OfType("int") if dims is None else of_dim(Shape(dims).size)


@model("TensorShape.concatenate")
def concatenate(operation: Operation, receiver: Value, other: Value) -> Value:
    """Return the sizes of both in a row."""
    left, right = operation.dims(receiver), operation.dims(other)
    joined = UNKNOWN_SHAPE if left is None or right is None else Shape(left + right)
    return TensorShape(joined, operation.node(receiver, other))


@model("TensorShape.with_rank", "TensorShape.with_rank_at_least", "TensorShape.with_rank_at_most")
def with_rank(operation: Operation, receiver: Value, rank: Value) -> Value:
    """Return the shape itself if it has the rank."""
    number = operation.integer(rank)
    if not isinstance(receiver, TensorShape) or not isinstance(number, int):
        return receiver
    own = receiver.shape.rank
    exact = operation.name.endswith("with_rank")
    if own is None:
        return TensorShape(of_rank(number), receiver.owner) if exact else receiver
    fits = own == number if exact else own >= number if operation.name.endswith("at_least") else own <= number
    if not fits:
        raise RankConflict("shape", receiver.shape, f"{number}{_BOUNDS[operation.name]}")
    return receiver


_BOUNDS = {
    "TensorShape.with_rank": "",
    "TensorShape.with_rank_at_least": " or more",
    "TensorShape.with_rank_at_most": " or fewer",
}


@model("TensorShape.merge_with")
def merge_with(operation: Operation, receiver: Value, other: Value) -> Value:
    """Return what is known from both shapes."""
    if not isinstance(receiver, TensorShape):
        return operation.unknown(receiver)
    target = operation.shape(other)
    both = meet(receiver.shape, target)
    if both is None:
        raise ReshapeConflict(receiver.shape, target.dims or ())
    return TensorShape(both, receiver.owner)


@model("TensorShape.is_fully_defined")
def is_fully_defined(operation: Operation, receiver: Value) -> Value:
    """Tell whether all sizes are known; what is symbolic here may be either there."""
    static = isinstance(receiver, TensorShape) and receiver.shape.is_static
    return TRUE if static else OfType("bool")


@model("TensorShape.is_compatible_with")
def is_compatible_with(operation: Operation, receiver: Value, other: Value) -> Value:
    """Tell whether two shapes may be the same."""
    if not isinstance(receiver, TensorShape):
        return OfType("bool")
    return FALSE if meet(receiver.shape, operation.shape(other)) is None else OfType("bool")


@model("tf.broadcast_static_shape", "tf.broadcast_dynamic_shape")
def broadcast_shapes(operation: Operation, shape_x: Value, shape_y: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/broadcast_static_shape."""
    result = broadcast(operation.shape(shape_x), operation.shape(shape_y))
    if operation.name == "tf.broadcast_static_shape":
        return TensorShape(result, operation.node(shape_x, shape_y))
    node = operation.node(shape_x, shape_y, cut=NO_GRADIENT)
    length: Dim = UNKNOWN if result.rank is None else result.rank
    dtype = operation.tensor(shape_x).dtype
    return Tensor(Shape((length,)), dtype, node, content=None if result.rank is None else TensorShape(result, node))
