"""NumPy's universal functions: element by element, with promotion of dtypes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.promotion import array_operands
from tfgrad_lint.api.registry import Model, add_family, add_model, model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import broadcast, broadcast_all
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule

# https://numpy.org/doc/stable/reference/ufuncs.html
_FLOATING = (
    "np.exp np.exp2 np.expm1 np.log np.log2 np.log10 np.log1p np.sqrt np.cbrt np.sin np.cos np.tan np.arcsin np.arccos "
    "np.arctan np.sinh np.cosh np.tanh np.arcsinh np.arccosh np.arctanh np.deg2rad np.rad2deg np.degrees np.radians "
    "np.fabs np.rint"
)
_SAME = "np.negative np.positive np.square np.sign np.conj np.conjugate np.reciprocal np.invert np.bitwise_not"
_ROUNDING = "np.floor np.ceil np.trunc"
_TESTS = "np.isnan np.isinf np.isfinite np.logical_not np.signbit"
_BINARY = (
    "np.add np.subtract np.multiply np.maximum np.minimum np.fmax np.fmin np.power np.mod np.remainder "
    "np.floor_divide np.fmod np.bitwise_and np.bitwise_or np.bitwise_xor"
)
_BINARY_FLOATING = "np.divide np.true_divide np.arctan2 np.hypot np.logaddexp np.logaddexp2 np.copysign np.nextafter"
_COMPARISONS = (
    "np.equal np.not_equal np.less np.less_equal np.greater np.greater_equal np.logical_and np.logical_or "
    "np.logical_xor"
)
_OPTIONS = {"where": TRUE, "casting": NONE, "order": NONE, "dtype": NONE, "subok": TRUE, "signature": NONE}


def _result(
    operation: Operation, shape: Shape, dtype: str | None, options: dict[str, Value], *operands: Tensor
) -> Tensor:
    target = operation.array_dtype(options["dtype"], dtype)
    explicit = any(operand.explicit and operand.shape.rank == shape.rank for operand in operands)
    return operation.array_result(shape, target, *operands, explicit=explicit and 1 in (shape.dims or (1,)))


def floating(operation: Operation, x: Value, _out: Value, **options: Value) -> Tensor:
    """Model a function of real numbers; integers are taken as such."""
    operand = operation.array(x)
    return _result(operation, operand.shape, dtypes.floating(operand.dtype), options, operand)


def same(operation: Operation, x: Value, _out: Value, **options: Value) -> Tensor:
    """Model a function that keeps the dtype."""
    operand = operation.array(x)
    return _result(operation, operand.shape, operand.dtype, options, operand)


def rounding(operation: Operation, x: Value, _out: Value, **options: Value) -> Tensor:
    """Model a function that rounds: what it does to integers depends on NumPy's version."""
    operand = operation.array(x)
    dtype = operand.dtype if dtypes.is_differentiable(operand.dtype) else None
    return _result(operation, operand.shape, dtype, options, operand)


def absolute(operation: Operation, x: Value, _out: Value, **options: Value) -> Tensor:
    """Model ``np.abs``: of complex numbers, their modulus."""
    operand = operation.array(x)
    return _result(operation, operand.shape, dtypes.real_part(operand.dtype), options, operand)


def test(operation: Operation, x: Value, _out: Value, **options: Value) -> Tensor:
    """Model a question asked of each element."""
    operand = operation.array(x)
    return _result(operation, operand.shape, "bool", options, operand)


def binary(operation: Operation, x1: Value, x2: Value, _out: Value, **options: Value) -> Tensor:
    """Model a function of two arrays."""
    left, right, dtype = array_operands(operation, x1, x2)
    return _result(operation, broadcast(left.shape, right.shape), dtype, options, left, right)


def binary_floating(operation: Operation, x1: Value, x2: Value, _out: Value, **options: Value) -> Tensor:
    """Model a function of two arrays of real numbers."""
    left, right, dtype = array_operands(operation, x1, x2)
    kind = dtypes.floating(dtype) if dtypes.is_differentiable(dtype) or dtype in ("int32", "int64") else None
    return _result(operation, broadcast(left.shape, right.shape), kind, options, left, right)


def comparison(operation: Operation, x1: Value, x2: Value, _out: Value, **options: Value) -> Tensor:
    """Model a comparison of two arrays."""
    left, right, _ = array_operands(operation, x1, x2)
    return _result(operation, broadcast(left.shape, right.shape), "bool", options, left, right)


