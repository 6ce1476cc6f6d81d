"""NumPy's functions that rearrange the entries of one array."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axes_from_zero, axis_argument
from tfgrad_lint.api.defaults import ONE, ZERO
from tfgrad_lint.api.layout import padding_pairs, permuted, repeated, reshaped, squeezed
from tfgrad_lint.api.np_creation import diagonal_length
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import FALSE, NONE, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import expand
from tfgrad_lint.shapes.conflicts import AxisConflict, LengthConflict
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


def laid_out(operation: Operation, shape: Shape, *operands: Tensor, explicit: bool = False) -> Tensor:
    """Return an array with the entries of the first operand in another arrangement."""
    kept = any(operand.explicit for operand in operands) and (shape.dims is None or 1 in shape.dims)
    return operation.array_result(shape, operands[0].dtype, *operands, explicit=explicit or kept)


@model("np.reshape")
def reshape(
    operation: Operation,
    a: Value,
    shape: Value = NONE,
    order: Value = NONE,
    *,
    newshape: Value = NONE,
    copy: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.reshape.html."""
    return reshaped_array(operation, operation.array(a), newshape if operation.is_none(shape) else shape)


def reshaped_array(operation: Operation, operand: Tensor, shape: Value) -> Tensor:
    """Return ``operand`` reshaped; a literal 1 is an axis that is meant to broadcast.

    Raises:
        ReshapeConflict: the number of elements certainly differs, or there are two -1.
    """
    target = operation.dims(shape)
    result = UNKNOWN_SHAPE if target is None else reshaped(operand.shape, target)
    return operation.array_result(result, operand.dtype, operand, explicit=target is not None and 1 in target)


