"""The gradient of a matrix product with respect to a matrix.

The target is a matrix, not a scalar, so `tape.gradient` gives the gradient of the sum of its entries: each entry of
`M` meets one row of `C`, and the gradient has the shape of `M`.
"""

import numpy as np
import pytest
import tensorflow as tf


def product_gradient(m: tf.Variable, c: tf.Tensor) -> tf.Tensor:
    with tf.GradientTape() as tape:
        product = tf.matmul(m, c)
    return tape.gradient(product, m)


@pytest.mark.gradcheck
def test_gradient_is_the_row_sums_of_the_other_factor():
    m = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    c = tf.constant([[5.0, 6.0], [7.0, 8.0]])
    np.testing.assert_allclose(product_gradient(m, c), [[11.0, 15.0], [11.0, 15.0]])


if __name__ == "__main__":
    print(product_gradient(tf.Variable([[1.0, 2.0], [3.0, 4.0]]), tf.constant([[5.0, 6.0], [7.0, 8.0]])))
