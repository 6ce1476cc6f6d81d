"""``tf.linalg.LinearOperator``: matrices that are not written out, and what is computed with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.layout import swapped
from tfgrad_lint.api.linalg import smaller, solved, square
from tfgrad_lint.api.matmul import product_shape
from tfgrad_lint.api.promotion import operands
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.api.registry import add_family, attribute, model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, ApiObject, DType, Tensor, TensorShape, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import broadcast_all
from tfgrad_lint.shapes.conflicts import BroadcastConflict
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

OPERATOR: Final = "tf.linalg.LinearOperator"

# The attribute of an operator that holds the matrix that it stands for.
_DENSE: Final = "dense"


def operator_of(operation: Operation, shape: Shape, dtype: str | None, *sources: Value) -> ApiObject:
    """Return the operator that stands for a stack of matrices of this shape."""
    dense = operation.tensor_result(shape, dtype, *sources)
    return ApiObject(OPERATOR, dense.node, {_DENSE: dense})


def dense_of(operation: Operation, operator: Value) -> Tensor:
    """Return the matrix that an operator stands for; of one that has no model nothing is known."""
    known = operator.attributes.get(_DENSE) if isinstance(operator, ApiObject) else None
    return known if isinstance(known, Tensor) else Tensor(UNKNOWN_SHAPE, None, operation.node(operator, opaque=True))


def diagonal(operation: Operation, diag: Value, *_options: Value) -> Value:
    """Model ``tf.linalg.LinearOperatorDiag``."""
    operand = operation.tensor(diag)
    check_least_rank("diag", operand.shape, 1)
    dims = operand.shape.dims
    return operator_of(operation, UNKNOWN_SHAPE if dims is None else Shape((*dims, dims[-1])), operand.dtype, operand)


def full(operation: Operation, matrix: Value, *_options: Value) -> Value:
    """Model operators that are made from the matrix itself."""
    operand = operation.tensor(matrix)
    check_least_rank("matrix", operand.shape, 2)
    return operator_of(operation, operand.shape, operand.dtype, operand)


def identity(operation: Operation, num_rows: Value, batch_shape: Value, dtype: Value, *_options: Value) -> Value:
    """Model ``tf.linalg.LinearOperatorIdentity``."""
    size, batch = (
        operation.integer(num_rows),
        SCALAR if operation.is_none(batch_shape) else operation.shape(batch_shape),
    )
    shape = UNKNOWN_SHAPE if batch.dims is None else Shape((*batch.dims, size, size))
    return operator_of(operation, shape, operation.dtype(dtype, "float32"))


def scaled_identity(operation: Operation, num_rows: Value, multiplier: Value, *_options: Value) -> Value:
    """Model ``tf.linalg.LinearOperatorScaledIdentity``."""
    size, factor = operation.integer(num_rows), operation.tensor(multiplier)
    shape = UNKNOWN_SHAPE if factor.shape.dims is None else Shape((*factor.shape.dims, size, size))
    return operator_of(operation, shape, factor.dtype, factor)


def low_rank_update(
    operation: Operation, base_operator: Value, u: Value, diag_update: Value, v: Value, *_options: Value
) -> Value:
    """Model ``tf.linalg.LinearOperatorLowRankUpdate``: a matrix of the size of the one that it updates.

    Raises:
        RankConflict: The factors are no matrices.
        BroadcastConflict: The batch axes do not fit.
    """
    base, given = dense_of(operation, base_operator), [value for value in (u, v) if not operation.is_none(value)]
    factors = [operation.tensor(value) for value in given]
    for factor in factors:
        check_least_rank("u", factor.shape, 2)
    batches = [_batch(each.shape) for each in (base, *factors)]
    if not operation.is_none(diag_update):
        inner = operation.tensor(diag_update).shape
        batches.append(inner if inner.dims is None else Shape(inner.dims[:-1]))
    batch = broadcast_all(tuple(batches)).dims
    dims = base.shape.dims
    shape = UNKNOWN_SHAPE if batch is None or dims is None else Shape((*batch, *dims[-2:]))
    return operator_of(operation, shape, base.dtype, base_operator, *factors, diag_update)


def block_diagonal(operation: Operation, operators: Value, *_options: Value) -> Value:
    """Model ``tf.linalg.LinearOperatorBlockDiag``: blocks one after the other."""
    blocks = [dense_of(operation, item) for item in operation.items(operators) or ()]
    dtype = blocks[0].dtype if blocks else None
    return operator_of(operation, _blocks(*(block.shape for block in blocks)), dtype, operators)


def _blocks(*shapes: Shape) -> Shape:
    known = [shape.dims for shape in shapes if shape.dims is not None]
    if not shapes or len(known) < len(shapes):
        return UNKNOWN_SHAPE
    try:
        batch = broadcast_all(tuple(map(_batch, shapes))).dims
    except BroadcastConflict:
        # Only who uses such an operator is refused.
        return UNKNOWN_SHAPE
    rows: Dim = 0
    columns: Dim = 0
    for dims in known:
        rows, columns = rows + dims[-2], columns + dims[-1]
    return UNKNOWN_SHAPE if batch is None else Shape((*batch, rows, columns))


def _batch(shape: Shape) -> Shape:
    return shape if shape.dims is None else Shape(shape.dims[:-2])


@attribute(f"{OPERATOR}.shape", f"{OPERATOR}.batch_shape")
def shape_of(operation: Operation, receiver: ApiObject) -> Value:
    """Return the shape of the matrices, or that of their stack."""
    dense = dense_of(operation, receiver)
    return TensorShape(_batch(dense.shape) if operation.name.endswith("batch_shape") else dense.shape, operation.node())


@attribute(f"{OPERATOR}.dtype")
def dtype_of(operation: Operation, receiver: ApiObject) -> Value:
    """Return the dtype of the entries."""
    dtype = dense_of(operation, receiver).dtype
    return operation.unknown(receiver) if dtype is None else DType(dtype)


@model(f"{OPERATOR}.matmul")
def matmul(
    operation: Operation,
    self: Value,
    x: Value,
    adjoint: Value = FALSE,
    adjoint_arg: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/LinearOperator#matmul."""
    left, right, dtype = operands(operation, dense_of(operation, self), x)
    flips = operation.boolean(adjoint), operation.boolean(adjoint_arg)
    known = flips[0] is not None and flips[1] is not None
    shape = product_shape(left.shape, right.shape, bool(flips[0]), bool(flips[1])) if known else UNKNOWN_SHAPE
    return operation.tensor_result(shape, dtype, left, right)


