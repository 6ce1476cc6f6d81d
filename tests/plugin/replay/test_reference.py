"""TensorFlow's own gradients of the replayed ops: a second way to a gradient, without custom gradients."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad import GradientError, check_gradients
from pytest_tfgrad.recording import record
from pytest_tfgrad.replay import build_replay
from tests.plugin.replay.differences import only_call
from tests.plugin.replay.test_compiled import convolutional, embedding, recurrent, step


@pytest.mark.parametrize("way", ["reference", "recorded_reference"])
@pytest.mark.parametrize("functions", ["eager", "graph"])
@pytest.mark.parametrize("make", [convolutional, recurrent, embedding])
def test_it_is_what_the_tape_gives_without_its_rounding(make, functions, way):
    model, inputs = make()
    run = tf.function(step) if functions == "graph" else step
    call = only_call(lambda: run(model, inputs), functions)
    replay = build_replay(call)
    gradients = getattr(replay, way)([np.ones_like(target) for target in replay.targets])
    for index, gradient in zip(replay.source_index, gradients, strict=True):
        assert way == "recorded_reference" or gradient.dtype == np.float64
        np.testing.assert_allclose(gradient, call.results[index], rtol=4e-6, atol=4e-6)


def one_of_many_wrong(x):
    @tf.custom_gradient
    def square(a):
        def gradient(upstream):
            wrong = np.zeros(a.shape, a.dtype.as_numpy_dtype)
            wrong[17, 23] = 2e-3 * np.abs(a).max()
            return upstream * (2 * a + wrong)

        return a * a, gradient

    return tf.reduce_mean(square(x))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_wrong_entry_of_a_custom_gradient_among_many_is_found(dtype):
    x = tf.random.stateless_normal((400, 500), [0, 1], dtype=dtype)
    with pytest.raises(GradientError) as error:
        check_gradients(one_of_many_wrong, [x])
    (result,) = error.value.results
    assert [entry.index for entry in result.entries] == [(17, 23)]
    assert check_gradients(lambda v: tf.reduce_mean(v * v), [x])[0].verdict.value == "right"


def test_an_op_without_a_gradient_gives_none():
    @tf.custom_gradient
    def bessel(a):
        # NextAfter has a gradient, Nextafter's neighbour `Zeta` none with respect to its first argument.
        return tf.math.zeta(a, 1.0), lambda upstream: upstream * a

    def body():
        x = tf.constant([2.0, 3.0], tf.float64)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = bessel(x)
        tape.gradient(y, x)

    replay = build_replay(only_call(body))
    assert replay.reference([np.ones(2)]) == (None,)


def test_a_check_inside_a_recorded_test_leaves_its_tape_and_recording_alone():
    x = tf.random.stateless_normal((300, 20), [0, 1])
    with record("eager") as recording, tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.reduce_sum(x * x)
        calls = len(recording.calls)
        check_gradients(lambda v: tf.reduce_mean(tf.tanh(v)), [x])
        inner = recording.calls[calls:]
    assert recording.notes == []
    # The gradient that check_gradients itself takes is the only one besides.
    assert len(inner) <= 1
    np.testing.assert_allclose(tape.gradient(y, x), 2 * x)
