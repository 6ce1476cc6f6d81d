"""A gradient that is not finite is traced to the op of the backward pass that made it."""

from __future__ import annotations

import inspect

import pytest
import tensorflow as tf

from pytest_tfgrad.checking.free_checks import free_checks
from pytest_tfgrad.results import Verdict
from tests.plugin.replay.differences import only_call


def root(x):
    return tf.sqrt(x - x) * x


def guarded_too_late(x):
    return tf.where(x > 1.0, tf.math.log(x - 1.0), x)


def overflowing(x):
    large = tf.exp(x * 1000.0)
    return large / large


@tf.custom_gradient
def wrong_constant(x):
    return x * 2.0, lambda upstream: upstream * float("nan")


def line_of(function, text):
    lines, start = inspect.getsourcelines(function)
    return start + next(position for position, line in enumerate(lines) if text in line)


@pytest.mark.parametrize("inside", [False, True], ids=["under", "inside"])
@pytest.mark.parametrize("functions", ["eager", "graph"])
@pytest.mark.parametrize(
    ("function", "origin"),
    [
        (root, "made by SqrtGrad of the backward pass, next to Sqrt"),
        (guarded_too_late, "made by Reciprocal of the backward pass, next to Log"),
        (overflowing, "RealDiv"),
        (wrong_constant, "made by Mul of the backward pass"),
    ],
)
def test_the_op_is_named(function, origin, functions, inside):
    def taken(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x)

    run = tf.function(taken) if inside else taken
    (result,) = free_checks(only_call(lambda: run(tf.constant([1.0, 2.0])), functions))
    assert result.verdict is Verdict.NONFINITE
    assert origin in result.reason


def test_the_line_of_the_forward_pass_is_named():
    x = tf.constant([1.0, 2.0])

    def body():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = root(x)
        tape.gradient(y, x)

    (result,) = free_checks(only_call(body))
    assert f"(test_nonfinite.py:{line_of(root, 'sqrt')})" in result.reason


def test_a_forward_pass_that_is_not_finite_is_said():
    x = tf.constant([1.0, 2.0])

    def body():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = overflowing(x)
        tape.gradient(y, x)

    (result,) = free_checks(only_call(body))
    assert result.reason.endswith("whose own result is not finite already")
