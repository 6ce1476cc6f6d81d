"""Reading and writing entries by index: gather, scatter, sort, top_k, segments, embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axis_argument
from tfgrad_lint.api.defaults import INT32, LAST, ONE, ZERO
from tfgrad_lint.api.ranks import check_least_rank, check_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, Constant, Sequence, Tensor, TensorShape, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.conflicts import (
    ArgumentConflict,
    DtypeConflict,
    IndexConflict,
    MatchConflict,
    TooManyIndicesConflict,
)
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

INDEXED = "indices carry no gradient"


@model("tf.gather")
def gather(
    operation: Operation,
    params: Value,
    indices: Value,
    validate_indices: Value = NONE,
    axis: Value = NONE,
    batch_dims: Value = ZERO,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/gather."""
    operand, chosen = operation.tensor(params), index_tensor(operation, indices)
    batch = operation.integer(batch_dims)
    where = Constant(batch) if operation.is_none(axis) and isinstance(batch, int) else axis
    shape = gathered_shape(operation, operand.shape, chosen, where, batch)
    return operation.tensor_result(shape, operand.dtype, operand, chosen, explicit=operand.explicit)


def index_tensor(operation: Operation, indices: Value) -> Tensor:
    """Return ``indices`` as a tensor that passes no gradient.

    Raises:
        DtypeConflict: they are real numbers.
    """
    tensor = operation.tensor(indices)
    if tensor.dtype in dtypes.FLOATING and not (isinstance(indices, Sequence) and not indices.items):
        raise DtypeConflict(tensor.dtype, "int32")
    return operation.cut_off(tensor, INDEXED)


def gathered_shape(operation: Operation, params: Shape, indices: Tensor, axis: Value, batch: Dim) -> Shape:
    """Return the shape of ``params`` with ``axis`` replaced by the axes of ``indices`` after the batch axes.

    Raises:
        AxisConflict: ``params`` has no such axis.
        RankConflict: ``params`` is a scalar.
        MatchConflict: the batch axes certainly differ.
        IndexConflict: a known index is out of range.
    """
    check_least_rank("params", params, 1)
    place = axis_argument(operation, axis, params)
    if params.dims is None or indices.shape.dims is None or place is None or not isinstance(batch, int):
        return UNKNOWN_SHAPE
    rank = len(indices.shape.dims)
    if batch < 0:
        batch += rank
    if not 0 <= batch <= min(rank, place):
        return UNKNOWN_SHAPE
    for shared in range(batch):
        if equal(params.dims[shared], indices.shape.dims[shared]) is False:
            raise MatchConflict("params", params, "indices", indices.shape, shared, shared)
    size = params.dims[place]
    for index in _known_entries(indices):
        if isinstance(size, int) and not 0 <= index < size:
            raise IndexConflict(params, place, index)
    return Shape((*params.dims[:place], *indices.shape.dims[batch:], *params.dims[place + 1 :]))


def _known_entries(indices: Tensor) -> tuple[int, ...]:
    """Return the entries of a scalar or vector of indices that are known."""
    content = indices.content
    entries = (content.shape.dims or ()) if isinstance(content, TensorShape) else (content,)
    return tuple(entry for entry in entries if isinstance(entry, int))


