"""Arguments of reductions and of functions that run along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw


def _reduced(draw: Draw, tensor: Any) -> Call:
    keywords = {} if draw.chance() else {"keepdims": draw.flag()}
    return Call((tensor, draw.axes(tensor.shape.rank)), keywords)


@case("tf.reduce_sum tf.reduce_mean tf.reduce_max tf.reduce_min tf.reduce_prod tf.math.count_nonzero")
def numeric(draw: Draw) -> Call:
    return _reduced(draw, draw.tensor(dtype=draw.dtype("float32", "float64", "int32")))


@case("tf.reduce_logsumexp tf.math.reduce_std tf.math.reduce_variance tf.math.reduce_euclidean_norm")
def floating(draw: Draw) -> Call:
    return _reduced(draw, draw.tensor(dtype=draw.dtype("float32", "float64")))


@case("tf.math.reduce_std tf.math.reduce_variance")
def complex_floating(draw: Draw) -> Call:
    return _reduced(draw, draw.tensor(dtype="complex64"))


@case("tf.reduce_all tf.reduce_any")
def logical(draw: Draw) -> Call:
    return _reduced(draw, draw.tensor(dtype="bool"))


@case("tf.norm")
def norm(draw: Draw) -> Call:
    tensor = draw.tensor(dtype=draw.dtype("float32", "float32", "complex64"))
    axis = None if draw.chance(4) else draw.axis(tensor.shape.rank)
    return Call((tensor,), {"axis": axis, "keepdims": draw.flag()})


@case("tf.argmax tf.argmin")
def argument(draw: Draw) -> Call:
    tensor = draw.tensor(draw.positive_dims())
    return Call((tensor,), {} if draw.chance(3) else {"axis": draw.axis(tensor.shape.rank)})


@case("tf.cumsum tf.math.cumprod tf.math.cumulative_logsumexp")
def cumulative(draw: Draw) -> Call:
    tensor = draw.tensor(draw.positive_dims(1, 4))
    return Call((tensor,), {} if draw.chance(3) else {"axis": draw.axis(tensor.shape.rank)})


@case("tf.math.zero_fraction tf.nn.l2_loss")
def to_scalar(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(),)


@case("tf.math.lbeta")
def lbeta(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.dims(1, 4)),)


@case("tf.nn.moments")
def moments(draw: Draw) -> Call:
    tensor = draw.tensor()
    rank = tensor.shape.rank
    axes = [draw.axis(rank) for _ in range(draw.integer(1, 2))]
    return Call((tensor, axes), {"keepdims": draw.flag()})


@case("tf.nn.weighted_moments", misses="weights that do not broadcast")
def weighted_moments(draw: Draw) -> Call:
    tensor = draw.tensor(draw.positive_dims(1, 3))
    return Call(
        (tensor, [draw.integer(0, tensor.shape.rank - 1)], draw.tensor(tensor.shape)), {"keepdims": draw.flag()}
    )


@case("tf.sort tf.argsort")
def sort(draw: Draw) -> Call:
    tensor = draw.tensor(draw.positive_dims(1, 4))
    return Call((tensor,), {"axis": draw.axis(tensor.shape.rank)} if draw.chance() else {})


@case("tf.math.top_k")
def top_k(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(0 if draw.wrong() else 1, 4)
    last = dims[-1] if dims else 1
    return draw.tensor(dims), last + 1 if draw.wrong() else draw.integer(0, last)
