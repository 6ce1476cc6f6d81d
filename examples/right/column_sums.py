"""Column sums times the matrix itself: the axis of the sum and the axis of the column both matter.

`tf.reduce_sum(x, axis=0)` leaves `[2]`; `tf.expand_dims(y, axis=1)` makes it the column `[2, 1]` that a matrix product
takes on its right.
"""

import pytest
import tensorflow as tf


def weighted_row_sums(x: tf.Tensor) -> tf.Tensor:
    y = tf.reduce_sum(x, axis=0)
    return tf.matmul(x, tf.expand_dims(y, axis=1))


def weighted_row_sums_gradient(x: tf.Variable) -> tf.Tensor:
    with tf.GradientTape() as tape:
        z = weighted_row_sums(x)
    return tape.gradient(z, x)


@pytest.mark.gradcheck
def test_gradient_has_the_shape_of_the_matrix():
    x = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert weighted_row_sums_gradient(x).shape == x.shape


if __name__ == "__main__":
    print(weighted_row_sums_gradient(tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])))
