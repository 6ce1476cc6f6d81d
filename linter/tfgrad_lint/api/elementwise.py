"""Functions that work element by element: the result has the operand's shape, or the broadcast of two."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from tfgrad_lint.api.defaults import EMPTY, FLOAT32, LAST, ONE_FLOAT
from tfgrad_lint.api.joining import stacked_inner
from tfgrad_lint.api.operators import COMPARED, quotient_dtype, with_content
from tfgrad_lint.api.promotion import is_strong, operands
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, Constant, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import broadcast, broadcast_all
from tfgrad_lint.shapes.conflicts import ArgumentConflict
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

_UNARY_OF_X = (
    "tf.acos tf.math.acos tf.acosh tf.math.acosh tf.asin tf.math.asin tf.asinh tf.math.asinh tf.atan tf.math.atan "
    "tf.atanh tf.math.atanh tf.math.bessel_i0 tf.math.special.bessel_i0 tf.math.bessel_i0e tf.math.special.bessel_i0e "
    "tf.math.bessel_i1 tf.math.special.bessel_i1 tf.math.bessel_i1e tf.math.special.bessel_i1e tf.math.conj tf.cos "
    "tf.math.cos tf.cosh tf.math.cosh tf.math.digamma tf.math.erf tf.math.erfc tf.math.erfcinv tf.math.erfinv tf.exp "
    "tf.math.exp tf.math.expm1 tf.math.lgamma tf.math.log tf.math.log1p tf.math.log_sigmoid tf.math.ndtri tf.negative "
    "tf.math.negative tf.math.reciprocal tf.math.reciprocal_no_nan tf.math.rsqrt tf.sigmoid tf.nn.sigmoid "
    "tf.math.sigmoid tf.sign tf.math.sign tf.sin tf.math.sin tf.sinh tf.math.sinh tf.sqrt tf.math.sqrt tf.square "
    "tf.math.square tf.tan tf.math.tan tf.tanh tf.nn.tanh tf.math.tanh tf.math.special.bessel_j0 "
    "tf.math.special.bessel_j1 tf.math.special.bessel_k0 tf.math.special.bessel_k0e tf.math.special.bessel_k1 "
    "tf.math.special.bessel_k1e tf.math.special.bessel_y0 tf.math.special.bessel_y1 tf.math.special.dawsn "
    "tf.math.special.expint tf.math.special.fresnel_cos tf.math.special.fresnel_sin tf.math.special.spence "
    "tf.bitwise.invert"
)
_UNARY_OF_FEATURES = (
    "tf.nn.relu tf.nn.elu tf.nn.selu tf.nn.relu6 tf.nn.softplus tf.math.softplus tf.nn.softsign tf.math.softsign"
)
_ROUNDING = "tf.floor tf.math.floor tf.math.ceil tf.round tf.math.round tf.math.rint"
_TESTS = "tf.math.is_finite tf.math.is_inf tf.math.is_nan"

_BINARY_OF_X_Y = (
    "tf.add tf.math.add tf.subtract tf.math.subtract tf.multiply tf.math.multiply tf.math.divide_no_nan tf.maximum "
    "tf.math.maximum tf.minimum tf.math.minimum tf.math.mod tf.math.floormod tf.math.multiply_no_nan tf.pow "
    "tf.math.pow tf.math.squared_difference tf.math.xdivy tf.math.xlog1py tf.math.xlogy tf.realdiv"
)
_BINARY_OF_OTHERS = {
    "y x": "tf.atan2 tf.math.atan2",
    "x q": "tf.math.zeta",
    "a x": "tf.math.polygamma tf.math.igamma tf.math.igammac",
}
# Their gradients are not registered, or are registered as none.
_BINARY_CUT = (
    "tf.math.floordiv tf.truncatediv tf.truncatemod tf.bitwise.bitwise_and tf.bitwise.bitwise_or "
    "tf.bitwise.bitwise_xor tf.bitwise.left_shift tf.bitwise.right_shift"
)
_QUOTIENTS = "tf.divide tf.math.divide tf.truediv tf.math.truediv"
_COMPARISONS = (
    "tf.equal tf.math.equal tf.not_equal tf.math.not_equal tf.less tf.math.less tf.less_equal tf.math.less_equal "
    "tf.greater tf.math.greater tf.greater_equal tf.math.greater_equal tf.logical_and tf.math.logical_and "
    "tf.logical_or tf.math.logical_or tf.math.logical_xor"
)

_ON_DIMS: dict[str, Callable[[Dim, Dim], Dim]] = {
    name: rule
    for names, rule in (
        (("tf.add", "tf.math.add"), operator.add),
        (("tf.subtract", "tf.math.subtract"), operator.sub),
        (("tf.multiply", "tf.math.multiply"), operator.mul),
        (("tf.math.floordiv",), operator.floordiv),
        (("tf.math.mod", "tf.math.floormod"), operator.mod),
    )
    for name in names
}


@model("tf.math.polyval")
def polyval(operation: Operation, coeffs: Value, x: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/math/polyval: a list of coefficients, the highest power first."""
    if not isinstance(coeffs, Sequence):
        return operation.unknown(coeffs, x)
    point, powers = operation.tensor(x), [operation.tensor(item) for item in coeffs.items]
    # A constant is not brought to the shape of x.
    shapes = [each.shape for each in (powers if len(powers) == 1 else [*powers, point])]
    dtype = point.dtype if all(each.dtype == point.dtype for each in powers) else None
    return operation.tensor_result(broadcast_all(tuple(shapes)), dtype, point, *powers)


