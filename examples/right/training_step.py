"""One step of training a Keras model with a loss of one's own."""

import pytest
import tensorflow as tf


def training_step(model: tf.keras.Model, features: tf.Tensor, labels: tf.Tensor) -> list[tf.Tensor]:
    with tf.GradientTape() as tape:
        predictions = tf.squeeze(model(features, training=True), axis=-1)
        loss = tf.reduce_mean(tf.square(labels - predictions))
    return tape.gradient(loss, model.trainable_variables)


@pytest.mark.gradcheck
def test_every_variable_gets_a_gradient():
    tf.keras.utils.set_random_seed(7)
    model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)])
    gradients = training_step(model, tf.random.normal([16, 4]), tf.random.normal([16]))
    tf.keras.optimizers.SGD(0.1).apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    assert [gradient.shape for gradient in gradients] == [v.shape for v in model.trainable_variables]