@model(f"{OPERATOR}.matvec")
def matvec(operation: Operation, self: Value, x: Value, adjoint: Value = FALSE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/LinearOperator#matvec."""
    return _vector(operation, matmul(operation, self, _column(operation, x), adjoint))


@model(f"{OPERATOR}.solve")
def solve(
    operation: Operation,
    self: Value,
    rhs: Value,
    adjoint: Value = FALSE,
    adjoint_arg: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/LinearOperator#solve."""
    left, right, dtype = operands(operation, dense_of(operation, self), rhs)
    flipped = operation.boolean(adjoint_arg)
    sides = swapped(right.shape, "rhs") if flipped and (right.shape.rank or 0) > 1 else right.shape
    shape = UNKNOWN_SHAPE if flipped is None else solved(left.shape, sides, ("self", "rhs"))
    return operation.tensor_result(shape, dtype, left, right)


@model(f"{OPERATOR}.solvevec")
def solvevec(operation: Operation, self: Value, rhs: Value, adjoint: Value = FALSE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/LinearOperator#solvevec."""
    return _vector(operation, solve(operation, self, _column(operation, rhs), adjoint))


def _column(operation: Operation, value: Value) -> Tensor:
    vector = operation.tensor(value)
    check_least_rank("x", vector.shape, 1)
    dims = vector.shape.dims
    return operation.tensor_result(UNKNOWN_SHAPE if dims is None else Shape((*dims, 1)), vector.dtype, vector)


def _vector(operation: Operation, column: Tensor) -> Tensor:
    dims = column.shape.dims
    return operation.tensor_result(UNKNOWN_SHAPE if dims is None else Shape(dims[:-1]), column.dtype, column)


@model(f"{OPERATOR}.to_dense")
def to_dense(operation: Operation, self: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/LinearOperator#to_dense."""
    dense = dense_of(operation, self)
    return operation.tensor_result(dense.shape, dense.dtype, dense)


@model(f"{OPERATOR}.diag_part")
def diag_part(operation: Operation, self: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/LinearOperator#diag_part."""
    dense = dense_of(operation, self)
    dims = dense.shape.dims
    shape = UNKNOWN_SHAPE if dims is None else Shape((*dims[:-2], smaller(dims[-2], dims[-1])))
    return operation.tensor_result(shape, dense.dtype, dense)


@model(f"{OPERATOR}.trace")
def trace(operation: Operation, self: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/LinearOperator#trace."""
    dense = dense_of(operation, self)
    return operation.tensor_result(_batch(dense.shape), dense.dtype, dense)


@model(f"{OPERATOR}.determinant", f"{OPERATOR}.log_abs_determinant")
def determinant(operation: Operation, self: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/LinearOperator#determinant."""
    dense = dense_of(operation, self)
    square(dense.shape, "self")
    dtype = dense.dtype if operation.name.endswith(".determinant") else dtypes.real_part(dense.dtype)
    return operation.tensor_result(_batch(dense.shape), dtype, dense)


@model(f"{OPERATOR}.adjoint", f"{OPERATOR}.inverse", f"{OPERATOR}.cholesky")
def derived(operation: Operation, self: Value, name: Value = NONE) -> ApiObject:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/LinearOperator#adjoint: rows and columns change places."""
    dense = dense_of(operation, self)
    return operator_of(operation, swapped(dense.shape, "self"), dense.dtype, dense)


_HINTS = "is_non_singular is_self_adjoint is_positive_definite is_square"
_UNHINTED = dict.fromkeys(_HINTS.split(), NONE)
for _name, _rule, _parameters in (
    ("Diag", diagonal, "diag"),
    ("FullMatrix", full, "matrix"),
    ("LowerTriangular", full, "tril"),
):
    add_family(f"{OPERATOR}{_name}", _rule, f"{_parameters} {_HINTS} name", **_UNHINTED, name=NONE)
add_family(
    f"{OPERATOR}Identity",
    identity,
    f"num_rows batch_shape dtype {_HINTS} assert_proper_shapes name",
    **dict.fromkeys(_HINTS.split(), TRUE),
    batch_shape=NONE,
    dtype=NONE,
    assert_proper_shapes=FALSE,
    name=NONE,
)
add_family(
    f"{OPERATOR}ScaledIdentity",
    scaled_identity,
    f"num_rows multiplier {_HINTS} assert_proper_shapes name",
    **{**_UNHINTED, "is_square": TRUE},
    assert_proper_shapes=FALSE,
    name=NONE,
)
add_family(
    f"{OPERATOR}LowRankUpdate",
    low_rank_update,
    f"base_operator u diag_update v is_diag_update_positive {_HINTS} name",
    **_UNHINTED,
    diag_update=NONE,
    v=NONE,
    is_diag_update_positive=NONE,
    name=NONE,
)
add_family(
    f"{OPERATOR}BlockDiag", block_diagonal, f"operators {_HINTS} name", **{**_UNHINTED, "is_square": TRUE}, name=NONE
)
