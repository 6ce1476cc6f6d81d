"""Decompositions of stacks of matrices: eigenvalues, singular values, QR and LU, and what takes their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.defaults import INT32
from tfgrad_lint.api.linalg import matrix, of_square, smaller, solved, square
from tfgrad_lint.api.promotion import operands
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


@model("tf.linalg.eigvalsh", "tf.linalg.eigvals", "tf.eigvals")
def eigvalsh(operation: Operation, tensor: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/eigvalsh."""
    return eigen(operation, operation.tensor(tensor))[0]


def eigen(operation: Operation, operand: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues and eigenvectors; of matrices that are not symmetric, they are complex."""
    parts = square(operand.shape, "tensor")
    symmetric = operation.name.rpartition(".")[2] in ("eigh", "eigvalsh")
    dtype = operand.dtype
    if not symmetric and dtype not in dtypes.COMPLEX:
        dtype = dtypes.complex_of(dtype)
    values = UNKNOWN_SHAPE if parts is None else Shape((*parts[0], parts[1]))
    vectors = UNKNOWN_SHAPE if parts is None else Shape((*parts[0], parts[1], parts[1]))
    return operation.tensor_result(values, dtype, operand), operation.tensor_result(vectors, dtype, operand)


@model("tf.linalg.eigh", "tf.linalg.eig", "tf.eig")
def eigh(operation: Operation, tensor: Value, name: Value = NONE) -> Sequence:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/eigh: values and vectors."""
    return Sequence(eigen(operation, operation.tensor(tensor)))


@model("tf.linalg.svd")
def svd(
    operation: Operation,
    tensor: Value,
    full_matrices: Value = FALSE,
    compute_uv: Value = TRUE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/svd: ``s, u, v``."""
    operand = operation.tensor(tensor)
    parts = matrix(operand.shape, "tensor")
    full, vectors = operation.boolean(full_matrices), operation.boolean(compute_uv)
    if full is None or vectors is None:
        return operation.unknown(operand)
    shapes = [UNKNOWN_SHAPE] * 3
    if parts is not None:
        batch, rows, columns = parts
        least = smaller(rows, columns)
        u = Shape((*batch, rows, rows if full else least))
        v = Shape((*batch, columns, columns if full else least))
        shapes = [Shape((*batch, least)), u, v]
    kinds = [dtypes.real_part(operand.dtype), operand.dtype, operand.dtype]
    results = [operation.tensor_result(shape, kind, operand) for shape, kind in zip(shapes, kinds, strict=True)]
    return Sequence(tuple(results)) if vectors else results[0]


@model("tf.linalg.qr")
def qr(operation: Operation, input: Value, full_matrices: Value = FALSE, name: Value = NONE) -> Sequence:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/qr: ``q, r``."""
    operand = operation.tensor(input)
    parts, full = matrix(operand.shape, "input"), operation.boolean(full_matrices)
    shapes = [UNKNOWN_SHAPE] * 2
    if parts is not None and full is not None:
        batch, rows, columns = parts
        inner = rows if full else smaller(rows, columns)
        shapes = [Shape((*batch, rows, inner)), Shape((*batch, inner, columns))]
    return Sequence(tuple(operation.tensor_result(shape, operand.dtype, operand) for shape in shapes))


@model("tf.linalg.lu")
def lu(operation: Operation, input: Value, output_idx_type: Value = INT32, name: Value = NONE) -> Sequence:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/lu: both triangles in one matrix, and the permutation."""
    operand = operation.tensor(input)
    parts = square(operand.shape, "input")
    both, rows = UNKNOWN_SHAPE, UNKNOWN_SHAPE
    if parts is not None:
        both, rows = Shape((*parts[0], parts[1], parts[1])), Shape((*parts[0], parts[1]))
    triangles = operation.tensor_result(both, operand.dtype, operand)
    return Sequence((triangles, operation.tensor_result(rows, operation.dtype(output_idx_type), operand)))


def of_triangles(operation: Operation, lower_upper: Value, _perm: Value, _validate: Value, _name: Value) -> Tensor:
    """Model what becomes of the result of ``tf.linalg.lu``: a matrix of that size."""
    return of_square(operation, lower_upper, NONE)


@model("tf.linalg.lu_solve")
def lu_solve(
    operation: Operation,
    lower_upper: Value,
    perm: Value,
    rhs: Value,
    validate_args: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/lu_solve."""
    left, right, dtype = operands(operation, lower_upper, rhs)
    return operation.tensor_result(solved(left.shape, right.shape, ("lower_upper", "rhs")), dtype, left, right)


add_family(
    "tf.linalg.lu_matrix_inverse tf.linalg.lu_reconstruct",
    of_triangles,
    "lower_upper perm validate_args name",
    validate_args=FALSE,
    name=NONE,
)
