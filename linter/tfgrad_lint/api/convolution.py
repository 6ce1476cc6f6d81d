"""Convolutions: channels are contracted, space is slid over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.promotion import operands
from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE, Constant, Sequence, Tensor, Value
from tfgrad_lint.shapes.conflicts import (
    ArgumentConflict,
    ConvolutionConflict,
    LengthConflict,
    RankConflict,
    WindowConflict,
)
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, divide_exactly, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, of_rank
from tfgrad_lint.shapes.windows import window_count

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

VALID = Constant("VALID")
SAME = Constant("SAME")
NWC = Constant("NWC")
NHWC = Constant("NHWC")
NDHWC = Constant("NDHWC")


# The words for the order of axes, by the number of axes of space.
_FORMATS = {
    1: frozenset({"NWC", "NCW", "NHWC", "NCHW"}),
    2: frozenset({"NHWC", "NCHW", "NCHW_VECT_C"}),
    3: frozenset({"NDHWC", "NCDHW"}),
}
_PADDINGS = frozenset({"SAME", "VALID"})


def check_words(operation: Operation, padding: Value, data_format: Value, rank: int) -> None:
    """Check the words that say how the space is padded and in which order the axes are.

    Raises:
        ArgumentConflict: one is no such word.
    """
    check_word("padding", operation.text(padding), _PADDINGS)
    check_word("data_format", operation.text(data_format), _FORMATS[rank])


def check_word(parameter: str, word: str | None, words: frozenset[str]) -> None:
    """Check an argument that takes one of few words, where it is known.

    Raises:
        ArgumentConflict: it is another word; case counts.
    """
    if word is not None and word not in words:
        taken = ", ".join(f'"{each}"' for each in sorted(words))
        raise ArgumentConflict(parameter, f'"{word}" is none of {taken}')


def channel_first(operation: Operation, data_format: Value) -> bool | None:
    """Tell whether channels are axis 1, None if it is not known."""
    if operation.is_none(data_format):
        return False
    layout = operation.text(data_format)
    return None if layout is None else layout.startswith("NC")


def per_axis(
    operation: Operation, parameter: str, value: Value, shape: Shape, space: tuple[int, ...]
) -> tuple[Dim, ...] | None:
    """Return an argument such as ``strides`` for the space axes, None if it is not known.

    It may be given as one number, one for each space axis, or one for each axis of the input.

    Raises:
        LengthConflict: there is another number of them.
    """
    rank = len(space)
    if operation.is_none(value):
        return (1,) * rank
    given = operation.dims(value)
    if given is None:
        return None
    if len(given) == 1:
        return given * rank
    if len(given) == rank:
        return given
    if len(given) != rank + 2:
        raise LengthConflict(parameter, shape, len(given), rank)
    channels_first = space[-1] == len(shape.dims or ()) - 1
    return given[2:] if channels_first else given[1:-1]


def slid(shape: Shape, space: tuple[int, ...], counts: list[Dim], windows: tuple[Dim, ...]) -> None:
    """Check that a window fits along each axis of ``space``.

    Raises:
        WindowConflict: it certainly does not.
    """
    for axis, count, window in zip(space, counts, windows, strict=True):
        if isinstance(count, int) and count < 0:
            raise WindowConflict(shape, axis, window)


def convolved(
    operation: Operation,
    images: Tensor,
    filters: Tensor,
    strides: Value,
    padding: Value,
    data_format: Value,
    dilations: Value,
    rank: int,
    *,
    depthwise: bool = False,
) -> Shape:
    """Return the shape of a convolution over ``rank`` space axes.

    Raises:
        ArgumentConflict: the padding or the data format is none.
        RankConflict: an operand has another rank.
        ConvolutionConflict: the channels certainly do not fit.
        WindowConflict: the filter certainly is larger than the input.
    """
    check_words(operation, padding, data_format, rank)
    if images.shape.rank is not None and images.shape.rank < rank + 2:
        raise RankConflict("input", images.shape, str(rank + 2))
    check_rank("filters", filters.shape, rank + 2)
    first = channel_first(operation, data_format)
    if images.shape.dims is None or filters.shape.dims is None or first is None:
        return UNKNOWN_SHAPE
    # tf.nn.conv2d takes further batch axes in front.
    extra = len(images.shape.dims) - rank - 2
    channel = extra + 1 if first else len(images.shape.dims) - 1
    start = extra + (2 if first else 1)
    space = tuple(range(start, start + rank))
    channels, taken = images.shape.dims[channel], filters.shape.dims[-2]
    check_channels(images.shape, filters.shape, channels, taken, grouped=not depthwise)
    counts = _window_counts(operation, images, filters, (strides, padding, dilations), space)
    if counts is None:
        counts = [UNKNOWN] * rank
    made = filters.shape.dims[-1] * taken if depthwise else filters.shape.dims[-1]
    dims = list(images.shape.dims)
    dims[channel] = made
    for axis, count in zip(space, counts, strict=True):
        dims[axis] = count
    return Shape(tuple(dims))


def check_channels(images: Shape, filters: Shape, channels: Dim, taken: Dim, *, grouped: bool) -> None:
    """Check that the channels of the input fit the filters, or are a whole number of groups of them.

    Raises:
        ConvolutionConflict: they certainly do not.
    """
    fits = equal(channels, taken)
    if grouped and isinstance(channels, int) and isinstance(taken, int) and taken > 0:
        fits = divide_exactly(channels, taken) is not None
    elif grouped and fits is False:
        fits = None
    if fits is False:
        raise ConvolutionConflict(images, filters, channels, taken)


def _window_counts(
    operation: Operation,
    images: Tensor,
    filters: Tensor,
    arguments: tuple[Value, Value, Value],
    space: tuple[int, ...],
) -> list[Dim] | None:
    strides, padding, dilations = arguments
    rank = len(space)
    steps = per_axis(operation, "strides", strides, images.shape, space)
    spread = per_axis(operation, "dilations", dilations, images.shape, space)
    kind = (operation.text(padding) or "").upper()
    dims, sizes = images.shape.dims or (), (filters.shape.dims or ())[:rank]
    if steps is None or spread is None or kind not in ("SAME", "VALID"):
        return None
    counts = [
        window_count(dims[axis], size, step, kind, gap)
        for axis, size, step, gap in zip(space, sizes, steps, spread, strict=True)
    ]
    slid(images.shape, space, counts, sizes)
    return [max(count, 0) if isinstance(count, int) else count for count in counts]


def _convolution(
    operation: Operation,
    input: Value,
    filters: Value,
    arguments: tuple[Value, Value, Value, Value],
    rank: int,
    *,
    depthwise: bool = False,
) -> Tensor:
    images, kernel, dtype = operands(operation, input, filters)
    shape = convolved(operation, images, kernel, *arguments, rank, depthwise=depthwise)
    return operation.tensor_result(shape, dtype, images, kernel)


@model("tf.nn.conv1d")
def conv1d(
    operation: Operation,
    input: Value,
    filters: Value,
    stride: Value,
    padding: Value,
    data_format: Value = NWC,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/conv1d."""
    return _convolution(operation, input, filters, (stride, padding, data_format, dilations), 1)


