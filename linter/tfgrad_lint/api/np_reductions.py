"""NumPy's reductions, functions along an axis and statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axes_argument, axis_argument
from tfgrad_lint.api.defaults import LAST, ONE
from tfgrad_lint.api.reductions import reduced_content, reduced_shape
from tfgrad_lint.api.registry import Model, add_family, add_model, model
from tfgrad_lint.domain.values import FALSE, NONE, Constant, OfType, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule

_SUMS = "np.sum np.prod np.nansum np.nanprod np.product"
_EXTREMES = "np.max np.min np.amax np.amin np.nanmax np.nanmin"
_MEANS = "np.mean np.nanmean"
_SPREADS = "np.std np.var np.nanstd np.nanvar"
_TESTS = "np.all np.any np.alltrue np.sometrue"


def reduce_array(operation: Operation, operand: Tensor, axis: Value, keepdims: Value, dtype: str | None) -> Tensor:
    """Return an array reduced over the axes that ``axis`` names, and say that it happened.

    Raises:
        AxisConflict: the array has no such axis.
        RepeatedAxisConflict: an axis is named twice.
    """
    keep = False if operation.is_none(keepdims) else operation.boolean(keepdims)
    named = operation.dims(axis)
    # NumPy lets a scalar be reduced over the axis that it does not have.
    of_scalar = operand.shape.rank == 0 and named is not None and set(named) <= {0, -1}
    axes = () if of_scalar else axes_argument(operation, axis, operand.shape)
    shape = reduced_shape(operand.shape, axes, keep)
    if operation.is_none(axis) and keep is False:
        shape = SCALAR
    known = reduced_content(operation, operand, axes) if keep is False and dtype in dtypes.INTEGER else None
    result = operation.array_result(shape, dtype, operand, content=known, explicit=bool(keep))
    return operation.reduced(operand, axes, keep, result, axis)


def total(
    operation: Operation, a: Value, axis: Value, dtype: Value, _out: Value, keepdims: Value, *_options: Value
) -> Tensor:
    """Model ``np.sum`` and ``np.prod``: integers are added as 64 bits."""
    operand = operation.array(a)
    kind = operation.array_dtype(dtype, dtypes.accumulated(operand.dtype))
    return reduce_array(operation, operand, axis, keepdims, kind)


def extreme(operation: Operation, a: Value, axis: Value, _out: Value, keepdims: Value, *_options: Value) -> Tensor:
    """Model ``np.max`` and ``np.min``."""
    operand = operation.array(a)
    return reduce_array(operation, operand, axis, keepdims, operand.dtype)


def mean(
    operation: Operation, a: Value, axis: Value, dtype: Value, _out: Value, keepdims: Value, **_options: Value
) -> Tensor:
    """Model ``np.mean``."""
    operand = operation.array(a)
    kind = operation.array_dtype(dtype, dtypes.inexact(operand.dtype))
    return reduce_array(operation, operand, axis, keepdims, kind)


def spread(
    operation: Operation,
    a: Value,
    axis: Value,
    dtype: Value,
    _out: Value,
    _ddof: Value,
    keepdims: Value,
    **_options: Value,
) -> Tensor:
    """Model ``np.std`` and ``np.var``."""
    operand = operation.array(a)
    kind = operation.array_dtype(dtype, dtypes.real_part(dtypes.inexact(operand.dtype)))
    return reduce_array(operation, operand, axis, keepdims, kind)


def test(operation: Operation, a: Value, axis: Value, _out: Value, keepdims: Value, **_options: Value) -> Tensor:
    """Model ``np.all`` and ``np.any``."""
    return reduce_array(operation, operation.array(a), axis, keepdims, "bool")


def argument(operation: Operation, a: Value, axis: Value, _out: Value, keepdims: Value) -> Tensor:
    """Model ``np.argmax`` and ``np.argmin``: of the flattened array unless told."""
    return reduce_array(operation, operation.array(a), axis, keepdims, "int64")


def quantile(
    operation: Operation,
    a: Value,
    q: Value,
    axis: Value = NONE,
    out: Value = NONE,
    overwrite_input: Value = FALSE,
    method: Value = NONE,
    keepdims: Value = FALSE,
    weights: Value = NONE,
    interpolation: Value = NONE,
) -> Tensor:
    """Model ``np.percentile`` and ``np.quantile``: the shape of ``q`` comes first."""
    operand, levels = operation.array(a), operation.array(q)
    reduced = reduce_array(operation, operand, axis, keepdims, dtypes.inexact(operand.dtype))
    outer, inner = levels.shape.dims, reduced.shape.dims
    shape = UNKNOWN_SHAPE if outer is None or inner is None else Shape(outer + inner)
    return operation.array_result(shape, None, reduced)


@model("np.median", "np.nanmedian")
def median(
    operation: Operation,
    a: Value,
    axis: Value = NONE,
    out: Value = NONE,
    overwrite_input: Value = FALSE,
    keepdims: Value = FALSE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.median.html."""
    operand = operation.array(a)
    return reduce_array(operation, operand, axis, keepdims, dtypes.inexact(operand.dtype))


@model("np.average")
def average(
    operation: Operation,
    a: Value,
    axis: Value = NONE,
    weights: Value = NONE,
    returned: Value = FALSE,
    *,
    keepdims: Value = NONE,
) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.average.html."""
    if operation.boolean(returned) is not False:
        return operation.unknown(a)
    return reduce_array(operation, operation.array(a), axis, keepdims, None)


@model("np.ptp")
def ptp(operation: Operation, a: Value, axis: Value = NONE, out: Value = NONE, keepdims: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.ptp.html."""
    operand = operation.array(a)
    return reduce_array(operation, operand, axis, keepdims, operand.dtype)


