"""A layer whose product has a gradient of its own: the scale belongs to the backward pass as well."""

import pytest
import tensorflow as tf

SCALE = 0.5


@tf.custom_gradient
def scaled_matmul(x, kernel):
    def gradient(upstream):
        return (
            SCALE * tf.matmul(upstream, kernel, transpose_b=True),
            SCALE * tf.matmul(x, upstream, transpose_a=True),
        )

    return SCALE * tf.matmul(x, kernel), gradient


class ScaledDense(tf.keras.layers.Layer):
    """A dense layer without bias, scaled."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")

    def call(self, inputs):
        return scaled_matmul(inputs, tf.convert_to_tensor(self.kernel))


@pytest.mark.gradcheck
def test_layer_gradient():
    tf.keras.utils.set_random_seed(3)
    layer = ScaledDense(4)
    x = tf.random.normal([6, 5])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(layer(x)))
    assert tape.gradient(loss, layer.kernel).shape == (5, 4)
