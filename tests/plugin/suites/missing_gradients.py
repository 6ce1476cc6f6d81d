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
