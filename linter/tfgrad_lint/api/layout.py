"""Functions that rearrange or repeat elements: reshape, transpose, expand, squeeze, tile, pad, slice, reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axes_argument, axes_from_zero, axis_argument
from tfgrad_lint.api.defaults import ZERO
from tfgrad_lint.api.joining import check_length
from tfgrad_lint.api.ranks import check_least_rank, check_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.events import Reshaped, Squeezed
from tfgrad_lint.domain.values import FALSE, NONE, Constant, Tensor, Value
from tfgrad_lint.shapes.broadcasting import expand
from tfgrad_lint.shapes.conflicts import (
    LengthConflict,
    PaddingConflict,
    PermutationConflict,
    ReshapeConflict,
    SliceConflict,
    SqueezeConflict,
)
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, can_be_one, divide_exactly, equal, product
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


def reshaped(shape: Shape, target: tuple[Dim, ...]) -> Shape:
    """Return ``target`` with its -1 replaced by the size that keeps the number of elements.

    An unknown entry of ``target`` may be a -1 itself, so then nothing is inferred.

    Raises:
        ReshapeConflict: the number of elements certainly differs, or there are two -1.
    """
    inferred = [axis for axis, dim in enumerate(target) if isinstance(dim, int) and dim == -1]
    if len(inferred) > 1 or any(isinstance(dim, int) and dim < -1 for dim in target):
        raise ReshapeConflict(shape, target)
    size = shape.size
    if not inferred:
        if UNKNOWN not in target and equal(size, product(target)) is False:
            raise ReshapeConflict(shape, target)
        return Shape(target)
    rest = product(dim for axis, dim in enumerate(target) if axis != inferred[0])
    each = divide_exactly(size, rest)
    if each is None or (rest == 0 and equal(size, 0) is False):
        raise ReshapeConflict(shape, target)
    if rest == 0:
        each = _inferred_beside_zero(shape, target)
    return Shape(tuple(each if axis == inferred[0] else dim for axis, dim in enumerate(target)))


def _inferred_beside_zero(shape: Shape, target: tuple[Dim, ...]) -> Dim:
    # Where both have no elements, TensorFlow leaves the zeros out to infer the size.
    given = product(dim for dim in shape.dims or (UNKNOWN,) if dim != 0)
    known = product(dim for dim in target if dim not in (0, -1))
    each = divide_exactly(given, known)
    return UNKNOWN if each is None else each


@model("tf.reshape")
def reshape(operation: Operation, tensor: Value, shape: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/reshape."""
    operand = operation.tensor(tensor)
    return reshaped_to(operation, operand, operation.dims(shape) if _is_vector(shape) else None)


def _is_vector(value: Value) -> bool:
    # A scalar is refused by tf.reshape; what else has no elements to read is not known.
    return not isinstance(value, Constant)


def reshaped_to(operation: Operation, operand: Tensor, target: tuple[Dim, ...] | None) -> Tensor:
    """Return ``operand`` reshaped; a literal 1 in ``target`` is an axis that is meant to broadcast.

    Raises:
        ReshapeConflict: the number of elements certainly differs, or there are two -1.
    """
    if target is None:
        return operation.tensor_result(UNKNOWN_SHAPE, operand.dtype, operand)
    result = operation.tensor_result(reshaped(operand.shape, target), operand.dtype, operand, explicit=1 in target)
    operation.emit(Reshaped(operation.site, operand, target))
    same = result.shape.rank == operand.shape.rank == 1
    return _keep_content(result, operand) if same else result


def _keep_content(result: Tensor, operand: Tensor) -> Tensor:
    return Tensor(result.shape, result.dtype, result.node, result.kind, operand.content, result.explicit)


