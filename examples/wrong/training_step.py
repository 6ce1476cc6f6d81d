"""Broken siblings of `right/training_step.py`, on a model that is written out: three mistakes that the linter sees."""

import tensorflow as tf

kernel = tf.Variable(tf.random.normal([4, 1]))
bias = tf.Variable(tf.zeros([1]))
temperature = tf.Variable(1.0)


def predictions_keep_their_axis(features: tf.Tensor, labels: tf.Tensor) -> list[tf.Tensor]:
    with tf.GradientTape() as tape:
        predictions = tf.matmul(features, kernel) + bias
        loss = tf.reduce_mean(tf.square(labels - predictions))  # <- TFG201
    return tape.gradient(loss, [kernel, bias])


def variable_without_influence(features: tf.Tensor, labels: tf.Tensor) -> list[tf.Tensor]:
    with tf.GradientTape() as tape:
        predictions = tf.squeeze(tf.matmul(features, kernel) + bias, axis=-1)
        loss = tf.reduce_mean(tf.square(labels - predictions))
    return tape.gradient(loss, [kernel, bias, temperature])  # <- TFG302


def tape_asked_twice(features: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    with tf.GradientTape() as tape:
        predictions = tf.squeeze(tf.matmul(features, kernel) + bias, axis=-1)
        loss = tf.reduce_mean(tf.square(labels - predictions))
    kernel_gradient = tape.gradient(loss, kernel)
    bias_gradient = tape.gradient(loss, bias)  # <- TFG307
    return kernel_gradient, bias_gradient


def flattened_for_another_size(features: tf.Tensor) -> tf.Tensor:
    return tf.reshape(features, [8, 10])  # <- TFG103


if __name__ == "__main__":
    features, labels = tf.random.normal([16, 4]), tf.random.normal([16])
    predictions_keep_their_axis(features, labels)
    variable_without_influence(features, labels)
    tape_asked_twice(features, labels)
    flattened_for_another_size(features)
