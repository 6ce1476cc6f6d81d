"""Gradients taken inside a `tf.function` are worked out from the traced graph and the inputs of the call."""

from __future__ import annotations

import inspect
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad.recording import record
from pytest_tfgrad.replay import build_replay
from tests.plugin.replay.differences import assert_replay_agrees, only_call, slopes

WEIGHTS = tf.Variable([1.0, 2.0], name="weights")


def sine(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(x) * x * WEIGHTS
    return tape.gradient(y, [x, WEIGHTS])


def loop_inside(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.while_loop(lambda i, z: i < 3, lambda i, z: (i + 1, z * x), (0, x), maximum_iterations=3)[1]
    return tape.gradient(y, x)


def inside_a_loop(x):
    total = tf.zeros([2])
    for i in tf.range(3):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.exp(x) * tf.cast(i + 1, tf.float32)
        total += tape.gradient(y, x)
    return total


def weighted_rows(x):
    with tf.GradientTape() as tape:
        y = tf.nn.embedding_lookup(WEIGHTS, [0, 0]) * x
    return tape.gradient(y, WEIGHTS, output_gradients=[x])


def in_an_inner_function(x):
    return tf.function(sine)(x)[0] * 2.0


def noisy(x):
    @tf.function
    def noise():
        return tf.random.normal([2])

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x**2 * noise() + tf.nn.dropout(x, 0.1)
    return tape.gradient(y, x)


def captured(x):
    constant = tf.constant([0.5, 1.5])

    @tf.function
    def inner():
        with tf.GradientTape() as tape:
            tape.watch(constant)
            y = constant**2 * x
        return tape.gradient(y, constant)

    return inner()


@pytest.mark.parametrize(
    "step",
    [sine, loop_inside, inside_a_loop, weighted_rows, in_an_inner_function, noisy, captured],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("compiled", [False, True], ids=["graph", "xla"])
def test_step(step, compiled):
    if compiled and step is inside_a_loop:
        pytest.skip("XLA needs static loop bounds")
    assert_replay_agrees(lambda: tf.function(step, jit_compile=compiled)(tf.constant([1.0, 2.0])), "graph")


def test_name_and_place_are_those_of_the_line_inside_the_function():
    call = only_call(lambda: tf.function(sine)(tf.constant([1.0, 2.0])), "graph")
    lines, start = inspect.getsourcelines(sine)
    assert (call.location.path, call.location.line) == (__file__, start + len(lines) - 1)
    assert call.location.text == "return tape.gradient(y, [x, WEIGHTS])"
    assert [source.name for source in call.sources] == ["x", "weights"]
    assert [source.kind for source in call.sources] == ["tensor", "variable"]


def test_gradient_of_a_jacobian():
    @tf.function
    def step(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.sin(x) * x[0]
            first = inner.jacobian(y, x)
        return outer.gradient(first, x)

    with record("graph") as recording:
        step(tf.constant([1.0, 2.0]))
    assert [call.kind for call in recording.calls] == ["jacobian", "gradient"]
    for call in recording.calls:
        tape, numeric = slopes(call)
        assert tape == pytest.approx(numeric, rel=1e-5)


def test_ops_outside_the_tape_are_constant():
    @tf.function
    def step(x):
        fixed = WEIGHTS * x
        with tf.GradientTape() as tape:
            y = tf.sin(WEIGHTS) * fixed
        return tape.gradient(y, WEIGHTS)

    assert_replay_agrees(lambda: step(tf.constant([1.0, 2.0])), "graph")


def test_variables_have_the_values_from_before_the_step():
    variable = tf.Variable([1.0, 2.0])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(variable**3)
        variable.assign_sub(tape.gradient(loss, variable))
        return loss

    call = assert_replay_agrees(step, "graph")
    np.testing.assert_array_equal(build_replay(call).sources[0], [1.0, 2.0])
    np.testing.assert_array_equal(variable.numpy(), [1.0 - 3.0, 2.0 - 12.0])


def test_training_step_with_dropout_and_optimizer_is_followed_in_its_first_call():
    model = keras.Sequential(
        [keras.layers.Dense(4, activation="tanh"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
    )
    model.build((4, 3))
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x, training=True) ** 2)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    with record("graph") as recording:
        for _ in range(3):
            step(tf.ones([4, 3]))
    (call,) = recording.calls
    tape, numeric = slopes(call)
    assert tape == pytest.approx(numeric, rel=1e-4)
    (note,) = recording.notes
    assert "first call only" in note


def test_keras_fit():
    model = keras.Sequential(
        [keras.layers.Dense(4, activation="tanh"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(8, 3))
    with record("graph") as recording:
        line = inspect.currentframe().f_lineno + 1
        model.fit(x, x[:, :1], epochs=1, batch_size=4, verbose=0)
    (call,) = recording.calls
    assert (call.location.path, call.location.line) == (__file__, line)
    tape, numeric = slopes(call)
    assert tape == pytest.approx(numeric, rel=1e-4)


def test_draw_that_is_not_shown_is_named():
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * tf.cond(x > 0, lambda: tf.random.normal([]), lambda: 1.0)
        return tape.gradient(y, x)

    with record("graph") as recording:
        step(tf.constant(1.0))
    assert recording.calls == []
    (note,) = recording.notes
    assert "depends on RandomStandardNormal inside a tf.function, whose value is not recorded" in note


def test_function_traced_in_an_earlier_recording_is_still_known():
    step = tf.function(sine)
    for _ in range(2):
        with record("graph") as recording:
            step(tf.constant([1.0, 2.0]))
        assert len(recording.calls) == 1


def test_wrong_custom_gradient_stands_out():
    @tf.custom_gradient
    def square(a):
        return a * a, lambda upstream: upstream * 3.0 * a

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(square(x))
        return tape.gradient(y, x)

    tape, numeric = slopes(only_call(lambda: step(tf.constant([1.0, 2.0])), "graph"))
    assert tape == pytest.approx(1.5 * numeric, rel=1e-5)


def test_tape_opened_outside_the_function_is_noted():
    x = tf.constant(1.0)
    with record("graph") as recording, tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tf.function(lambda: tape.gradient(y, x))()
    (note,) = recording.notes
    assert "opened outside the graph it is taken in: it was not checked" in note


def test_graph_of_a_session_is_noted():
    with record("graph") as recording, tf.Graph().as_default(), tf.GradientTape() as tape:
        x = tf.constant(1.0)
        tape.watch(x)
        gradient = tape.gradient(x * x, x)
        tf.compat.v1.Session().run(gradient)
    (note,) = recording.notes
    assert "is taken in a graph of TensorFlow 1, which a session runs without showing its values" in note


ROWS = tf.data.Dataset.from_tensor_slices([[1.0, 2.0], [3.0, 4.0]])


def slope_at(row):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(row * WEIGHTS)
    return tape.gradient(loss, WEIGHTS)


@tf.function
def loop_over_a_data_set():
    total = tf.zeros([2])
    for row in ROWS:
        total += slope_at(row)
    return total


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (loop_over_a_data_set, "Dataset calls the function that it is traced in"),
        (lambda: list(ROWS.map(slope_at)), "ran where no call of it can be followed (in a data set, for example)"),
    ],
)
def test_gradients_inside_functions_of_data_sets_are_said_to_be_unchecked(run, why):
    with record("graph") as recording:
        run()
    (note,) = recording.notes
    assert re.search(r"The gradient at .*test_traced_gradients.py:\d+ was not checked: ", note)
    assert why in note


def test_a_branch_that_is_not_taken_is_nothing_to_tell():
    @tf.function
    def step(x):
        return tf.cond(tf.reduce_sum(x) > 0.0, lambda: slope_at(x), lambda: x)

    with record("graph") as recording:
        step(tf.constant([-1.0, -1.0]))
    assert (recording.calls, recording.notes) == ([], [])


def test_a_function_that_is_traced_twice_and_runs_as_the_last_is_followed():
    made = []

    @tf.function
    def step(x):
        if not made:
            made.append(tf.Variable(2.0))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x * made[0]
        return tape.gradient(y, x)

    with record("graph") as recording:
        step(tf.constant(3.0))
    assert len(recording.calls) == 1
    assert recording.notes == []
