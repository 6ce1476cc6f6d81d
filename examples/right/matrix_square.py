"""The gradient through a helper function: the tape follows calls, so `square` needs to know nothing of it."""

import numpy as np
import pytest
import tensorflow as tf


def square(m: tf.Tensor) -> tf.Tensor:
    return tf.square(m)


def square_gradient(m: tf.Variable) -> tf.Tensor:
    with tf.GradientTape() as tape:
        squared = square(m)
    return tape.gradient(squared, m)


@pytest.mark.gradcheck
def test_gradient_is_twice_the_matrix():
    m = tf.Variable([[1.0, -2.0], [3.0, 0.5]])
    np.testing.assert_allclose(square_gradient(m), 2 * m.numpy())


if __name__ == "__main__":
    print(square_gradient(tf.Variable([[1.0, -2.0], [3.0, 0.5]])))
