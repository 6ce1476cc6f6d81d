"""Joining tensors along an axis and taking them apart: concat, stack, split, unstack, meshgrid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api import content
from tfgrad_lint.api.axes import axis_argument, axis_from_zero
from tfgrad_lint.api.conversion import first_difference, is_python
from tfgrad_lint.api.defaults import ZERO
from tfgrad_lint.api.promotion import check_dtypes, is_strong
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE, Constant, Repeated, Sequence, Tensor, TensorShape, Value
from tfgrad_lint.shapes.conflicts import CountConflict, JoinConflict, LengthConflict, SplitConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, divide_exactly, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet, meet_dims, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


# The order of the first two axes that tf.meshgrid and np.meshgrid give unless told.
XY = Constant("xy")


def stacked_inner(items: list[Tensor], axis: int) -> Shape:
    """Return what is known of the one shape that all ``items`` must have.

    Raises:
        JoinConflict: two shapes certainly differ.
    """
    shape = items[0].shape
    for index, item in enumerate(items[1:], start=1):
        both = meet(shape, item.shape)
        if both is None:
            raise JoinConflict(shape, item.shape, index, axis, first_difference(shape, item.shape))
        shape = both
    return shape


def concat_shape(shapes: list[Shape], axis: int | None) -> Shape:
    """Return the shape of tensors joined along ``axis``, from either end; None if it is not known.

    Raises:
        AxisConflict: the operands have no such axis.
        RankConflict: an operand is a scalar.
        JoinConflict: ranks, or sizes along another axis, certainly differ.
    """
    known = [(index, shape) for index, shape in enumerate(shapes) if shape.dims is not None]
    if not known:
        return UNKNOWN_SHAPE
    first = known[0][1]
    check_least_rank("values", first, 1)
    from_zero = None if axis is None else axis_from_zero(axis, first)
    result = list(first.dims or ())
    for index, shape in known[1:]:
        dims = shape.dims or ()
        if len(dims) != len(result):
            raise JoinConflict(first, shape, index, axis or 0, None)
        for place, (size, other) in enumerate(zip(result, dims, strict=True)):
            if from_zero is None:
                continue
            if place == from_zero:
                result[place] = size + other
                continue
            met = meet_dims(size, other)
            if met is None:
                raise JoinConflict(first, shape, index, from_zero, place)
            result[place] = met
    if from_zero is None and len(shapes) > 1:
        return of_rank(len(result))
    if from_zero is not None and len(known) < len(shapes):
        result[from_zero] = UNKNOWN
    return Shape(tuple(result))


def join_operands(operation: Operation, values: tuple[Value, ...]) -> tuple[list[Tensor], str | None]:
    """Return the operands of ``concat`` or ``stack`` as tensors, and the dtype they meet in.

    Raises:
        DtypeConflict: two tensors have different dtypes.
    """
    strong = next((value.dtype for value in values if isinstance(value, Tensor) and is_strong(value)), None)
    tensors = [operation.tensor(value, strong) for value in values]
    check_dtypes(*(tensor for tensor, value in zip(tensors, values, strict=True) if is_strong(value)))
    if strong is not None:
        return tensors, strong
    kinds = {tensor.dtype for tensor in tensors}
    if len(kinds) == 1:
        return tensors, tensors[0].dtype
    mixed = kinds == {"int32", "float32"} and all(is_python(value) for value in values)
    return tensors, "float32" if mixed else None


@model("tf.concat")
def concat(operation: Operation, values: Value, axis: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/concat: a tensor alone, in a list or not, stays as it is."""
    items = (values,) if isinstance(values, Tensor) else operation.items(values)
    if isinstance(values, Repeated):
        item = operation.tensor(values.item)
        return operation.tensor_result(several_joined(operation, item.shape, axis), item.dtype, values)
    if not items:
        return operation.tensor_result(UNKNOWN_SHAPE, None, values)
    tensors, dtype = join_operands(operation, items)
    where = operation.integer(axis)
    shape = tensors[0].shape
    if len(tensors) > 1:
        shape = concat_shape([tensor.shape for tensor in tensors], where if isinstance(where, int) else None)
    explicit = any(tensor.explicit for tensor in tensors) and (shape.dims is None or 1 in shape.dims)
    result = operation.tensor_result(shape, dtype, *tensors, explicit=explicit)
    return _with_content(result, tensors)


