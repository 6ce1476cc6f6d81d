"""Right gradients of the kinds on which a checker can stumble; run by `test_gallery.py`, which wants no alarm."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.normal(size=(4, 8, 8, 2)).astype("float32")
ROWS = RANDOM.normal(size=(6, 5)).astype("float32")


def take(function, *values, weights=None):
    variables = [tf.Variable(value, name=f"v{position}") for position, value in enumerate(values)]
    with tf.GradientTape() as tape:
        target = function(*variables)
    gradients = tape.gradient(target, variables, output_gradients=weights)
    assert all(gradient is not None for gradient in gradients)


def train(model, x, loss):
    with tf.GradientTape() as tape:
        value = loss(model(x, training=True))
    tape.gradient(value, model.trainable_variables)


def test_matrix_examples():
    m, c = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([[0.5, -1.0], [2.0, 0.1]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([m, c])
        product, squared = tf.matmul(m, c), tf.square(m)
        y = tf.reduce_sum(m, axis=0)
        scores = tf.matmul(m, tf.expand_dims(y, axis=1))
    tape.gradient(product, [m, c])
    tape.gradient(squared, m)
    tape.gradient(scores, m)
    tape.jacobian(product, m)


def test_convolution_batch_normalisation_dropout():
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            *(layers.Input((8, 8, 2)), layers.Conv2D(3, 3), layers.BatchNormalization(), layers.ReLU()),
            *(layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.3), layers.Dense(3)),
        ]
    )
    labels = tf.constant([0, 1, 2, 1])
    train(model, IMAGES, lambda z: tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(labels, z, True)))


def test_recurrence():
    model = tf.keras.Sequential([tf.keras.layers.Input((7, 5)), tf.keras.layers.LSTM(4), tf.keras.layers.Dense(2)])
    train(model, RANDOM.normal(size=(3, 7, 5)).astype("float32"), lambda z: tf.reduce_mean(z * z))


def test_embedding():
    model = tf.keras.Sequential([tf.keras.layers.Embedding(11, 3), tf.keras.layers.Dense(2)])
    train(model, tf.constant([[1, 2, 1], [10, 0, 1]]), lambda z: tf.reduce_mean(tf.tanh(z)))


def test_gathered_rows():
    take(lambda v: tf.reduce_sum(tf.gather(v, [0, 2, 2]) ** 2), ROWS)


def test_custom_gradient():
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)
        return tf.math.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))

    take(lambda v: log1pexp(v * 1.0), ROWS)


@pytest.mark.gradcheck(expect={"v0": "differs"}, reason="straight-through estimator")
def test_straight_through_is_declared():
    @tf.custom_gradient
    def quantised(x):
        return tf.round(x), lambda upstream: upstream

    take(lambda v: quantised(v * 3.0), ROWS)


def test_straight_through_by_stop_gradient():
    take(lambda v: v + tf.stop_gradient(tf.round(v) - v), ROWS)


def test_random_numbers():
    take(lambda v: v * tf.random.normal(v.shape) + tf.nn.dropout(v, 0.5), ROWS)


@pytest.mark.parametrize("function", [tf.nn.relu, tf.abs, tf.reduce_max, tf.nn.elu, tf.nn.relu6, tf.sign])
def test_kinks(function):
    x = tf.constant([0.0, 1.0, 1.0, -2.0, 6.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x) + 0.0 * x
    tape.gradient(y, x)


def test_pooling_ties():
    take(lambda v: tf.nn.max_pool2d(v, 2, 2, "SAME"), np.round(IMAGES))


def test_clipping():
    take(lambda v: tf.clip_by_value(v, -0.5, 0.5) ** 2 + tf.maximum(v, 0.1), ROWS)


def test_fourier():
    take(lambda v: tf.abs(tf.signal.rfft(v)) ** 2, ROWS)


def test_complex():
    z = tf.constant([1 + 2j, 3 - 1j], tf.complex64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        squared, size = z * z, tf.abs(z)
    tape.gradient(squared, z)
    tape.gradient(size, z)


def test_complex_weights_and_jacobian():
    z, weights = tf.constant([1 + 2j, 3 - 1j]), tf.constant([0.5 - 1j, 2j])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        y = z * z * tf.reduce_sum(tf.math.conj(z))
    tape.gradient(y, z, output_gradients=weights)
    tape.jacobian(y, z)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy):
    layers = tf.keras.layers
    sizes = {"dtype": policy}
    model = tf.keras.Sequential(
        [
            layers.Input((5,)),
            layers.Dense(40, "tanh", **sizes),
            layers.BatchNormalization(**sizes),
            layers.Dense(2, **sizes),
        ]
    )
    train(model, ROWS, lambda z: tf.reduce_mean(tf.square(tf.cast(z, "float32") - 1.0)))


def test_cholesky_of_a_symmetric_source():
    a = RANDOM.normal(size=(4, 4))
    symmetric = tf.constant(a @ a.T + 4 * np.eye(4))
    with tf.GradientTape() as tape:
        tape.watch(symmetric)
        y = tf.reduce_sum(tf.linalg.logdet(symmetric)) + tf.reduce_sum(tf.linalg.cholesky(symmetric))
    tape.gradient(y, symmetric)


def test_gaussian_process():
    x = tf.constant(RANDOM.normal(size=(20, 2)).astype("float32"))

    def likelihood(scale, noise):
        distances = tf.reduce_sum(tf.square((x[:, None] - x[None]) / scale), -1)
        factor = tf.linalg.cholesky(tf.exp(-distances / 2) + noise * tf.eye(20))
        return tf.reduce_sum(tf.square(tf.linalg.triangular_solve(factor, x)))

    take(likelihood, np.ones(2, "float32"), np.float32(0.1))


def test_function_and_loop():
    @tf.function
    def power(x):
        y = x
        for _ in tf.range(3):
            y = y * x
        return y

    take(power, ROWS)


def test_softmax_shift():
    bias = np.zeros(5, "float32")
    take(lambda v, b, shift: tf.nn.log_softmax(v @ tf.ones((5, 5)) + b + shift), ROWS, bias, np.float32(0))


def test_unconnected_as_zero():
    x, y = tf.constant(1.0), tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = x * x
    tape.gradient(z, [x, y], unconnected_gradients="zero")


def test_weighted_targets():
    x = tf.constant(ROWS)
    with tf.GradientTape() as tape:
        tape.watch(x)
        targets = {"a": tf.sin(x), "b": tf.reduce_sum(x * x)}
    tape.gradient(targets, x, output_gradients={"a": x, "b": tf.constant(3.0)})


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_types(dtype):
    x = tf.cast(tf.constant(ROWS), dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_mean(tf.tanh(x) * x)
    tape.gradient(y, x)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_constants_of_a_gradient_are_rounded(dtype):
    x = tf.constant([0.0, 0.5], dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.math.erf(x)
    tape.gradient(y, x)


def test_second_order():
    x = tf.constant([0.3, -0.7, 1.1])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(tf.sin(x) * x)
        slope = inner.gradient(y, x)
    outer.gradient(slope, x)


def test_jacobians():
    x = tf.constant(ROWS)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.sin(x) * tf.reduce_sum(x, axis=1, keepdims=True)
        rows = tf.reduce_sum(y, axis=0)
    tape.jacobian(rows, x)
    tape.batch_jacobian(y, x)


def test_jacobians_whose_terms_cancel():
    # One class is nearly certain in some rows: the gradient of softmax subtracts there what is nearly equal.
    x = tf.constant([[-0.3, 1.2, 0.7], [2.1, -0.4, 1.9], [0.2, 3.1, -1.0], [-2.4, -1.1, 2.6], [1.7, 0.6, 3.3]])
    w = tf.constant([[2.1, -1.4], [-3.3, 2.7], [1.9, -2.2]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.nn.softmax(x @ w)
    tape.jacobian(y, x)
    tape.batch_jacobian(y, x)


def test_training():
    w = tf.Variable(ROWS[0], name="w")
    for row in ROWS:
        with tf.GradientTape() as tape:
            loss = tf.square(tf.reduce_sum(w * row) - 1.0)
        w.assign_sub(0.01 * tape.gradient(loss, w))


def test_large_offsets_in_float32():
    """Predictions and labels near 10,000: float32 keeps three digits of their difference."""
    labels = tf.constant(1e4 + RANDOM.normal(size=(50, 1)).astype("float32"))
    take(lambda w, b: tf.reduce_mean(tf.square(ROWS[:1] @ w + b - labels)), ROWS[0][:, None], np.float32(1e4))


def test_saturated_units_in_float32():
    """The backward pass of tanh computes 1 - y * y, which keeps no digit where y is nearly one."""
    take(lambda w: tf.reduce_mean(tf.square(tf.tanh(w @ w) - 1.0)), RANDOM.normal(size=(50, 50)).astype("float32"))


def test_batch_normalisation_of_large_numbers_in_float32():
    layer = tf.keras.layers.BatchNormalization()
    x = tf.Variable(10 * RANDOM.normal(size=(50, 3)).astype("float32") + 500, name="x")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(layer(x, training=True)))
    tape.gradient(loss, [x, *layer.trainable_variables])


def test_many_parameters():
    kernel = RANDOM.normal(size=(200, 100)).astype("float32") * 0.1
    x = tf.constant(RANDOM.normal(size=(16, 200)).astype("float32"))
    take(lambda v: tf.reduce_mean(tf.nn.relu(x @ v)), kernel)


def test_target_that_is_zero_but_for_rounding():
    """The sum of normalised values: its float32 rounding is all there is of it."""
    layer = tf.keras.layers.LayerNormalization()
    take(lambda x: tf.reduce_sum(layer(x)) * 1.0, RANDOM.normal(size=(3, 4, 2)).astype("float32"))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(IMAGES))
    tape.gradient(loss, layer.trainable_variables)
