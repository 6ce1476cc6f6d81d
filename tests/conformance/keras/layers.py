"""Which constructor arguments and inputs to draw for which layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.draw import Draw


@dataclass(frozen=True)
class Drawn:
    """One layer and one call of it: keyword arguments of the constructor, and the shapes of its inputs.

    ``several`` tells that the layer takes a list of inputs even if there is one.
    """

    arguments: dict[str, Any]
    inputs: list[list[int]]
    several: bool = False
    dtype: str = "float32"


Source = Callable[[Draw], Drawn]
LAYERS: dict[str, Source] = {}


def layers(names: str) -> Callable[[Source], Source]:
    """Register the decorated function as the source of calls of ``names``."""

    def register(source: Source) -> Source:
        LAYERS.update(dict.fromkeys(names.split(), source))
        return source

    return register


def _one(dims: list[int], **arguments: Any) -> Drawn:
    return Drawn(arguments, [dims])


def _ranked(draw: Draw, rank: int, low: int = 1, high: int = 6) -> list[int]:
    """Return sizes for ``rank`` axes, now and then for one more or less."""
    wrong = draw.choice([-1, 1]) if draw.wrong() else 0
    return [draw.integer(low, high) for _ in range(max(rank + wrong, 1))]


def _window(draw: Draw, rank: int, high: int = 3) -> Any:
    sizes = tuple(draw.integer(1, high) for _ in range(rank))
    return sizes[0] if draw.chance() else sizes


@layers("Dense")
def dense(draw: Draw) -> Drawn:
    return _one(draw.positive_dims(1, 4), units=draw.integer(1, 5), use_bias=draw.flag())


@layers("Embedding")
def embedding(draw: Draw) -> Drawn:
    return Drawn({"input_dim": 5, "output_dim": draw.integer(1, 4)}, [draw.positive_dims(1, 3)], dtype="int32")


@layers("Flatten Identity Masking")
def flatten(draw: Draw) -> Drawn:
    return _one(draw.positive_dims(2, 5))


@layers("ReLU LeakyReLU ELU Softmax UnitNormalization LayerNormalization BatchNormalization")
def keeping(draw: Draw) -> Drawn:
    return _one(draw.positive_dims(2, 4))


@layers("GaussianNoise")
def noise(draw: Draw) -> Drawn:
    return _one(draw.positive_dims(2, 4), stddev=0.1)


@layers("Dropout GaussianDropout AlphaDropout")
def dropout(draw: Draw) -> Drawn:
    return _one(draw.positive_dims(1, 4), rate=0.5)


@layers("Activation")
def activation(draw: Draw) -> Drawn:
    return _one(draw.positive_dims(2, 4), activation=draw.choice(["relu", "tanh", "softmax"]))


@layers("Rescaling")
def rescaling(draw: Draw) -> Drawn:
    return _one(draw.positive_dims(2, 4), scale=0.5)


def _spatial_dropout(rank: int) -> Source:
    return lambda draw: _one(_ranked(draw, rank + 2), rate=0.5)


@layers("Reshape")
def reshape(draw: Draw) -> Drawn:
    dims = draw.positive_dims(2, 4)
    target = list(dims[1:])
    draw.rng.shuffle(target)
    if len(target) > 1 and draw.chance():
        target[:2] = [target[0] * target[1]]
    if draw.chance():
        target[draw.integer(0, len(target) - 1)] = -1
    if draw.wrong():
        target.append(2)
    return _one(dims, target_shape=tuple(target))


@layers("Permute")
def permute(draw: Draw) -> Drawn:
    dims = _ranked(draw, draw.integer(2, 4), 1, 4)
    order = list(range(1, max(len(dims), 2)))
    draw.rng.shuffle(order)
    if draw.wrong():
        order.append(len(order) + 1)
    return Drawn({"dims": tuple(order)}, [dims])


@layers("RepeatVector")
def repeat_vector(draw: Draw) -> Drawn:
    return _one(_ranked(draw, 2), n=draw.integer(1, 4))


def _convolution(rank: int, *, transposed: bool = False, depthwise: bool = False, separable: bool = False) -> Source:
    def source(draw: Draw) -> Drawn:
        arguments: dict[str, Any] = {"kernel_size": _window(draw, rank)}
        if not depthwise:
            arguments["filters"] = draw.integer(1, 4)
        if depthwise or separable:
            arguments["depth_multiplier"] = draw.integer(1, 2)
        # TensorFlow strides along all axes alike for depthwise kernels, and not with dilation.
        if draw.chance():
            arguments["strides"] = draw.integer(1, 2) if depthwise or separable else _window(draw, rank, 2)
        elif draw.chance(3) and not transposed and not depthwise and not separable:
            arguments["dilation_rate"] = _window(draw, rank, 2)
        arguments["padding"] = draw.choice(["valid", "same"])
        return _one(_ranked(draw, rank + 2, 1, 7), **arguments)

    return source


for _rank in (1, 2, 3):
    LAYERS[f"Conv{_rank}D"] = _convolution(_rank)
    LAYERS[f"Conv{_rank}DTranspose"] = _convolution(_rank, transposed=True)
    if _rank < 3:
        LAYERS[f"DepthwiseConv{_rank}D"] = _convolution(_rank, depthwise=True)
        LAYERS[f"SeparableConv{_rank}D"] = _convolution(_rank, separable=True)


def _pooling(rank: int) -> Source:
    def source(draw: Draw) -> Drawn:
        arguments: dict[str, Any] = {"pool_size": _window(draw, rank), "padding": draw.choice(["valid", "same"])}
        if draw.chance():
            arguments["strides"] = _window(draw, rank, 2)
        return _one(_ranked(draw, rank + 2, 1, 7), **arguments)

    return source


def _global(rank: int) -> Source:
    return lambda draw: _one(_ranked(draw, rank + 2, 1, 4), keepdims=draw.flag())


def _padding(name: str, rank: int) -> Source:
    def source(draw: Draw) -> Drawn:
        dims = _ranked(draw, rank + 2, 2, 6)
        pairs = tuple((draw.integer(0, 2), draw.integer(0, 2)) for _ in range(rank))
        amount: Any = draw.choice([draw.integer(0, 2), pairs[0] if rank == 1 else pairs, tuple(a for a, _ in pairs)])
        if rank == 1 and isinstance(amount, tuple) and len(amount) == 1:
            amount = amount[0]
        return _one(dims, **{name: amount})

    return source


def _upsampling(rank: int) -> Source:
    def source(draw: Draw) -> Drawn:
        size = draw.integer(1, 3) if rank == 1 else _window(draw, rank)
        return _one(_ranked(draw, rank + 2, 1, 4), size=size)

    return source


for _rank in (1, 2, 3):
    for _kind in ("Max", "Average"):
        LAYERS[f"{_kind}Pooling{_rank}D"] = _pooling(_rank)
        LAYERS[f"Global{_kind}Pooling{_rank}D"] = _global(_rank)
    LAYERS[f"ZeroPadding{_rank}D"] = _padding("padding", _rank)
    LAYERS[f"Cropping{_rank}D"] = _padding("cropping", _rank)
    LAYERS[f"SpatialDropout{_rank}D"] = _spatial_dropout(_rank)
    LAYERS[f"UpSampling{_rank}D"] = _upsampling(_rank)


@layers("LSTM GRU SimpleRNN")
def recurrent(draw: Draw) -> Drawn:
    flags = {"return_sequences": draw.flag(), "return_state": draw.flag()}
    return _one(_ranked(draw, 3, 1, 4), units=draw.integer(1, 3), **flags)


@layers("Add Multiply Average Maximum Minimum")
def merging(draw: Draw) -> Drawn:
    dims = draw.positive_dims(2, 4)
    others = [[dims[0], *(1 if draw.chance(4) else dim for dim in dims[1:])] for _ in range(2)]
    if draw.wrong():
        others[0][-1] += 1
    return Drawn({}, [dims, *others], several=True)


@layers("Subtract")
def subtract(draw: Draw) -> Drawn:
    drawn = merging(draw)
    return Drawn({}, drawn.inputs[:2], several=True)


@layers("Concatenate")
def concatenate(draw: Draw) -> Drawn:
    dims = draw.positive_dims(2, 4)
    axis = draw.integer(1, len(dims) - 1)
    other = [max(dim, 1) for dim in draw.disturbed(dims)]
    if axis < len(other):
        other[axis] = draw.integer(1, 4)
    return Drawn({"axis": axis if draw.chance() else axis - len(dims)}, [dims, other], several=True)


@layers("Dot")
def dot(draw: Draw) -> Drawn:
    left = [3, *draw.positive_dims(1, 2)]
    right = [3, *draw.positive_dims(1, 2)]
    axes = (draw.integer(1, len(left) - 1), draw.integer(1, len(right) - 1))
    if not draw.wrong():
        right[axes[1]] = left[axes[0]]
    return Drawn({"axes": axes}, [left, right], several=True)


@layers("Attention AdditiveAttention")
def attention(draw: Draw) -> Drawn:
    batch, width = draw.integer(1, 3), draw.integer(1, 4)
    return Drawn({}, [[batch, draw.integer(1, 4), width], [batch, draw.integer(1, 4), width]], several=True)


@layers("Resizing CenterCrop RandomCrop")
def resizing(draw: Draw) -> Drawn:
    dims = [draw.integer(4, 6) for _ in range(4)] if draw.chance() else [draw.integer(4, 6) for _ in range(3)]
    return _one(dims, height=draw.integer(1, 3), width=draw.integer(1, 3))


@layers("RandomFlip")
def flip(draw: Draw) -> Drawn:
    return _one([draw.integer(1, 4) for _ in range(4)])
