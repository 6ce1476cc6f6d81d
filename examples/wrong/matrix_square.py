"""The broken sibling of `right/matrix_square.py`: a gradient written by hand that forgets the factor 2."""

import pytest
import tensorflow as tf


@tf.custom_gradient
def square(m):
    def gradient(upstream):
        return upstream * m

    return tf.square(m), gradient


@pytest.mark.gradcheck
def test_gradient_of_square():  # <- gradcheck: wrong
    m = tf.Variable([[1.0, -2.0], [3.0, 0.5]])
    with tf.GradientTape() as tape:
        squared = square(m)
    assert tape.gradient(squared, m).shape == m.shape
