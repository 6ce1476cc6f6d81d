"""Functions of single entries: tf.math, tf.nn's activations, tf.clip_by_*, complex functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from hunting.case import at, complex_normal, normal, uniform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hunting.case import Case

EVERYWHERE = (
    "exp expm1 sin cos tan sinh cosh tanh asinh atan erf sigmoid softplus softsign square negative abs sign".split()
)
POSITIVE = "log log1p sqrt rsqrt lgamma digamma reciprocal reciprocal_no_nan log_sigmoid".split()
WITHIN_ONE = "asin acos atanh erfinv".split()
SPECIAL = (
    "bessel_i0 bessel_i0e bessel_i1 bessel_i1e bessel_j0 bessel_j1 bessel_k0 bessel_k0e bessel_k1 bessel_k1e bessel_y0 "
    "bessel_y1 dawsn expint fresnel_cos fresnel_sin spence"
).split()
ACTIVATIONS = "relu relu6 elu selu gelu silu leaky_relu crelu softmax log_softmax".split()
COMPLEX = (
    "exp log log1p expm1 sin cos tan sinh cosh tanh asinh acosh atanh sqrt rsqrt square reciprocal sigmoid abs angle "
    "real imag conj negative"
).split()
BINARY = "add subtract multiply divide maximum minimum squared_difference atan2 xlogy xdivy xlog1py".split()
BINARY += ["multiply_no_nan", "divide_no_nan", "pow", "floormod"]


def unary() -> Iterator[Case]:
    """Functions of one number."""
    for name in EVERYWHERE:
        yield from at(
            f"tf.math.{name}", getattr(tf.math, name), ordinary=normal(5), zero=np.zeros(2), large=[-30.0, 30.0]
        )
    for name in POSITIVE:
        yield from at(
            f"tf.math.{name}", getattr(tf.math, name), ordinary=uniform(5), small=[1e-6, 1e-3], large=[1e3, 1e5]
        )
    for name in WITHIN_ONE:
        yield from at(
            f"tf.math.{name}", getattr(tf.math, name), ordinary=uniform(5), zero=np.zeros(2), near_one=[1 - 1e-6]
        )
    yield from at("tf.math.acosh", tf.math.acosh, ordinary=1 + uniform(5))
    yield from at("tf.math.ndtri", tf.math.ndtri, ordinary=uniform(5), half=[0.5])
    yield from at("tf.math.erfcinv", tf.math.erfcinv, ordinary=uniform(5), one=[1.0])
    yield from at("tf.math.erfc", tf.math.erfc, ordinary=normal(5), zero=[0.0])
    for name in SPECIAL:
        point = (
            {"zero": np.zeros(1)}
            if name[:8] in ("bessel_i", "bessel_j") or name in ("dawsn", "fresnel_sin", "fresnel_cos")
            else {}
        )
        function = getattr(tf.math.special, name)
        yield from at(f"tf.math.special.{name}", function, ordinary=uniform(5), greater=1 + uniform(3), **point)
    for name in ACTIVATIONS:
        yield from at(
            f"tf.nn.{name}", getattr(tf.nn, name), ordinary=normal(2, 5), zero=np.zeros((1, 2)), large=[[-30.0, 40.0]]
        )


def binary() -> Iterator[Case]:
    """Functions of two and three numbers."""
    for name in BINARY:
        yield from at(
            f"tf.math.{name}",
            getattr(tf.math, name),
            ordinary=(uniform(4), 1 + uniform(4)),
            first_zero=([0.0, 0.5], [2.0, 3.0]),
            broadcast=(uniform(3, 1), 1 + uniform(1, 2)),
            negative_first=([-1.5, -0.5], [2.0, 3.0]),
        )
    yield from at("tf.math.divide_no_nan", tf.math.divide_no_nan, both_zero=([0.0], [0.0]), second_zero=([1.0], [0.0]))
    yield from at("tf.math.multiply_no_nan", tf.math.multiply_no_nan, second_zero=([1.5], [0.0]))
    yield from at("tf.math.maximum", tf.math.maximum, tie=([1.0], [1.0]))
    yield from at(
        "tf.pow", tf.pow, exponent_zero=([2.0], [0.0]), exponent_one_at_zero=([0.0], [1.0]), zero_to_zero=([0.0], [0.0])
    )
    for power in (1.0, 2.0, 3.0):
        yield from at(
            f"tf.pow(x, {power:g})", lambda x, p=power: tf.pow(x, tf.constant(p, x.dtype)), zero=[0.0], negative=[-2.0]
        )
    for name in ("igamma", "igammac"):
        yield from at(
            f"tf.math.{name}",
            getattr(tf.math, name),
            ordinary=(1 + uniform(4), uniform(4)),
            integers=([1.0, 2.0], [2.0, 2.0]),
            large=([50.0], [55.0]),
            zero_x=([2.0], [0.0]),
            one_at_zero=([1.0], [0.0]),
        )
    yield from at(
        "tf.math.betainc(x)",
        lambda x: tf.math.betainc(tf.constant(2.0, x.dtype), tf.constant(3.0, x.dtype), x),
        ordinary=uniform(4),
        ends=[0.0, 1.0],
    )
    yield from at("tf.math.zeta(q)", lambda q: tf.math.zeta(tf.constant(2.5, q.dtype), q), ordinary=1 + uniform(4))
    for order in (0.0, 1.0, 3.0):
        yield from at(
            f"tf.math.polygamma({order:g}, x)",
            lambda x, n=order: tf.math.polygamma(tf.constant(n, x.dtype), x),
            ordinary=1 + uniform(4),
        )
    yield from at("tf.math.lbeta", tf.math.lbeta, ordinary=uniform(2, 3), size_1=uniform(2, 1))
    yield from at("tf.math.nextafter", lambda x: tf.math.nextafter(x, tf.ones_like(x)), ordinary=uniform(3))
    yield from at(
        "tf.clip_by_norm",
        lambda x: tf.clip_by_norm(x, 1.0),
        ordinary=normal(4),
        within=0.1 * normal(4),
        zeros=np.zeros(3),
    )
    yield from at("tf.clip_by_norm(axes=1)", lambda x: tf.clip_by_norm(x, 1.0, axes=[1]), ordinary=normal(3, 4))
    yield from at("tf.clip_by_value", lambda x: tf.clip_by_value(x, -1.0, 1.0), ordinary=2 * normal(6))
    yield from at(
        "tf.clip_by_global_norm",
        lambda x, y: tf.clip_by_global_norm([x, y], 1.0)[0],
        ordinary=(normal(3), normal(2)),
        within=([0.1], [0.2]),
    )
    yield from at("tf.where", lambda x, y: tf.where(x > 0, x, y), ordinary=(normal(4), normal(4, seed=1)))
    yield from at("tf.saturate_cast", lambda x: tf.saturate_cast(x, tf.float32), ordinary=normal(4))
    yield from at("tf.cast", lambda x: tf.cast(x, tf.float32), ordinary=normal(4))
    yield from at("tf.grad_pass_through", tf.grad_pass_through(tf.identity), ordinary=normal(2))
    yield from at("tf.debugging.check_numerics", lambda x: tf.debugging.check_numerics(x, "x"), ordinary=normal(2))


def of_complex() -> Iterator[Case]:
    """Functions of complex numbers."""
    for name in COMPLEX:
        point = {"real": np.array([0.5 + 0j])}
        yield from at(f"tf.math.{name} (complex)", getattr(tf.math, name), ordinary=complex_normal(3), **point)
    yield from at("tf.abs (complex)", tf.abs, zero=np.zeros(2, complex))
    yield from at("tf.sign (complex)", tf.sign, ordinary=complex_normal(3))
    yield from at("tf.complex", tf.complex, ordinary=(normal(3), normal(3, seed=1)))
    for name in (
        "multiply",
        "divide",
        "pow",
        "subtract",
        "xlogy",
        "xdivy",
        "xlog1py",
        "squared_difference",
        "divide_no_nan",
        "multiply_no_nan",
    ):
        yield from at(
            f"tf.math.{name} (complex)", getattr(tf.math, name), ordinary=(complex_normal(3), complex_normal(3, seed=3))
        )


def cases() -> Iterator[Case]:
    """Every case of this area."""
    yield from unary()
    yield from binary()
    yield from of_complex()
