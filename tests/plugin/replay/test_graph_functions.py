"""Calls of graph functions replay through the ops inside them, with the recorded values where they cannot run again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad.recording import record
from pytest_tfgrad.replay import CannotReplay, build_replay
from tests.plugin.replay.differences import assert_replay_agrees, only_call, slopes

WEIGHTS = tf.Variable([1.0, 0.5])


def loss_gradient(function):
    def body():
        x = tf.constant([1.0, 2.0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(function(x) * x)
        tape.gradient(loss, x)

    return body


def written_to_array(a):
    array = tf.TensorArray(tf.float32, size=3)
    for i in tf.range(3):
        array = array.write(i, a * tf.cast(i, tf.float32) * a)
    return tf.reduce_sum(array.stack(), 0)


@pytest.mark.parametrize(
    "function",
    [
        lambda a: tf.sin(a) * a * WEIGHTS,
        lambda a: tf.nn.dropout(a * a, 0.3) + a,
        lambda a: a * tf.random.normal([2]) + a,
        lambda a: a * a + tf.stop_gradient(tf.random.normal([2]) * a) * a,
        lambda a: tf.while_loop(lambda i, z: i < 3, lambda i, z: (i + 1, z * a), (0, a))[1],
        lambda a: tf.cond(tf.reduce_sum(a) > 0, lambda: a * a, lambda: a),
        lambda a: tf.switch_case(tf.constant(1), [lambda: a, lambda: a * a * a, lambda: a]),
        lambda a: tf.map_fn(lambda row: row * row, a),
        lambda a: tf.scan(lambda carry, row: carry * row, a),
        lambda a: a * tf.nn.embedding_lookup(WEIGHTS, [0, 0]),
        lambda a: a + tf.stop_gradient(tf.round(a) - a),
        lambda a: tf.function(tf.exp)(a) * a,
        lambda a: tf.vectorized_map(lambda row: row * tf.sin(row), a),
        written_to_array,
    ],
    ids=(
        "variable dropout random stopped_random while cond switch_case map_fn scan gather straight_through nested "
        "vectorized_map TensorArray"
    ).split(),
)
def test_function(function):
    assert_replay_agrees(loss_gradient(tf.function(function)), "graph")


def test_compiled_function():
    assert_replay_agrees(loss_gradient(tf.function(lambda a: tf.sin(a) * a, jit_compile=True)), "graph")


def test_function_that_assigns_to_the_variable_it_reads():
    variable = tf.Variable([3.0, 1.0])

    @tf.function
    def step(a):
        before = variable * a
        variable.assign_add(variable)
        return before + variable * a * a

    call = assert_replay_agrees(loss_gradient(step), "graph")
    np.testing.assert_array_equal(variable.numpy(), [6.0, 2.0])
    np.testing.assert_allclose(build_replay(call).targets[0], (3 + 6) + (4 + 2 * 8))


def test_keras_model_in_a_function():
    model = keras.Sequential(
        [
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    model.build((4, 6, 6, 1))
    images = np.random.default_rng(0).normal(size=(4, 6, 6, 1)).astype("float32")
    forward = tf.function(lambda x: model(x, training=True))

    def body():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(forward(images) ** 2)
        tape.gradient(loss, model.trainable_variables)

    assert_replay_agrees(body, "graph", rtol=1e-3)


def test_recurrent_layer_in_a_function():
    layer = keras.layers.LSTM(5, return_sequences=True)
    layer.build((2, 7, 3))
    inputs = np.random.default_rng(0).normal(size=(2, 7, 3)).astype("float32")
    forward = tf.function(layer)

    def body():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(forward(inputs) ** 2)
        tape.gradient(loss, layer.trainable_variables)

    assert_replay_agrees(body, "graph")


def test_gradient_of_the_gradient_of_a_function():
    function = tf.function(lambda x: tf.reduce_sum(tf.sin(x) * x))

    def body():
        x = tf.constant([1.0, 2.0])
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = function(x)
            first = inner.gradient(y, x)
        outer.jacobian(first, x)

    with record("graph") as recording:
        body()
    assert [call.kind for call in recording.calls] == ["gradient", "jacobian"]
    for call in recording.calls:
        tape, numeric = slopes(call)
        assert tape == pytest.approx(numeric, rel=1e-5)


def test_wrong_custom_gradient_in_a_function_stands_out():
    @tf.custom_gradient
    def square(a):
        return a * a, lambda upstream: upstream * 3.0 * a

    tape, numeric = slopes(only_call(loss_gradient(tf.function(square)), "graph"))
    assert tape == pytest.approx(4 / 3 * numeric, rel=1e-5)


def test_random_number_drawn_in_a_branch_and_not_kept_for_the_backward_pass_is_not_known():
    @tf.function
    def noisy(a):
        noise = tf.cond(a[0] > 0, lambda: tf.random.normal([2]), lambda: tf.zeros([2]))
        return a * a + tf.stop_gradient(noise * a)

    with pytest.raises(
        CannotReplay, match=r'RandomStandardNormal inside a tf.function is not known.*functions="eager"'
    ):
        build_replay(only_call(loss_gradient(noisy), "graph"))


def test_python_that_the_sources_do_not_reach_keeps_what_it_returned():
    @tf.function
    def scaled(a):
        return a * a * tf.numpy_function(lambda: np.float32(np.random.rand() + 1), [], tf.float32)

    assert_replay_agrees(loss_gradient(scaled), "graph")


def random_walk(a, steps):
    return tf.while_loop(lambda i, z: i < steps, lambda i, z: (i + 1, z * a), (0, a))[1]


def test_loop_over_a_random_number_of_steps():
    walk = tf.function(lambda a: random_walk(a, tf.random.uniform([], 1, 4, tf.int32)))
    for _ in range(4):
        assert_replay_agrees(loss_gradient(walk), "graph")


def test_loop_over_a_number_of_steps_drawn_in_a_branch_asks_for_eager_functions():
    @tf.function
    def walk(a):
        draw = tf.cond(a[0] > 0, lambda: tf.random.uniform([], 1, 4, tf.int32), lambda: 1)
        return random_walk(a, draw)

    with pytest.raises(CannotReplay, match=r'RandomUniformInt inside a tf.function.*functions="eager"'):
        build_replay(only_call(loss_gradient(walk), "graph"))


def test_python_inside_a_function_is_not_called_again():
    calls = []

    @tf.function
    def counted(a):
        return tf.py_function(lambda row: calls.append(1) or row * row, [a], tf.float32)

    call = only_call(loss_gradient(counted), "graph")
    before = len(calls)
    tape, numeric = slopes(call)
    assert tape == pytest.approx(numeric, rel=2e-5)
    assert len(calls) == before


def test_python_in_a_loop_keeps_what_it_returned_in_each_round():
    @tf.function
    def scaled(a):
        for i in tf.range(3):
            factor = tf.py_function(lambda _: np.float32(np.random.rand() + 1), [i], tf.float32)
            a = a * tf.reshape(tf.stop_gradient(factor), [])
        return a

    assert_replay_agrees(loss_gradient(scaled), "graph")


def test_python_that_begins_while_several_functions_run_cannot_be_told_apart():
    alone, second_runs = threading.Event(), threading.Event()

    def first(row):
        alone.set()
        assert second_runs.wait(60)
        return row * row

    def second(row):
        second_runs.set()
        return row * row

    def take(function, value):
        x = tf.constant(value)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.function(lambda a: tf.py_function(function, [a], tf.float32))(x)
        tape.gradient(y, x)

    with record("graph") as recording, ThreadPoolExecutor(1) as pool:
        running = pool.submit(take, first, 1.0)
        assert alone.wait(60)
        take(second, 2.0)
        running.result()
    earlier, later = sorted(recording.calls, key=lambda call: float(call.results[0]))
    assert build_replay(earlier).targets
    with pytest.raises(CannotReplay, match="EagerPyFunc calls back into Python"):
        build_replay(later)


def test_gradient_of_a_loop_is_computed_again_from_values_in_float64():
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in tf.range(2):
                y = tf.tanh(y * 4.0)
        return tape.gradient(y, x)

    x = tf.constant([0.9, 1.3])
    (gradient,) = build_replay(only_call(lambda: step(x), "graph")).gradients()
    first = np.tanh(4.0 * x.numpy().astype("float64"))
    np.testing.assert_allclose(gradient, 16.0 * (1 - np.tanh(4.0 * first) ** 2) * (1 - first**2), rtol=1e-9)
