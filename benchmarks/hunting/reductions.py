"""Reductions, scans, sorting, and everything that picks, places or moves entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from hunting.case import at, complex_normal, normal, uniform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hunting.case import Case

REDUCTIONS = "sum mean prod max min logsumexp std variance euclidean_norm".split()
SEGMENTS = "sum mean prod max min".split()
SPARSE_SEGMENTS = "sum mean sqrt_n".split()
IDS = [0, 0, 2, 2, 2]  # 1 is empty
UNSORTED = [2, 0, 2, -1, 0]
ROWS = [0, 3, 3, 1]  # 3 twice
POINTS = [[0], [2], [2]]


def reductions() -> Iterator[Case]:
    """Over axes."""
    for name in REDUCTIONS:
        function = getattr(tf.math, f"reduce_{name}")
        zeros = np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 3.0]])
        points = {"zeros": zeros} if name not in ("std", "euclidean_norm") else {"size 1": uniform(2, 1)}
        ties = {"ties": np.array([[1.0, 1.0, 0.5], [2.0, 2.0, 2.0]])}
        yield from at(f"tf.reduce_{name}", function, ordinary=uniform(2, 3), zero_vector=np.zeros(3), **points, **ties)
        yield from at(
            f"tf.reduce_{name}(axis=-1)",
            lambda x, f=function: f(x, axis=-1),
            ordinary=uniform(2, 3),
            empty=np.zeros((2, 0)),
            **ties,
        )
        yield from at(
            f"tf.reduce_{name}(axis=[-1, 0])",
            lambda x, f=function: f(x, axis=[-1, 0], keepdims=True),
            ordinary=uniform(2, 3, 2),
        )
        if name in ("sum", "mean", "prod", "std", "variance", "euclidean_norm"):
            yield from at(f"tf.reduce_{name} (complex)", function, ordinary=complex_normal(2, 3))
    yield from at("tf.reduce_prod", tf.reduce_prod, one_zero=[0.0, 2.0, 3.0])
    for name in ("cumsum", "cumprod"):
        yield from at(f"tf.math.{name} (complex)", getattr(tf.math, name), ordinary=complex_normal(3))
    for exclusive in (False, True):
        for reverse in (False, True):
            for name in ("cumsum", "cumprod", "cumulative_logsumexp"):
                function = getattr(tf.math, name)
                yield from at(
                    f"tf.math.{name}(exclusive={exclusive}, reverse={reverse}, axis=-1)",
                    lambda x, f=function, e=exclusive, r=reverse: f(x, axis=-1, exclusive=e, reverse=r),
                    ordinary=uniform(2, 4),
                    zero=[[0.5, 0.0, 2.0, 3.0]],
                    two_zeros=[[0.5, 0.0, 0.0, 3.0]],
                    size_1=[[0.5]],
                )
    yield from at("tf.math.l2_normalize", tf.math.l2_normalize, ordinary=normal(4), zeros=np.zeros(3))
    yield from at("tf.norm", tf.norm, ordinary=normal(4), complex=complex_normal(3))
    for order in (1, 3.5, np.inf):
        yield from at(
            f"tf.norm(ord={order})", lambda x, o=order: tf.norm(x, ord=o), ordinary=normal(4), with_zero=[0.0, 2.0, 1.0]
        )
    yield from at("tf.nn.moments", lambda x: tf.nn.moments(x, [0]), ordinary=normal(3, 2), size_1=normal(1, 2))
    yield from at(
        "tf.nn.weighted_moments", lambda x, w: tf.nn.weighted_moments(x, [0], w), ordinary=(normal(3, 2), uniform(3, 2))
    )
    yield from at(
        "tf.math.zero_fraction*x", lambda x: x * tf.cast(tf.math.zero_fraction(x), x.dtype), ordinary=normal(3)
    )
    yield from at("tf.add_n", lambda x, y: tf.add_n([x, y, x]), ordinary=(normal(3), normal(3)))
    yield from at("tf.math.accumulate_n", lambda x, y: tf.math.accumulate_n([x, y, x]), ordinary=(normal(3), normal(3)))


def segments() -> Iterator[Case]:
    """Over segments."""
    zeros = {"zeros": np.array([[0.0], [2.0], [0.0], [0.0], [3.0]]), "ties": np.ones((5, 1))}
    for name in SEGMENTS:
        sorted_ids, unsorted = getattr(tf.math, f"segment_{name}"), getattr(tf.math, f"unsorted_segment_{name}")
        yield from at(f"tf.math.segment_{name}", lambda x, f=sorted_ids: f(x, IDS), ordinary=normal(5, 2), **zeros)
        yield from at(
            f"tf.math.unsorted_segment_{name}", lambda x, f=unsorted: f(x, UNSORTED, 4), ordinary=normal(5, 2), **zeros
        )
    for name in ("sum", "prod"):
        sorted_ids, unsorted = getattr(tf.math, f"segment_{name}"), getattr(tf.math, f"unsorted_segment_{name}")
        points = {"ordinary": complex_normal(5, 2)}
        yield from at(f"tf.math.segment_{name} (complex)", lambda x, f=sorted_ids: f(x, IDS), **points)
        yield from at(f"tf.math.unsorted_segment_{name} (complex)", lambda x, f=unsorted: f(x, UNSORTED, 4), **points)
    yield from at(
        "tf.math.unsorted_segment_sqrt_n",
        lambda x: tf.math.unsorted_segment_sqrt_n(x, UNSORTED, 4),
        ordinary=normal(5, 2),
    )
    for name in SPARSE_SEGMENTS:
        function = getattr(tf.sparse, f"segment_{name}")
        yield from at(
            f"tf.sparse.segment_{name}", lambda x, f=function: f(x, ROWS, [0, 0, 1, 3]), ordinary=normal(5, 2)
        )
        yield from at(
            f"tf.sparse.segment_{name}(num_segments)",
            lambda x, f=function: f(x, ROWS, [0, 0, 1, 3], num_segments=6),
            ordinary=normal(5, 2),
        )


def picking() -> Iterator[Case]:
    """Gather, scatter, order."""
    x, rank3 = normal(5, 2), normal(2, 3, 4)
    yield from at("tf.gather", lambda x: tf.gather(x, ROWS), ordinary=x, size_1=normal(5, 1))
    yield from at("tf.gather(axis=-1)", lambda x: tf.gather(x, [0, 1, 1], axis=-1), ordinary=x)
    yield from at("tf.gather(batch_dims=1)", lambda x: tf.gather(x, [[0, 0], [2, 1]], batch_dims=1), ordinary=rank3)
    yield from at(
        "tf.gather(axis=2, batch_dims=1)",
        lambda x: tf.gather(x, [[0, 0], [2, 1]], axis=2, batch_dims=1),
        ordinary=rank3,
    )
    yield from at("tf.gather (empty)", lambda x: tf.gather(x, tf.zeros([0], tf.int32)), ordinary=x)
    yield from at("tf.gather_nd", lambda x: tf.gather_nd(x, [[0, 1], [4, 0], [0, 1]]), ordinary=x)
    yield from at("tf.gather_nd(batch_dims=1)", lambda x: tf.gather_nd(x, [[[0]], [[2]]], batch_dims=1), ordinary=rank3)
    yield from at("tf.scatter_nd", lambda u: tf.scatter_nd(POINTS, u, [4, 2]), duplicates=normal(3, 2))
    for name in ("add", "sub", "update", "max", "min"):
        function = getattr(tf, f"tensor_scatter_nd_{name}")
        yield from at(
            f"tf.tensor_scatter_nd_{name}",
            lambda t, u, f=function: f(t, [[0], [2]], u),
            ordinary=(normal(4, 2), normal(2, 2)),
            ties=(np.ones((4, 2)), np.ones((2, 2))),
        )
        yield from at(
            f"tf.tensor_scatter_nd_{name}",
            lambda t, u, f=function: f(t, POINTS, u),
            duplicates=(normal(4, 2), normal(3, 2)),
        )
    yield from at("tf.nn.embedding_lookup", lambda t: tf.nn.embedding_lookup(t, ROWS, max_norm=1.0), ordinary=x)
    for combiner in ("sum", "mean", "sqrtn"):
        ids = tf.sparse.from_dense([[1, 2, 2], [4, 0, 0]])
        weights = tf.sparse.SparseTensor(ids.indices, [0.5, 1.5, 2.0, 3.0], ids.dense_shape)
        yield from at(
            f"tf.nn.embedding_lookup_sparse({combiner})",
            lambda t, c=combiner, i=ids: tf.nn.embedding_lookup_sparse(t, i, None, combiner=c),
            ordinary=x,
        )
        yield from at(
            f"tf.nn.embedding_lookup_sparse({combiner}, weights)",
            lambda t, w, c=combiner, i=ids: tf.nn.embedding_lookup_sparse(
                t, i, tf.sparse.SparseTensor(i.indices, w, i.dense_shape), combiner=c
            ),
            ordinary=(x, weights.values.numpy().astype(float)),
        )
    for k in (1, 3):
        yield from at(
            f"tf.math.top_k(k={k})",
            lambda x, k=k: tf.math.top_k(x, k).values,
            ordinary=normal(2, 5),
            ties=[[1.0, 1.0, 1.0, 0.5]],
        )
    yield from at(
        "tf.math.approx_max_k", lambda x: tf.math.approx_max_k(x, 2)[0], ordinary=normal(2, 5).astype(np.float32)
    )
    yield from at(
        "tf.math.approx_min_k", lambda x: tf.math.approx_min_k(x, 2)[0], ordinary=normal(2, 5).astype(np.float32)
    )
    yield from at(
        "tf.nn.nth_element",
        lambda x: tf.raw_ops.NthElement(input=x, n=1),
        ordinary=normal(2, 5),
        ties=[[1.0, 1.0, 1.0, 0.5]],
    )
    for direction in ("ASCENDING", "DESCENDING"):
        yield from at(
            f"tf.sort({direction})",
            lambda x, d=direction: tf.sort(x, direction=d),
            ordinary=normal(2, 5),
            size_1=[[1.0]],
            empty=np.zeros((2, 0)),
        )
    yield from at("tf.sort(axis=0)", lambda x: tf.sort(x, axis=0), ordinary=normal(5, 2))


def moving() -> Iterator[Case]:
    """Padding, slices, blocks, patches, loops."""
    x, rank3 = normal(5, 2), normal(2, 3, 4)
    for mode in ("CONSTANT", "REFLECT", "SYMMETRIC"):
        yield from at(f"tf.pad({mode})", lambda x, m=mode: tf.pad(x, [[1, 2], [0, 1]], m), ordinary=normal(4, 3))
    yield from at(
        "tf.reverse_sequence", lambda x: tf.reverse_sequence(x, [2, 3], seq_axis=1, batch_axis=0), ordinary=rank3
    )
    yield from at("tf.roll", lambda x: tf.roll(x, [-1, 2], [0, 1]), ordinary=x)
    yield from at("tf.tile", lambda x: tf.tile(x, [2, 3]), ordinary=x, empty=np.zeros((0, 2)))
    yield from at("tf.repeat", lambda x: tf.repeat(x, [1, 0, 2, 3, 1], axis=0), ordinary=x)
    yield from at("tf.strided_slice", lambda x: x[::-2, tf.newaxis, -1:], ordinary=x)
    yield from at("tf.slice", lambda x: tf.slice(x, [1, 0], [-1, 1]), ordinary=x)
    yield from at("tf.split", lambda x: tf.split(x, [1, 0, 4], 0)[::2], ordinary=x)
    yield from at("tf.concat(axis=-1)", lambda x, y: tf.concat([x, y, x], -1), ordinary=(x, normal(5, 3)))
    yield from at("tf.stack(axis=-1)", lambda x, y: tf.stack([x, y, x], -1), ordinary=(x, normal(5, 2)))
    yield from at("tf.unstack(axis=-2)", lambda x: tf.unstack(x, axis=-2)[1:], ordinary=rank3)
    yield from at("tf.boolean_mask", lambda x: tf.boolean_mask(x, [True, False, True, True, False]), ordinary=x)
    yield from at("tf.dynamic_partition", lambda x: tf.dynamic_partition(x, IDS, 4)[:3], ordinary=x)
    yield from at(
        "tf.dynamic_stitch",
        lambda x, y: tf.dynamic_stitch([[0, 2], [2, 1]], [x, y]),
        duplicates=(normal(2, 3), normal(2, 3)),
    )
    yield from at(
        "tf.raw_ops.ParallelDynamicStitch",
        lambda x, y: tf.raw_ops.ParallelDynamicStitch(indices=[[0, 2], [3, 1]], data=[x, y]),
        ordinary=(normal(2, 3), normal(2, 3)),
    )
    yield from at("tf.broadcast_to", lambda x: tf.broadcast_to(x, [3, 5, 2]), ordinary=x, size_1=normal(5, 1))
    yield from at("tf.transpose", lambda x: tf.transpose(x, [2, 0, 1]), ordinary=rank3)
    yield from at("tf.transpose(conjugate)", lambda x: tf.transpose(x, conjugate=True), ordinary=complex_normal(2, 3))
    yield from at(
        "tf.space_to_batch", lambda x: tf.space_to_batch(x, [2, 2], [[0, 0], [1, 1]]), ordinary=normal(1, 4, 4, 2)
    )
    yield from at(
        "tf.batch_to_space", lambda x: tf.batch_to_space(x, [2, 2], [[0, 1], [1, 0]]), ordinary=normal(4, 2, 3, 1)
    )
    yield from at("tf.nn.space_to_depth", lambda x: tf.nn.space_to_depth(x, 2), ordinary=normal(1, 4, 4, 2))
    yield from at("tf.nn.depth_to_space", lambda x: tf.nn.depth_to_space(x, 2), ordinary=normal(1, 2, 2, 8))
    yield from at(
        "tf.image.extract_patches",
        lambda x: tf.image.extract_patches(x, [1, 3, 2, 1], [1, 2, 1, 1], [1, 2, 1, 1], "SAME"),
        ordinary=normal(1, 7, 6, 2),
    )
    yield from at(
        "tf.extract_volume_patches",
        lambda x: tf.extract_volume_patches(x, [1, 2, 2, 2, 1], [1, 1, 2, 1, 1], "SAME"),
        ordinary=normal(1, 3, 4, 3, 1),
    )
    yield from at("tf.scan", lambda x: tf.scan(lambda a, b: a * b, x), ordinary=normal(4), zero=[1.0, 0.0, 2.0])
    yield from at("tf.map_fn", lambda x: tf.map_fn(tf.sin, x), ordinary=normal(4))
    yield from at("tf.vectorized_map", lambda x: tf.vectorized_map(tf.sin, x), ordinary=normal(4))
    yield from at("tf.ragged.stack", lambda x: tf.RaggedTensor.from_row_lengths(x, [2, 0, 3]).to_tensor(), ordinary=x)
    yield from at(
        "ragged reduce_max", lambda x: tf.reduce_max(tf.RaggedTensor.from_row_lengths(x, [2, 3]), 1), ordinary=normal(5)
    )


def cases() -> Iterator[Case]:
    """Every case of this area."""
    yield from reductions()
    yield from segments()
    yield from picking()
    yield from moving()
