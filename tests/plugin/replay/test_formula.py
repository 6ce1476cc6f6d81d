"""The tape's own backward pass in float64 tells a wrong formula from rounding in a narrow type."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.options import DEFAULTS
from pytest_tfgrad.recording import record
from pytest_tfgrad.replay import build_replay
from pytest_tfgrad.results import Remark, Verdict
from tests.plugin.replay.differences import only_call

# float32 keeps no digit of (1e4 + x)^2 - (1e4)^2 - 2e4 x near x = 0.
LARGE = 1e4


def cancelling(x):
    return tf.reduce_sum((x + LARGE) ** 2 - 2.0 * LARGE * x)


def gradient_body(function, x, functions):
    tensor = tf.constant(x)

    def step(tensor):
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            y = function(tensor)
        return tape.gradient(y, tensor)

    return (lambda: tf.function(step)(tensor)) if functions == "graph" else (lambda: step(tensor))


@pytest.mark.parametrize("functions", ["eager", "graph"])
def test_gradient_lost_to_cancellation_is_right_in_float64(functions):
    call = only_call(gradient_body(cancelling, [1e-3, 2e-3], functions), functions)
    (formula,) = build_replay(call).gradients()
    exact = 2 * np.array([1e-3, 2e-3], "float32").astype("float64")
    assert not np.allclose(call.results[0], exact, rtol=1e-2)
    np.testing.assert_allclose(formula, exact, rtol=1e-8)


@pytest.mark.parametrize("functions", ["eager", "graph"])
def test_wrong_formula_stays_wrong_in_float64(functions):
    @tf.custom_gradient
    def square(a):
        return a * a, lambda upstream: upstream * 3.0 * a

    call = only_call(gradient_body(square, [1.0, 2.0], functions), functions)
    (formula,) = build_replay(call).gradients()
    np.testing.assert_allclose(formula, [3.0, 6.0], rtol=1e-12)


@pytest.mark.parametrize("functions", ["eager", "graph"])
def test_batch_normalization_of_a_constant_channel(functions):
    layer = keras.layers.BatchNormalization()
    layer.build((None, 2))
    images = np.tile(np.array([[1.0, 5.0], [2.0, 5.0]], "float32"), (10, 1))

    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((layer(x, training=True) - x) ** 2)
        return tape.gradient(loss, layer.trainable_variables)

    call = only_call(lambda: (tf.function(step) if functions == "graph" else step)(images), functions)
    gamma, _ = build_replay(call).gradients()
    assert abs(gamma[1]) < 1e-12


@pytest.mark.parametrize("functions", ["eager", "graph"])
@pytest.mark.parametrize(("factor", "verdict"), [(1.0, Verdict.RIGHT), (1.1, Verdict.WRONG)])
def test_batch_normalization_of_large_numbers_takes_few_evaluations(factor, verdict, functions):
    @tf.custom_gradient
    def scaled(y):
        return tf.identity(y), lambda upstream: factor * upstream

    layer = keras.layers.BatchNormalization()
    layer.build((None, 8))
    x = 1e4 + np.random.default_rng(0).normal(size=(16, 8)).astype("float32")
    body = gradient_body(lambda x: tf.reduce_sum(scaled(layer(x, training=True)) ** 3), x, functions)
    with record(functions) as recording:
        body()
    (result,) = check_recording(recording, DEFAULTS["flag"], "test").gradients
    assert result.verdict is verdict
    assert verdict is Verdict.WRONG or (Remark.CANCELLATION in result.remarks and result.evaluations <= 60)


def test_function_called_under_an_eager_tape():
    body = gradient_body(tf.function(lambda x: tf.sin(x) * x), [1.0, 2.0], "eager")
    (formula,) = build_replay(only_call(body, "graph")).gradients()
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(formula, np.cos(x) * x + np.sin(x), rtol=1e-12)


def test_output_gradients_and_missing_results_have_their_places():
    x, other = tf.constant([1.0, 2.0]), tf.constant(1.0)
    with record() as recording, tf.GradientTape() as tape:
        tape.watch([x, other])
        y = x**3
        tape.gradient(y, [other, x], output_gradients=tf.constant([10.0, 100.0]))
    replay = build_replay(recording.calls[0])
    assert replay.source_index == (1,)
    np.testing.assert_allclose(replay.gradients()[0], [30.0, 1200.0], rtol=1e-12)


def test_repeated_rows_are_summed():
    table = tf.Variable(np.ones((4, 2), "float32"))
    with record() as recording, tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [1, 3, 3]) ** 2)
        tape.gradient(loss, table)
    (formula,) = build_replay(recording.calls[0]).gradients()
    np.testing.assert_array_equal(formula, [[0, 0], [2, 2], [0, 0], [4, 4]])


def test_recomputed_forward_pass_draws_no_new_random_numbers():
    @tf.recompute_grad
    def noisy(a):
        return a * a * tf.random.stateless_normal([2], [1, 2])

    call = only_call(gradient_body(noisy, [1.0, 2.0], "eager"))
    (formula,) = build_replay(call).gradients()
    np.testing.assert_allclose(formula, call.results[0], rtol=1e-5)


def test_jacobians_have_none():
    x = tf.constant([1.0, 2.0])
    with record() as recording, tf.GradientTape() as tape:
        tape.watch(x)
        y = x**2
        tape.jacobian(y, x)
    assert build_replay(recording.calls[0]).gradients() == (None,)


def test_values_of_the_backward_pass_are_not_kept_alive():
    x = tf.ones([1000])
    with record() as recording, tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(tf.cos(x * 2.0))
        tape.gradient(y, x)
    (call,) = recording.calls
    produced = {tensor._id for entry in call.trace.backward for tensor in entry.outputs}
    assert produced
    for entry in call.trace.backward:
        for tensor in (*entry.inputs, *entry.outputs):
            if tensor._id in produced and tensor.dtype.is_floating:
                assert not hasattr(tensor, "numpy")