def unary(operation: Operation, x: Value, _name: Value = NONE) -> Tensor:
    """Model a function of one tensor that keeps its shape and dtype."""
    operand = operation.tensor(x)
    return operation.derived(operand.shape, operand.dtype, operand)


def rounding(operation: Operation, x: Value, _name: Value) -> Tensor:
    """Model a function that rounds: it is flat almost everywhere."""
    operand = operation.tensor(x)
    return operation.derived(operand.shape, operand.dtype, operand, cut=f"{operation.name} has no gradient")


def test(operation: Operation, x: Value, _name: Value) -> Tensor:
    """Model a question asked of each element."""
    operand = operation.tensor(x)
    return operation.derived(operand.shape, "bool", operand, cut=COMPARED)


def binary(operation: Operation, x: Value, y: Value, _name: Value) -> Tensor:
    """Model a function of two tensors that broadcast; a Python number takes the other operand's dtype."""
    left, right, dtype = operands(operation, x, y)
    result = operation.broadcast(left, right, dtype=dtype)
    return with_content(result, left, right, _ON_DIMS.get(operation.name))


def binary_cut(operation: Operation, x: Value, y: Value, _name: Value) -> Tensor:
    """Model a function of two tensors that TensorFlow has no gradient for."""
    left, right, dtype = operands(operation, x, y)
    result = operation.broadcast(left, right, dtype=dtype, cut=f"{operation.name} has no gradient")
    return with_content(result, left, right, _ON_DIMS.get(operation.name))


def quotient(operation: Operation, x: Value, y: Value, _name: Value) -> Tensor:
    """Model true division: integers are divided as floats."""
    left, right, dtype = operands(operation, x, y)
    return operation.broadcast(left, right, dtype=quotient_dtype(dtype))


def comparison(operation: Operation, x: Value, y: Value, _name: Value) -> Tensor:
    """Model a comparison or a logical function of two tensors."""
    left, right, _ = operands(operation, x, y)
    return operation.broadcast(left, right, dtype="bool", cut=COMPARED)


