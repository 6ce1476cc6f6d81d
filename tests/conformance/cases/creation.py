"""Arguments of functions that make tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw


def _shape(draw: Draw) -> Any:
    dims = draw.dims()
    if draw.chance(4):
        return tf.constant(dims, tf.int32)
    if draw.chance(6):
        return draw.size()
    return tuple(dims) if draw.chance() else dims


@case("tf.ones tf.zeros")
def ones(draw: Draw) -> Call:
    return Call((_shape(draw),), {"dtype": draw.choice([tf.float64, "int32", tf.bool])} if draw.chance() else {})


@case("tf.fill")
def fill(draw: Draw) -> tuple[Any, ...]:
    return draw.dims(), draw.choice([1, 0.5, True, draw.tensor([])])


def _nested(draw: Draw, dims: list[int]) -> Any:
    if not dims:
        return draw.choice([1.0, 2, 0.5])
    return [_nested(draw, dims[1:]) for _ in range(dims[0])]


@case("tf.constant tf.convert_to_tensor tf.Variable")
def constant(draw: Draw) -> Call:
    kind = draw.integer(0, 3)
    if kind == 0:
        return Call((draw.array(dtype=draw.dtype("float64", "int64", "float32")),))
    if kind == 1:
        return Call((draw.choice([1, 0.5, True, "text"]),))
    value = _nested(draw, draw.positive_dims(0, 3))
    return Call((value,), {"dtype": draw.choice([tf.float64, "float32"])} if draw.chance() else {})


@case("tf.constant")
def ragged_constant(draw: Draw) -> tuple[Any, ...]:
    rows = [[0.5] * draw.integer(1, 2) for _ in range(3)]
    return (rows,)


@case("tf.constant")
def shaped_constant(draw: Draw) -> Call:
    dims = draw.positive_dims(0, 3)
    value = draw.choice([0.5, 1]) if draw.chance() else draw.array(draw.disturbed(dims))
    return Call((value,), {"shape": dims})


@case("tf.convert_to_tensor")
def converted_tensor(draw: Draw) -> Call:
    return Call((draw.tensor(dtype=draw.dtype("float32", "int32")),), {"dtype": draw.choice([None, tf.float32])})


@case("tf.eye")
def eye(draw: Draw) -> Call:
    keywords: dict[str, Any] = {}
    if draw.chance():
        keywords["num_columns"] = draw.size()
    if draw.chance(3):
        keywords["batch_shape"] = draw.dims(0, 2)
    return Call((draw.size(),), keywords)


@case("tf.range")
def range_(draw: Draw) -> tuple[Any, ...]:
    kind = draw.integer(0, 3)
    if kind == 0:
        return (draw.integer(0, 6),)
    if kind == 1:
        return (draw.integer(-2, 3), draw.integer(3, 7), draw.choice([1, 2, 3]))
    if kind == 2:
        return (0.0, draw.choice([1.0, 2.5, 3]), draw.choice([0.5, 1]))
    return (tf.constant(draw.integer(0, 5), draw.choice([tf.int32, tf.int64])),)


@case("tf.linspace", misses="numbers of points below one")
def linspace(draw: Draw) -> Call:
    dims = draw.positive_dims(0, 2)
    if not dims:
        return Call((0.0, 1.0, draw.integer(1, 5)))
    return Call(
        (draw.tensor(dims), draw.tensor(draw.partner(dims)), draw.integer(1, 5)), {"axis": draw.axis(len(dims), 1)}
    )


@case("tf.one_hot")
def one_hot(draw: Draw) -> Call:
    dims = draw.dims(0, 3)
    keywords: dict[str, Any] = {}
    if draw.chance():
        keywords["axis"] = draw.axis(len(dims), extra=1)
    if draw.chance(3):
        keywords["dtype"] = tf.int32
    return Call((draw.tensor(dims, draw.dtype("int32", "int64")), draw.integer(0, 4)), keywords)


@case("tf.sequence_mask", symbolic=False)
def sequence_mask(draw: Draw) -> Call:
    return Call((draw.tensor(draw.positive_dims(0, 2), "int32"),), {"maxlen": 4} if draw.chance() else {})


def _parameter(draw: Draw, dims: list[int]) -> Any:
    return 0.5 if draw.chance() else draw.tensor(draw.partner(dims))


@case("tf.random.normal tf.random.truncated_normal tf.random.uniform")
def random_sample(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    if draw.chance():
        return (tf.constant(dims, tf.int32) if draw.chance(3) else dims,)
    return dims, _parameter(draw, dims), _parameter(draw, dims)


@case("tf.random.stateless_normal tf.random.stateless_truncated_normal tf.random.stateless_uniform")
def stateless_sample(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return dims, [1, 2], _parameter(draw, dims), _parameter(draw, dims)


@case("tf.random.gamma tf.random.poisson")
def gamma(draw: Draw) -> tuple[Any, ...]:
    return draw.dims(0, 2), draw.tensor(draw.dims(0, 2))


@case("tf.random.gamma")
def gamma_of_two(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(0, 2)
    return draw.dims(0, 2), draw.tensor(dims), draw.tensor(draw.partner(dims))


@case("tf.random.stateless_gamma")
def stateless_gamma(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(0, 3)
    return dims, [1, 2], draw.tensor(draw.partner(dims))


@case("tf.random.categorical")
def categorical(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor(draw.positive_dims(1 if draw.wrong() else 2, 2)), draw.integer(0, 3)


@case("tf.random.shuffle")
def shuffle(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(),)


@case("Variable.assign Variable.assign_add Variable.assign_sub")
def assign(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return tf.Variable(draw.tensor(dims)), draw.tensor(draw.partner(dims))


@case("Variable.read_value Variable.value Tensor.numpy Tensor.get_shape")
def receiver(draw: Draw) -> tuple[Any, ...]:
    return (tf.Variable(draw.tensor()),)
