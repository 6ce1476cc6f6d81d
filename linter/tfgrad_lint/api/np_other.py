"""NumPy's functions whose results are no arrays: checks, properties of dtypes, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE, ApiObject, DType, OfType, Sequence, Tensor, TensorShape, Value, of_dim

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


@model(
    "np.testing.assert_allclose",
    "np.testing.assert_array_equal",
    "np.testing.assert_array_almost_equal",
    "np.testing.assert_almost_equal",
    "np.testing.assert_array_less",
    "np.testing.assert_equal",
    "np.testing.assert_approx_equal",
)
def check(
    operation: Operation,
    actual: Value,
    desired: Value,
    rtol: Value = NONE,
    atol: Value = NONE,
    equal_nan: Value = NONE,
    err_msg: Value = NONE,
    verbose: Value = NONE,
    decimal: Value = NONE,
    strict: Value = NONE,
) -> Value:
    """https://numpy.org/doc/stable/reference/routines.testing.html: None, or an error for the values."""
    return NONE


@model("np.set_printoptions")
def setting(
    operation: Operation,
    precision: Value = NONE,
    threshold: Value = NONE,
    edgeitems: Value = NONE,
    linewidth: Value = NONE,
    suppress: Value = NONE,
) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.set_printoptions.html."""
    return NONE


@model("np.finfo", "np.iinfo")
def limits(operation: Operation, dtype: Value) -> ApiObject:
    """https://numpy.org/doc/stable/reference/generated/numpy.finfo.html."""
    return ApiObject(operation.name, operation.node(dtype))


@model("np.dtype")
def dtype(operation: Operation, dtype: Value, align: Value = NONE, copy: Value = NONE) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.dtype.html."""
    name = operation.array_dtype(dtype)
    return operation.unknown() if name is None else DType(name)


@model("np.issubdtype", "np.isscalar", "np.iscomplexobj", "np.isrealobj")
def question(operation: Operation, arg1: Value, arg2: Value = NONE) -> Value:
    """Return a bool."""
    return OfType("bool")


@model("np.shape")
def shape(operation: Operation, a: Value) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.shape.html."""
    operand = operation.array(a)
    source = a.node if isinstance(a, Tensor) else operand.node
    dims = TensorShape(operand.shape, source).dims()
    return operation.unknown(operand) if dims is None else Sequence(tuple(map(of_dim, dims)))


@model("np.ndim")
def ndim(operation: Operation, a: Value) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.ndim.html."""
    rank = operation.array(a).shape.rank
    return OfType("int") if rank is None else of_dim(rank)
