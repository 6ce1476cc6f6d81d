"""Rows that are dealt out by number, put together again, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.defaults import INT32
from tfgrad_lint.api.gathering import index_tensor
from tfgrad_lint.api.ranks import check_least_rank, check_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE, Sequence, Tensor, Value
from tfgrad_lint.shapes.conflicts import LengthConflict, MatchConflict
from tfgrad_lint.shapes.dims import UNKNOWN, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


def _inner(rows: tuple[str, Shape], numbers: tuple[str, Shape]) -> Shape | None:
    """Return the shape of one row: what is left of the rows' axes after those of their numbers; None if not known.

    Raises:
        RankConflict: there are more axes of numbers than of rows.
        MatchConflict: there are certainly more or fewer numbers than rows.
    """
    name, data = rows
    if data.dims is None or numbers[1].dims is None:
        return None
    count = len(numbers[1].dims)
    check_least_rank(name, data, count)
    for axis, (size, other) in enumerate(zip(data.dims, numbers[1].dims, strict=False)):
        if equal(size, other) is False:
            raise MatchConflict(name, data, *numbers, axis, axis)
    return Shape(data.dims[count:])


@model("tf.dynamic_partition")
def dynamic_partition(
    operation: Operation, data: Value, partitions: Value, num_partitions: Value, name: Value = NONE
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/dynamic_partition: as many tensors of rows as there are parts."""
    operand, numbers = operation.tensor(data), index_tensor(operation, partitions)
    row = _inner(("data", operand.shape), ("partitions", numbers.shape))
    count = operation.integer(num_partitions)
    if not isinstance(count, int):
        return operation.unknown(operand, numbers)
    shape = UNKNOWN_SHAPE if row is None or row.dims is None else Shape((UNKNOWN, *row.dims))
    parts = (operation.tensor_result(shape, operand.dtype, operand, numbers) for _ in range(count))
    return Sequence(tuple(parts), "list")


@model("tf.dynamic_stitch")
def dynamic_stitch(operation: Operation, indices: Value, data: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/dynamic_stitch: rows at the places that their indices say.

    Raises:
        LengthConflict: there are more or fewer tensors of rows than of indices.
        MatchConflict: rows certainly have different shapes.
    """
    places, values = operation.items(indices), operation.items(data)
    if not places or not values:
        return operation.unknown(indices, data)
    numbers = [index_tensor(operation, place) for place in places]
    rows = [operation.tensor(value) for value in values]
    if len(numbers) != len(rows):
        raise LengthConflict("data", rows[0].shape, len(rows), len(numbers))
    pairs = zip(rows, numbers, strict=True)
    inner = [_inner(("data", row.shape), ("indices", number.shape)) for row, number in pairs]
    row = UNKNOWN_SHAPE
    for each, operand in zip(inner, rows, strict=True):
        both = row if each is None else meet(row, each)
        if both is None:
            raise MatchConflict("data[0]", rows[0].shape, "data[1]", operand.shape)
        row = both
    shape = UNKNOWN_SHAPE if row.dims is None else Shape((UNKNOWN, *row.dims))
    return operation.tensor_result(shape, rows[0].dtype, *rows, *numbers)


@model("tf.math.invert_permutation")
def invert_permutation(operation: Operation, x: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/invert_permutation.

    Raises:
        RankConflict: it is no vector.
    """
    operand = operation.tensor(x)
    check_rank("x", operand.shape, 1)
    return operation.tensor_result(operand.shape, operand.dtype, operand)


@model("tf.math.confusion_matrix")
def confusion_matrix(
    operation: Operation,
    labels: Value,
    predictions: Value,
    num_classes: Value = NONE,
    weights: Value = NONE,
    dtype: Value = INT32,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/confusion_matrix: classes by classes."""
    targets, found = operation.tensor(labels), operation.tensor(predictions)
    size = operation.integer(num_classes)
    cut = "counting has no gradient"
    return operation.tensor_result(Shape((size, size)), operation.dtype(dtype), targets, found, cut=cut)
