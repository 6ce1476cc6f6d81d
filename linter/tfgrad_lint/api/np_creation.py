"""NumPy's constructors: arrays from values, shapes, ranges and other arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.creation import filled_shape, range_size
from tfgrad_lint.api.defaults import ONE, ZERO
from tfgrad_lint.api.joining import XY, grid_shape
from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, Constant, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

FIFTY = Constant(50)


def retyped(operation: Operation, operand: Tensor, dtype: Value) -> Tensor:
    """Return an array like ``operand``, of the dtype that an argument names."""
    target = operation.array_dtype(dtype, operand.dtype)
    known = operand.content if target in dtypes.INTEGER else None
    return operation.array_result(operand.shape, target, operand, content=known, explicit=operand.explicit)


@model("np.array")
def array(
    operation: Operation,
    object: Value,
    dtype: Value = NONE,
    *,
    copy: Value = TRUE,
    order: Value = NONE,
    subok: Value = FALSE,
    ndmin: Value = ZERO,
    ndmax: Value = ZERO,
    like: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.array.html."""
    result = retyped(operation, operation.array(object), dtype)
    least = operation.integer(ndmin)
    if least == 0:
        return result
    dims = result.shape.dims
    if dims is None or not isinstance(least, int):
        return operation.array_result(UNKNOWN_SHAPE, result.dtype, result)
    return operation.array_result(Shape((1,) * (least - len(dims)) + dims), result.dtype, result, explicit=True)


