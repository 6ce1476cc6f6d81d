"""A replay that is compiled into a graph gives what it gives op by op."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad import check_gradients
from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.replay import CannotReplay, build_replay
from tests.plugin.replay.differences import only_call


def convolutional():
    layers = [
        keras.Input((8, 8, 2)),
        keras.layers.Conv2D(3, 3),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(2),
    ]
    return keras.Sequential(layers), tf.random.stateless_normal((4, 8, 8, 2), [0, 1])


def recurrent():
    layers = [keras.Input((5, 3)), keras.layers.LSTM(4), keras.layers.Dense(1)]
    return keras.Sequential(layers), tf.random.stateless_normal((2, 5, 3), [0, 1])


def embedding():
    layers = [keras.Input((3,), dtype="int32"), keras.layers.Embedding(5, 4), keras.layers.Flatten()]
    return keras.Sequential(layers), tf.constant([[0, 1, 1], [4, 0, 2]])


def step(model, inputs):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(inputs, training=True)))
    return tape.gradient(loss, model.trainable_variables)


@pytest.mark.parametrize("functions", ["eager", "graph"])
@pytest.mark.parametrize("make", [convolutional, recurrent, embedding])
def test_compiled_values_are_those_of_the_ops_one_by_one(make, functions):
    model, inputs = make()
    run = tf.function(step) if functions == "graph" else step
    replay = build_replay(only_call(lambda: run(model, inputs), functions))
    random = np.random.default_rng(0)
    points = [source + 0.01 * random.normal(size=source.shape) for source in replay.sources]
    before = replay.evaluate(points)
    assert replay.compile()
    for target, compiled in zip(before, replay.evaluate(points), strict=True):
        assert compiled.dtype == target.dtype
        np.testing.assert_allclose(compiled, target, rtol=1e-12)


def test_complex_numbers_and_several_targets():
    def body():
        z, w = tf.constant([1.0 + 2.0j, 0.5j]), tf.Variable([2.0, 3.0])
        with tf.GradientTape() as tape:
            tape.watch(z)
            targets = [z * z * tf.cast(w, z.dtype), tf.signal.fft(z)]
        tape.gradient(targets, [z, w])

    replay = build_replay(only_call(body))
    points = [1.5 * source for source in replay.sources]
    before = replay.evaluate(points)
    assert replay.compile()
    for target, compiled in zip(before, replay.evaluate(points), strict=True):
        np.testing.assert_allclose(compiled, target, rtol=1e-12)


def test_op_that_fails_in_the_graph_cannot_be_replayed():
    def body():
        x = tf.constant([[2.0, 0.5], [0.5, 1.0]])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.linalg.inv(x)
        tape.gradient(y, x)

    replay = build_replay(only_call(body))
    assert replay.compile()
    with pytest.raises(CannotReplay, match="fails when it is replayed"):
        replay.evaluate([np.ones((2, 2))])


def test_what_cannot_become_a_graph_goes_on_op_by_op(monkeypatch):
    def refuse(*arguments):
        raise TypeError("no graph")

    x = tf.constant([1.0, 2.0])

    def body():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.sin(x) * x
        tape.gradient(y, x)

    replay = build_replay(only_call(body))
    monkeypatch.setattr(adapter, "_add_op", refuse)
    assert not replay.compile()
    np.testing.assert_allclose(replay.evaluate(replay.sources)[0], np.sin([1.0, 2.0]) * [1.0, 2.0])


def test_a_check_that_compiles_leaves_no_trace():
    w = tf.Variable(0.2 * tf.random.stateless_normal((30, 30), [0, 1]))

    def deep(x):
        for _ in range(30):
            x = tf.tanh(x @ w)
        return tf.reduce_sum(x)

    tf.random.set_seed(5)
    expected = [float(tf.random.uniform(())) for _ in range(2)]
    tf.random.set_seed(5)
    seen = [float(tf.random.uniform(()))]
    before = w.numpy()
    (result,) = check_gradients(deep, [tf.random.stateless_normal((60, 30), [1, 1])], mode="full")
    assert result.verdict.value == "right"
    assert result.evaluations > 40
    seen.append(float(tf.random.uniform(())))
    assert seen == expected
    np.testing.assert_array_equal(w.numpy(), before)