def several_joined(operation: Operation, item: Shape, axis: Value) -> Shape:
    """Return the shape of any number of tensors of the shape ``item`` joined along ``axis``."""
    where = operation.integer(axis)
    if item.dims is None or not isinstance(where, int) or not -len(item.dims) <= where < len(item.dims):
        return UNKNOWN_SHAPE
    return Shape(tuple(UNKNOWN if place == where % len(item.dims) else dim for place, dim in enumerate(item.dims)))


def _with_content(result: Tensor, parts: list[Tensor]) -> Tensor:
    known = [content.elements(part) for part in parts]
    if result.shape.rank != 1 or result.dtype not in ("int32", "int64") or None in known:
        return result
    joined = tuple(dim for dims in known for dim in dims or ())
    return Tensor(result.shape, result.dtype, result.node, content=content.vector(joined, result.node))


@model("tf.stack")
def stack(operation: Operation, values: Value, axis: Value = ZERO, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/stack."""
    items = operation.items(values)
    if not items:
        whole = operation.tensor(values)
        return operation.tensor_result(stacked_rows(operation, whole.shape, axis), whole.dtype, whole)
    tensors, dtype = join_operands(operation, items)
    shape = stacked_shape(operation, tensors, axis)
    explicit = any(tensor.explicit for tensor in tensors) and (shape.dims is None or 1 in shape.dims)
    result = operation.tensor_result(shape, dtype, *tensors, explicit=explicit)
    if shape.rank != 1 or dtype not in ("int32", "int64"):
        return result
    dims = tuple(UNKNOWN if t.content is None or isinstance(t.content, TensorShape) else t.content for t in tensors)
    return Tensor(shape, dtype, result.node, content=content.vector(dims, result.node), explicit=explicit)


def stacked_shape(operation: Operation, tensors: list[Tensor], axis: Value) -> Shape:
    """Return the shape of ``tensors`` stacked along a new axis.

    Raises:
        JoinConflict: two shapes certainly differ.
        AxisConflict: the result has no such axis.
    """
    where = operation.integer(axis)
    inner = stacked_inner(tensors, where if isinstance(where, int) else 0)
    place = axis_argument(operation, axis, inner, extra=1)
    if inner.dims is None:
        return UNKNOWN_SHAPE
    if place is None:
        return of_rank(len(inner.dims) + 1)
    return Shape((*inner.dims[:place], len(tensors), *inner.dims[place:]))


def stacked_rows(operation: Operation, rows: Shape, axis: Value) -> Shape:
    """Return the shape of the rows of a tensor stacked along ``axis``: its first axis is moved there.

    Raises:
        AxisConflict: the result has no such axis.
    """
    dims = rows.dims
    place = None if not dims else axis_argument(operation, axis, Shape(dims[1:]), extra=1)
    return UNKNOWN_SHAPE if place is None or not dims else Shape((*dims[1 : place + 1], dims[0], *dims[place + 1 :]))


@model("tf.split")
def split(
    operation: Operation,
    value: Value,
    num_or_size_splits: Value,
    axis: Value = ZERO,
    num: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/split."""
    operand = operation.tensor(value)
    sizes = split_sizes(operation, operand.shape, num_or_size_splits, axis)
    if sizes is None:
        return operation.unknown(operand)
    place = axis_argument(operation, axis, operand.shape)
    parts: list[Value] = []
    for size in sizes:
        dims = operand.shape.dims
        shape = UNKNOWN_SHAPE if dims is None else of_rank(len(dims))
        if dims is not None and place is not None:
            shape = Shape((*dims[:place], size, *dims[place + 1 :]))
        parts.append(operation.derived(shape, operand.dtype, operand))
    return Sequence(tuple(parts), "list")


def split_sizes(operation: Operation, shape: Shape, parts: Value, axis: Value) -> tuple[Dim, ...] | None:
    """Return the sizes of the parts that an axis is split into, None if not known how many.

    Raises:
        AxisConflict: ``shape`` has no such axis.
        SplitConflict: the parts do not make up the axis.
    """
    place = axis_argument(operation, axis, shape)
    size = UNKNOWN if place is None else (shape.dims or ())[place]
    at = 0 if place is None else place
    if not isinstance(parts, Sequence) and not (isinstance(parts, Tensor) and parts.shape.rank != 0):
        count = operation.integer(parts)
        if not isinstance(count, int) or count <= 0:
            return None
        each = divide_exactly(size, count)
        if each is None:
            raise SplitConflict(shape, at, count)
        return (each,) * count
    sizes = operation.dims(parts)
    return None if sizes is None else _given_sizes(shape, at, size, sizes)


def _given_sizes(shape: Shape, axis: int, size: Dim, sizes: tuple[Dim, ...]) -> tuple[Dim, ...]:
    inferred = [index for index, part in enumerate(sizes) if isinstance(part, int) and part == -1]
    known: Dim = 0
    for index, part in enumerate(sizes):
        known = known if index in inferred else known + part
    if len(inferred) > 1:
        raise SplitConflict(shape, axis, sizes)
    rest = size - known
    if inferred:
        if isinstance(rest, int) and rest < 0:
            raise SplitConflict(shape, axis, sizes)
        return tuple(rest if index in inferred else part for index, part in enumerate(sizes))
    if equal(size, known) is False:
        raise SplitConflict(shape, axis, sizes)
    return sizes


@model("tf.unstack")
def unstack(
    operation: Operation,
    value: Value,
    num: Value = NONE,
    axis: Value = ZERO,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/unstack."""
    operand = operation.tensor(value)
    check_least_rank("value", operand.shape, 1)
    place = axis_argument(operation, axis, operand.shape)
    size = UNKNOWN if place is None else (operand.shape.dims or ())[place]
    count = size if operation.is_none(num) else operation.integer(num)
    if place is not None and equal(size, count) is False:
        raise CountConflict(operand.shape, place, count)
    if not isinstance(count, int):
        return operation.unknown(operand)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if dims is None or place is None else Shape(dims[:place] + dims[place + 1 :])
    return Sequence(tuple(operation.derived(shape, operand.dtype, operand) for _ in range(count)), "list")


@model("tf.meshgrid")
def meshgrid(
    operation: Operation,
    *args: Value,
    indexing: Value = XY,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/meshgrid."""
    vectors = [operation.tensor(value) for value in args]
    shape = grid_shape(operation, vectors, indexing)
    return Sequence(tuple(operation.tensor_result(shape, vector.dtype, vector) for vector in vectors), "list")


def grid_shape(operation: Operation, vectors: list[Tensor], indexing: Value) -> Shape:
    """Return the shape of a grid over ``vectors``; the first two axes are swapped for ``xy``."""
    order = operation.text(indexing)
    if order not in ("xy", "ij") or any(vector.shape.rank is None for vector in vectors):
        return UNKNOWN_SHAPE
    sizes = [vector.shape.size for vector in vectors]
    if order == "xy" and len(sizes) > 1:
        sizes[:2] = sizes[1], sizes[0]
    return Shape(tuple(sizes))


def check_length(parameter: str, shape: Shape, entries: tuple[Dim, ...]) -> None:
    """Check that an argument has one entry for each axis.

    Raises:
        LengthConflict: it has more or fewer.
    """
    if shape.dims is not None and len(entries) != len(shape.dims):
        raise LengthConflict(parameter, shape, len(entries), len(shape.dims))
