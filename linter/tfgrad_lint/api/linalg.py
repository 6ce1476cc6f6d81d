"""Linear algebra: inverses, solvers and diagonals of stacks of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.defaults import LAST, ZERO
from tfgrad_lint.api.promotion import operands
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import ContractionConflict, MatchConflict, RankConflict, SquareConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet, meet_dims

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


def matrix(shape: Shape, parameter: str) -> tuple[tuple[Dim, ...], Dim, Dim] | None:
    """Return the batch axes, rows and columns of a stack of matrices, None if the rank is not known.

    Raises:
        RankConflict: there are fewer than two axes.
    """
    if shape.dims is None:
        return None
    check_least_rank(parameter, shape, 2)
    return shape.dims[:-2], shape.dims[-2], shape.dims[-1]


def square(shape: Shape, parameter: str) -> tuple[tuple[Dim, ...], Dim] | None:
    """Return the batch axes and the size of a stack of square matrices, None if the rank is not known.

    Raises:
        RankConflict: there are fewer than two axes.
        SquareConflict: rows and columns certainly differ in number.
    """
    parts = matrix(shape, parameter)
    if parts is None:
        return None
    size = meet_dims(parts[1], parts[2])
    if size is None:
        raise SquareConflict(parameter, shape)
    return parts[0], size


def of_square(operation: Operation, input: Value, _name: Value) -> Tensor:
    """Model a function from square matrices to matrices of that size."""
    operand = operation.tensor(input)
    parts = square(operand.shape, "input")
    shape = UNKNOWN_SHAPE if parts is None else Shape((*parts[0], parts[1], parts[1]))
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.linalg.expm")
def expm(operation: Operation, input: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/expm: fewer axes are filled up."""
    operand = operation.tensor(input)
    if operand.shape.rank is None or operand.shape.rank < 2:
        return operation.tensor_result(UNKNOWN_SHAPE, operand.dtype, operand)
    return of_square(operation, input, name)


