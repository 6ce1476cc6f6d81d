"""NumPy's functions that join arrays and take one apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axis_argument
from tfgrad_lint.api.defaults import ZERO
from tfgrad_lint.api.joining import concat_shape, several_joined, split_sizes, stacked_rows, stacked_shape
from tfgrad_lint.api.np_layout import laid_out
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE, Constant, Repeated, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim


def _arrays(operation: Operation, values: Value) -> list[Tensor] | None:
    items = operation.items(values)
    return [operation.array(item) for item in items] if items else None


def _joined(operation: Operation, values: Value, shape: Shape, dtype: Value, arrays: list[Tensor]) -> Tensor:
    common = arrays[0].dtype
    for array in arrays[1:]:
        common = dtypes.promote(common, array.dtype)
    explicit = any(array.explicit for array in arrays) and (shape.dims is None or 1 in shape.dims)
    return operation.array_result(shape, operation.array_dtype(dtype, common), values, explicit=explicit)


@model("np.concatenate", "np.concat")
def concatenate(
    operation: Operation,
    arrays: Value,
    axis: Value = ZERO,
    out: Value = NONE,
    *,
    dtype: Value = NONE,
    casting: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.concatenate.html."""
    if isinstance(arrays, Repeated):
        item = operation.array(arrays.item)
        return operation.array_result(several_joined(operation, item.shape, axis), item.dtype, arrays)
    parts = _arrays(operation, arrays)
    if parts is None:
        return operation.array_result(UNKNOWN_SHAPE, None, arrays)
    if operation.is_none(axis):
        total: Dim = 0
        for part in parts:
            total = total + part.shape.size
        return _joined(operation, arrays, Shape((total,)), dtype, parts)
    where = operation.integer(axis)
    shape = concat_shape([part.shape for part in parts], where if isinstance(where, int) else None)
    return _joined(operation, arrays, shape, dtype, parts)


@model("np.stack")
def stack(
    operation: Operation,
    arrays: Value,
    axis: Value = ZERO,
    out: Value = NONE,
    *,
    dtype: Value = NONE,
    casting: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.stack.html."""
    parts = _arrays(operation, arrays)
    if parts is None:
        shape = stacked_rows(operation, operation.array(arrays).shape, axis)
        return operation.array_result(shape, None, arrays)
    return _joined(operation, arrays, stacked_shape(operation, parts, axis), dtype, parts)


@model("np.vstack", "np.hstack", "np.dstack", "np.column_stack", "np.row_stack")
def stack_along(operation: Operation, tup: Value, *, dtype: Value = NONE, casting: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.vstack.html: joins after filling up axes."""
    if isinstance(tup, Repeated):
        return _several_along(operation, tup)
    parts = _arrays(operation, tup)
    if parts is None or any(part.shape.dims is None for part in parts):
        return operation.array_result(UNKNOWN_SHAPE, None, tup)
    kind = operation.name.rpartition(".")[2]
    filled = [Shape(_filled_up(part.shape.dims or (), kind)) for part in parts]
    return _joined(operation, tup, concat_shape(filled, _axis_of(kind, filled[0])), dtype, parts)


def _several_along(operation: Operation, values: Repeated) -> Tensor:
    """Return any number of arrays joined by ``np.vstack`` and its like."""
    item = operation.array(values.item)
    kind = operation.name.rpartition(".")[2]
    shape = UNKNOWN_SHAPE
    if item.shape.dims is not None:
        filled = Shape(_filled_up(item.shape.dims, kind))
        shape = several_joined(operation, filled, Constant(_axis_of(kind, filled)))
    return operation.array_result(shape, item.dtype, values)


def _axis_of(kind: str, filled: Shape) -> int:
    axis = {"vstack": 0, "row_stack": 0, "dstack": 2, "column_stack": 1}.get(kind)
    return axis if axis is not None else 0 if filled.rank == 1 else 1


def _filled_up(dims: tuple[Dim, ...], kind: str) -> tuple[Dim, ...]:
    if kind == "column_stack" and len(dims) < 2:
        return (*(dims or (1,)), 1)
    if kind == "dstack":
        first: tuple[Dim, ...] = (1, *(dims or (1,))) if len(dims) < 2 else dims
        return (*first, 1) if len(first) == 2 else first
    own = dims or (1,)
    return (1, *own) if kind in ("vstack", "row_stack") and len(own) == 1 else own


@model("np.split", "np.array_split")
def split(operation: Operation, ary: Value, indices_or_sections: Value, axis: Value = ZERO) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.split.html."""
    operand = operation.array(ary)
    place = axis_argument(operation, axis, operand.shape)
    if not isinstance(indices_or_sections, Constant) or not operation.name.endswith(".split") or place is None:
        return operation.unknown(operand)
    return split_in(operation, operand, indices_or_sections, place)


def split_in(operation: Operation, operand: Tensor, sections: Value, axis: int) -> Value:
    """Return equal parts of an array, as many as ``sections`` says.

    Raises:
        SplitConflict: the size is certainly no multiple of that.
    """
    sizes = split_sizes(operation, operand.shape, sections, Constant(axis))
    if sizes is None or operand.shape.dims is None:
        return operation.unknown(operand)
    dims = operand.shape.dims
    parts = [laid_out(operation, Shape((*dims[:axis], size, *dims[axis + 1 :])), operand) for size in sizes]
    return Sequence(tuple(parts), "list")


@model("np.hsplit", "np.vsplit", "np.dsplit")
def split_along(operation: Operation, ary: Value, indices_or_sections: Value) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.hsplit.html: vectors are split along their only axis.

    Raises:
        RankConflict: the array has too few axes.
        SplitConflict: the size is certainly no multiple of the number of parts.
    """
    operand = operation.array(ary)
    axis, least = {"vsplit": (0, 2), "hsplit": (1, 1), "dsplit": (2, 3)}[operation.name.rpartition(".")[2]]
    check_least_rank("ary", operand.shape, least)
    if operand.shape.rank is None or not isinstance(indices_or_sections, Constant):
        return operation.unknown(operand)
    return split_in(operation, operand, indices_or_sections, min(axis, operand.shape.rank - 1))
