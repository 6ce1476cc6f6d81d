"""Pooling layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.keras.layer import Call, ShapeRule, Takes, layer
from tfgrad_lint.api.keras.windows import along_space, slid
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.shapes.dims import Dim


def _pooling(rank: int) -> ShapeRule:
    def rule(call: Call, shape: Shape) -> Shape:
        """https://keras.io/api/layers/pooling_layers."""
        window = call.window("pool_size", rank)
        strides = window if call.operation.is_none(call.argument("strides")) else call.window("strides", rank)
        return slid(call, shape, window, strides, None)

    return rule


def _global(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/pooling_layers/global_average_pooling2d: one value a channel."""
    first, keepdims = call.channels_first(), call.flag("keepdims")
    if shape.dims is None or first is None or keepdims is None:
        return UNKNOWN_SHAPE
    if keepdims:
        return along_space(shape, first=first, channels=None, size=lambda index, dim: 1)
    return Shape((shape.dims[0], shape.dims[1 if first else -1]))


def _adaptive(rank: int) -> ShapeRule:
    def rule(call: Call, shape: Shape) -> Shape:
        """https://keras.io/api/layers/pooling_layers: the output has the size that is asked for."""
        sizes = call.window("output_size", rank)

        def size(index: int, dim: Dim) -> Dim:
            return sizes[index]

        return along_space(shape, first=call.channels_first(), channels=None, size=size)

    return rule


def _register(rank: int) -> None:
    takes = Takes(rank=rank + 2)
    twos = "2" if rank == 1 else f"({', '.join(['2'] * rank)})"
    rest = "strides=None, padding='valid', data_format=None, name=None"
    layer(f"MaxPooling{rank}D MaxPool{rank}D", f"pool_size={twos}, {rest}", takes)(_pooling(rank))
    # Without a default in Keras 3, with that of MaxPooling in Keras 2.
    layer(f"AveragePooling{rank}D AvgPool{rank}D", f"pool_size={twos}, {rest}", takes)(_pooling(rank))
    for kind, other in (("Average", "Avg"), ("Max", "Max")):
        names = f"Global{kind}Pooling{rank}D Global{other}Pool{rank}D"
        layer(names, "data_format=None, keepdims=False", takes)(_global)
        layer(f"Adaptive{kind}Pooling{rank}D", "output_size, data_format=None", takes)(_adaptive(rank))


for _rank in (1, 2, 3):
    _register(_rank)
