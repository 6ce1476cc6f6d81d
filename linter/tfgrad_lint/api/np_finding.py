"""NumPy's functions that find entries and count them: where, how often, between which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.defaults import ZERO
from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, Constant, OfType, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

# As many bins as np.histogram makes unless told.
_BINS = Constant(10)


@model("np.argwhere")
def argwhere(operation: Operation, a: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.argwhere.html: a row for each entry that is not 0."""
    operand = operation.array(a)
    rank: Dim = UNKNOWN if operand.shape.rank is None else operand.shape.rank
    return operation.array_result(Shape((UNKNOWN, rank)), "int64", operand)


@model("np.flatnonzero")
def flatnonzero(operation: Operation, a: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.flatnonzero.html."""
    return operation.array_result(of_rank(1), "int64", operation.array(a))


@model("np.setdiff1d")
def setdiff1d(operation: Operation, ar1: Value, ar2: Value, assume_unique: Value = FALSE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.setdiff1d.html: a vector of what is left."""
    operand = operation.array(ar1)
    return operation.array_result(of_rank(1), operand.dtype, operand, operation.array(ar2))


@model("np.bincount")
def bincount(operation: Operation, x: Value, weights: Value = NONE, minlength: Value = ZERO) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.bincount.html: a count for each number."""
    operand = operation.array(x)
    check_rank("x", operand.shape, 1)
    dtype = "int64" if operation.is_none(weights) else "float64"
    return operation.array_result(of_rank(1), dtype, operand, operation.array(weights))


@model("np.searchsorted")
def searchsorted(operation: Operation, a: Value, v: Value, side: Value = NONE, sorter: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.searchsorted.html: a place for each of ``v``."""
    return _like(operation, v, "int64", a)


@model("np.digitize")
def digitize(operation: Operation, x: Value, bins: Value, right: Value = FALSE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.digitize.html: a number of a bin for each of ``x``."""
    return _like(operation, x, "int64", bins)


def _like(operation: Operation, queries: Value, dtype: str | None, *others: Value) -> Tensor:
    operand = operation.array(queries)
    return operation.array_result(operand.shape, dtype, operand, *map(operation.array, others))


@model("np.interp")
def interp(
    operation: Operation,
    x: Value,
    xp: Value,
    fp: Value,
    left: Value = NONE,
    right: Value = NONE,
    period: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.interp.html: a value for each of ``x``."""
    known = operation.array(fp)
    real = "float64" if known.dtype in dtypes.INTEGER | dtypes.FLOATING else None
    return _like(operation, x, real, xp, fp)


def member(operation: Operation, element: Value, test_elements: Value, *_options: Value) -> Tensor:
    """Model ``np.isin``: an answer for each entry."""
    return _like(operation, element, "bool", test_elements)


@model("np.histogram")
def histogram(
    operation: Operation,
    a: Value,
    bins: Value = _BINS,
    range: Value = NONE,
    density: Value = NONE,
    weights: Value = NONE,
) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.histogram.html: counts, and the edges between them."""
    operand = operation.array(a)
    size: Dim = UNKNOWN
    if isinstance(bins, Constant | OfType):
        size = operation.integer(bins)
    elif isinstance(bins, Tensor | Sequence) and (edges := operation.array(bins).shape.dims) is not None:
        size = operation.integer(bins) if not edges else edges[0] - 1
    counted = "int64" if operation.is_none(density) and operation.is_none(weights) else None
    counts = operation.array_result(Shape((size,)), counted, operand)
    return Sequence((counts, operation.array_result(Shape((size + 1,)), None, operand)))


@model("np.append")
def append(operation: Operation, arr: Value, values: Value, axis: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.append.html: both are flattened unless told an axis."""
    first, second = operation.array(arr), operation.array(values)
    dtype = dtypes.promote(first.dtype, second.dtype) if first.dtype and second.dtype else None
    if not operation.is_none(axis):
        return operation.array_result(UNKNOWN_SHAPE, dtype, first, second)
    return operation.array_result(Shape((first.shape.size + second.shape.size,)), dtype, first, second)


add_family(
    "np.isin",
    member,
    "element test_elements assume_unique invert kind",
    **dict.fromkeys(("assume_unique", "invert", "kind"), NONE),
)