@model("tf.transpose")
def transpose(
    operation: Operation,
    a: Value,
    perm: Value = NONE,
    conjugate: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/transpose."""
    operand = operation.tensor(a)
    order = None if operation.is_none(perm) else operation.dims(perm)
    shape = permuted(operand.shape, order) if operation.is_none(perm) or order is not None else UNKNOWN_SHAPE
    if order is None and not operation.is_none(perm) and operand.shape.rank is not None:
        shape = of_rank(operand.shape.rank)
    return operation.derived(shape, operand.dtype, operand)


def permuted(shape: Shape, perm: tuple[Dim, ...] | None) -> Shape:
    """Return ``shape`` with its axes in the order ``perm``, reversed for None.

    Raises:
        PermutationConflict: ``perm`` does not name each axis once.
    """
    if perm is None:
        return UNKNOWN_SHAPE if shape.dims is None else Shape(shape.dims[::-1])
    order = tuple(axis for axis in perm if isinstance(axis, int))
    if shape.dims is None:
        return of_rank(len(perm))
    rank = len(shape.dims)
    if len(perm) != rank:
        raise PermutationConflict(shape, order)
    if len(order) < len(perm):
        return of_rank(rank)
    if any(not -rank <= axis < rank for axis in order) or len({axis % rank for axis in order}) < rank:
        raise PermutationConflict(shape, order)
    return Shape(tuple(shape.dims[axis] for axis in order))


@model("tf.linalg.matrix_transpose")
def matrix_transpose(operation: Operation, a: Value, name: Value = NONE, conjugate: Value = FALSE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/matrix_transpose."""
    operand = operation.tensor(a)
    return operation.derived(swapped(operand.shape, "a"), operand.dtype, operand)


@model("tf.linalg.adjoint")
def adjoint(operation: Operation, matrix: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/adjoint."""
    operand = operation.tensor(matrix)
    return operation.derived(swapped(operand.shape, "matrix"), operand.dtype, operand)


def swapped(shape: Shape, parameter: str) -> Shape:
    """Return ``shape`` with its last two axes swapped.

    Raises:
        RankConflict: there are fewer than two axes.
    """
    if shape.dims is None:
        return UNKNOWN_SHAPE
    check_least_rank(parameter, shape, 2)
    return Shape((*shape.dims[:-2], shape.dims[-1], shape.dims[-2]))


@model("tf.expand_dims")
def expand_dims(operation: Operation, input: Value, axis: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/expand_dims."""
    return expanded(operation, operation.tensor(input), axis)


def expanded(operation: Operation, operand: Tensor, axis: Value) -> Tensor:
    """Return ``operand`` with a new axis of size 1.

    Raises:
        AxisConflict: the result has no such axis.
    """
    place = axis_argument(operation, axis, operand.shape, extra=1)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if dims is None else of_rank(len(dims) + 1)
    if dims is not None and place is not None:
        shape = Shape((*dims[:place], 1, *dims[place:]))
    return operation.tensor_result(shape, operand.dtype, operand, explicit=True)


@model("tf.squeeze")
def squeeze(operation: Operation, input: Value, axis: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/squeeze."""
    operand = operation.tensor(input)
    shape = squeezed(operation, operand.shape, axis)
    if operation.is_none(axis):
        operation.emit(Squeezed(operation.site, operand))
    result = operation.derived(shape, operand.dtype, operand)
    explicit = operand.explicit and (shape.dims is None or 1 in shape.dims)
    return Tensor(shape, result.dtype, result.node, explicit=explicit)


def squeezed(operation: Operation, shape: Shape, axis: Value) -> Shape:
    """Return ``shape`` without the size-1 axes that ``axis`` names, all of them for None or an empty list.

    Raises:
        AxisConflict: ``shape`` has no such axis.
        SqueezeConflict: an axis is certainly not of size 1.
    """
    named: tuple[Dim, ...] | None = () if operation.is_none(axis) else operation.dims(axis)
    if named == ():
        # Without names only a shape whose axes are all known to be 1 or not tells what remains.
        if shape.dims is None or any(dim != 1 and can_be_one(dim) for dim in shape.dims):
            return UNKNOWN_SHAPE
        return Shape(tuple(dim for dim in shape.dims if dim != 1))
    axes = None if named is None else axes_from_zero(named, shape)
    if axes is None or shape.dims is None:
        return UNKNOWN_SHAPE
    for place in axes:
        if equal(shape.dims[place], 1) is False:
            raise SqueezeConflict(shape, place, shape.dims[place])
    return Shape(tuple(dim for place, dim in enumerate(shape.dims) if place not in axes))


@model("tf.tile")
def tile(operation: Operation, input: Value, multiples: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/tile."""
    operand = operation.tensor(input)
    counts = operation.dims(multiples)
    if isinstance(multiples, Constant) or counts is None:
        return operation.tensor_result(UNKNOWN_SHAPE, operand.dtype, operand)
    check_length("multiples", operand.shape, counts)
    dims = (UNKNOWN,) * len(counts) if operand.shape.dims is None else operand.shape.dims
    shape = Shape(tuple(dim * count for dim, count in zip(dims, counts, strict=True)))
    return operation.derived(shape, operand.dtype, operand)


@model("tf.repeat")
def repeat(operation: Operation, input: Value, repeats: Value, axis: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/repeat."""
    operand = operation.tensor(input)
    return operation.derived(repeated(operation, operand.shape, repeats, axis), operand.dtype, operand)


def repeated(operation: Operation, shape: Shape, repeats: Value, axis: Value) -> Shape:
    """Return ``shape`` with the entries of one axis repeated; of the flattened tensor for None.

    Raises:
        AxisConflict: ``shape`` has no such axis.
    """
    flat = operation.is_none(axis)
    if flat or shape.rank == 0:
        # A scalar is taken for a vector of one entry.
        shape = Shape((shape.size,))
    place = 0 if flat else axis_argument(operation, axis, shape)
    if shape.dims is None:
        return UNKNOWN_SHAPE
    if place is None:
        return of_rank(len(shape.dims))
    count = operation.integer(repeats)
    total = UNKNOWN if isinstance(repeats, Tensor) and repeats.shape.rank != 0 else shape.dims[place] * count
    return Shape((*shape.dims[:place], total, *shape.dims[place + 1 :]))


@model("tf.pad")
def pad(
    operation: Operation,
    tensor: Value,
    paddings: Value,
    mode: Value = NONE,
    constant_values: Value = ZERO,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/pad."""
    operand = operation.tensor(tensor)
    pairs = padding_pairs(operation, paddings)
    if pairs is None:
        rows = operation.tensor(paddings).shape.dims
        rank = operand.shape.rank if operand.shape.rank is not None or not rows else rows[0]
        shape = of_rank(rank) if isinstance(rank, int) else UNKNOWN_SHAPE
        return operation.derived(shape, operand.dtype, operand)
    shape = padded(operand.shape, pairs, (operation.text(mode) or "").upper())
    value = operation.tensor(constant_values, operand.dtype)
    return operation.derived(shape, operand.dtype, operand, value)


def padding_pairs(operation: Operation, paddings: Value) -> tuple[tuple[Dim, Dim], ...] | None:
    """Return how much each axis is padded before and after, None if it is not known."""
    rows = operation.items(paddings)
    if rows is None:
        return None
    pairs: list[tuple[Dim, Dim]] = []
    for row in rows:
        ends = operation.dims(row) if not isinstance(row, Constant) else None
        if ends is None or len(ends) != 2:
            return None
        pairs.append((ends[0], ends[1]))
    return tuple(pairs)


def padded(shape: Shape, pairs: tuple[tuple[Dim, Dim], ...], mode: str) -> Shape:
    """Return ``shape`` enlarged by ``pairs``; reflection takes less than the axis has.

    Raises:
        LengthConflict: there is not one pair for each axis.
        PaddingConflict: an axis is too short to be reflected, or an amount is negative.
    """
    if shape.dims is not None and len(pairs) != len(shape.dims):
        raise LengthConflict("paddings", shape, len(pairs), len(shape.dims))
    dims = (UNKNOWN,) * len(pairs) if shape.dims is None else shape.dims
    limits = {"REFLECT": 1, "SYMMETRIC": 0}
    for axis, (dim, pair) in enumerate(zip(dims, pairs, strict=True)):
        for amount in pair:
            negative = isinstance(amount, int) and amount < 0
            beyond = isinstance(amount, int) and isinstance(dim, int) and amount > dim - limits.get(mode, -amount)
            if negative or (mode in limits and beyond):
                raise PaddingConflict(shape, axis, *pair, mode)
    return Shape(tuple(before + dim + after for dim, (before, after) in zip(dims, pairs, strict=True)))


@model("tf.broadcast_to")
def broadcast_to(operation: Operation, input: Value, shape: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/broadcast_to."""
    operand = operation.tensor(input)
    target = UNKNOWN_SHAPE if isinstance(shape, Constant) else operation.shape(shape)
    result = expand(operand.shape, target)
    explicit = result.dims is None or 1 in result.dims
    return operation.tensor_result(result, operand.dtype, operand, explicit=explicit)


@model("tf.slice")
def slice_window(operation: Operation, input_: Value, begin: Value, size: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/slice."""
    operand = operation.tensor(input_)
    starts, sizes = operation.dims(begin), operation.dims(size)
    if starts is None or sizes is None or isinstance(begin, Constant) or isinstance(size, Constant):
        rank = operand.shape.rank
        shape = UNKNOWN_SHAPE if rank is None else of_rank(rank)
        return operation.tensor_result(shape, operand.dtype, operand, explicit=operand.explicit)
    check_length("begin", operand.shape, starts)
    check_length("size", operand.shape, sizes)
    explicit = operand.explicit or 1 in sizes
    return operation.tensor_result(windowed(operand.shape, starts, sizes), operand.dtype, operand, explicit=explicit)


def windowed(shape: Shape, begin: tuple[Dim, ...], size: tuple[Dim, ...]) -> Shape:
    """Return the shape of the window of ``size`` from ``begin``; a size of -1 reaches to the end.

    Raises:
        LengthConflict: ``begin`` and ``size`` are of different length.
        SliceConflict: the window certainly reaches beyond the tensor.
    """
    if len(begin) != len(size):
        raise LengthConflict("size", shape, len(size), len(begin))
    dims = (UNKNOWN,) * len(begin) if shape.dims is None else shape.dims
    result: list[Dim] = []
    for axis, (dim, start, length) in enumerate(zip(dims, begin, size, strict=True)):
        rest = dim - start
        if isinstance(start, int) and (start < 0 or (isinstance(rest, int) and rest < 0)):
            raise SliceConflict(shape, axis, start, length)
        if isinstance(length, int) and length == -1:
            result.append(rest)
            continue
        if isinstance(length, int) and (length < -1 or (isinstance(rest, int) and length > rest)):
            raise SliceConflict(shape, axis, start, length)
        result.append(length)
    return Shape(tuple(result))


@model("tf.reverse")
def reverse(operation: Operation, tensor: Value, axis: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/reverse."""
    operand = operation.tensor(tensor)
    # What has no entries, or one in no axis, is returned before the axes are looked at.
    if not isinstance(axis, Constant) and operand.shape.size != 0 and operand.shape.rank != 0:
        axes_argument(operation, axis, operand.shape)
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.roll")
def roll(operation: Operation, input: Value, shift: Value, axis: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/roll."""
    operand = operation.tensor(input)
    check_least_rank("input", operand.shape, 1)
    named = operation.dims(axis)
    if named is not None:
        axes_from_zero(named, operand.shape)
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.reverse_sequence")
def reverse_sequence(
    operation: Operation,
    input: Value,
    seq_lengths: Value,
    seq_axis: Value = NONE,
    batch_axis: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/reverse_sequence."""
    operand = operation.tensor(input)
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.ensure_shape")
def ensure_shape(operation: Operation, x: Value, shape: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/ensure_shape: what is known from both."""
    operand = operation.tensor(x)
    return operation.derived(ensured(operand.shape, operation.shape(shape)), operand.dtype, operand)


def ensured(shape: Shape, target: Shape) -> Shape:
    """Return what is known of a tensor of ``shape`` that is said to have the shape ``target``.

    Raises:
        RankConflict: the ranks differ.
        ReshapeConflict: a size certainly differs.
    """
    if target.rank is not None:
        check_rank("x", shape, target.rank)
    both = meet(shape, target)
    if both is None:
        raise ReshapeConflict(shape, target.dims or ())
    return both