@model("np.ravel")
def ravel(operation: Operation, a: Value, order: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.ravel.html."""
    operand = operation.array(a)
    return laid_out(operation, Shape((operand.shape.size,)), operand)


@model("np.transpose", "np.permute_dims")
def transpose(operation: Operation, a: Value, axes: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.transpose.html."""
    operand = operation.array(a)
    order = operation.dims(axes)
    shape = permuted(operand.shape, None) if operation.is_none(axes) else UNKNOWN_SHAPE
    return laid_out(operation, shape if order is None else permuted(operand.shape, order), operand)


@model("np.swapaxes")
def swapaxes(operation: Operation, a: Value, axis1: Value, axis2: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.swapaxes.html."""
    operand = operation.array(a)
    pair = (
        axis_argument(operation, axis1, operand.shape, "axis1"),
        axis_argument(operation, axis2, operand.shape, "axis2"),
    )
    dims = list(operand.shape.dims or ())
    if operand.shape.dims is None or pair[0] is None or pair[1] is None:
        return laid_out(operation, UNKNOWN_SHAPE, operand)
    dims[pair[0]], dims[pair[1]] = dims[pair[1]], dims[pair[0]]
    return laid_out(operation, Shape(tuple(dims)), operand)


@model("np.moveaxis")
def moveaxis(operation: Operation, a: Value, source: Value, destination: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.moveaxis.html."""
    operand = operation.array(a)
    origin, goal = operation.dims(source), operation.dims(destination)
    dims = operand.shape.dims
    if dims is None or origin is None or goal is None or len(origin) != len(goal):
        return laid_out(operation, UNKNOWN_SHAPE, operand)
    from_axes = axes_from_zero(origin, operand.shape, "source")
    to_axes = axes_from_zero(goal, operand.shape, "destination")
    if from_axes is None or to_axes is None:
        return laid_out(operation, of_rank(len(dims)), operand)
    order = [axis for axis in range(len(dims)) if axis not in from_axes]
    for place, axis in sorted(zip(to_axes, from_axes, strict=True)):
        order.insert(place, axis)
    return laid_out(operation, Shape(tuple(dims[axis] for axis in order)), operand)


@model("np.expand_dims")
def expand_dims(operation: Operation, a: Value, axis: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.expand_dims.html."""
    operand = operation.array(a)
    named, dims = operation.dims(axis), operand.shape.dims
    if named is None or dims is None:
        return laid_out(operation, UNKNOWN_SHAPE, operand, explicit=True)
    rank = len(dims) + len(named)
    places: set[int] = set()
    for place in named:
        if not isinstance(place, int):
            return laid_out(operation, of_rank(rank), operand, explicit=True)
        if not -rank <= place < rank:
            raise AxisConflict("axis", place, operand.shape, len(named))
        places.add(place % rank)
    kept = iter(dims)
    shape = Shape(tuple(1 if place in places else next(kept) for place in range(rank)))
    return laid_out(operation, shape if len(places) == len(named) else UNKNOWN_SHAPE, operand, explicit=True)


@model("np.squeeze")
def squeeze(operation: Operation, a: Value, axis: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.squeeze.html."""
    operand = operation.array(a)
    # NumPy lets a scalar be squeezed along the axis that it does not have.
    shape = operand.shape if operand.shape.rank == 0 else squeezed(operation, operand.shape, axis)
    return laid_out(operation, shape, operand)


@model("np.tile")
def tile(operation: Operation, A: Value, reps: Value) -> Tensor:  # noqa: N803  NumPy's own name
    """https://numpy.org/doc/stable/reference/generated/numpy.tile.html: the shorter of the two is filled up with 1."""
    operand = operation.array(A)
    counts, dims = operation.dims(reps), operand.shape.dims
    if counts is None or dims is None:
        return laid_out(operation, UNKNOWN_SHAPE, operand)
    rank = max(len(counts), len(dims))
    own = (1,) * (rank - len(dims)) + dims
    times = (1,) * (rank - len(counts)) + counts
    return laid_out(operation, Shape(tuple(p * q for p, q in zip(own, times, strict=True))), operand)


@model("np.repeat")
def repeat(operation: Operation, a: Value, repeats: Value, axis: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.repeat.html."""
    operand = operation.array(a)
    return laid_out(operation, repeated(operation, operand.shape, repeats, axis), operand)


@model("np.pad")
def pad(
    operation: Operation,
    array: Value,
    pad_width: Value,
    mode: Value = NONE,
    *,
    constant_values: Value = NONE,
    stat_length: Value = NONE,
    end_values: Value = NONE,
    reflect_type: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.pad.html."""
    operand = operation.array(array)
    return laid_out(operation, _padded(operation, operand.shape, pad_width), operand)


def _padded(operation: Operation, shape: Shape, width: Value) -> Shape:
    if shape.dims is None:
        return UNKNOWN_SHAPE
    pairs = padding_pairs(operation, width)
    if pairs is None:
        ends = operation.dims(width)
        if ends is None or len(ends) not in (1, 2):
            return of_rank(len(shape.dims))
        pairs = ((ends[0], ends[-1]),)
    if len(pairs) == 1:
        pairs = pairs * len(shape.dims)
    if len(pairs) != len(shape.dims):
        raise LengthConflict("pad_width", shape, len(pairs), len(shape.dims))
    return Shape(tuple(first + dim + last for dim, (first, last) in zip(shape.dims, pairs, strict=True)))


@model("np.broadcast_to")
def broadcast_to(operation: Operation, array: Value, shape: Value, subok: Value = FALSE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.broadcast_to.html."""
    operand = operation.array(array)
    return laid_out(operation, expand(operand.shape, operation.shape(shape)), operand, explicit=True)


@model("np.flip", "np.flipud", "np.fliplr")
def flip(operation: Operation, m: Value, axis: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.flip.html."""
    operand = operation.array(m)
    named = operation.dims(axis)
    if named is not None and not operation.is_none(axis):
        axes_from_zero(named, operand.shape)
    return laid_out(operation, operand.shape, operand)


@model("np.roll")
def roll(operation: Operation, a: Value, shift: Value, axis: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.roll.html."""
    operand = operation.array(a)
    named = operation.dims(axis)
    if named is not None and not operation.is_none(axis):
        axes_from_zero(named, operand.shape)
    return laid_out(operation, operand.shape, operand)


@model("np.take")
def take(
    operation: Operation, a: Value, indices: Value, axis: Value = NONE, out: Value = NONE, mode: Value = NONE
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.take.html."""
    operand, chosen = operation.array(a), operation.array(indices)
    source = Shape((operand.shape.size,)) if operation.is_none(axis) else operand.shape
    place = 0 if operation.is_none(axis) else axis_argument(operation, axis, source)
    shape = UNKNOWN_SHAPE
    if source.dims is not None and chosen.shape.dims is not None and place is not None:
        shape = Shape((*source.dims[:place], *chosen.shape.dims, *source.dims[place + 1 :]))
    return laid_out(operation, shape, operand, chosen)


@model("np.atleast_1d", "np.atleast_2d")
def atleast(operation: Operation, *arys: Value) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.atleast_2d.html: axes are added in front."""
    if len(arys) != 1:
        return operation.unknown(*arys)
    operand = operation.array(arys[0])
    least = int(operation.name[-2])
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if dims is None else Shape((1,) * (least - len(dims)) + dims)
    return laid_out(operation, shape, operand, explicit=True)


@model("np.diagonal")
def diagonal(operation: Operation, a: Value, offset: Value = ZERO, axis1: Value = ZERO, axis2: Value = ONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.diagonal.html: the diagonal becomes the last axis."""
    operand = operation.array(a)
    shift = operation.integer(offset)
    first = axis_argument(operation, axis1, operand.shape, "axis1")
    second = axis_argument(operation, axis2, operand.shape, "axis2")
    dims = operand.shape.dims
    if dims is None or first is None or second is None or not isinstance(shift, int):
        return laid_out(operation, UNKNOWN_SHAPE, operand)
    kept = [dim for axis, dim in enumerate(dims) if axis not in (first, second)]
    return laid_out(operation, Shape((*kept, diagonal_length(dims[first], dims[second], shift))), operand)


@model("np.trace")
def trace(
    operation: Operation,
    a: Value,
    offset: Value = ZERO,
    axis1: Value = ZERO,
    axis2: Value = ONE,
    dtype: Value = NONE,
    out: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.trace.html."""
    operand = operation.array(a)
    first = axis_argument(operation, axis1, operand.shape, "axis1")
    second = axis_argument(operation, axis2, operand.shape, "axis2")
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE
    if dims is not None and first is not None and second is not None:
        shape = Shape(tuple(dim for axis, dim in enumerate(dims) if axis not in (first, second)))
    return operation.array_result(shape, operation.array_dtype(dtype, dtypes.accumulated(operand.dtype)), operand)


@model("np.delete")
def delete(operation: Operation, arr: Value, obj: Value, axis: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.delete.html."""
    operand = operation.array(arr)
    rank = 1 if operation.is_none(axis) else operand.shape.rank
    return laid_out(operation, UNKNOWN_SHAPE if rank is None else of_rank(rank), operand)
