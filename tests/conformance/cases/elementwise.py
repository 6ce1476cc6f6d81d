"""Arguments of functions that work element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw

FLOATS = ("float32", "float32", "float64")
NUMBERS = ("float32", "float32", "int32", "int64", "float64")

_FLOAT_UNARY = (
    "tf.acos tf.acosh tf.asin tf.asinh tf.atan tf.atanh tf.math.bessel_i0 tf.math.bessel_i0e tf.math.bessel_i1 "
    "tf.math.bessel_i1e tf.cos tf.cosh tf.math.digamma tf.math.erf tf.math.erfc tf.math.erfcinv tf.math.erfinv tf.exp "
    "tf.math.expm1 tf.math.lgamma tf.math.log tf.math.log1p tf.math.log_sigmoid tf.math.ndtri tf.math.reciprocal "
    "tf.math.reciprocal_no_nan tf.math.rsqrt tf.sigmoid tf.sin tf.sinh tf.sqrt tf.tan tf.tanh "
    "tf.math.special.bessel_j0 tf.math.special.bessel_j1 tf.math.special.bessel_k0 tf.math.special.bessel_k0e "
    "tf.math.special.bessel_k1 tf.math.special.bessel_k1e tf.math.special.bessel_y0 tf.math.special.bessel_y1 "
    "tf.math.special.dawsn tf.math.special.expint tf.math.special.fresnel_cos tf.math.special.fresnel_sin "
    "tf.math.special.spence tf.nn.elu tf.nn.selu tf.nn.softplus tf.nn.softsign tf.nn.gelu tf.nn.silu "
    "tf.floor tf.math.ceil tf.math.rint tf.math.is_finite tf.math.is_inf tf.math.is_nan"
)
_UNARY = (
    "tf.negative tf.sign tf.square tf.nn.relu tf.nn.relu6 tf.round tf.abs tf.identity tf.stop_gradient tf.math.conj "
    "operator.neg operator.abs tf.nn.leaky_relu tf.zeros_like tf.ones_like tf.math.real "
    "tf.debugging.check_numerics"
)
_BINARY = (
    "tf.add tf.subtract tf.multiply tf.maximum tf.minimum tf.math.squared_difference tf.divide tf.truediv "
    "tf.math.floordiv tf.math.mod tf.less tf.less_equal tf.greater tf.greater_equal tf.equal tf.not_equal "
    "operator.add operator.sub operator.mul operator.truediv operator.floordiv operator.mod operator.lt operator.le "
    "operator.gt operator.ge operator.eq operator.ne"
)
_FLOAT_BINARY = (
    "tf.pow tf.math.divide_no_nan tf.math.multiply_no_nan tf.math.xdivy tf.math.xlogy tf.math.xlog1py tf.atan2 "
    "tf.math.igamma tf.math.igammac tf.realdiv tf.math.zeta operator.pow"
)


@case(_FLOAT_UNARY)
def float_unary(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(dtype=draw.dtype(*FLOATS)),)


@case(_UNARY.replace(" tf.debugging.check_numerics", ""))
def unary(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(dtype=draw.dtype(*NUMBERS)),)


@case("tf.debugging.check_numerics")
def check_numerics(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(), "message")


@case("tf.abs tf.math.real tf.math.imag tf.math.angle operator.abs tf.square tf.math.conj tf.exp")
def complex_unary(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(dtype=draw.dtype("complex64", "complex128")),)


def _pair(draw: Draw, *dtypes: str) -> tuple[Any, ...]:
    dims = draw.dims()
    dtype = draw.dtype(*dtypes)
    left, right = draw.tensor(dims, dtype), draw.tensor(draw.partner(dims), dtype)
    # Dividing integers by zero is refused for the values, not the shapes.
    if not right.dtype.is_floating:
        right = tf.ones_like(right)
    return (left, right) if draw.chance() or not right.dtype.is_floating else (right, left)


@case(_BINARY)
def binary(draw: Draw) -> tuple[Any, ...]:
    return _pair(draw, *NUMBERS)


@case("tf.math.nextafter")
def positive_float_binary(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims()
    return draw.tensor(dims), draw.tensor(draw.partner(dims))


@case(_FLOAT_BINARY)
def float_binary(draw: Draw) -> tuple[Any, ...]:
    return _pair(draw, *FLOATS)


@case("operator.add operator.mul operator.sub operator.truediv operator.lt tf.multiply tf.maximum tf.divide")
def with_python_number(draw: Draw) -> tuple[Any, ...]:
    tensor = draw.tensor(dtype=draw.dtype("float32", "float64", "int32"))
    number = draw.choice([2, 3, 0.5]) if tensor.dtype.is_floating or draw.wrong() else draw.choice([2, 3])
    return (tensor, number) if draw.chance() else (number, tensor)


@case("operator.add operator.mul operator.sub operator.truediv")
def with_array(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    tensor, array = draw.tensor(dims), draw.array(draw.partner(dims), draw.dtype("float64", "float32", "int64"))
    return (tensor, array) if draw.chance() else (array, tensor)


@case("operator.add operator.mul tf.add tf.maximum tf.less operator.sub")
def mixed_dtypes(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(dims, draw.dtype(*NUMBERS)), draw.tensor(draw.partner(dims), draw.dtype(*NUMBERS))


@case("tf.logical_and tf.logical_or tf.math.logical_xor operator.and_ operator.or_ operator.xor")
def logical(draw: Draw) -> tuple[Any, ...]:
    return _pair_of_bools(draw)


def _pair_of_bools(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(dims, "bool"), draw.tensor(draw.partner(dims), "bool")


@case("tf.logical_not operator.invert")
def logical_not(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(dtype="bool"),)


@case("tf.bitwise.bitwise_and tf.bitwise.bitwise_or tf.bitwise.bitwise_xor tf.bitwise.left_shift tf.truncatediv")
def bitwise(draw: Draw) -> tuple[Any, ...]:
    return _pair(draw, "int32", "int64")


@case("tf.bitwise.invert")
def bitwise_unary(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(dtype=draw.dtype("int32", "int64")),)


@case("tf.as_string")
def as_string(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(dtype=draw.dtype(*NUMBERS)),)


@case("tf.complex")
def complex_number(draw: Draw) -> tuple[Any, ...]:
    return _pair(draw, *FLOATS)


@case("tf.cast tf.saturate_cast")
def cast(draw: Draw) -> tuple[Any, ...]:
    target = draw.choice([tf.float32, tf.int32, "float64", tf.int64, "int32"])
    return draw.tensor(dtype=draw.dtype(*NUMBERS, "int32")), target


@case("tf.clip_by_value", misses="a bound that enlarges an empty tensor is refused by some kernels only")
def clip_by_value(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    bounds = [draw.choice([0, 0.25]) if draw.chance() else draw.tensor(draw.partner(dims)) for _ in range(2)]
    return (draw.tensor(dims), *bounds)


@case("tf.math.betainc", misses="its own rule for equal or scalar shapes")
def betainc(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return tuple(draw.tensor([] if draw.chance(4) else dims) for _ in range(3))


@case("tf.math.scalar_mul")
def scalar_mul(draw: Draw) -> tuple[Any, ...]:
    scalar = draw.tensor([2]) if draw.wrong() else draw.choice([0.5, 2, draw.tensor([])])
    return scalar, draw.tensor()


@case("tf.add_n")
def add_n(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return ([draw.tensor(draw.disturbed(dims)) for _ in range(draw.integer(1, 3))],)


@case("tf.where")
def where(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    if draw.chance(5):
        return (draw.tensor(dims, "bool"),)
    sides = [draw.choice([0.0, 1.0]) if draw.chance(4) else draw.tensor(draw.partner(dims)) for _ in range(2)]
    return (draw.tensor(dims, "bool"), *sides)


@case("tf.boolean_mask", symbolic=False)
def boolean_mask(draw: Draw) -> Call:
    dims = draw.dims(1, 4)
    axis = draw.integer(0, len(dims) - 1)
    covered = draw.integer(axis + 1, len(dims))
    mask = draw.tensor(draw.disturbed(dims[axis:covered]), "bool")
    return Call((draw.tensor(dims), mask), {"axis": axis} if axis or draw.chance() else {})


@case("tf.size tf.shape tf.rank")
def sizes(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(),)


@case("tf.nn.softmax tf.nn.log_softmax")
def softmax(draw: Draw) -> Call:
    tensor = draw.tensor()
    return Call((tensor,), {"axis": draw.axis(tensor.shape.rank)} if draw.chance() else {})


@case("tf.nn.l2_normalize tf.math.l2_normalize")
def l2_normalize(draw: Draw) -> Call:
    tensor = draw.tensor()
    return Call((tensor,), {"axis": draw.axes(tensor.shape.rank)})


@case("tf.nn.dropout")
def dropout(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor(), 0.5


@case("tf.nn.bias_add")
def bias_add(draw: Draw) -> Call:
    dims = draw.dims(1 if draw.wrong() else 2, 5)
    first = draw.chance(3)
    channels = dims[1 if first and len(dims) > 1 else -1]
    bias = draw.tensor(draw.disturbed([channels]))
    return Call((draw.tensor(dims), bias), {"data_format": "NCHW"} if first else {})


@case("tf.nn.batch_normalization")
def batch_normalization(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(1, 4)
    mean, variance, offset, scale = (draw.tensor(draw.partner(dims[-1:])) for _ in range(4))
    return (
        draw.tensor(dims),
        mean,
        variance,
        None if draw.chance(3) else offset,
        None if draw.chance(3) else scale,
        1e-3,
    )


@case("tf.nn.crelu")
def crelu(draw: Draw) -> Call:
    tensor = draw.tensor(draw.dims(1, 4))
    return Call((tensor,), {"axis": draw.axis(tensor.shape.rank)})


@case("tf.clip_by_norm", misses="a norm that does not broadcast")
def clip_by_norm(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor(), 1.0


@case("tf.nn.local_response_normalization")
def local_response_normalization(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.positive_dims(3 if draw.wrong() else 4, 4)),)


@case("tf.math.polyval", misses="tuples of coefficients")
def polynomial(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    coefficients = [1.5 if draw.chance(3) else draw.tensor(draw.partner(dims)) for _ in range(draw.integer(0, 3))]
    return tuple(coefficients) if draw.wrong() else coefficients, draw.tensor(dims)
