"""Wrong gradients, each from another place in the code; run by `test_explanations.py`, which knows what to expect."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

pytestmark = pytest.mark.gradcheck

FEATURES = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
KERNEL = np.random.default_rng(1).normal(size=(5, 3)).astype("float32")


@tf.custom_gradient
def scaled_sine(x):
    def backward(upstream):
        return 1.1 * upstream * tf.cos(x)  # <- 1.1

    return tf.sin(x), backward


def loss_of(features, kernel):
    hidden = tf.tanh(tf.matmul(features, kernel))
    return tf.reduce_mean(tf.square(scaled_sine(hidden) + 1.0))


def test_custom_gradient():
    kernel = tf.Variable(KERNEL, name="kernel")
    with tf.GradientTape() as tape:
        loss = loss_of(FEATURES, kernel)
    tape.gradient(loss, kernel)


@pytest.mark.gradcheck(functions="graph")
def test_custom_gradient_in_a_function():
    kernel = tf.Variable(KERNEL, name="kernel")
    compiled = tf.function(loss_of)
    with tf.GradientTape() as tape:
        loss = compiled(FEATURES, kernel)
    tape.gradient(loss, kernel)


@pytest.mark.gradcheck(functions="graph")
def test_tape_in_a_function():
    kernel = tf.Variable(KERNEL, name="kernel")

    @tf.function
    def step(features):
        with tf.GradientTape() as tape:
            loss = loss_of(features, kernel)
        return tape.gradient(loss, kernel)

    step(FEATURES)


def test_keras_layer():
    class Scaled(tf.keras.layers.Layer):
        def call(self, inputs):
            return scaled_sine(inputs)

    tf.keras.utils.set_random_seed(3)
    model = tf.keras.Sequential(
        [tf.keras.layers.Input((5,)), tf.keras.layers.Dense(3, name="first"), Scaled(), tf.keras.layers.Dense(1)]
    )
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(FEATURES) - 1.0))
    tape.gradient(loss, model.layers[0].kernel)


def test_second_order():
    @tf.custom_gradient
    def cubed(x):
        @tf.custom_gradient
        def slope(z):
            return 3.0 * z**2, lambda upstream: 5.0 * z * upstream

        return x**3, lambda upstream: upstream * slope(x)

    x = tf.constant([1.0, 2.0, -1.5])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(cubed(x))
        first = inner.gradient(y, x)
    outer.gradient(first, x)


@tf.RegisterGradient("TruncateMod")
def gradient_of_remainder(op, upstream):
    return 2.0 * upstream, None


def test_registered_gradient_of_an_op():
    x = tf.constant([[1.2, 2.3, 3.4], [1.7, 2.8, 0.3]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        rest = tf.raw_ops.TruncateMod(x=tf.exp(x), y=tf.ones_like(x))
        loss = tf.reduce_sum(tf.square(rest))
    tape.gradient(loss, x)


@tf.RegisterGradient("NegatedSine")
def negated_sine(op, upstream):
    return -upstream * tf.cos(op.inputs[0])


@pytest.mark.gradcheck(functions="graph")
def test_overridden_gradient_of_an_op():
    @tf.function
    def function(x):
        with tf.compat.v1.get_default_graph().gradient_override_map({"Sin": "NegatedSine"}):
            wave = tf.sin(2.0 * x)
        return tf.reduce_sum(wave**3)

    x = tf.constant(FEATURES)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = function(x)
    tape.gradient(loss, x)


def test_captured_tensor():
    w = tf.Variable([1.0, 2.0], name="w")
    v = tf.Variable([3.0, 4.0], name="v")
    with tf.GradientTape() as tape:
        factor = tf.exp(v)

        @tf.custom_gradient
        def scaled(x):
            return x * factor, lambda upstream: upstream * factor

        loss = tf.reduce_sum(scaled(2.0 * w) + v)
    tape.gradient(loss, [w, v])


def test_shape():
    @tf.custom_gradient
    def add(x, bias):
        return x + bias, lambda upstream: (upstream, upstream)

    bias = tf.Variable([1.0, 2.0, 3.0], name="bias")
    kernel = tf.constant(KERNEL)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.tanh(add(kernel, tf.identity(bias))))
    tape.gradient(loss, bias)


def test_two_of_them():
    @tf.custom_gradient
    def halved(x):
        return x / 2.0, lambda upstream: upstream / 3.0

    kernel = tf.Variable(KERNEL, name="kernel")
    with tf.GradientTape() as tape:
        loss = loss_of(FEATURES, halved(tf.convert_to_tensor(kernel)))
    tape.gradient(loss, kernel)


def test_jacobian():
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.square(scaled_sine(x))
    tape.jacobian(y, x)


def test_rounding_with_a_slope():
    @tf.custom_gradient
    def rounded(x):
        return tf.round(x * 4.0) / 4.0, lambda upstream: 4.0 * upstream

    kernel = tf.Variable(KERNEL, name="kernel")
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(rounded(tf.identity(kernel)) - 0.5))
    tape.gradient(loss, kernel)


def test_term_that_is_the_same_along_an_axis():
    @tf.custom_gradient
    def centred(x):
        return x - tf.reduce_mean(x, axis=1, keepdims=True), lambda upstream: upstream

    kernel = tf.Variable(KERNEL, name="kernel")
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.exp(centred(tf.identity(kernel))))
    tape.gradient(loss, kernel)


def test_one_gate_of_three():
    @tf.custom_gradient
    def cell(x, weights):
        open_, kept, new = tf.split(tf.matmul(x, weights), 3, axis=1)

        def backward(upstream):
            slopes = tf.concat([upstream * kept * new, upstream * open_ * open_, upstream * open_ * kept], 1)
            return tf.matmul(slopes, weights, transpose_b=True), tf.matmul(x, slopes, transpose_a=True)

        return open_ * kept * new, backward

    weights = tf.Variable(np.concatenate([KERNEL, 1.0 + KERNEL], axis=1), name="weights")
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(cell(tf.constant(FEATURES), tf.tanh(weights))))
    tape.gradient(loss, weights)


def test_tail_whose_errors_hide_among_many_entries():
    @tf.custom_gradient
    def softplus(x):
        def backward(upstream):
            return upstream * tf.where(x < -9.0, tf.exp(x), tf.sigmoid(x))

        return tf.nn.softplus(x), backward

    x = tf.Variable(np.linspace(-50.0, -8.0, 1000).astype("float32"), name="x")
    with tf.GradientTape() as tape:
        # Its own check finds no step that suits such small numbers.
        y = tf.math.log(softplus(tf.identity(x)))
    tape.gradient(y, x)


@tf.RegisterGradient("SquareOfRealUpstream")
def square_of_real_upstream(op, upstream):
    return tf.cast(tf.math.real(upstream), upstream.dtype) * tf.math.conj(2.0 * op.inputs[0])


@pytest.mark.gradcheck(functions="graph")
def test_op_that_takes_its_upstream_gradient_for_real():
    @tf.function
    def function(x):
        with tf.compat.v1.get_default_graph().gradient_override_map({"Square": "SquareOfRealUpstream"}):
            squares = tf.square(2.0 * x)
        return tf.reduce_sum(squares * tf.exp(x))

    x = tf.constant([0.6 + 0.8j, -1.5 + 0.3j])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = function(x)
    tape.gradient(loss, x)