def _add_universal(names: str, rule: Rule, *parameters: str) -> None:
    for name in names.split():
        add_model(Model(name, rule, (*parameters, "out"), {"out": NONE, **_OPTIONS}, tuple(_OPTIONS)))


_add_universal(_FLOATING, floating, "x")
_add_universal(_SAME, same, "x")
_add_universal(_ROUNDING, rounding, "x")
_add_universal("np.abs np.absolute", absolute, "x")
_add_universal(_TESTS, test, "x")
_add_universal(_BINARY, binary, "x1", "x2")
_add_universal(_BINARY_FLOATING, binary_floating, "x1", "x2")
_add_universal(_COMPARISONS, comparison, "x1", "x2")


@model("np.isneginf", "np.isposinf")
def signed_test(operation: Operation, x: Value, out: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.isneginf.html: no universal function of NumPy."""
    operand = operation.array(x)
    return operation.array_result(operand.shape, "bool", operand, explicit=operand.explicit)


@model("np.clip")
def clip(
    operation: Operation,
    a: Value,
    a_min: Value = NONE,
    a_max: Value = NONE,
    out: Value = NONE,
    *,
    min: Value = NONE,
    max: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.clip.html."""
    operand = operation.array(a)
    bounds = [operation.array(value) for value in (a_min, a_max, min, max) if not operation.is_none(value)]
    shape = broadcast_all((operand.shape, *(bound.shape for bound in bounds)))
    dtype = operand.dtype if operand.dtype in dtypes.FLOATING and all(b.shape.rank == 0 for b in bounds) else None
    return operation.array_result(shape, dtype, operand, *bounds, explicit=operand.explicit)


def rounded(operation: Operation, a: Value, _decimals: Value, _out: Value) -> Tensor:
    """Model ``np.round``."""
    operand = operation.array(a)
    dtype = operand.dtype if dtypes.is_differentiable(operand.dtype) or operand.dtype in dtypes.INTEGER else None
    return operation.array_result(operand.shape, dtype, operand, explicit=operand.explicit)


add_family("np.round np.around np.round_", rounded, "a decimals out", decimals=NONE, out=NONE)


def part(operation: Operation, val: Value) -> Tensor:
    """Model ``np.real`` and ``np.imag``."""
    operand = operation.array(val)
    return operation.array_result(operand.shape, dtypes.real_part(operand.dtype), operand, explicit=operand.explicit)


add_family("np.real np.imag", part, "val")


@model("np.angle")
def angle(operation: Operation, z: Value, deg: Value = FALSE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.angle.html."""
    operand = operation.array(z)
    return operation.array_result(operand.shape, dtypes.real_part(dtypes.inexact(operand.dtype)), operand)


@model("np.nan_to_num")
def nan_to_num(
    operation: Operation,
    x: Value,
    copy: Value = TRUE,
    nan: Value = NONE,
    posinf: Value = NONE,
    neginf: Value = NONE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.nan_to_num.html."""
    operand = operation.array(x)
    return operation.array_result(operand.shape, operand.dtype, operand, explicit=operand.explicit)


@model("np.where")
def where(operation: Operation, condition: Value, x: Value = NONE, y: Value = NONE) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.where.html."""
    chosen = operation.array(condition)
    if operation.is_none(x) and operation.is_none(y):
        return _positions(operation, chosen)
    left, right, dtype = array_operands(operation, x, y)
    shape = broadcast_all((chosen.shape, left.shape, right.shape))
    return operation.array_result(shape, dtype, chosen, left, right)


@model("np.nonzero")
def nonzero(operation: Operation, a: Value) -> Value:
    """https://numpy.org/doc/stable/reference/generated/numpy.nonzero.html: one vector of indices for each axis."""
    return _positions(operation, operation.array(a))


def _positions(operation: Operation, operand: Tensor) -> Value:
    if operand.shape.rank is None or operand.shape.rank == 0:
        return operation.unknown(operand)
    vectors = [operation.array_result(Shape((UNKNOWN,)), "int64", operand) for _ in range(operand.shape.rank)]
    return Sequence(tuple(vectors))


@model("np.isclose")
def isclose(
    operation: Operation, a: Value, b: Value, rtol: Value = NONE, atol: Value = NONE, equal_nan: Value = FALSE
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.isclose.html."""
    left, right, _ = array_operands(operation, a, b)
    return operation.array_result(broadcast(left.shape, right.shape), "bool", left, right)