@model("tf.gather_nd")
def gather_nd(
    operation: Operation,
    params: Value,
    indices: Value,
    batch_dims: Value = ZERO,
    name: Value = NONE,
    bad_indices_policy: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/gather_nd."""
    operand, chosen = operation.tensor(params), index_tensor(operation, indices)
    batch = operation.integer(batch_dims)
    shape = gathered_nd_shape(operand.shape, chosen.shape, batch)
    if isinstance(batch, int):
        _check_index_vectors(operand.shape, _index_vectors(operation, indices), batch)
    return operation.tensor_result(shape, operand.dtype, operand, chosen, explicit=operand.explicit)


def _index_vectors(operation: Operation, indices: Value) -> tuple[tuple[Dim, ...], ...]:
    """Return the vectors in indices that are written out as a list or a list of lists, or are a known vector."""
    items = operation.items(indices)
    if items is None:
        content = indices.content if isinstance(indices, Tensor) else None
        return (content.shape.dims or (),) if isinstance(content, TensorShape) else ()
    if not any(isinstance(item, Sequence) for item in items):
        return (tuple(map(operation.integer, items)),)
    rows = (operation.items(item) or () for item in items)
    return tuple(tuple(map(operation.integer, row)) for row in rows)


def _check_index_vectors(params: Shape, vectors: tuple[tuple[Dim, ...], ...], batch: int) -> None:
    """Check that each vector names an entry of ``params``.

    Raises:
        IndexConflict: a known index is out of range.
    """
    for vector in vectors:
        for axis, (index, size) in enumerate(zip(vector, (params.dims or ())[batch:], strict=False), start=batch):
            if isinstance(index, int) and isinstance(size, int) and not 0 <= index < size:
                raise IndexConflict(params, axis, index)


def gathered_nd_shape(params: Shape, indices: Shape, batch: Dim) -> Shape:
    """Return the shape of the slices of ``params`` that the vectors along the last axis of ``indices`` name.

    Raises:
        RankConflict: an operand is a scalar.
        TooManyIndicesConflict: an index names more axes than ``params`` has.
        MatchConflict: the batch axes certainly differ.
    """
    for name, shape in (("params", params), ("indices", indices)):
        check_least_rank(name, shape, 1)
    if params.dims is None or not indices.dims or not isinstance(batch, int):
        return UNKNOWN_SHAPE
    depth = indices.dims[-1]
    if not isinstance(depth, int) or not 0 <= batch < len(indices.dims):
        return UNKNOWN_SHAPE
    if depth + batch > len(params.dims):
        raise TooManyIndicesConflict(params, depth + batch)
    for shared in range(batch):
        if equal(params.dims[shared], indices.dims[shared]) is False:
            raise MatchConflict("params", params, "indices", indices, shared, shared)
    return Shape((*indices.dims[:-1], *params.dims[batch + depth :]))


@model("tf.nn.embedding_lookup")
def embedding_lookup(
    operation: Operation, params: Value, ids: Value, max_norm: Value = NONE, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/embedding_lookup."""
    chosen = index_tensor(operation, ids)
    items = operation.items(params)
    operand = operation.tensor(items[0] if items and len(items) == 1 else params)
    if items and len(items) > 1:
        return operation.tensor_result(UNKNOWN_SHAPE, None, params, chosen)
    shape = gathered_shape(operation, operand.shape, chosen, Constant(0), 0)
    return operation.tensor_result(shape, operand.dtype, operand, chosen, explicit=operand.explicit)


@model("tf.scatter_nd")
def scatter_nd(
    operation: Operation,
    indices: Value,
    updates: Value,
    shape: Value,
    bad_indices_policy: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/scatter_nd."""
    chosen, values = index_tensor(operation, indices), operation.tensor(updates)
    target = operation.shape(shape)
    check_scatter(target, chosen.shape, values.shape)
    return operation.tensor_result(target, values.dtype, chosen, values)


def scatter_update(
    operation: Operation,
    tensor: Value,
    indices: Value,
    updates: Value,
    bad_indices_policy: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """Model ``tf.tensor_scatter_nd_update`` and its like: the shape of ``tensor``."""
    operand, chosen = operation.tensor(tensor), index_tensor(operation, indices)
    values = operation.tensor(updates, operand.dtype)
    check_scatter(operand.shape, chosen.shape, values.shape)
    return operation.derived(operand.shape, operand.dtype, operand, chosen, values)


def check_scatter(target: Shape, indices: Shape, updates: Shape) -> None:
    """Check that ``updates`` has the shape of the slices of ``target`` that ``indices`` name.

    Raises:
        TooManyIndicesConflict: an index names more axes than ``target`` has.
        MatchConflict: the slices certainly have another shape.
    """
    if target.dims is None or not indices.dims or not isinstance(indices.dims[-1], int):
        return
    depth = indices.dims[-1]
    if depth > len(target.dims):
        raise TooManyIndicesConflict(target, depth)
    needed = (*indices.dims[:-1], *target.dims[depth:])
    if updates.dims is None or 0 in needed or 0 in updates.dims:
        return
    if len(needed) != len(updates.dims):
        raise MatchConflict("updates", updates, "indices", Shape(needed))
    for axis, (own, other) in enumerate(zip(updates.dims, needed, strict=True)):
        if equal(own, other) is False:
            raise MatchConflict("updates", updates, "indices", Shape(needed), axis, axis)


@model("tf.nn.top_k", "tf.math.top_k")
def top_k(
    operation: Operation,
    input: Value,
    k: Value = ONE,
    sorted: Value = TRUE,
    index_type: Value = INT32,
    name: Value = NONE,
) -> Sequence:
    """https://www.tensorflow.org/api_docs/python/tf/math/top_k: values and indices."""
    operand = operation.tensor(input)
    check_least_rank("input", operand.shape, 1)
    count = operation.integer(k)
    dims = operand.shape.dims
    if dims and isinstance(count, int) and isinstance(dims[-1], int) and count > dims[-1]:
        raise ArgumentConflict("k", f"{count} is more than the {dims[-1]} entries of the last axis")
    shape = UNKNOWN_SHAPE if not dims else Shape((*dims[:-1], count))
    values = operation.tensor_result(shape, operand.dtype, operand, explicit=count == 1)
    return Sequence((values, operation.tensor_result(shape, operation.dtype(index_type), operand, cut=INDEXED)))


@model("tf.sort")
def sort(
    operation: Operation,
    values: Value,
    axis: Value = LAST,
    direction: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/sort."""
    operand = operation.tensor(values)
    axis_argument(operation, axis, operand.shape)
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.argsort")
def argsort(
    operation: Operation,
    values: Value,
    axis: Value = LAST,
    direction: Value = NONE,
    stable: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/argsort."""
    operand = operation.tensor(values)
    axis_argument(operation, axis, operand.shape)
    return operation.derived(operand.shape, "int32", operand, cut="tf.argsort has no gradient")


@model("tf.searchsorted")
def searchsorted(
    operation: Operation,
    sorted_sequence: Value,
    values: Value,
    side: Value = NONE,
    out_type: Value = INT32,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/searchsorted: an index for each value."""
    sequence, operand = operation.tensor(sorted_sequence), operation.tensor(values)
    dims = operand.shape.dims
    rows = sequence.shape.dims
    if dims and rows and len(dims) == len(rows):
        for axis, (own, other) in enumerate(zip(dims[:-1], rows[:-1], strict=True)):
            if equal(own, other) is False:
                raise MatchConflict("sorted_sequence", sequence.shape, "values", operand.shape, axis, axis)
    return operation.tensor_result(
        operand.shape, operation.dtype(out_type), sequence, operand, cut="tf.searchsorted has no gradient"
    )


@model("tf.unique")
def unique(operation: Operation, x: Value, out_idx: Value = INT32, name: Value = NONE) -> Sequence:
    """https://www.tensorflow.org/api_docs/python/tf/unique: the distinct entries of a vector, and where they are."""
    operand = operation.tensor(x)
    check_rank("x", operand.shape, 1)
    kinds = operation.dtype(out_idx)
    y = operation.tensor_result(of_rank(1), operand.dtype, operand, cut=f"{operation.name} has no gradient")
    index = operation.tensor_result(operand.shape, kinds, operand)
    if operation.name.endswith("with_counts"):
        return Sequence((y, index, operation.tensor_result(of_rank(1), kinds, operand)))
    return Sequence((y, index))


model("tf.unique_with_counts")(unique)


def segment(operation: Operation, data: Value, segment_ids: Value, _name: Value) -> Tensor:
    """Model sorted segment reductions: as many rows as there are segments."""
    operand, ids = operation.tensor(data), index_tensor(operation, segment_ids)
    check_rank("segment_ids", ids.shape, 1)
    check_segments(operand.shape, ids.shape)
    known = _known_entries(ids)
    if len(known) == (ids.shape.dims or (None,))[0] and list(known) != sorted(known):
        raise ArgumentConflict("segment_ids", f"{list(known)} is not sorted, tf.math.unsorted_segment_* takes that")
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if not dims else Shape((UNKNOWN, *dims[1:]))
    return operation.tensor_result(shape, operand.dtype, operand, ids)


def unsorted_segment(
    operation: Operation, data: Value, segment_ids: Value, num_segments: Value, _name: Value
) -> Tensor:
    """Model segment reductions with a given number of segments."""
    operand, ids = operation.tensor(data), index_tensor(operation, segment_ids)
    check_segments(operand.shape, ids.shape)
    count = operation.integer(num_segments)
    beyond = [known for known in _known_entries(ids) if isinstance(count, int) and known >= count]
    if beyond:
        raise ArgumentConflict("segment_ids", f"{beyond[0]} is no segment where there are num_segments = {count!r}")
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE
    if dims is not None and ids.shape.rank is not None:
        shape = Shape((count, *dims[ids.shape.rank :]))
    return operation.tensor_result(shape, operand.dtype, operand, ids)


def check_segments(data: Shape, ids: Shape) -> None:
    """Check that the ids cover the first axes of the data.

    Raises:
        RankConflict: there are more id axes than data axes.
        MatchConflict: a size certainly differs.
    """
    if data.dims is None or ids.dims is None:
        return
    check_least_rank("data", data, len(ids.dims))
    for axis, (size, other) in enumerate(zip(data.dims, ids.dims, strict=False)):
        if equal(size, other) is False:
            raise MatchConflict("data", data, "segment_ids", ids, axis, axis)


_SEGMENTS = "tf.math.segment_sum tf.math.segment_mean tf.math.segment_max tf.math.segment_min tf.math.segment_prod"
_UNSORTED = (
    "tf.math.unsorted_segment_sum tf.math.unsorted_segment_mean tf.math.unsorted_segment_max "
    "tf.math.unsorted_segment_min tf.math.unsorted_segment_prod tf.math.unsorted_segment_sqrt_n"
)
_SCATTERS = "tf.tensor_scatter_nd_add tf.tensor_scatter_nd_max tf.tensor_scatter_nd_min tf.tensor_scatter_nd_sub"

add_family(_SEGMENTS, segment, "data segment_ids name", name=NONE)
add_family(_UNSORTED, unsorted_segment, "data segment_ids num_segments name", name=NONE)
model(*_SCATTERS.split())(scatter_update)


@model("tf.tensor_scatter_nd_update")
def tensor_scatter_nd_update(
    operation: Operation, tensor: Value, indices: Value, updates: Value, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/tensor_scatter_nd_update."""
    return scatter_update(operation, tensor, indices, updates)
