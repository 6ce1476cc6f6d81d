"""Subscripts: integers, slices, ``newaxis``, ellipsis, masks, and NumPy's index arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfgrad_lint.api import content
from tfgrad_lint.api.masking import masked_shape
from tfgrad_lint.api.registry import find, model
from tfgrad_lint.domain.values import (
    NONE,
    ApiObject,
    Constant,
    Integer,
    OfType,
    Sequence,
    Slice,
    Tensor,
    TensorShape,
    Value,
    of_dim,
)
from tfgrad_lint.shapes.broadcasting import broadcast_all
from tfgrad_lint.shapes.conflicts import IndexConflict, TooManyIndicesConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape
from tfgrad_lint.shapes.slicing import slice_size

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

INDEXED = "indices carry no gradient"


@model("operator.getitem", "Tensor.__getitem__")
def getitem(operation: Operation, a: Value, b: Value) -> Value:
    """Model ``a[b]`` on tensors, arrays and shapes."""
    if isinstance(a, TensorShape):
        return _shape_item(operation, a, b)
    if isinstance(a, ApiObject) and (own := find(a.type, "__getitem__")) is not None:
        return own.call(operation, (a, b), {})
    if not isinstance(a, Tensor):
        return operation.unknown(a, b)
    operand = operation.tensor(a)
    if operand.kind == "array" and operand.dtype in ("string", None) and operand.shape.rank == 0:
        # An entry of an array of strings is a string, which has characters.
        return operation.unknown(a, b)
    if operand.kind == "array":
        shape, explicit = array_item_shape(operation, operand.shape, b)
        result = operation.array_result(shape, operand.dtype, operand, explicit=explicit or operand.explicit)
    else:
        shape, explicit = item_shape(operation, operand.shape, b)
        chosen = [operation.cut_off(key, INDEXED) for key in _keys(b) if isinstance(key, Tensor)]
        explicit = explicit or (operand.explicit and (shape.dims is None or 1 in shape.dims))
        result = operation.tensor_result(shape, operand.dtype, operand, *chosen, explicit=explicit)
    return _with_elements(result, operand, b)


def item_shape(operation: Operation, shape: Shape, key: Value) -> tuple[Shape, bool]:
    """Return the shape of ``x[key]`` for a tensor, and whether the key makes a size-1 axis on purpose.

    Raises:
        IndexConflict: an index is out of range.
        TooManyIndicesConflict: there are more indices than axes.
        MaskConflict: a boolean mask does not fit.
    """
    if isinstance(key, Tensor) and (key.shape.rank != 0 or key.dtype == "bool"):
        mask = operation.tensor(key)
        return (masked_shape(shape, mask.shape, 0), False) if mask.dtype == "bool" else (UNKNOWN_SHAPE, False)
    keys = _keys(key)
    if not all(_is_basic(item) for item in keys):
        return UNKNOWN_SHAPE, False
    return basic_shape(operation, shape, keys)


def basic_shape(operation: Operation, shape: Shape, keys: tuple[Value, ...]) -> tuple[Shape, bool]:
    """Return the shape that integers, slices, ``newaxis`` and an ellipsis select, and if a size 1 is on purpose.

    Raises:
        IndexConflict: an index is out of range.
        TooManyIndicesConflict: there are more indices than axes.
    """
    explicit = any(operation.is_none(key) or _is_single(operation, key) for key in keys)
    positions = _positions(shape, keys)
    if positions is None:
        return UNKNOWN_SHAPE, explicit
    dims: list[Dim] = []
    for key, axes in positions:
        if operation.is_none(key):
            dims.append(1)
        elif isinstance(key, Slice):
            dims.append(_sliced(operation, (shape.dims or ())[axes[0]], key))
        elif _is_ellipsis(key):
            dims.extend((shape.dims or ())[axis] for axis in axes)
        else:
            _check_index(operation.integer(key), shape, axes[0])
    return Shape(tuple(dims)), explicit


def array_item_shape(operation: Operation, shape: Shape, key: Value) -> tuple[Shape, bool]:
    """Return the shape of ``x[key]`` for an array, index arrays and masks included.

    Raises:
        IndexConflict: an index is out of range.
        TooManyIndicesConflict: there are more indices than axes.
        MaskConflict: a boolean mask does not fit.
        BroadcastConflict: index arrays do not broadcast.
    """
    keys = _keys(key) if not (isinstance(key, Sequence) and key.kind == "list") else (key,)
    if all(_is_basic(item) for item in keys):
        return basic_shape(operation, shape, keys)
    if not all(_is_basic(item) or isinstance(item, Tensor | Sequence) for item in keys):
        # What is not known may be ``newaxis``, which takes no axis.
        return UNKNOWN_SHAPE, False
    if len(keys) == 1:
        chosen = operation.array(keys[0])
        if chosen.dtype == "bool":
            # NumPy takes a single truth value as a mask in front of the axes.
            return UNKNOWN_SHAPE if chosen.shape.rank == 0 else masked_shape(shape, chosen.shape, 0), False
        if chosen.dtype is None or chosen.shape.dims is None or shape.dims is None:
            return UNKNOWN_SHAPE, False
        if not shape.dims:
            raise TooManyIndicesConflict(shape, 1)
        return Shape(chosen.shape.dims + shape.dims[1:]), False
    return _advanced(operation, shape, keys), any(operation.is_none(item) for item in keys)


@dataclass(frozen=True, slots=True)
class _Picked:
    """Index arrays that stand side by side from position ``start`` of the result on."""

    start: int
    shapes: tuple[Shape, ...]


def _advanced(operation: Operation, shape: Shape, keys: tuple[Value, ...]) -> Shape:
    # https://numpy.org/doc/stable/user/basics.indexing.html#combining-advanced-and-basic-indexing
    positions = _positions(shape, keys)
    if positions is None or shape.dims is None:
        return UNKNOWN_SHAPE
    dims: list[Dim] = []
    picked: _Picked | None = None
    adjacent, last = True, -2
    for place, (key, axes) in enumerate(positions):
        if operation.is_none(key):
            dims.append(1)
        elif isinstance(key, Slice):
            dims.append(_sliced(operation, shape.dims[axes[0]], key))
        elif _is_ellipsis(key):
            dims.extend(shape.dims[axis] for axis in axes)
        else:
            chosen = operation.array(key)
            if chosen.dtype in (None, "bool"):
                return UNKNOWN_SHAPE
            adjacent = adjacent and last in (-2, place - 1)
            last = place
            start, earlier = (len(dims), ()) if picked is None else (picked.start, picked.shapes)
            picked = _Picked(start, (*earlier, chosen.shape))
    if picked is None:
        return UNKNOWN_SHAPE
    together = broadcast_all(picked.shapes).dims
    if together is None:
        return UNKNOWN_SHAPE
    start = picked.start if adjacent else 0
    return Shape((*dims[:start], *together, *dims[start:]))


def _keys(key: Value) -> tuple[Value, ...]:
    return key.items if isinstance(key, Sequence) else (key,)


def _is_ellipsis(key: Value) -> bool:
    return isinstance(key, Constant) and key.value is Ellipsis


def _is_basic(key: Value) -> bool:
    if isinstance(key, Constant):
        return key.value is None or key.value is Ellipsis or type(key.value) is int
    if isinstance(key, Tensor):
        return key.shape.rank == 0 and key.dtype not in (None, "bool")
    return isinstance(key, Slice | Integer) or (isinstance(key, OfType) and key.type == "int")


def _is_single(operation: Operation, key: Value) -> bool:
    # x[:, :1] keeps an axis of size 1 on purpose.
    if not isinstance(key, Slice) or not operation.is_none(key.step):
        return False
    lower, upper = _part(operation, key.lower), _part(operation, key.upper)
    return slice_size(UNKNOWN, lower, upper, None) == 1


def _positions(shape: Shape, keys: tuple[Value, ...]) -> list[tuple[Value, tuple[int, ...]]] | None:
    """Return each key with the axes that it takes, the ellipsis written out; None if the rank is not known."""
    if shape.dims is None:
        return None
    count = sum(not _is_ellipsis(key) and key != NONE for key in keys)
    if count > len(shape.dims):
        raise TooManyIndicesConflict(shape, count)
    if not any(_is_ellipsis(key) for key in keys):
        keys = (*keys, Constant(Ellipsis))
    result: list[tuple[Value, tuple[int, ...]]] = []
    axis = 0
    for key in keys:
        taken = len(shape.dims) - count if _is_ellipsis(key) else 0 if key == NONE else 1
        result.append((key, tuple(range(axis, axis + taken))))
        axis += taken
    return result


def _check_index(index: Dim, shape: Shape, axis: int) -> None:
    size = (shape.dims or ())[axis]
    if isinstance(index, int) and isinstance(size, int) and not -size <= index < size:
        raise IndexConflict(shape, axis, index)


def _part(operation: Operation, value: Value) -> Dim | None:
    return None if operation.is_none(value) else operation.integer(value)


def _sliced(operation: Operation, size: Dim, key: Slice) -> Dim:
    parts = (key.lower, key.upper, key.step)
    lower, upper, step = (_part(operation, part) for part in parts)
    return slice_size(size, lower, upper, step)


def _with_elements(result: Tensor, operand: Tensor, key: Value) -> Tensor:
    """Return ``result`` with the elements that ``key`` selects from a vector of known ones."""
    if operand.content is None or operand.shape.rank != 1:
        return result
    known: Dim | TensorShape | None = None
    if isinstance(key, Constant) and type(key.value) is int:
        known = content.element(operand, key.value)
    elif isinstance(key, Slice) and (dims := content.elements(operand)) is not None:
        window = _constant_slice(key)
        known = None if window is None else content.vector(dims[window], result.node)
    if known is None:
        return result
    return Tensor(result.shape, result.dtype, result.node, result.kind, known, result.explicit)


def _constant_slice(key: Slice) -> slice | None:
    parts = [part.value for part in (key.lower, key.upper, key.step) if isinstance(part, Constant)]
    return slice(*parts) if len(parts) == 3 and all(part is None or type(part) is int for part in parts) else None


def _shape_item(operation: Operation, shape: TensorShape, key: Value) -> Value:
    if isinstance(key, Constant) and type(key.value) is int:
        rank = shape.shape.rank
        if rank is not None and not -rank <= key.value < rank:
            raise IndexConflict(Shape((rank,)), 0, key.value)
        return of_dim(shape.dim(key.value))
    if isinstance(key, Slice):
        dims, window = shape.dims(), _constant_slice(key)
        known = UNKNOWN_SHAPE if dims is None or window is None else Shape(dims[window])
        return TensorShape(known, operation.node(shape))
    return operation.unknown(shape) if not isinstance(key, Integer | OfType) else OfType("int")
