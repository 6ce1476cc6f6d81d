"""Matrix products: contraction of two axes, with batch axes in front that broadcast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import model
from tfgrad_lint.interpreter.values import FALSE, NONE
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import ContractionConflict, RankConflict
from tfgrad_lint.shapes.dims import equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.interpreter.values import Tensor, Value


@model("tf.matmul", "tf.linalg.matmul")
def matmul(
    operation: Operation,
    a: Value,
    b: Value,
    transpose_a: Value = FALSE,
    transpose_b: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/matmul."""
    left, right = operation.tensor(a), operation.tensor(b)
    flip = (operation.boolean(transpose_a), operation.boolean(transpose_b))
    shape = UNKNOWN_SHAPE if None in flip else product_shape(left.shape, right.shape, bool(flip[0]), bool(flip[1]))
    return operation.tensor_result(shape, left.dtype or right.dtype, left, right)


def product_shape(left: Shape, right: Shape, transpose_left: bool = False, transpose_right: bool = False) -> Shape:
    """Return the shape of ``left @ right`` for stacks of matrices.

    Raises:
        RankConflict: an operand has fewer than two axes.
        ContractionConflict: the contracted axes certainly differ.
        BroadcastConflict: the batch axes certainly do not fit.
    """
    for parameter, shape in (("a", left), ("b", right)):
        if shape.rank is not None and shape.rank < 2:
            raise RankConflict(parameter, shape, "2 or more")
    if left.dims is None or right.dims is None:
        return UNKNOWN_SHAPE
    left_axis, right_axis = (-2 if transpose_left else -1), (-1 if transpose_right else -2)
    inner, other = left.dims[left_axis], right.dims[right_axis]
    if equal(inner, other) is False:
        raise ContractionConflict(left, right, left_axis, right_axis, inner, other)
    batch = broadcast(Shape(left.dims[:-2]), Shape(right.dims[:-2]))
    if batch.dims is None:
        return UNKNOWN_SHAPE
    return Shape((*batch.dims, left.dims[-3 - left_axis], right.dims[-3 - right_axis]))
