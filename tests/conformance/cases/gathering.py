"""Arguments of functions that read and write by index, and of losses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw


@case("tf.gather")
def gather(draw: Draw) -> Call:
    dims = [draw.integer(3, 5) for _ in range(draw.integer(0 if draw.wrong() else 1, 3))]
    return Call(
        (draw.tensor(dims), draw.tensor(draw.dims(0, 2), "int32")),
        {"axis": draw.axis(len(dims))} if draw.chance() else {},
    )


@case("tf.gather")
def batch_gather(draw: Draw) -> Call:
    batch = [draw.integer(1, 3)]
    params = draw.tensor([*batch, draw.integer(3, 4), *draw.dims(0, 1)])
    indices = draw.tensor([*(draw.disturbed(batch) or batch), *draw.dims(0, 1)], "int32")
    return Call((params, indices), {"batch_dims": 1, "axis": 1} if draw.chance() else {"batch_dims": 1})


@case("tf.gather_nd")
def gather_nd(draw: Draw) -> tuple[Any, ...]:
    dims = [draw.integer(3, 4) for _ in range(draw.integer(1, 3))]
    depth = len(dims) + 1 if draw.wrong() else draw.integer(1, len(dims))
    return draw.tensor(dims), draw.tensor([*draw.positive_dims(0, 2), depth], "int32")


@case("tf.nn.embedding_lookup")
def embedding_lookup(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor([draw.integer(3, 5), *draw.dims(0, 2)]), draw.tensor(draw.dims(0, 3), "int32")


@case("tf.scatter_nd")
def scatter_nd(draw: Draw) -> tuple[Any, ...]:
    # Updates that do not fit abort the process in TensorFlow 2.21, so all of these fit.
    dims = [draw.integer(3, 4) for _ in range(draw.integer(1, 3))]
    depth = draw.integer(1, len(dims))
    outer = draw.positive_dims(1, 2)
    return draw.tensor([*outer, depth], "int32"), draw.tensor([*outer, *dims[depth:]]), dims


@case("tf.tensor_scatter_nd_add tf.tensor_scatter_nd_update tf.tensor_scatter_nd_max tf.tensor_scatter_nd_sub")
def tensor_scatter(draw: Draw) -> tuple[Any, ...]:
    indices, updates, dims = scatter_nd(draw)
    return draw.tensor(dims), indices, updates


@case("tf.math.unsorted_segment_sum tf.math.unsorted_segment_mean tf.math.unsorted_segment_max")
def unsorted_segment(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(1, 3)
    ids = draw.disturbed(dims[: draw.integer(1, len(dims))])
    return draw.tensor(dims), draw.tensor(ids, "int32"), 3


@case("tf.math.segment_sum tf.math.segment_mean")
def segment(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(1, 3)
    ids = sorted(draw.integer(0, 2) for _ in range((draw.disturbed(dims[:1]) or [2])[0]))
    return draw.tensor(dims), tf.constant(ids, tf.int32)


@case("tf.searchsorted")
def searchsorted(draw: Draw) -> tuple[Any, ...]:
    batch = draw.positive_dims(0, 2)
    return draw.tensor([*batch, draw.integer(1, 3)]), draw.tensor([*batch, draw.integer(1, 3)])


@case("tf.unique")
def unique(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.dims(1, 2 if draw.wrong() else 1)),)


@case("tf.nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy(draw: Draw) -> Call:
    dims = draw.dims()
    return Call((), {"labels": draw.tensor(draw.disturbed(dims)), "logits": draw.tensor(dims)})


@case("tf.nn.weighted_cross_entropy_with_logits")
def weighted_cross_entropy(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(draw.disturbed(dims)), draw.tensor(dims), 2.0


@case("tf.nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy(draw: Draw) -> Call:
    dims = draw.positive_dims(1, 3)
    labels = draw.tensor(draw.disturbed(dims))
    return Call((labels, draw.tensor(dims)), {"axis": draw.axis(len(dims))} if draw.chance(3) else {})


@case("tf.nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy(draw: Draw) -> Call:
    batch = draw.positive_dims(0, 3)
    labels = draw.tensor(draw.disturbed(batch), "int32")
    return Call((), {"labels": labels, "logits": draw.tensor([*batch, draw.integer(3, 5)])})


@case("tf.nn.log_poisson_loss")
def log_poisson_loss(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(draw.disturbed(dims)), draw.tensor(dims)


@case("tf.math.in_top_k")
def in_top_k(draw: Draw) -> tuple[Any, ...]:
    rows = draw.integer(1, 4)
    return draw.tensor(draw.disturbed([rows]), "int32"), draw.tensor([rows, 4]), 2


@case("tf.image.non_max_suppression")
def non_max_suppression(draw: Draw) -> tuple[Any, ...]:
    count = draw.integer(1, 4)
    boxes = draw.disturbed([count, 4])
    return draw.tensor(boxes), draw.tensor(draw.disturbed([count])), draw.integer(1, 3)


@case("tf.sets.intersection tf.sets.union tf.sets.difference", symbolic=False)
def sets(draw: Draw) -> tuple[Any, ...]:
    dims = [*draw.positive_dims(0, 2), draw.integer(1, 3)]
    return draw.tensor(dims, "int32"), draw.tensor(dims, "int32")


@case("tf.compat.v1.losses.softmax_cross_entropy tf.compat.v1.losses.sigmoid_cross_entropy")
@case("tf.compat.v1.losses.mean_squared_error tf.compat.v1.losses.absolute_difference tf.compat.v1.losses.log_loss")
@case("tf.compat.v1.losses.huber_loss")
def older_losses(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(2, 3)
    return draw.tensor(draw.disturbed(dims)), draw.tensor(dims)


@case("tf.compat.v1.losses.sparse_softmax_cross_entropy")
def older_sparse_loss(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(1, 2)
    labels = draw.disturbed([*dims, 1] if draw.chance() else dims)
    return draw.tensor(labels, "int32"), draw.tensor([*dims, 3])