@model("tf.abs", "tf.math.abs")
def absolute(operation: Operation, x: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/abs: real, also of complex numbers."""
    operand = operation.tensor(x)
    return operation.derived(operand.shape, dtypes.real_part(operand.dtype), operand)


def part(operation: Operation, input: Value, _name: Value) -> Tensor:
    """Model the real part, imaginary part or angle of complex numbers."""
    operand = operation.tensor(input)
    return operation.derived(operand.shape, dtypes.real_part(operand.dtype), operand)


@model("tf.complex", "tf.dtypes.complex")
def complex_number(operation: Operation, real: Value, imag: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/dtypes/complex."""
    left, right, dtype = operands(operation, real, imag)
    result = operation.broadcast(left, right, dtype=dtype)
    return Tensor(result.shape, dtypes.complex_of(dtype), result.node, explicit=result.explicit)


@model("tf.cast", "tf.dtypes.cast")
def cast(operation: Operation, x: Value, dtype: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/cast: integers and booleans carry no gradient."""
    operand, target = operation.tensor(x), operation.dtype(dtype)
    cut = f"cast to {target}" if dtypes.is_differentiable(target) is False else None
    known = operand.content if target in dtypes.INTEGER else None
    return operation.derived(operand.shape, target, operand, cut=cut, content=known)


def saturate_cast(operation: Operation, value: Value, dtype: Value, _name: Value) -> Tensor:
    """Model ``tf.saturate_cast``: what is out of range is clipped, so the elements may be others."""
    result = cast(operation, value, dtype)
    return Tensor(result.shape, result.dtype, result.node, explicit=result.explicit)


_STRINGS = "strings carry no gradient"


@model("tf.as_string", "tf.strings.as_string")
def as_string(
    operation: Operation,
    input: Value,
    precision: Value = LAST,
    scientific: Value = FALSE,
    shortest: Value = FALSE,
    width: Value = LAST,
    fill: Value = EMPTY,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/strings/as_string."""
    operand = operation.tensor(input)
    return operation.derived(operand.shape, "string", operand, cut=_STRINGS)


@model("tf.strings.to_number")
def to_number(operation: Operation, input: Value, out_type: Value = FLOAT32, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/strings/to_number."""
    operand = operation.tensor(input)
    return operation.derived(operand.shape, operation.dtype(out_type), operand, cut=_STRINGS)


@model("tf.bitcast")
def bitcast(operation: Operation, input: Value, type: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/bitcast."""
    operand, target = operation.tensor(input), operation.dtype(type)
    shape = operand.shape if operand.dtype == target and target is not None else UNKNOWN_SHAPE
    return operation.tensor_result(shape, target, operand, cut="tf.bitcast has no gradient")


@model("tf.clip_by_value")
def clip_by_value(
    operation: Operation, t: Value, clip_value_min: Value, clip_value_max: Value, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/clip_by_value: the bounds must not enlarge the tensor."""
    operand = operation.tensor(t)
    bounds = [operation.tensor(bound, operand.dtype) for bound in (clip_value_min, clip_value_max)]
    for bound in bounds:
        broadcast(operand.shape, bound.shape)
    return operation.derived(operand.shape, operand.dtype, operand, *bounds)


@model("tf.nn.leaky_relu")
def leaky_relu(operation: Operation, features: Value, alpha: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/leaky_relu."""
    operand = operation.tensor(features)
    dtype = "float32" if operand.dtype in dtypes.INTEGER else operand.dtype
    slope = operation.tensor(Constant(0.2) if operation.is_none(alpha) else alpha, dtype)
    return operation.derived(operand.shape, dtype, operand, slope)


@model("tf.nn.gelu")
def gelu(operation: Operation, features: Value, approximate: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/gelu."""
    return unary(operation, features)


@model("tf.nn.silu", "tf.nn.swish")
def silu(operation: Operation, features: Value, beta: Value = ONE_FLOAT) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/silu."""
    operand = operation.tensor(features)
    scale = operation.tensor(beta, operand.dtype)
    return operation.derived(broadcast(operand.shape, scale.shape), operand.dtype, operand, scale)


@model("tf.math.betainc")
def betainc(operation: Operation, a: Value, b: Value, x: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/betainc."""
    parameters = [operation.tensor(value) for value in (a, b, x)]
    shape = broadcast_all(tuple(parameter.shape for parameter in parameters))
    return operation.derived(shape, parameters[0].dtype, *parameters)


@model("tf.math.scalar_mul", "tf.scalar_mul")
def scalar_mul(operation: Operation, scalar: Value, x: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/scalar_mul."""
    right = operation.tensor(x)
    left = operation.tensor(scalar, right.dtype)
    if left.shape.rank not in (0, None):
        raise ArgumentConflict("scalar", f"has shape {left.shape}, only a scalar is taken")
    return operation.derived(right.shape, right.dtype, right, left)


@model("tf.logical_not", "tf.math.logical_not")
def logical_not(operation: Operation, x: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/logical_not."""
    operand = operation.tensor(x)
    return operation.derived(operand.shape, "bool", operand, cut=COMPARED)


@model("tf.add_n", "tf.math.add_n")
def add_n(operation: Operation, inputs: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/add_n: no broadcasting."""
    items = operation.items(inputs)
    if not items:
        operand = operation.tensor(inputs)
        return operation.tensor_result(UNKNOWN_SHAPE, operand.dtype, operand)
    terms = [operation.tensor(item) for item in items]
    strong = next((term for term, item in zip(terms, items, strict=True) if is_strong(item)), terms[0])
    return operation.derived(stacked_inner(terms, 0), strong.dtype, *terms)


add_family(_UNARY_OF_X, unary, "x name", name=NONE)
add_family(_UNARY_OF_FEATURES, unary, "features name", name=NONE)
add_family("tf.saturate_cast tf.dtypes.saturate_cast", saturate_cast, "value dtype name", name=NONE)
add_family(_ROUNDING, rounding, "x name", name=NONE)
add_family(_TESTS, test, "x name", name=NONE)
add_family("tf.math.real tf.math.imag tf.math.angle", part, "input name", name=NONE)
add_family(_BINARY_OF_X_Y, binary, "x y name", name=NONE)
for _parameters, _names in _BINARY_OF_OTHERS.items():
    add_family(_names, binary, f"{_parameters} name", name=NONE)
add_family("tf.math.nextafter", binary, "x1 x2 name", name=NONE)
add_family(_BINARY_CUT, binary_cut, "x y name", name=NONE)
add_family(_QUOTIENTS, quotient, "x y name", name=NONE)
add_family(_COMPARISONS, comparison, "x y name", name=NONE)