@model("tf.linalg.inv")
def inv(operation: Operation, input: Value, adjoint: Value = FALSE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/inv."""
    return of_square(operation, input, name)


@model("tf.linalg.pinv")
def pinv(
    operation: Operation, a: Value, rcond: Value = NONE, validate_args: Value = FALSE, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/pinv: rows and columns change places."""
    operand = operation.tensor(a)
    parts = matrix(operand.shape, "a")
    shape = UNKNOWN_SHAPE if parts is None else Shape((*parts[0], parts[2], parts[1]))
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.linalg.det")
def det(operation: Operation, input: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/det."""
    return _batch_of_square(operation, operation.tensor(input))


def _batch_of_square(operation: Operation, operand: Tensor, dtype: str | None = None) -> Tensor:
    parts = square(operand.shape, "input")
    shape = UNKNOWN_SHAPE if parts is None else Shape(parts[0])
    return operation.tensor_result(shape, dtype or operand.dtype, operand)


@model("tf.linalg.logdet")
def logdet(operation: Operation, matrix: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/logdet."""
    operand = operation.tensor(matrix)
    return _batch_of_square(operation, operand, dtypes.real_part(operand.dtype))


@model("tf.linalg.slogdet")
def slogdet(operation: Operation, input: Value, name: Value = NONE) -> Sequence:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/slogdet: sign and logarithm."""
    operand = operation.tensor(input)
    return Sequence((_batch_of_square(operation, operand), _batch_of_square(operation, operand)))


@model("tf.linalg.trace")
def trace(operation: Operation, x: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/trace."""
    operand = operation.tensor(x)
    parts = matrix(operand.shape, "x")
    shape = UNKNOWN_SHAPE if parts is None else Shape(parts[0])
    return operation.tensor_result(shape, operand.dtype, operand)


def smaller(a: Dim, b: Dim) -> Dim:
    """Return the smaller of two sizes, unknown if it is not known which that is."""
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    return a if equal(a, b) else UNKNOWN


def solved(left: Shape, right: Shape, names: tuple[str, str]) -> Shape:
    """Return the shape of the solution of ``left @ x = right`` for stacks of square matrices.

    Raises:
        RankConflict: an operand has fewer than two axes.
        SquareConflict: the matrices are certainly not square.
        ContractionConflict: the number of equations certainly differs.
        BroadcastConflict: the batch axes certainly do not fit.
    """
    first, second = square(left, names[0]), matrix(right, names[1])
    if first is None or second is None:
        return UNKNOWN_SHAPE
    size = meet_dims(first[1], second[1])
    if size is None:
        raise ContractionConflict(left, right, -2, -2, first[1], second[1])
    batch = broadcast(Shape(first[0]), Shape(second[0])).dims or ()
    return Shape((*batch, size, second[2]))


@model("tf.linalg.solve")
def solve(operation: Operation, matrix: Value, rhs: Value, adjoint: Value = FALSE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/solve."""
    left, right, dtype = operands(operation, matrix, rhs)
    shape = solved(left.shape, right.shape, ("matrix", "rhs"))
    _check_equal_batch(left.shape, right.shape)
    return operation.tensor_result(shape, dtype, left, right)


def _check_equal_batch(left: Shape, right: Shape) -> None:
    # tf.linalg.solve, unlike triangular_solve, does not broadcast batch axes.
    if left.dims is None or right.dims is None:
        return
    if meet(Shape(left.dims[:-2]), Shape(right.dims[:-2])) is None:
        raise MatchConflict("matrix", left, "rhs", right)


@model("tf.linalg.triangular_solve")
def triangular_solve(
    operation: Operation,
    matrix: Value,
    rhs: Value,
    lower: Value = TRUE,
    adjoint: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/triangular_solve."""
    left, right, dtype = operands(operation, matrix, rhs)
    return operation.tensor_result(solved(left.shape, right.shape, ("matrix", "rhs")), dtype, left, right)


@model("tf.linalg.cholesky_solve")
def cholesky_solve(operation: Operation, chol: Value, rhs: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/cholesky_solve."""
    left, right, dtype = operands(operation, chol, rhs)
    return operation.tensor_result(solved(left.shape, right.shape, ("chol", "rhs")), dtype, left, right)


@model("tf.linalg.lstsq")
def lstsq(
    operation: Operation,
    matrix: Value,
    rhs: Value,
    l2_regularizer: Value = NONE,
    fast: Value = TRUE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/lstsq."""
    left, right, dtype = operands(operation, matrix, rhs)
    first, second = left.shape.dims, right.shape.dims
    shape = UNKNOWN_SHAPE
    if first is not None and second is not None:
        for name_, operand in (("matrix", left), ("rhs", right)):
            check_least_rank(name_, operand.shape, 2)
        if equal(first[-2], second[-2]) is False:
            raise ContractionConflict(left.shape, right.shape, -2, -2, first[-2], second[-2])
        shape = Shape((*first[:-2], first[-1], second[-1]))
    return operation.tensor_result(shape, dtype, left, right)


@model("tf.linalg.diag")
def diag(
    operation: Operation,
    diagonal: Value,
    name: Value = NONE,
    k: Value = ZERO,
    num_rows: Value = LAST,
    num_cols: Value = LAST,
    padding_value: Value = ZERO,
    align: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/diag."""
    operand = operation.tensor(diagonal)
    check_least_rank("diagonal", operand.shape, 1)
    offset, rows, columns = (operation.integer(value) for value in (k, num_rows, num_cols))
    shape = UNKNOWN_SHAPE
    dims = operand.shape.dims
    if dims and isinstance(offset, int) and rows == columns == -1:
        size = dims[-1] + abs(offset)
        shape = Shape((*dims[:-1], size, size))
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.linalg.diag_part")
def diag_part(
    operation: Operation,
    input: Value,
    name: Value = NONE,
    k: Value = ZERO,
    padding_value: Value = ZERO,
    align: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/diag_part."""
    operand = operation.tensor(input)
    parts = matrix(operand.shape, "input")
    shape = UNKNOWN_SHAPE
    if parts is not None and operation.integer(k) == 0:
        shape = Shape((*parts[0], smaller(parts[1], parts[2])))
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.linalg.set_diag")
def set_diag(
    operation: Operation,
    input: Value,
    diagonal: Value,
    name: Value = NONE,
    k: Value = ZERO,
    align: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/set_diag."""
    operand, values, dtype = operands(operation, input, diagonal)
    parts = matrix(operand.shape, "input")
    if parts is not None and operation.integer(k) == 0:
        expected = Shape((*parts[0], smaller(parts[1], parts[2])))
        if meet(expected, values.shape) is None:
            raise MatchConflict("input", operand.shape, "diagonal", values.shape)
    return operation.derived(operand.shape, dtype, operand, values)


@model("tf.linalg.band_part")
def band_part(operation: Operation, input: Value, num_lower: Value, num_upper: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/band_part."""
    operand = operation.tensor(input)
    matrix(operand.shape, "input")
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.linalg.tensor_diag")
def tensor_diag(operation: Operation, diagonal: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/tensor_diag."""
    operand = operation.tensor(diagonal)
    check_least_rank("diagonal", operand.shape, 1)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if dims is None else Shape(dims + dims)
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.linalg.tensor_diag_part")
def tensor_diag_part(operation: Operation, input: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/tensor_diag_part."""
    operand = operation.tensor(input)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if dims is None or len(dims) % 2 else Shape(dims[: len(dims) // 2])
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.linalg.cross")
def cross(operation: Operation, a: Value, b: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/cross: of equally many vectors of three numbers."""
    left, right, dtype = operands(operation, a, b)
    shape = meet(left.shape, right.shape)
    if shape is None:
        raise MatchConflict("a", left.shape, "b", right.shape)
    if shape.dims is not None and (not shape.dims or equal(shape.dims[-1], 3) is False):
        raise RankConflict("a", shape, "1 or more, the last axis of size 3")
    return operation.derived(shape, dtype, left, right)


@model("tf.linalg.global_norm")
def global_norm(operation: Operation, t_list: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/linalg/global_norm."""
    return operation.tensor_result(Shape(()), None, t_list)


@model("tf.clip_by_global_norm")
def clip_by_global_norm(
    operation: Operation, t_list: Value, clip_norm: Value, use_norm: Value = NONE, name: Value = NONE
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/clip_by_global_norm: the list, and the norm before."""
    items = operation.items(t_list)
    norm = operation.tensor_result(Shape(()), None, t_list)
    if items is None:
        return Sequence((operation.unknown(t_list), norm))
    clipped: list[Value] = []
    for item in items:
        if operation.is_none(item):
            clipped.append(item)
            continue
        operand = operation.tensor(item)
        clipped.append(operation.derived(operand.shape, operand.dtype, operand))
    return Sequence((Sequence(tuple(clipped), "list"), norm))


_SQUARE_TO_SQUARE = "tf.linalg.cholesky tf.linalg.sqrtm tf.matrix_square_root tf.linalg.logm"
add_family(_SQUARE_TO_SQUARE, of_square, "input name", name=NONE)
