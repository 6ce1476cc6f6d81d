"""Planted gradient bugs, one a test; run by `test_gallery.py`, which knows what must be said about each."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

pytestmark = pytest.mark.gradcheck

MATRIX = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
LARGE = np.random.default_rng(1).normal(size=(40, 50)).astype("float32")


def take(function, *values, weights=None):
    """The gradient of a function of variables named by their position."""
    variables = [tf.Variable(value, name=f"v{position}") for position, value in enumerate(values)]
    with tf.GradientTape() as tape:
        target = function(*variables)
    return tape.gradient(target, variables, output_gradients=weights)


def sine_with(backward):
    """sin, with a backward function of upstream and x."""

    @tf.custom_gradient
    def planted(x):
        return tf.sin(x), lambda upstream: backward(upstream, x)

    return lambda v: planted(tf.convert_to_tensor(v))


def test_factor():
    take(sine_with(lambda upstream, x: 1.1 * upstream * tf.cos(x)), MATRIX)


def test_slight_factor_on_many_entries():
    # Weighted, so that the worst entries don't differ by their rounding alone.
    weights = tf.reshape(tf.linspace(1.0, 9.0, LARGE.size), LARGE.shape)
    take(sine_with(lambda upstream, x: 1.001 * upstream * tf.cos(x)), LARGE, weights=weights)


def test_sign():
    take(sine_with(lambda upstream, x: -upstream * tf.cos(x)), MATRIX)


def test_zero():
    take(sine_with(lambda upstream, x: tf.zeros_like(x)), MATRIX)


def test_offset():
    take(sine_with(lambda upstream, x: upstream * tf.cos(x) + 0.25), MATRIX)


def test_transposed():
    take(sine_with(lambda upstream, x: tf.transpose(upstream * tf.cos(x))), MATRIX)


def test_transposed_and_large():
    square = LARGE[:, :40]
    take(sine_with(lambda upstream, x: tf.transpose(upstream * tf.cos(x))), square)


def test_reversed():
    take(sine_with(lambda upstream, x: tf.reverse(upstream * tf.cos(x), [1])), MATRIX)


def test_one_entry():
    take(sine_with(lambda upstream, x: upstream * tf.cos(x) + tf.one_hot([9, 2, 9, 9], 4) * 0.01), MATRIX)


def test_one_entry_of_many():
    off = np.zeros_like(LARGE)
    off[3, 17] = 1e-3
    take(sine_with(lambda upstream, x: upstream * tf.cos(x) + off), LARGE)


def test_one_row():
    rows = tf.constant([[1.0], [1.0], [1.5], [1.0]])
    take(sine_with(lambda upstream, x: rows * upstream * tf.cos(x)), MATRIX)


def test_only_where_negative():
    take(sine_with(lambda upstream, x: upstream * tf.cos(x) * tf.where(x < 0, 0.9, 1.0)), MATRIX)


def test_only_at_the_boundary():
    edges = np.zeros((6, 4), "float32")
    edges[[0, -1]] = 0.5
    inside = LARGE[:6, :4]
    take(sine_with(lambda upstream, x: upstream * (tf.cos(x) + edges)), inside)


def test_only_at_repeated_indices():
    @tf.custom_gradient
    def looked_up(table, rows):
        def backward(upstream):
            return tf.tensor_scatter_nd_update(tf.zeros_like(table), rows[:, None], upstream), None

        return tf.gather(table, rows), backward

    rows = tf.constant([0, 2, 2, 3])
    take(lambda table: tf.reduce_sum(tf.sin(looked_up(tf.convert_to_tensor(table), rows))), MATRIX)


def test_mask_missing():
    @tf.custom_gradient
    def largest(x):
        return tf.reduce_max(x, axis=1), lambda upstream: upstream[:, None] * tf.ones_like(x)

    take(lambda v: tf.reduce_sum(largest(tf.convert_to_tensor(v)) ** 2), MATRIX)


def test_mask_too_wide():
    take(sine_with(lambda upstream, x: upstream * tf.cos(x) * tf.cast(tf.abs(x - 0.4) > 0.5, x.dtype)), MATRIX)


def test_sum_over_the_batch():
    @tf.custom_gradient
    def batch_mean(x):
        return tf.reduce_mean(x, axis=0), lambda upstream: tf.broadcast_to(upstream, x.shape)

    take(lambda v: tf.reduce_sum(tf.sin(batch_mean(v * 1.0))), LARGE[:5, :6])


def test_sum_for_mean():
    @tf.custom_gradient
    def mean(x):
        return tf.reduce_mean(x), lambda upstream: upstream * tf.ones_like(x)

    take(lambda v: mean(tf.sin(v)), MATRIX)


def test_mean_for_sum():
    @tf.custom_gradient
    def total(x):
        return tf.reduce_sum(x), lambda upstream: upstream * tf.ones_like(x) / 16

    take(lambda v: total(tf.sin(v)), MATRIX)


def test_upstream_ignored():
    take(sine_with(lambda upstream, x: tf.cos(x)), MATRIX, weights=tf.constant(MATRIX))


def test_stale():
    """The backward pass uses what the first forward pass saw."""
    seen = []

    @tf.custom_gradient
    def square(x):
        seen.append(x)
        return x * x, lambda upstream: 2 * seen[0] * upstream

    take(lambda v: square(v * 1.0), MATRIX)
    take(lambda v: square(v * 1.0), MATRIX + 1)


def test_missing_reduction():
    """A broadcast bias gets the gradient of its broadcast."""

    @tf.custom_gradient
    def add(x, bias):
        return x + bias, lambda upstream: (upstream, upstream)

    take(lambda v, bias: add(v * 1.0, bias * 1.0), MATRIX, MATRIX[0])


def test_shape_collapsed():
    @tf.custom_gradient
    def total(x):
        return tf.reduce_sum(x), lambda upstream: upstream

    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = total(x)
    tape.gradient(loss, x)


def test_none():
    take(lambda v: tf.reduce_sum(tf.stop_gradient(v)), MATRIX)


def test_not_finite():
    take(lambda v: tf.sqrt(v - v), MATRIX)


def test_conjugated():
    z = tf.constant([1 + 2j, 3 - 1j, 0.5 + 0.25j], tf.complex128)

    @tf.custom_gradient
    def square(x):
        return x * x, lambda upstream: upstream * 2 * x

    with tf.GradientTape() as tape:
        tape.watch(z)
        y = square(z)
    tape.gradient(y, z)


def test_jacobian():
    planted = sine_with(lambda upstream, x: 1.1 * upstream * tf.cos(x))
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = planted(x) * 2.0
    tape.jacobian(y, x)


def test_jacobian_slightly_wrong_where_terms_cancel():
    planted = sine_with(lambda upstream, x: 1.001 * upstream * tf.cos(x))
    x = tf.constant([0.3, -0.8, 1.4])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.softmax(3.0 * planted(x))
    tape.jacobian(y, x)


def test_batch_jacobian():
    planted = sine_with(lambda upstream, x: upstream * tf.cos(x) + upstream * [[0.0, 0.0, 0.1], [0.0, 0.0, 0.0]])
    x = tf.constant([[1.0, 2.0, 3.0], [0.1, 0.2, 0.3]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = planted(x) * 2.0
    tape.batch_jacobian(y, x, experimental_use_pfor=False)


def test_inside_a_function():
    planted = sine_with(lambda upstream, x: 1.1 * upstream * tf.cos(x))

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = planted(x)
        return tape.gradient(y, x)

    step(tf.constant([1.0, 2.0]))


def test_keras_layer():
    class Scaled(tf.keras.layers.Layer):
        def call(self, inputs):
            @tf.custom_gradient
            def scaled(x):
                return 3.0 * x, lambda upstream: 2.0 * upstream

            return scaled(inputs)

    tf.keras.utils.set_random_seed(3)
    model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(4, name="first"), Scaled()])
    x = tf.constant(MATRIX[:, :3])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x) - 1.0))
    tape.gradient(loss, model.trainable_variables)


def test_only_one_of_three_sources():
    planted = sine_with(lambda upstream, x: 1.1 * upstream * tf.cos(x))
    take(lambda a, b, c: tf.reduce_sum(planted(b) * a) + tf.reduce_sum(c), MATRIX, MATRIX + 1, MATRIX)
