"""NumPy's products and linear algebra."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.defaults import TWO
from tfgrad_lint.api.einsum import einsum_shape
from tfgrad_lint.api.linalg import matrix, smaller, square
from tfgrad_lint.api.matmul import array_product_shape, tensordot_shape
from tfgrad_lint.api.np_reductions import reduce_array
from tfgrad_lint.api.promotion import array_operands
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, OfType, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.conflicts import ContractionConflict
from tfgrad_lint.shapes.dims import equal
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


@model("np.matmul")
def matmul(operation: Operation, x1: Value, x2: Value, out: Value = NONE, *, dtype: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.matmul.html."""
    left, right, kind = array_operands(operation, x1, x2)
    shape = array_product_shape(left.shape, right.shape)
    return operation.array_result(shape, operation.array_dtype(dtype, kind), left, right)


@model("np.dot")
def dot(operation: Operation, a: Value, b: Value, out: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.dot.html."""
    left, right, kind = array_operands(operation, a, b)
    return operation.array_result(dot_shape(left.shape, right.shape), kind, left, right)


def dot_shape(left: Shape, right: Shape) -> Shape:
    """Return the shape of the sum over the last axis of one and the last but one of the other operand.

    Raises:
        ContractionConflict: these certainly differ.
    """
    if left.dims is None or right.dims is None:
        return UNKNOWN_SHAPE
    if not left.dims or not right.dims:
        return left if not right.dims else right
    axis = -1 if len(right.dims) == 1 else -2
    inner, other = left.dims[-1], right.dims[axis]
    if equal(inner, other) is False:
        raise ContractionConflict(left, right, -1, axis, inner, other)
    rest = right.dims[:axis] + (right.dims[axis + 1 :] if axis != -1 else ())
    return Shape(left.dims[:-1] + rest)


@model("np.inner")
def inner(operation: Operation, a: Value, b: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.inner.html: over the last axes of both."""
    left, right, kind = array_operands(operation, a, b)
    first, second = left.shape.dims, right.shape.dims
    shape = UNKNOWN_SHAPE
    if first and second:
        if equal(first[-1], second[-1]) is False:
            raise ContractionConflict(left.shape, right.shape, -1, -1, first[-1], second[-1])
        shape = Shape(first[:-1] + second[:-1])
    elif first is not None and second is not None:
        shape = Shape(first + second)
    return operation.array_result(shape, kind, left, right)


@model("np.outer")
def outer(operation: Operation, a: Value, b: Value, out: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.outer.html: of the flattened operands."""
    left, right, kind = array_operands(operation, a, b)
    return operation.array_result(Shape((left.shape.size, right.shape.size)), kind, left, right)


@model("np.tensordot")
def tensordot(operation: Operation, a: Value, b: Value, axes: Value = TWO) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.tensordot.html."""
    left, right, kind = array_operands(operation, a, b)
    return operation.array_result(tensordot_shape(operation, left.shape, right.shape, axes), kind, left, right)


@model("np.einsum")
def einsum(
    operation: Operation, subscripts: Value, *operands: Value, out: Value = NONE, optimize: Value = FALSE
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.einsum.html."""
    arrays = [operation.array(value) for value in operands]
    text = operation.text(subscripts)
    shape = UNKNOWN_SHAPE if text is None else einsum_shape(text, tuple(array.shape for array in arrays))
    dtype = arrays[0].dtype if arrays else None
    for array in arrays[1:]:
        dtype = dtypes.promote(dtype, array.dtype)
    return operation.array_result(shape, dtype, *arrays)


@model("np.kron")
def kron(operation: Operation, a: Value, b: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.kron.html."""
    left, right, kind = array_operands(operation, a, b)
    first, second = left.shape.dims, right.shape.dims
    shape = UNKNOWN_SHAPE
    if first is not None and second is not None:
        rank = max(len(first), len(second))
        padded = (1,) * (rank - len(first)) + first, (1,) * (rank - len(second)) + second
        shape = Shape(tuple(p * q for p, q in zip(*padded, strict=True)))
    return operation.array_result(shape, kind, left, right)


def inverse(operation: Operation, a: Value) -> Tensor:
    """Model ``np.linalg.inv`` and ``np.linalg.cholesky``."""
    operand = operation.array(a)
    parts = square(operand.shape, "a")
    shape = UNKNOWN_SHAPE if parts is None else Shape((*parts[0], parts[1], parts[1]))
    return operation.array_result(shape, dtypes.inexact(operand.dtype), operand)


add_family("np.linalg.inv", inverse, "a")


@model("np.linalg.cholesky")
def cholesky(operation: Operation, a: Value, *, upper: Value = FALSE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.linalg.cholesky.html."""
    return inverse(operation, a)


@model("np.linalg.pinv")
def pinv(operation: Operation, a: Value, rcond: Value = NONE, hermitian: Value = FALSE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.linalg.pinv.html."""
    operand = operation.array(a)
    parts = matrix(operand.shape, "a")
    shape = UNKNOWN_SHAPE if parts is None else Shape((*parts[0], parts[2], parts[1]))
    return operation.array_result(shape, dtypes.inexact(operand.dtype), operand)


@model("np.linalg.det")
def det(operation: Operation, a: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.linalg.det.html."""
    operand = operation.array(a)
    parts = square(operand.shape, "a")
    shape = UNKNOWN_SHAPE if parts is None else Shape(parts[0])
    return operation.array_result(shape, dtypes.inexact(operand.dtype), operand)


@model("np.linalg.slogdet")
def slogdet(operation: Operation, a: Value) -> Sequence:
    """https://numpy.org/doc/stable/reference/generated/numpy.linalg.slogdet.html: sign and logarithm."""
    return Sequence((det(operation, a), det(operation, a)))


@model("np.linalg.solve")
def solve(operation: Operation, a: Value, b: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.linalg.solve.html."""
    left, right, kind = array_operands(operation, a, b)
    parts, dims = square(left.shape, "a"), right.shape.dims
    # How stacks of systems pair up with right-hand sides differs between NumPy's versions.
    shape = UNKNOWN_SHAPE
    if parts is not None and dims is not None and len(dims) in (1, 2) and not parts[0]:
        if equal(parts[1], dims[0]) is False:
            raise ContractionConflict(left.shape, right.shape, -2, -len(dims), parts[1], dims[0])
        shape = right.shape
    return operation.array_result(shape, dtypes.inexact(kind), left, right)


@model("np.linalg.norm")
def norm(operation: Operation, x: Value, ord: Value = NONE, axis: Value = NONE, keepdims: Value = FALSE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.linalg.norm.html."""
    operand = operation.array(x)
    return reduce_array(operation, operand, axis, keepdims, dtypes.real_part(dtypes.inexact(operand.dtype)))


@model("np.linalg.eigh", "np.linalg.eig")
def eigh(operation: Operation, a: Value, UPLO: Value = NONE) -> Sequence:  # noqa: N803  NumPy's own name
    """https://numpy.org/doc/stable/reference/generated/numpy.linalg.eigh.html: values and vectors."""
    operand = operation.array(a)
    parts = square(operand.shape, "a")
    values = UNKNOWN_SHAPE if parts is None else Shape((*parts[0], parts[1]))
    vectors = UNKNOWN_SHAPE if parts is None else Shape((*parts[0], parts[1], parts[1]))
    return Sequence(tuple(operation.array_result(shape, None, operand) for shape in (values, vectors)))


@model("np.linalg.svd")
def svd(
    operation: Operation,
    a: Value,
    full_matrices: Value = TRUE,
    compute_uv: Value = TRUE,
    hermitian: Value = FALSE,
) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.linalg.svd.html: ``u, s, vh``."""
    operand = operation.array(a)
    parts = matrix(operand.shape, "a")
    full, vectors = operation.boolean(full_matrices), operation.boolean(compute_uv)
    if full is None or vectors is None or parts is None:
        return operation.unknown(operand)
    batch, rows, columns = parts
    least = smaller(rows, columns)
    kind = dtypes.inexact(operand.dtype)
    values = operation.array_result(Shape((*batch, least)), dtypes.real_part(kind), operand)
    u = operation.array_result(Shape((*batch, rows, rows if full else least)), kind, operand)
    vh = operation.array_result(Shape((*batch, columns if full else least, columns)), kind, operand)
    return Sequence((u, values, vh)) if vectors else values


@model("np.allclose", "np.array_equal")
def allclose(
    operation: Operation,
    a: Value,
    b: Value,
    rtol: Value = NONE,
    atol: Value = NONE,
    equal_nan: Value = FALSE,
) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.allclose.html."""
    return OfType("bool")


@model("np.vdot")
def vdot(operation: Operation, a: Value, b: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.vdot.html: of the flattened operands."""
    left, right, kind = array_operands(operation, a, b)
    return operation.array_result(SCALAR, kind, left, right)
