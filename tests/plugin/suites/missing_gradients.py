"""Gradients that are None, each for another reason; run by `test_explanations.py`, which knows what must be said."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

pytestmark = pytest.mark.gradcheck


def test_never_watched():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(x * x)
    tape.gradient(loss, x)


def test_not_trainable():
    scale = tf.Variable([1.0, 2.0], trainable=False, name="scale")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(scale * scale)
    tape.gradient(loss, scale)


def test_tape_that_watches_nothing_by_itself():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        loss = tf.reduce_sum(w * w)
    tape.gradient(loss, w)


def test_integers():
    counts = tf.constant([1, 2])
    with tf.GradientTape() as tape:
        tape.watch(counts)
        loss = tf.reduce_sum(tf.cast(counts, tf.float32))
    tape.gradient(loss, counts)


def test_text():
    words = tf.constant(["1", "2"])
    with tf.GradientTape() as tape:
        tape.watch(words)
        loss = tf.reduce_sum(tf.strings.to_number(words))
    tape.gradient(loss, words)


def test_target_of_integers():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        best = tf.argmax(w * 2.0)
    tape.gradient(best, w)


def test_after_the_tape():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        y = w * w
    loss = tf.reduce_sum(y)
    tape.gradient(loss, w)


def test_before_watch():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = x * x
        tape.watch(x)
        loss = tf.reduce_sum(y)
    tape.gradient(loss, x)


def test_stopped():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        with tape.stop_recording():
            y = w * w
        loss = tf.reduce_sum(y)
    tape.gradient(loss, w)


def test_numpy_method():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        y = (w * w).numpy()
        loss = tf.reduce_sum(y * 3.0)
    tape.gradient(loss, w)


def test_numpy_function():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        y = w * w
        z = np.square(y)
        loss = tf.reduce_sum(z)
    tape.gradient(loss, w)


def test_variable_replaced():
    w = tf.Variable([1.0, 2.0], name="w")
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        gradient = tape.gradient(loss, w)
        if gradient is not None:
            w = w - 0.1 * gradient


def test_stop_gradient():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        y = tf.stop_gradient(w * w)
        loss = tf.reduce_sum(y)
    tape.gradient(loss, w)


def test_integers_on_the_way():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        rounded = tf.cast(w * 3.0, tf.int32)
        loss = tf.reduce_sum(tf.cast(rounded, tf.float32))
    tape.gradient(loss, w)


def test_op_without_gradient():
    w = tf.Variable([1.5, 2.5], name="w")
    with tf.GradientTape() as tape:
        colour = tf.image.hsv_to_rgb(tf.tile(w[:1], [3]))
        loss = tf.reduce_sum(colour)
    tape.gradient(loss, w)


def test_assigned():
    w = tf.Variable([1.0, 2.0], name="w")
    state = tf.Variable([0.0, 0.0], name="state")
    with tf.GradientTape() as tape:
        state.assign(w * w)
        loss = tf.reduce_sum(state * 2.0)
    tape.gradient(loss, w)


def test_not_used():
    w = tf.Variable([1.0, 2.0], name="w")
    bias = tf.Variable([1.0, 2.0], name="bias")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    tape.gradient(loss, [w, bias])


def test_used_elsewhere():
    w = tf.Variable([1.0, 2.0], name="w")
    bias = tf.Variable([1.0, 2.0], name="bias")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
        loss + tf.reduce_sum(bias)
    tape.gradient(loss, [w, bias])


def test_custom_gradient_returns_none():
    @tf.custom_gradient
    def scaled(x, factor):
        return x * factor, lambda upstream: (upstream * factor, None)

    w = tf.Variable([1.0, 2.0], name="w")
    factor = tf.Variable(3.0, name="factor")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(scaled(w * 1.0, factor * 1.0))
    tape.gradient(loss, [w, factor])


def test_inside_a_function():
    w = tf.Variable([1.0, 2.0], name="w")

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.stop_gradient(w * w))
        return tape.gradient(loss, w)

    step()


def test_before_the_tape():
    w = tf.Variable([1.0, 2.0], name="w")
    y = w * w
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(y)
    tape.gradient(loss, w)


@pytest.mark.gradcheck(functions="graph")
def test_op_without_gradient_in_a_function_that_stays_a_graph():
    w = tf.Variable([1.5, 2.5], name="w")

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            colour = tf.image.hsv_to_rgb(tf.tile(w[:1], [3]))
            loss = tf.reduce_sum(colour)
        return tape.gradient(loss, w)

    step()


@pytest.mark.gradcheck(functions="graph")
def test_stop_gradient_in_a_function_that_stays_a_graph():
    w = tf.Variable([1.0, 2.0], name="w")

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.stop_gradient(w * w))
        return tape.gradient(loss, w)

    step()


def test_of_a_tensor_before_the_tape():
    x = tf.constant([1.0, 2.0])
    y = tf.exp(x) * 2.0
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(y)
    tape.gradient(loss, x)


def test_read_while_recording_is_stopped():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        with tape.stop_recording():
            y = w.value()
        loss = tf.reduce_sum(y * 2.0)
    tape.gradient(loss, w)


def test_only_looked_at_before_the_tape():
    w = tf.Variable([1.0, 2.0], name="w")
    bias = tf.Variable([1.0, 2.0], name="bias")
    assert bias.numpy().sum() == 3.0
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    tape.gradient(loss, [w, bias])


def test_indices_of_the_largest():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        best = tf.nn.top_k(w * 2.0).indices
        loss = tf.reduce_sum(tf.cast(best, tf.float32))
    tape.gradient(loss, w)


def test_gradient_of_an_op_gives_none():
    a = tf.Variable([1.0, 2.0], name="a")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.math.betainc(a * 2.0, [2.0, 3.0], [0.3, 0.4]))
    tape.gradient(loss, a)


def test_intermediate_that_leads_elsewhere():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        hidden = w * 2.0
        loss = tf.reduce_sum(w)
    tape.gradient(loss, hidden)


@pytest.mark.gradcheck(functions="graph")
def test_stop_gradient_in_a_function_called_on_the_tape():
    w = tf.Variable([1.0, 2.0], name="w")

    @tf.function
    def loss_of(x):
        return tf.reduce_sum(tf.stop_gradient(x * 2.0))

    with tf.GradientTape() as tape:
        loss = loss_of(w)
    tape.gradient(loss, w)


@tf.custom_gradient
def gives_none(x):
    return tf.round(x), lambda upstream: None


def loss_without_watch(tape, x, state):
    return tf.reduce_sum(x * x)


def loss_of_integers(tape, x, state):
    tape.watch(x)
    rounded = tf.cast(x * 3.0, tf.int32)
    return tf.reduce_sum(tf.cast(rounded, tf.float32))


def loss_of_what_was_assigned(tape, x, state):
    tape.watch(x)
    state.assign(x * x)
    return tf.reduce_sum(state * 2.0)


def loss_while_stopped(tape, x, state):
    tape.watch(x)
    with tape.stop_recording():
        y = x * x
    return tf.reduce_sum(y)


def loss_before_watch(tape, x, state):
    y = x * x
    tape.watch(x)
    return tf.reduce_sum(y)


def loss_of_numpy(tape, x, state):
    tape.watch(x)
    return tf.reduce_sum(tf.numpy_function(lambda array: array * 2, [x * 3.0], tf.float32))


def loss_of_something_else(tape, x, state):
    tape.watch(x)
    return tf.reduce_sum(state * 2.0)


def loss_of_a_custom_gradient(tape, x, state):
    tape.watch(x)
    return tf.reduce_sum(gives_none(x * 2.0))


def loss_of_the_incomplete_beta_function(tape, x, state):
    tape.watch(x)
    return tf.reduce_sum(tf.math.betainc(x * 2.0, [2.0, 3.0], [0.3, 0.4]))


GRAPHS = [
    loss_without_watch,
    loss_of_integers,
    loss_of_what_was_assigned,
    loss_while_stopped,
    loss_before_watch,
    loss_of_numpy,
    loss_of_something_else,
    loss_of_a_custom_gradient,
    loss_of_the_incomplete_beta_function,
]


@pytest.mark.parametrize("loss_of", GRAPHS)
@pytest.mark.gradcheck(functions="graph")
def test_in_a_function_that_stays_a_graph(loss_of):
    state = tf.Variable([1.0, 2.0], name="state")

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = loss_of(tape, x, state)
        return tape.gradient(loss, x)

    step(tf.constant([1.0, 2.0]))


@pytest.mark.gradcheck(functions="graph")
def test_around_the_tape_of_a_function_that_stays_a_graph():
    w = tf.Variable([1.0, 2.0], name="w")

    @tf.function
    def step():
        early = w * w
        with tf.GradientTape(persistent=True) as tape:
            first = tf.reduce_sum(early)
            second = w * 2.0
        third = tf.reduce_sum(second)
        return tape.gradient(first, w), tape.gradient(third, w)

    step()