def cumulative(operation: Operation, a: Value, axis: Value, dtype: Value, _out: Value) -> Tensor:
    """Model ``np.cumsum`` and ``np.cumprod``: of the flattened array unless told."""
    operand = operation.array(a)
    kind = operation.array_dtype(dtype, dtypes.accumulated(operand.dtype))
    if operation.is_none(axis):
        return operation.array_result(Shape((operand.shape.size,)), kind, operand)
    axis_argument(operation, axis, operand.shape)
    return operation.array_result(operand.shape, kind, operand, explicit=operand.explicit)


@model("np.diff")
def diff(
    operation: Operation,
    a: Value,
    n: Value = ONE,
    axis: Value = LAST,
    prepend: Value = NONE,
    append: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.diff.html."""
    operand = operation.array(a)
    place, count = axis_argument(operation, axis, operand.shape), operation.integer(n)
    dims = operand.shape.dims
    plain = operation.is_none(prepend) and operation.is_none(append)
    shape = UNKNOWN_SHAPE if dims is None else of_rank(len(dims))
    if dims is not None and place is not None and isinstance(count, int) and plain:
        rest = dims[place] - count
        left = max(rest, 0) if isinstance(rest, int) else rest
        shape = Shape((*dims[:place], left, *dims[place + 1 :]))
    return operation.array_result(shape, None if operand.dtype == "bool" else operand.dtype, operand)


def ordered(operation: Operation, a: Value, axis: Value, *_options: Value) -> Tensor:
    """Model ``np.sort`` and ``np.argsort``: of the flattened array for None."""
    operand = operation.array(a)
    dtype = "int64" if operation.name.endswith("argsort") else operand.dtype
    if operation.is_none(axis):
        return operation.array_result(Shape((operand.shape.size,)), dtype, operand)
    # np.argsort, unlike np.sort, takes a scalar for a vector of one.
    is_vector = operand.shape.rank == 0 and operation.name.endswith("argsort")
    shape = Shape((1,)) if is_vector else operand.shape
    axis_argument(operation, axis, shape)
    return operation.array_result(shape, dtype, operand, explicit=operand.explicit)


@model("np.count_nonzero")
def count_nonzero(operation: Operation, a: Value, axis: Value = NONE, *, keepdims: Value = FALSE) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.count_nonzero.html."""
    return reduce_array(operation, operation.array(a), axis, keepdims, "int64")


@model("np.cov", "np.corrcoef")
def covariance(
    operation: Operation,
    m: Value,
    y: Value = NONE,
    rowvar: Value = NONE,
    bias: Value = FALSE,
    ddof: Value = NONE,
    fweights: Value = NONE,
    aweights: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.cov.html: a row for each variable."""
    operand = operation.array(m)
    dims = operand.shape.dims
    by_rows = operation.is_none(rowvar) or operation.boolean(rowvar)
    if dims is None or len(dims) != 2 or not operation.is_none(y) or by_rows is None:
        return operation.array_result(UNKNOWN_SHAPE, None, operand)
    size = dims[0] if by_rows else dims[1]
    # A single variable gives a scalar.
    shape = Shape((size, size)) if isinstance(size, int) and size > 1 else UNKNOWN_SHAPE
    return operation.array_result(shape, None, operand)


@model("np.size")
def size(operation: Operation, a: Value, axis: Value = NONE) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.size.html."""
    operand = operation.array(a)
    count = operand.shape.size if operation.is_none(axis) else None
    return Constant(count) if isinstance(count, int) else OfType("int")


@model("np.unique")
def unique(
    operation: Operation,
    ar: Value,
    return_index: Value = FALSE,
    return_inverse: Value = FALSE,
    return_counts: Value = FALSE,
    axis: Value = NONE,
    *,
    equal_nan: Value = NONE,
    sorted: Value = NONE,
) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.unique.html."""
    operand = operation.array(ar)
    extras = [operation.boolean(flag) for flag in (return_index, return_inverse, return_counts)]
    if any(flag is not False for flag in extras) or not operation.is_none(axis):
        return operation.unknown(operand)
    return operation.array_result(of_rank(1), operand.dtype, operand)


def _add(names: str, rule: Rule, positional: str, keyword_only: str = "") -> None:
    parameters = tuple(positional.split())
    only = tuple(keyword_only.split())
    defaults = dict.fromkeys((*parameters[1:], *only), NONE)
    for name in names.split():
        add_model(Model(name, rule, parameters, defaults, only))


_add(_SUMS, total, "a axis dtype out keepdims initial where")
_add(_EXTREMES, extreme, "a axis out keepdims initial where")
_add(_MEANS, mean, "a axis dtype out keepdims", "where")
_add(_SPREADS, spread, "a axis dtype out ddof keepdims", "where mean correction")
_add(_TESTS, test, "a axis out keepdims", "where")
_add("np.argmax np.argmin np.nanargmax np.nanargmin", argument, "a axis out keepdims")
_add("np.cumsum np.cumprod np.nancumsum np.nancumprod", cumulative, "a axis dtype out")
add_family("np.sort np.argsort", ordered, "a axis kind order", axis=LAST, kind=NONE, order=NONE)
model("np.percentile", "np.quantile", "np.nanpercentile", "np.nanquantile")(quantile)
