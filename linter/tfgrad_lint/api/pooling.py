"""Pooling and the exchange of space for depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.convolution import NDHWC, NHWC, NWC, VALID, channel_first, check_words, per_axis, slid
from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import NONE, Tensor, Value
from tfgrad_lint.shapes.conflicts import ArgumentConflict
from tfgrad_lint.shapes.dims import Dim, divide_exactly
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, of_rank
from tfgrad_lint.shapes.windows import window_count

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_RANKS = {"1d": 1, "2d": 2, "3d": 3}


def pooled(
    operation: Operation,
    operand: Tensor,
    ksize: Value,
    strides: Value,
    padding: Value,
    data_format: Value,
    rank: int,
) -> Shape:
    """Return the shape after pooling over ``rank`` space axes.

    Raises:
        ArgumentConflict: the padding or the data format is none.
        RankConflict: the input has another rank.
        WindowConflict: the window certainly is larger than the input.
    """
    check_words(operation, padding, data_format, rank)
    check_rank("input", operand.shape, rank + 2)
    first = channel_first(operation, data_format)
    if operand.shape.dims is None or first is None:
        return UNKNOWN_SHAPE
    start = 2 if first else 1
    space = tuple(range(start, start + rank))
    windows = per_axis(operation, "ksize", ksize, operand.shape, space)
    steps = per_axis(operation, "strides", strides, operand.shape, space)
    kind = (operation.text(padding) or "").upper()
    if windows is None or steps is None or kind not in ("SAME", "VALID"):
        return of_rank(rank + 2)
    given = operation.dims(ksize)
    if given is not None and len(given) == rank + 2 and any(given[axis] != 1 for axis in (0, 1 if first else -1)):
        return of_rank(rank + 2)
    dims = list(operand.shape.dims)
    counts: list[Dim] = [
        window_count(dims[axis], window, step, kind) for axis, window, step in zip(space, windows, steps, strict=True)
    ]
    slid(operand.shape, space, counts, windows)
    for axis, count in zip(space, counts, strict=True):
        dims[axis] = max(count, 0) if isinstance(count, int) else count
    return Shape(tuple(dims))


def pool(
    operation: Operation,
    input: Value,
    ksize: Value,
    strides: Value,
    padding: Value,
    data_format: Value,
    _name: Value,
) -> Tensor:
    """Model ``tf.nn.max_pool2d`` and its like."""
    operand = operation.tensor(input)
    rank = _RANKS.get(operation.name[-2:])
    if rank is None:
        # tf.nn.max_pool goes by the rank of its input.
        if operand.shape.rank is None or not 3 <= operand.shape.rank <= 5:
            return operation.tensor_result(UNKNOWN_SHAPE, operand.dtype, operand)
        rank = operand.shape.rank - 2
    shape = pooled(operation, operand, ksize, strides, padding, data_format, rank)
    return operation.tensor_result(shape, operand.dtype, operand)


for _layout, _names in (
    (NWC, "tf.nn.max_pool1d tf.nn.avg_pool1d"),
    (NHWC, "tf.nn.max_pool2d tf.nn.avg_pool2d"),
    (NDHWC, "tf.nn.max_pool3d tf.nn.avg_pool3d"),
    (NONE, "tf.nn.max_pool tf.nn.avg_pool"),
):
    add_family(_names, pool, "input ksize strides padding data_format name", data_format=_layout, name=NONE)


@model("tf.nn.pool")
def general_pool(
    operation: Operation,
    input: Value,
    window_shape: Value,
    pooling_type: Value,
    strides: Value = NONE,
    padding: Value = VALID,
    data_format: Value = NONE,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/pool."""
    operand = operation.tensor(input)
    windows = operation.dims(window_shape)
    if windows is None or not operation.is_none(dilations) or operand.shape.rank != len(windows) + 2:
        return operation.tensor_result(UNKNOWN_SHAPE, operand.dtype, operand)
    shape = pooled(operation, operand, window_shape, strides, padding, data_format, len(windows))
    return operation.tensor_result(shape, operand.dtype, operand)


def _block(operation: Operation, operand: Tensor, block_size: Value, data_format: Value) -> tuple[Dim, Dim, Dim] | None:
    check_rank("input", operand.shape, 4)
    size = operation.integer(block_size)
    if operand.shape.dims is None or not isinstance(size, int) or channel_first(operation, data_format) is not False:
        return None
    if size < 2:
        raise ArgumentConflict("block_size", f"is {size}, at least 2 is taken")
    _, height, width, depth = operand.shape.dims
    return height, width, depth


@model("tf.nn.space_to_depth")
def space_to_depth(
    operation: Operation, input: Value, block_size: Value, data_format: Value = NHWC, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/space_to_depth."""
    operand = operation.tensor(input)
    parts, size = _block(operation, operand, block_size, data_format), operation.integer(block_size)
    shape = UNKNOWN_SHAPE
    if parts is not None:
        height, width = divide_exactly(parts[0], size), divide_exactly(parts[1], size)
        if height is None or width is None:
            raise ArgumentConflict("block_size", f"does not divide the image of {parts[0]} by {parts[1]}")
        shape = Shape(((operand.shape.dims or ())[0], height, width, parts[2] * size * size))
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.nn.depth_to_space")
def depth_to_space(
    operation: Operation, input: Value, block_size: Value, data_format: Value = NHWC, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/depth_to_space."""
    operand = operation.tensor(input)
    parts, size = _block(operation, operand, block_size, data_format), operation.integer(block_size)
    shape = UNKNOWN_SHAPE
    if parts is not None:
        depth = divide_exactly(parts[2], size * size)
        if depth is None:
            raise ArgumentConflict("block_size", f"its square does not divide the {parts[2]} channels")
        shape = Shape(((operand.shape.dims or ())[0], parts[0] * size, parts[1] * size, depth))
    return operation.tensor_result(shape, operand.dtype, operand)
