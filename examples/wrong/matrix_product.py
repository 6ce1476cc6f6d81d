"""The broken sibling of `right/matrix_product.py`: `m` is a constant that no tape watches, so its gradient is None."""

import pytest
import tensorflow as tf


def product_gradient(m: tf.Tensor, c: tf.Tensor) -> tf.Tensor:
    with tf.GradientTape() as tape:
        product = tf.matmul(m, c)
    return tape.gradient(product, m)  # <- TFG301


@pytest.mark.gradcheck
def test_gradient_of_product():  # <- gradcheck: none
    m = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    c = tf.constant([[5.0, 6.0], [7.0, 8.0]])
    product_gradient(m, c)
