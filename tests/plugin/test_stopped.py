"""Second derivatives through gradient functions that stop part of their own derivative."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from pytest_tfgrad import check_gradients
from pytest_tfgrad.results import Remark, Verdict

from .test_plugin import run

pytest_plugins = ["pytester"]


def with_gradient(function: Any, derivative: Any) -> Any:
    @tf.custom_gradient
    def stopping(x: Any) -> Any:
        return function(x), lambda upstream: upstream * tf.stop_gradient(derivative(x))

    return stopping


@pytest.mark.parametrize(
    ("function", "derivative", "is_said"),
    [
        (tf.sin, tf.cos, True),
        # The derivative of a mask is zero with and without the stop.
        (tf.nn.relu, lambda x: tf.cast(x > 0.0, x.dtype), False),
        (lambda x: 3.0 * x, lambda x: 3.0 * tf.ones_like(x), False),
        # Terms that cancel: the stop changes nothing.
        (tf.nn.relu, lambda x: tf.cast(x > 0.0, x.dtype) + tf.sin(x) ** 2 + tf.cos(x) ** 2 - 1.0, False),
    ],
)
def test_a_stop_that_matters_is_said_and_one_that_does_not_is_not(
    function: Any, derivative: Any, is_said: bool
) -> None:
    stopping = with_gradient(function, derivative)
    # Times x, so that the second gradient is not None.
    first, second = check_gradients(lambda x: stopping(x) * x, [tf.constant([1.0, -0.5, 2.0], tf.float64)], order=2)
    assert (first.verdict, second.verdict) == (Verdict.RIGHT, Verdict.RIGHT)
    assert Remark.STOPPED not in first.remarks
    assert (Remark.STOPPED in second.remarks) == is_said


def test_a_stop_outside_of_gradient_functions_is_the_users_own() -> None:
    results = check_gradients(lambda x: tf.sin(x) * tf.stop_gradient(x) * x, [[1.0, 2.0]], order=2)
    assert [Remark.STOPPED in result.remarks for result in results] == [False, False]


SOURCE = """
@tf.custom_gradient
def wave(x):
    def backward(upstream):
        return upstream * tf.stop_gradient(tf.cos(x))
    return tf.sin(x), backward

@pytest.mark.gradcheck
def test_penalty():
    x = tf.Variable([1.0, 2.0], name="x")
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(wave(x) * x)
        slope = inner.gradient(y, x)
        penalty = tf.reduce_sum(slope**2)
    outer.gradient(penalty, x)
"""


def test_it_is_a_warning_with_the_line(pytester: pytest.Pytester) -> None:
    result = run(pytester, SOURCE, "--gradcheck-report=out.html")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*::test_penalty: *: gradient of 'penalty' w.r.t. 'x': right, only if what stop_gradient stops in the "
            "gradient function of wave is meant as a constant; without the stop, the derivative of the first gradient "
            "is another one (line 20)",
            "gradcheck: 2 gradients of 1 test checked in *: 2 right",
        ]
    )
    page = (pytester.path / "out.html").read_text()
    assert "gradient of &#39;penalty&#39; w.r.t. &#39;x&#39; is right\n" in page
    assert "take tf.stop_gradient out of the gradient function if second derivatives are wanted" in page
