"""Selection by a condition: ``tf.boolean_mask``, ``tf.where`` and ``x[mask]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axis_argument
from tfgrad_lint.api.promotion import operands
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import MaskConflict
from tfgrad_lint.shapes.dims import UNKNOWN, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.domain.values import Tensor, Value

CONDITION = "a condition carries no gradient"


def masked_shape(shape: Shape, mask: Shape, axis: int) -> Shape:
    """Return the shape of what ``mask`` selects from the axes of ``shape`` from ``axis`` on.

    Raises:
        RankConflict: the mask is a scalar.
        MaskConflict: the mask does not fit.
    """
    check_least_rank("mask", mask, 1)
    if shape.dims is None or mask.dims is None:
        return UNKNOWN_SHAPE
    covered = shape.dims[axis : axis + len(mask.dims)]
    if len(covered) < len(mask.dims) or any(equal(p, q) is False for p, q in zip(covered, mask.dims, strict=True)):
        raise MaskConflict(shape, mask, axis)
    return Shape((*shape.dims[:axis], UNKNOWN, *shape.dims[axis + len(mask.dims) :]))


@model("tf.boolean_mask")
def boolean_mask(operation: Operation, tensor: Value, mask: Value, axis: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/boolean_mask."""
    operand, chosen = operation.tensor(tensor), operation.cut_off(mask, CONDITION)
    first = 0 if operation.is_none(axis) else axis_argument(operation, axis, operand.shape)
    shape = UNKNOWN_SHAPE if first is None else masked_shape(operand.shape, chosen.shape, first)
    return operation.tensor_result(shape, operand.dtype, operand, chosen, explicit=operand.explicit)


@model("tf.where")
def where(operation: Operation, condition: Value, x: Value = NONE, y: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/where: positions of true elements, or a choice between two."""
    chosen = operation.cut_off(condition, CONDITION)
    if operation.is_none(x) and operation.is_none(y):
        rank = chosen.shape.rank
        check_least_rank("condition", chosen.shape, 1)
        return operation.tensor_result(Shape((UNKNOWN, UNKNOWN if rank is None else rank)), "int64", chosen)
    left, right, dtype = operands(operation, x, y)
    # The two alternatives are combined element by element, the condition chooses among the result.
    broadcast(broadcast(chosen.shape, left.shape), right.shape)
    both = operation.broadcast(left, right, dtype=dtype)
    return operation.derived(broadcast(chosen.shape, both.shape), dtype, chosen, left, right)
