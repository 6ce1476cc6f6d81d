"""Jacobian-vector products of forward accumulators are recorded and checked."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.ops import gradient_registry

from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.options import DEFAULTS
from pytest_tfgrad.recording import record
from pytest_tfgrad.results import Fault, Verdict

X = np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 4.0]], "float32")
T = np.array([[1.0, 0.0, 2.0], [-1.0, 0.5, 0.0]], "float32")


def results_of(body, functions="eager"):
    with record(functions) as recording:
        body()
    result = check_recording(recording, DEFAULTS["marker"], "test")
    return result.gradients, result.notes


def jvp_of(function, primals, tangents):
    def body():
        with tf.autodiff.ForwardAccumulator(primals, tangents) as accumulator:
            y = function(primals)
        return accumulator.jvp(y)

    return body


@tf.custom_gradient
def wrong_square(x):
    return x * x, lambda upstream: upstream * 2.1 * x


@tf.custom_gradient
def one_wrong_entry(x):
    wrong = np.zeros(x.shape, "float32")
    wrong[1, 2] = 0.25
    return tf.sin(x), lambda upstream: upstream * (tf.cos(x) + wrong)


RIGHT = {
    "entrywise": lambda x: tf.sin(x) * x,
    "product": lambda x: tf.matmul(x, x, transpose_b=True),
    "scalar": lambda x: tf.reduce_sum(tf.exp(x)),
    "function": tf.function(lambda x: tf.tanh(x) ** 2),
    "composite": lambda x: tf.nn.softmax(tf.reduce_logsumexp(x, axis=1)),
}


@pytest.mark.parametrize("functions", ["eager", "graph"])
@pytest.mark.parametrize("name", RIGHT)
def test_right_products(name, functions):
    (result,), notes = results_of(jvp_of(RIGHT[name], tf.constant(X), tf.constant(T)), functions)
    assert (result.verdict, result.kind, result.source, notes) == (Verdict.RIGHT, "jvp", "primals", ())
    assert result.evaluations > 0


# Where the function runs eagerly, forward mode goes through its ops; in a graph it transposes the backward function.
@pytest.mark.parametrize("function", [wrong_square, one_wrong_entry])
def test_products_of_a_wrong_gradient_are_wrong(function):
    tangents = tf.constant(np.ones_like(X))
    (result,), _ = results_of(jvp_of(tf.function(function), tf.constant(X), tangents), "graph")
    assert (result.verdict, result.fault, result.kind) == (Verdict.WRONG, Fault.VALUE, "jvp")
    (result,), _ = results_of(jvp_of(function, tf.constant(X), tangents))
    assert result.verdict is Verdict.RIGHT


def test_products_of_a_wrong_registered_gradient_are_wrong(monkeypatch):
    entry = gradient_registry._registry["Softplus"]
    monkeypatch.setitem(entry, "type", lambda op, upstream: 1.01 * upstream * tf.sigmoid(op.inputs[0]))
    (result,), _ = results_of(jvp_of(tf.nn.softplus, tf.constant(X), tf.constant(T)))
    assert result.verdict is Verdict.WRONG


def test_entry_of_the_target_that_is_wrong_is_named():
    product = jvp_of(tf.function(one_wrong_entry), tf.constant(X), tf.constant(np.ones_like(X)))
    (result,), _ = results_of(product, "graph")
    (entry,) = result.entries
    assert entry.index == (1, 2)
    assert entry.numeric == pytest.approx(np.cos(4.0), rel=1e-5)


def test_variables_and_several_primals_move_together():
    w, x = tf.Variable(X.T, name="weights"), tf.constant(X)

    def body():
        with tf.autodiff.ForwardAccumulator([w, x], [tf.constant(T.T), tf.constant(T)]) as accumulator:
            y = tf.tanh(x @ w)
            z = tf.reduce_sum(y * y)
        accumulator.jvp({"y": y, "z": z})

    results, notes = results_of(body)
    assert [r.verdict for r in results] == [Verdict.RIGHT] * 2
    assert results[0].source == "weights and primals[1]"
    assert notes == ()


def test_forward_over_reverse_is_the_hessian_times_the_tangents():
    x = tf.constant([1.0, 2.0])

    def body(square):
        with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.5])) as accumulator:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum(square(x) ** 2)
            gradient = tape.gradient(y, x)
        accumulator.jvp(gradient)

    results, _ = results_of(lambda: body(lambda v: v * v))
    assert [(r.kind, r.verdict) for r in results] == [("gradient", Verdict.RIGHT), ("jvp", Verdict.RIGHT)]
    # The gradient is wrong, its own derivative is that of what the tape computed.
    results, _ = results_of(lambda: body(wrong_square))
    assert results[0].verdict is Verdict.WRONG


def test_unconnected_targets_give_none():
    x = tf.constant([1.0, 2.0])

    def body():
        with tf.autodiff.ForwardAccumulator(x, tf.ones(2)) as accumulator:
            y = tf.constant([3.0]) * 2.0
        accumulator.jvp(y)

    (result,), _ = results_of(body)
    assert result.verdict is Verdict.NONE


def test_products_inside_a_graph_are_said_to_be_unchecked():
    @tf.function
    def product(x):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            y = x * x
        return accumulator.jvp(y)

    results, notes = results_of(lambda: product(tf.constant([1.0, 2.0])), "graph")
    assert results == ()
    assert any("jvp" in note and "was not checked" in note for note in notes)
    (result,), notes = results_of(lambda: product(tf.constant([1.0, 2.0])), "eager")
    assert (result.verdict, notes) == (Verdict.RIGHT, ())


def test_what_the_accumulator_gives_is_unchanged():
    x = tf.constant(X)
    with record() as recording, tf.autodiff.ForwardAccumulator(x, tf.constant(T)) as accumulator:
        y = x**3
    np.testing.assert_allclose(accumulator.jvp(y), 3 * X**2 * T, rtol=1e-6)
    assert recording.notes == []


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: tf.ones([2]) * 2.0, "no differentiable op that the accumulator recorded leads from the primals to"),
        (lambda x: tf.image.hsv_to_rgb(tf.nn.sigmoid(x)), "the gradient of HSVToRGB gives None"),
    ],
)
def test_why_there_is_no_product(function, reason):
    (result,), _ = results_of(jvp_of(function, tf.constant(X), tf.constant(T)))
    assert result.verdict is Verdict.NONE
    assert reason in result.reason
