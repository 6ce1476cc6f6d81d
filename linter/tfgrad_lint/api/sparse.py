"""Sparse tensors: how they are made, and their products with dense matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.matmul import product_shape
from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, ApiObject, Tensor
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.domain.values import Value

# The class of sparse tensors, and the attribute that stands for the dense tensor of the same elements.
_SPARSE: Final = "tf.sparse.SparseTensor"
_DENSE: Final = "dense"


def _made(dense: Tensor) -> ApiObject:
    return ApiObject(_SPARSE, dense.node, {_DENSE: dense})


@model("tf.sparse.from_dense")
def from_dense(operation: Operation, tensor: Value, name: Value = NONE) -> ApiObject:
    """https://www.tensorflow.org/api_docs/python/tf/sparse/from_dense."""
    dense = operation.tensor(tensor)
    return _made(operation.tensor_result(dense.shape, dense.dtype, dense))


@model("tf.sparse.SparseTensor", "tf.SparseTensor")
def sparse_tensor(operation: Operation, indices: Value, values: Value, dense_shape: Value) -> ApiObject:
    """https://www.tensorflow.org/api_docs/python/tf/sparse/SparseTensor."""
    dims, given = operation.dims(dense_shape), operation.tensor(values)
    shape = UNKNOWN_SHAPE if dims is None else Shape(dims)
    return _made(operation.tensor_result(shape, given.dtype, given))


@model("tf.sparse.to_dense")
def to_dense(
    operation: Operation,
    sp_input: Value,
    default_value: Value = NONE,
    validate_indices: Value = TRUE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/sparse/to_dense."""
    dense = _dense(sp_input)
    return operation.unknown(sp_input) if dense is None else operation.tensor_result(dense.shape, dense.dtype, dense)


@model("tf.sparse.sparse_dense_matmul")
def sparse_dense_matmul(
    operation: Operation,
    sp_a: Value,
    b: Value,
    adjoint_a: Value = FALSE,
    adjoint_b: Value = FALSE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/sparse/sparse_dense_matmul: of matrices, without batch axes.

    Raises:
        RankConflict: an operand is no matrix.
        ContractionConflict: the contracted axes certainly differ.
    """
    left = _dense(sp_a)
    if left is None or _dense(b) is not None:
        # Either operand may be the sparse one.
        return operation.unknown(sp_a, b)
    right = operation.tensor(b, left.dtype)
    flips = operation.boolean(adjoint_a), operation.boolean(adjoint_b)
    shape = UNKNOWN_SHAPE
    for parameter, operand in (("sp_a", left), ("b", right)):
        check_rank(parameter, operand.shape, 2)
    if flips[0] is not None and flips[1] is not None:
        shape = product_shape(left.shape, right.shape, flips[0], flips[1])
    return operation.tensor_result(shape, left.dtype, left, right)


def _dense(value: Value) -> Tensor | None:
    """Return the dense tensor of the elements of a sparse one, None for any other value."""
    dense = value.attributes.get(_DENSE) if isinstance(value, ApiObject) and value.type == _SPARSE else None
    return dense if isinstance(dense, Tensor) else None