@model("np.asarray", "np.asanyarray", "np.ascontiguousarray", "np.asfortranarray")
def asarray(
    operation: Operation,
    a: Value,
    dtype: Value = NONE,
    order: Value = NONE,
    *,
    device: Value = NONE,
    copy: Value = NONE,
    like: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.asarray.html."""
    return retyped(operation, operation.array(a), dtype)


@model("np.copy")
def copied(operation: Operation, a: Value, order: Value = NONE, subok: Value = FALSE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.copy.html."""
    return retyped(operation, operation.array(a), NONE)


@model("np.loadtxt", "np.genfromtxt")
def loaded_text(operation: Operation, fname: Value, dtype: Value = NONE, *rest: Value, **options: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.loadtxt.html: a table where columns are told apart."""
    unusual = {"usecols", "unpack", "ndmin", "names", "converters"} & options.keys()
    table = "delimiter" in options and not unusual and not rest
    plain = operation.is_none(dtype) or operation.array_dtype(dtype) is not None
    return operation.array_result(of_rank(2) if table and plain else UNKNOWN_SHAPE, None)


def filled_array(operation: Operation, shape: Value, dtype: str | None, *inputs: Value) -> Tensor:
    """Return a new array of the shape that an argument gives; a literal 1 in it is meant to broadcast."""
    dims = operation.dims(shape)
    return operation.array_result(filled_shape(dims), dtype, *inputs, explicit=dims is not None and 1 in dims)


@model("np.zeros", "np.ones", "np.empty")
def zeros(
    operation: Operation,
    shape: Value,
    dtype: Value = NONE,
    order: Value = NONE,
    *,
    device: Value = NONE,
    like: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.zeros.html."""
    return filled_array(operation, shape, operation.array_dtype(dtype, "float64"))


@model("np.full")
def full(
    operation: Operation,
    shape: Value,
    fill_value: Value,
    dtype: Value = NONE,
    order: Value = NONE,
    *,
    device: Value = NONE,
    like: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.full.html."""
    value = operation.array(fill_value)
    return filled_array(operation, shape, operation.array_dtype(dtype, value.dtype), value)


@model("np.zeros_like", "np.ones_like", "np.empty_like")
def zeros_like(
    operation: Operation,
    a: Value,
    dtype: Value = NONE,
    order: Value = NONE,
    subok: Value = TRUE,
    shape: Value = NONE,
    *,
    device: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.zeros_like.html."""
    operand = operation.array(a)
    target = operation.array_dtype(dtype, operand.dtype)
    if not operation.is_none(shape):
        return filled_array(operation, shape, target)
    return operation.array_result(operand.shape, target, operand, explicit=operand.explicit)


@model("np.full_like")
def full_like(
    operation: Operation,
    a: Value,
    fill_value: Value,
    dtype: Value = NONE,
    order: Value = NONE,
    subok: Value = TRUE,
    shape: Value = NONE,
    *,
    device: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.full_like.html."""
    return zeros_like(operation, a, dtype, order, subok, shape)


@model("np.eye")
def eye(
    operation: Operation,
    N: Value,  # noqa: N803  NumPy's own name
    M: Value = NONE,  # noqa: N803
    k: Value = ZERO,
    dtype: Value = NONE,
    order: Value = NONE,
    *,
    device: Value = NONE,
    like: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.eye.html."""
    rows = operation.integer(N)
    columns = rows if operation.is_none(M) else operation.integer(M)
    return operation.array_result(filled_shape((rows, columns)), operation.array_dtype(dtype, "float64"))


@model("np.identity")
def identity(operation: Operation, n: Value, dtype: Value = NONE, *, like: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.identity.html."""
    return eye(operation, n, dtype=dtype)


@model("np.arange")
def arange(
    operation: Operation,
    start: Value,
    stop: Value = NONE,
    step: Value = ONE,
    dtype: Value = NONE,
    *,
    device: Value = NONE,
    like: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.arange.html."""
    if operation.is_none(stop):
        start, stop = ZERO, start
    size, _ = range_size(start, stop, step)
    kinds = [operation.array(value).dtype for value in (start, stop, step)]
    common = kinds[0]
    for kind in kinds[1:]:
        common = dtypes.promote(common, kind)
    return operation.array_result(Shape((size,)), operation.array_dtype(dtype, common), start, stop, step)


@model("np.linspace")
def linspace(
    operation: Operation,
    start: Value,
    stop: Value,
    num: Value = FIFTY,
    endpoint: Value = TRUE,
    retstep: Value = FALSE,
    dtype: Value = NONE,
    axis: Value = ZERO,
    *,
    device: Value = NONE,
) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.linspace.html."""
    result = _spaced(operation, start, stop, num, dtype, axis)
    with_step = operation.boolean(retstep)
    if with_step is None:
        return operation.unknown(start, stop)
    return Sequence((result, operation.unknown(start, stop))) if with_step else result


def _spaced(operation: Operation, start: Value, stop: Value, num: Value, dtype: Value, axis: Value) -> Tensor:
    first, last = operation.array(start), operation.array(stop)
    bounds = broadcast(first.shape, last.shape).dims
    count = operation.integer(num)
    shape = UNKNOWN_SHAPE
    if bounds is not None and (operation.integer(axis) == 0 or not bounds):
        shape = filled_shape((count, *bounds))
    elif bounds is not None and operation.integer(axis) == -1:
        shape = filled_shape((*bounds, count))
    common = dtypes.inexact(dtypes.promote(first.dtype, last.dtype))
    # A scalar bound of 32 bits is weak or not by NumPy's version.
    inferred = common if common == "float64" else None
    return operation.array_result(shape, operation.array_dtype(dtype, inferred), first, last)


@model("np.logspace")
def logspace(
    operation: Operation,
    start: Value,
    stop: Value,
    num: Value = FIFTY,
    endpoint: Value = TRUE,
    base: Value = NONE,
    dtype: Value = NONE,
    axis: Value = ZERO,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.logspace.html."""
    return _spaced(operation, start, stop, num, dtype, axis)


@model("np.geomspace")
def geomspace(
    operation: Operation,
    start: Value,
    stop: Value,
    num: Value = FIFTY,
    endpoint: Value = TRUE,
    dtype: Value = NONE,
    axis: Value = ZERO,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.geomspace.html."""
    return _spaced(operation, start, stop, num, dtype, axis)


@model("np.meshgrid")
def meshgrid(
    operation: Operation, *xi: Value, copy: Value = TRUE, sparse: Value = FALSE, indexing: Value = XY
) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.meshgrid.html."""
    vectors = [operation.array(value) for value in xi]
    whole = operation.boolean(sparse) is False
    shape = grid_shape(operation, vectors, indexing) if whole else UNKNOWN_SHAPE
    return Sequence(tuple(operation.array_result(shape, vector.dtype, vector) for vector in vectors))


@model("np.diag")
def diag(operation: Operation, v: Value, k: Value = ZERO) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.diag.html: a matrix of a vector, or the reverse."""
    operand = operation.array(v)
    dims, offset = operand.shape.dims, operation.integer(k)
    if dims is None or not isinstance(offset, int):
        return operation.array_result(UNKNOWN_SHAPE, operand.dtype, operand)
    if len(dims) == 1:
        size = dims[0] + abs(offset)
        return operation.array_result(Shape((size, size)), operand.dtype, operand)
    check_rank("v", operand.shape, 1, 2)
    length = diagonal_length(dims[0], dims[1], offset)
    return operation.array_result(Shape((length,)), operand.dtype, operand)


def diagonal_length(rows: Dim, columns: Dim, offset: int) -> Dim:
    """Return the number of entries on a diagonal of a matrix."""
    if isinstance(rows, int) and isinstance(columns, int):
        return max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    return rows if offset == 0 and rows is columns else UNKNOWN


@model("np.tri")
def tri(
    operation: Operation,
    N: Value,  # noqa: N803  NumPy's own name
    M: Value = NONE,  # noqa: N803
    k: Value = ZERO,
    dtype: Value = NONE,
    *,
    like: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.tri.html."""
    return eye(operation, N, M, k, dtype)


@model("np.tril", "np.triu")
def triangle(operation: Operation, m: Value, k: Value = ZERO) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.tril.html."""
    operand = operation.array(m)
    if operand.shape.rank is None or operand.shape.rank < 2:
        return operation.array_result(UNKNOWN_SHAPE, operand.dtype, operand)
    return operation.array_result(operand.shape, operand.dtype, operand)


def number(operation: Operation, x: Value) -> Tensor:
    """Model NumPy's number types as functions: ``np.float32(x)``."""
    operand = operation.array(x)
    name = operation.name.rpartition(".")[2]
    target = dtypes.NUMPY_ALIASES.get(name, name)
    known = operand.content if target in dtypes.INTEGER else None
    return operation.array_result(operand.shape, target, operand, content=known, explicit=operand.explicit)


_NUMBERS = (
    "np.float16 np.float32 np.float64 np.int8 np.int16 np.int32 np.int64 np.uint8 np.uint16 np.uint32 np.uint64 "
    "np.bool_ np.complex64 np.complex128 np.double np.single np.half"
)
add_family(_NUMBERS, number, "x", x=ZERO)
