"""Matrix products: contraction of axes, with batch axes in front that broadcast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axes_from_zero
from tfgrad_lint.api.promotion import array_operands, operands
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.events import Contracted
from tfgrad_lint.domain.values import FALSE, NONE, Sequence
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import AxisConflict, ContractionConflict, LengthConflict
from tfgrad_lint.shapes.dims import equal
from tfgrad_lint.shapes.dims import product as product_of
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.domain.values import Tensor, Value


@model("tf.matmul", "tf.linalg.matmul")
def matmul(
    operation: Operation,
    a: Value,
    b: Value,
    transpose_a: Value = FALSE,
    transpose_b: Value = FALSE,
    adjoint_a: Value = FALSE,
    adjoint_b: Value = FALSE,
    a_is_sparse: Value = FALSE,
    b_is_sparse: Value = FALSE,
    output_type: Value = NONE,
    grad_a: Value = FALSE,
    grad_b: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/matmul."""
    left, right, dtype = operands(operation, a, b)
    flips = [operation.boolean(flag) for flag in (transpose_a, adjoint_a, transpose_b, adjoint_b)]
    shape = UNKNOWN_SHAPE
    if None not in flips:
        shape = product_shape(left.shape, right.shape, any(flips[:2]), any(flips[2:]))
    operation.emit(Contracted(operation.site, operation.name, left, right))
    return operation.tensor_result(shape, operation.dtype(output_type, dtype), left, right)


def product(operation: Operation, a: Value, b: Value, *, array: bool) -> Tensor:
    """Return ``a @ b``, which allows vectors for arrays only."""
    if array:
        left, right, dtype = array_operands(operation, a, b)
        return operation.array_result(array_product_shape(left.shape, right.shape), dtype, left, right)
    left, right, dtype = operands(operation, a, b)
    shape = product_shape(left.shape, right.shape)
    operation.emit(Contracted(operation.site, operation.name, left, right))
    return operation.tensor_result(shape, dtype, left, right)


@model("tf.linalg.matvec")
def matvec(
    operation: Operation,
    a: Value,
    b: Value,
    transpose_a: Value = FALSE,
    adjoint_a: Value = FALSE,
    a_is_sparse: Value = FALSE,
    b_is_sparse: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/matvec."""
    left, right, dtype = operands(operation, a, b)
    flips = operation.boolean(transpose_a), operation.boolean(adjoint_a)
    check_least_rank("b", right.shape, 1)
    if right.shape.dims is None or None in flips:
        return operation.tensor_result(UNKNOWN_SHAPE, dtype, left, right)
    column = Shape((*right.shape.dims, 1))
    dims = product_shape(left.shape, column, any(flips)).dims
    return operation.tensor_result(Shape(dims if dims is None else dims[:-1]), dtype, left, right)


def product_shape(left: Shape, right: Shape, transpose_left: bool = False, transpose_right: bool = False) -> Shape:
    """Return the shape of ``left @ right`` for stacks of matrices.

    Raises:
        RankConflict: an operand has fewer than two axes.
        ContractionConflict: the contracted axes certainly differ.
        BroadcastConflict: the batch axes certainly do not fit.
    """
    for parameter, shape in (("a", left), ("b", right)):
        check_least_rank(parameter, shape, 2)
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


def array_product_shape(left: Shape, right: Shape) -> Shape:
    """Return the shape of ``np.matmul(left, right)``, which takes vectors too.

    Raises:
        RankConflict: an operand is a scalar.
        ContractionConflict: the contracted axes certainly differ.
        BroadcastConflict: the batch axes certainly do not fit.
    """
    for parameter, shape in (("a", left), ("b", right)):
        check_least_rank(parameter, shape, 1)
    if left.dims is None or right.dims is None:
        return UNKNOWN_SHAPE
    row, column = len(left.dims) == 1, len(right.dims) == 1
    right_axis = -1 if column else -2
    inner, other = left.dims[-1], right.dims[right_axis]
    if equal(inner, other) is False:
        raise ContractionConflict(left, right, -1, right_axis, inner, other)
    batch = broadcast(Shape(left.dims[:-2]), Shape(right.dims[:-2])).dims or ()
    kept = (() if row else (left.dims[-2],)) + (() if column else (right.dims[-1],))
    return Shape(batch + kept)


@model("tf.tensordot", "tf.linalg.tensordot")
def tensordot(operation: Operation, a: Value, b: Value, axes: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/tensordot."""
    left, right, dtype = operands(operation, a, b)
    return operation.tensor_result(tensordot_shape(operation, left.shape, right.shape, axes), dtype, left, right)


def tensordot_shape(operation: Operation, left: Shape, right: Shape, axes: Value) -> Shape:
    """Return the shape of the contraction of ``axes``: a number of axes, or one list of axes for each operand.

    Raises:
        AxisConflict: an operand does not have one of its axes.
        LengthConflict: the operands do not name equally many axes.
        ContractionConflict: two contracted axes certainly differ.
    """
    if left.dims is None or right.dims is None:
        return UNKNOWN_SHAPE
    pair = contracted_axes(operation, left, right, axes)
    if pair is None:
        return UNKNOWN_SHAPE
    _check_contraction(left, right, *pair)
    kept = [dim for axis, dim in enumerate(left.dims) if axis not in pair[0]]
    return Shape((*kept, *(dim for axis, dim in enumerate(right.dims) if axis not in pair[1])))


def _check_contraction(left: Shape, right: Shape, left_axes: tuple[int, ...], right_axes: tuple[int, ...]) -> None:
    # The contracted axes are flattened first, so only the number of their elements has to agree.
    first, second = left.dims or (), right.dims or ()
    total = product_of(first[axis] for axis in left_axes), product_of(second[axis] for axis in right_axes)
    if equal(*total) is not False:
        return
    for p, q in zip(left_axes, right_axes, strict=True):
        if equal(first[p], second[q]) is not True:
            raise ContractionConflict(left, right, p - len(first), q - len(second), first[p], second[q])


def contracted_axes(
    operation: Operation, left: Shape, right: Shape, axes: Value
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return the axes of each operand that ``tf.tensordot`` contracts, from 0; None if they are not known."""
    ranks = len(left.dims or ()), len(right.dims or ())
    count = operation.integer(axes)
    if isinstance(count, int):
        for rank, shape in zip(ranks, (left, right), strict=True):
            if count > rank:
                raise AxisConflict("axes", count - 1, shape)
        return (tuple(range(ranks[0] - count, ranks[0])), tuple(range(count))) if count >= 0 else None
    if not isinstance(axes, Sequence) or len(axes.items) != 2:
        return None
    lists = operation.dims(axes.items[0]), operation.dims(axes.items[1])
    if lists[0] is None or lists[1] is None:
        return None
    if len(lists[0]) != len(lists[1]):
        raise LengthConflict("axes", right, len(lists[1]), len(lists[0]))
    first, second = axes_from_zero(lists[0], left, "axes"), axes_from_zero(lists[1], right, "axes")
    return None if first is None or second is None else (first, second)
