"""Convolution layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.convolution import check_word
from tfgrad_lint.api.keras.layer import Call, Check, ShapeRule, Takes, channel_axis, layer
from tfgrad_lint.api.keras.windows import along_space, check_groups, dilated, slid
from tfgrad_lint.shapes.dims import UNKNOWN, Dim

if TYPE_CHECKING:
    from tfgrad_lint.shapes.shape import Shape

_REGULARIZED: Final = (
    "use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, "
    "bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None"
)
_DEPTHWISE: Final = (
    "depthwise_initializer='glorot_uniform', {pointwise_initializer}bias_initializer='zeros', "
    "depthwise_regularizer=None, {pointwise_regularizer}bias_regularizer=None, activity_regularizer=None, "
    "depthwise_constraint=None, {pointwise_constraint}bias_constraint=None"
)


def _ones(rank: int) -> str:
    return "1" if rank == 1 else f"({', '.join(['1'] * rank)})"


def _convolution(rank: int) -> ShapeRule:
    def rule(call: Call, shape: Shape) -> Shape:
        """https://keras.io/api/layers/convolution_layers."""
        check_groups(call, shape)
        window = dilated(call.window("kernel_size", rank), call.window("dilation_rate", rank))
        return slid(call, shape, window, call.window("strides", rank), call.integer("filters"))

    return rule


def _transposed(rank: int) -> ShapeRule:
    def rule(call: Call, shape: Shape) -> Shape:
        """https://keras.io/api/layers/convolution_layers/convolution2d_transpose."""
        window = dilated(call.window("kernel_size", rank), call.window("dilation_rate", rank))
        strides = call.window("strides", rank)
        extra = None
        if not call.operation.is_none(call.argument("output_padding")):
            extra = call.window("output_padding", rank)
        padding = (call.text("padding") or "").lower()

        def size(index: int, dim: Dim) -> Dim:
            given = None if extra is None else extra[index]
            return _enlarged(dim, window[index], strides[index], padding, given)

        first = call.channels_first()
        return along_space(shape, first=first, channels=call.integer("filters"), size=size)

    return rule


def _enlarged(dim: Dim, kernel: Dim, stride: Dim, padding: str, extra: Dim | None) -> Dim:
    if padding not in {"same", "valid"}:
        return UNKNOWN
    if extra is not None:
        overlap = kernel // 2 if padding == "same" else 0
        return (dim - 1) * stride + kernel - 2 * overlap + extra
    if padding == "same":
        return dim * stride
    beyond = kernel - stride
    return dim * stride + max(beyond, 0) if isinstance(beyond, int) else UNKNOWN


def _depthwise(rank: int) -> ShapeRule:
    def rule(call: Call, shape: Shape) -> Shape:
        """https://keras.io/api/layers/convolution_layers/depthwise_convolution2d."""
        first = call.channels_first()
        channels: Dim = UNKNOWN
        if shape.dims is not None and first is not None:
            channels = shape.dims[1 if first else -1] * call.integer("depth_multiplier")
        window = dilated(call.window("kernel_size", rank), call.window("dilation_rate", rank))
        return slid(call, shape, window, call.window("strides", rank), channels)

    return rule


def _separable(rank: int) -> ShapeRule:
    def rule(call: Call, shape: Shape) -> Shape:
        """https://keras.io/api/layers/convolution_layers/separable_convolution2d."""
        window = dilated(call.window("kernel_size", rank), call.window("dilation_rate", rank))
        return slid(call, shape, window, call.window("strides", rank), call.integer("filters"))

    return rule


_PADDINGS: Final = frozenset({"same", "valid"})


def _check_padding(words: frozenset[str]) -> Check:
    def check(call: Call) -> None:
        """Keras takes these words in any case, and checks them when the layer is made."""
        word = call.text("padding")
        check_word("padding", None if word is None else word.lower(), words)

    return check


def _register(rank: int) -> None:
    ones, takes = _ones(rank), Takes(rank=rank + 2, fixed=channel_axis)
    start = f"filters, kernel_size, strides={ones}, padding='valid'"
    layer(
        f"Conv{rank}D Convolution{rank}D",
        f"{start}, data_format=None, dilation_rate={ones}, groups=1, activation=None, {_REGULARIZED}",
        takes,
        _check_padding(_PADDINGS | {"causal"} if rank == 1 else _PADDINGS),
    )(_convolution(rank))
    formats = "output_padding=None, data_format=None" if rank < 3 else "data_format=None, output_padding=None"
    layer(
        f"Conv{rank}DTranspose Convolution{rank}DTranspose",
        f"{start}, {formats}, dilation_rate={ones}, activation=None, {_REGULARIZED}",
        takes,
        _check_padding(_PADDINGS),
    )(_transposed(rank))
    if rank == 3:
        return
    plain = {"pointwise_initializer": "", "pointwise_regularizer": "", "pointwise_constraint": ""}
    pointwise = {
        "pointwise_initializer": "pointwise_initializer='glorot_uniform', ",
        "pointwise_regularizer": "pointwise_regularizer=None, ",
        "pointwise_constraint": "pointwise_constraint=None, ",
    }
    layer(
        f"DepthwiseConv{rank}D",
        f"kernel_size, strides={ones}, padding='valid', depth_multiplier=1, data_format=None, "
        f"dilation_rate={ones}, activation=None, use_bias=True, {_DEPTHWISE.format(**plain)}",
        takes,
        _check_padding(_PADDINGS),
    )(_depthwise(rank))
    layer(
        f"SeparableConv{rank}D SeparableConvolution{rank}D",
        f"{start}, data_format=None, dilation_rate={ones}, depth_multiplier=1, activation=None, use_bias=True, "
        f"{_DEPTHWISE.format(**pointwise)}",
        takes,
        _check_padding(_PADDINGS),
    )(_separable(rank))


for _rank in (1, 2, 3):
    _register(_rank)
