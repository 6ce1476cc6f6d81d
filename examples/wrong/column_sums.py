"""The broken siblings of `right/column_sums.py`: each mistake gives a shape error or a silent broadcast."""

import tensorflow as tf


def axis_left_out(x: tf.Tensor) -> tf.Tensor:
    y = tf.reduce_sum(x)
    return tf.matmul(x, tf.expand_dims(y, axis=1))  # <- TFG105


def row_in_place_of_column(x: tf.Tensor) -> tf.Tensor:
    y = tf.reduce_sum(x, axis=0)
    return tf.matmul(x, tf.expand_dims(y, axis=0))  # <- TFG101


def keepdims_forgotten(x: tf.Tensor) -> tf.Tensor:
    row_means = tf.reduce_mean(x, axis=1)
    return x - row_means  # <- TFG102


def column_against_vector(x: tf.Tensor) -> tf.Tensor:
    y = tf.reduce_sum(x, axis=0)
    y_pred = tf.matmul(x, tf.expand_dims(y, axis=1))
    y_true = tf.reduce_mean(x, axis=1)
    return tf.reduce_mean(tf.square(y_true - y_pred))  # <- TFG201


MISTAKES = (axis_left_out, row_in_place_of_column, keepdims_forgotten, column_against_vector)


def matrix() -> tf.Tensor:
    return tf.reshape(tf.range(6, dtype=tf.float32), [3, 2])


if __name__ == "__main__":
    axis_left_out(matrix())
    row_in_place_of_column(matrix())
    keepdims_forgotten(matrix())
    column_against_vector(matrix())
