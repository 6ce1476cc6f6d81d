"""Arguments of functions that call functions, of ``tf.nest`` and of ``tf.compat.v1``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tests.conformance.case import case
from tests.conformance.oracle import Call
from tests.conformance.twin import Twin

if TYPE_CHECKING:
    from tests.conformance.draw import Draw

_STEPS = ("tf.reduce_sum", "tf.square", "tf.shape", "tf.identity", "tf.nn.relu")


@case("tf.map_fn tf.vectorized_map")
def mapped(draw: Draw) -> tuple[Any, ...]:
    return Twin(draw.choice(["tf.reduce_sum", "tf.square", "tf.identity"])), draw.tensor([3, *draw.positive_dims(0, 2)])


@case("tf.scan tf.foldl tf.foldr")
def scanned(draw: Draw) -> Call:
    inner = draw.positive_dims(0, 2)
    elems = draw.tensor([draw.integer(1, 3), *inner])
    start = {"initializer": draw.tensor(inner)} if draw.chance() else {}
    return Call((Twin(draw.choice(["tf.add", "tf.maximum"])), elems), start)


@case("tf.while_loop")
def loop(draw: Draw) -> Call:
    state = [draw.tensor(), draw.tensor()]
    body = Twin(draw.choice(["tf.square", "tf.reduce_sum", "tf.transpose"]), several=True)
    return Call((lambda *_: True, body, state), {"maximum_iterations": draw.integer(0, 3)})


@case("tf.nest.flatten")
def flatten(draw: Draw) -> tuple[Any, ...]:
    return ([draw.tensor(), (draw.tensor(), {"b": draw.tensor(), "a": 1})],)


@case("tf.nest.map_structure")
def map_structure(draw: Draw) -> tuple[Any, ...]:
    structure = {"b": draw.tensor(), "a": [draw.tensor(), draw.tensor()]}
    return Twin(draw.choice(_STEPS)), structure


@case("tf.__internal__.nest.map_structure_up_to", misses="structures that differ")
def map_structure_up_to(draw: Draw) -> tuple[Any, ...]:
    structure = {"b": draw.tensor(), "a": [draw.tensor(), draw.tensor()]}
    other = {"b": 1, "c": 2} if draw.wrong() else {"a": [1, 2], "b": 1}
    return other, Twin(draw.choice(_STEPS)), structure


@case("tf.__internal__.nest.flatten_up_to", misses="structures that differ")
def flatten_up_to(draw: Draw) -> tuple[Any, ...]:
    shallow = (1, [2, 3]) if draw.wrong() else (1, [2])
    return shallow, (draw.tensor(), [(draw.tensor(), draw.tensor())])


@case("tf.nest.pack_sequence_as")
def pack_sequence_as(draw: Draw) -> tuple[Any, ...]:
    return {"b": 1, "a": [2, 3]}, [draw.tensor(), draw.tensor(), draw.tensor()]


@case("tf.nest.is_nested")
def is_nested(draw: Draw) -> tuple[Any, ...]:
    return (draw.choice([[1], (), {}, 3, draw.tensor()]),)


@case("tf.compat.v1.reduce_sum tf.compat.v1.reduce_mean tf.compat.v1.reduce_max")
def older_reduction(draw: Draw) -> Call:
    tensor = draw.tensor()
    name = draw.choice(["axis", "reduction_indices"])
    keywords = {name: draw.axis(tensor.shape.rank)}
    if draw.chance():
        keywords[draw.choice(["keep_dims", "keepdims"])] = draw.flag()
    return Call((tensor,), keywords)


@case("tf.compat.v1.squeeze tf.compat.v1.expand_dims")
def older_axis(draw: Draw) -> Call:
    return Call((draw.tensor([1, draw.integer(2, 3), 1]),), {"axis": draw.choice([0, 2, -1, 5])})


@case("tf.compat.v1.where")
def older_where(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(1, 3)
    condition = dims[:1] if draw.chance() else dims
    return draw.tensor(condition, "bool"), draw.tensor(dims), draw.tensor(dims)


@case("tf.compat.v1.log tf.compat.v1.ceil tf.compat.v1.reciprocal tf.compat.v1.zeros_like tf.compat.v1.shape")
def older_unary(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(),)


@case("tf.compat.v1.transpose tf.compat.v1.size tf.compat.v1.nn.softmax tf.compat.v1.matrix_inverse")
def older_matrix(draw: Draw) -> tuple[Any, ...]:
    size = draw.integer(1, 3)
    return (draw.tensor([size, size]) + 2 * tf.eye(size),)


@case("tf.compat.v1.div")
def older_division(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    dtype = draw.dtype("float32", "int32")
    return draw.tensor(dims, dtype), tf.ones(draw.partner(dims), dtype)


@case("tf.compat.v1.nn.conv2d")
def older_convolution(draw: Draw) -> Call:
    own = draw.integer(1, 3)
    taken = own + 1 if draw.wrong() else own
    keywords = {"filter": draw.tensor([2, 2, taken, 3]), "strides": [1, 1, 1, 1], "padding": "SAME"}
    return Call((draw.tensor([2, 4, 4, own]),), keywords)


@case("tf.compat.v1.gather")
def older_gather(draw: Draw) -> Call:
    return Call((draw.tensor([3, 4]), draw.tensor(draw.dims(0, 2), "int32")), {"axis": draw.axis(2)})