@model("tf.nn.conv2d")
def conv2d(
    operation: Operation,
    input: Value,
    filters: Value,
    strides: Value,
    padding: Value,
    data_format: Value = NHWC,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/conv2d."""
    return _convolution(operation, input, filters, (strides, padding, data_format, dilations), 2)


@model("tf.nn.conv3d")
def conv3d(
    operation: Operation,
    input: Value,
    filters: Value,
    strides: Value,
    padding: Value,
    data_format: Value = NDHWC,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/conv3d."""
    return _convolution(operation, input, filters, (strides, padding, data_format, dilations), 3)


@model("tf.nn.convolution")
def convolution(
    operation: Operation,
    input: Value,
    filters: Value,
    strides: Value = NONE,
    padding: Value = VALID,
    data_format: Value = NONE,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/convolution: the rank of the filters decides."""
    rank = operation.tensor(filters).shape.rank
    if rank is None or not 3 <= rank <= 5:
        images, kernel, dtype = operands(operation, input, filters)
        return operation.tensor_result(UNKNOWN_SHAPE, dtype, images, kernel)
    return _convolution(operation, input, filters, (strides, padding, data_format, dilations), rank - 2)


@model("tf.nn.depthwise_conv2d")
def depthwise_conv2d(
    operation: Operation,
    input: Value,
    filter: Value,
    strides: Value,
    padding: Value,
    data_format: Value = NONE,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/depthwise_conv2d."""
    return _convolution(operation, input, filter, (strides, padding, data_format, dilations), 2, depthwise=True)


@model("tf.nn.separable_conv2d")
def separable_conv2d(
    operation: Operation,
    input: Value,
    depthwise_filter: Value,
    pointwise_filter: Value,
    strides: Value,
    padding: Value,
    data_format: Value = NONE,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/separable_conv2d."""
    images, kernel, dtype = operands(operation, input, depthwise_filter)
    mixing = operation.tensor(pointwise_filter, dtype)
    check_rank("pointwise_filter", mixing.shape, 4)
    arguments = (strides, padding, data_format, dilations)
    shape = convolved(operation, images, kernel, *arguments, 2, depthwise=True)
    first = channel_first(operation, data_format)
    if shape.dims is not None and first is not None:
        channel = 1 if first else 3
        made: Dim = UNKNOWN
        if mixing.shape.dims is not None:
            check_channels(shape, mixing.shape, shape.dims[channel], mixing.shape.dims[2], grouped=False)
            made = mixing.shape.dims[3]
        shape = Shape((*shape.dims[:channel], made, *shape.dims[channel + 1 :]))
    return operation.tensor_result(shape, dtype, images, kernel, mixing)


def _transposed(
    operation: Operation,
    input: Value,
    filters: Value,
    output_shape: Value,
    words: tuple[Value, Value],
    rank: int,
) -> Tensor:
    """Model a transposed convolution: its result has the shape that is asked for.

    ``words`` are the padding and the data format.
    """
    check_words(operation, *words, rank)
    images, kernel, dtype = operands(operation, input, filters)
    check_rank("input", images.shape, rank + 2)
    check_rank("filters", kernel.shape, rank + 2)
    target = operation.dims(output_shape) if isinstance(output_shape, Sequence | Tensor) else None
    first = channel_first(operation, words[1])
    if images.shape.dims is not None and kernel.shape.dims is not None and first is not None:
        channels, taken = images.shape.dims[1 if first else -1], kernel.shape.dims[-1]
        if equal(channels, taken) is False:
            raise ConvolutionConflict(images.shape, kernel.shape, channels, taken)
    if target is not None and len(target) == rank + 2:
        return operation.tensor_result(Shape(target), dtype, images, kernel)
    if target is not None and len(target) != rank:
        raise LengthConflict("output_shape", images.shape, len(target), rank + 2)
    return operation.tensor_result(of_rank(rank + 2), dtype, images, kernel)


@model("tf.nn.conv1d_transpose")
def conv1d_transpose(
    operation: Operation,
    input: Value,
    filters: Value,
    output_shape: Value,
    strides: Value,
    padding: Value = SAME,
    data_format: Value = NWC,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/conv1d_transpose."""
    return _transposed(operation, input, filters, output_shape, (padding, data_format), 1)


@model("tf.nn.conv2d_transpose")
def conv2d_transpose(
    operation: Operation,
    input: Value,
    filters: Value,
    output_shape: Value,
    strides: Value,
    padding: Value = SAME,
    data_format: Value = NHWC,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/conv2d_transpose."""
    return _transposed(operation, input, filters, output_shape, (padding, data_format), 2)


@model("tf.nn.conv3d_transpose")
def conv3d_transpose(
    operation: Operation,
    input: Value,
    filters: Value,
    output_shape: Value,
    strides: Value,
    padding: Value = SAME,
    data_format: Value = NDHWC,
    dilations: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/conv3d_transpose."""
    return _transposed(operation, input, filters, output_shape, (padding, data_format), 3)


@model("tf.nn.atrous_conv2d")
def atrous_conv2d(
    operation: Operation, value: Value, filters: Value, rate: Value, padding: Value, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/atrous_conv2d."""
    return _convolution(operation, value, filters, (NONE, padding, NONE, rate), 2)
