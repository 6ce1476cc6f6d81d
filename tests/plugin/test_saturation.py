"""Functions whose values lose their digits where they saturate: no right gradient is called wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tensorflow as tf

from pytest_tfgrad import check_gradients
from pytest_tfgrad.errors import GradientError
from pytest_tfgrad.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tfgrad.results import GradientResult

SATURATED = [10.0, 15.0, 17.0, 25.0, 30.0, 36.5, 40.0]
NEAR_ZERO = [1e-12, 1e-8, -1e-6, 1e-5, 1e-3]


def _three(x: Any) -> Any:
    return tf.stack([x, tf.zeros_like(x), -x / 3])


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": tf.sigmoid,
    "1 - sigmoid": lambda x: 1 - tf.sigmoid(x),
    "tanh": tf.tanh,
    "softplus": tf.nn.softplus,
    "erf": tf.math.erf,
    "erfc": tf.math.erfc,
    "elu": tf.nn.elu,
    "logistic by hand": lambda x: 1 / (1 + tf.exp(-x)),
    "log1p of exp": lambda x: tf.math.log1p(tf.exp(x)),
    "log of 1 + exp": lambda x: tf.math.log(1 + tf.exp(x)),
    "exp - 1": lambda x: tf.exp(x) - 1,
    "1 - cos": lambda x: 1 - tf.cos(x),
    "x - sin": lambda x: x - tf.sin(x),
    "exp(-x)": lambda x: tf.exp(-x),
    "sqrt": lambda x: tf.sqrt(tf.abs(x)),
    "acosh near 1": lambda x: tf.acosh(1 + x * x),
    "softmax": lambda x: tf.nn.softmax(_three(x))[0],
    "log of softmax": lambda x: tf.nn.log_softmax(_three(x))[0],
    "logsumexp": lambda x: tf.reduce_logsumexp(_three(x)),
    "cross-entropy": lambda x: tf.nn.softmax_cross_entropy_with_logits(tf.cast([1, 0, 0], x.dtype), _three(x)),
}


def results(f: Callable[[Any], Any], x: float, dtype: str, order: int = 2) -> tuple[GradientResult, ...]:
    try:
        return check_gradients(f, [tf.constant(x, dtype)], order=order)
    except GradientError as error:
        return error.results


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_lost_digits_are_no_wrong_gradient(name: str, dtype: str) -> None:
    points = (*SATURATED, *(-x for x in SATURATED), *NEAR_ZERO)
    wrong = {
        (x, number): result
        for x in points
        for number, result in enumerate(results(FUNCTIONS[name], x, dtype))
        if result.verdict is Verdict.WRONG
    }
    assert wrong == {}


def test_what_float64_cannot_tell_is_said() -> None:
    first, second = results(tf.sigmoid, 30.0, "float64")
    assert [first.verdict, second.verdict] == [Verdict.INCONCLUSIVE] * 2
    assert second.reason == "the numerical estimate of 1 of 1 entries did not settle"


@pytest.mark.parametrize("factor", [0.0, 1.01, -1.0])
@pytest.mark.parametrize("x", [-12.0, -3.0, 0.5, 12.0])
def test_a_wrong_gradient_of_a_saturated_function_is_wrong(x: float, factor: float) -> None:
    @tf.custom_gradient
    def tanh(value: Any) -> Any:
        y = tf.tanh(value / 4)
        return y, lambda upstream: factor * upstream * (1 - y**2) / 4

    assert [r.verdict for r in results(tanh, x, "float64", order=1)] == [Verdict.WRONG]
