"""The models and functions that the benchmarks are run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, eq=False)
class Training:
    """A model with one batch.

    Attributes:
        name: of the model.
        model: a Keras model.
        inputs: one batch.
        loss: of the model's output.
    """

    name: str
    model: Any
    inputs: Any
    loss: Callable[[Any], Any]

    def forward(self) -> None:
        """The forward pass under a tape."""
        with tf.GradientTape():
            self.loss(self.model(self.inputs, training=True))

    def step(self, persistent: bool = False) -> list[Any]:
        """The forward and the backward pass."""
        with tf.GradientTape(persistent=persistent) as tape:
            loss = self.loss(self.model(self.inputs, training=True))
        return list(tape.gradient(loss, self.model.trainable_variables))


def trainings() -> list[Training]:
    """A residual convolutional net with batch normalisation and dropout, an LSTM of 50 steps and a dense net."""
    keras.utils.set_random_seed(0)
    return [_residual_net(), _lstm(), _dense_net()]


def _residual_net() -> Training:
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(16, 3, padding="same")(inputs)
    for filters in (16, 32):
        y = keras.layers.BatchNormalization()(x)
        y = keras.layers.ReLU()(y)
        y = keras.layers.Conv2D(filters, 3, padding="same")(y)
        x = keras.layers.add([y, keras.layers.Conv2D(filters, 1)(x)])
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dropout(0.3)(keras.layers.Flatten()(x))
    model = keras.Model(inputs, keras.layers.Dense(10)(x))
    labels = tf.constant(np.arange(32) % 10)
    batch = tf.random.normal((32, 16, 16, 3))
    return Training("residual net", model, batch, lambda output: _cross_entropy(labels, output))


def _cross_entropy(labels: Any, logits: Any) -> Any:
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


def _lstm() -> Training:
    layers = [keras.Input((50, 8)), keras.layers.LSTM(32, unroll=True), keras.layers.Dense(1)]
    return Training("LSTM, 50 steps", keras.Sequential(layers), tf.random.normal((16, 50, 8)), _mean_square)


def _dense_net() -> Training:
    layers = [
        keras.Input((64,)),
        keras.layers.Dense(128, activation="tanh"),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(1),
    ]
    return Training("dense net", keras.Sequential(layers), tf.random.normal((64, 64)), _mean_square)


def _mean_square(output: Any) -> Any:
    return tf.reduce_mean(tf.square(output))


@dataclass(frozen=True, eq=False)
class Function:
    """A function of one array, for the checkers that take functions.

    Attributes:
        name: of the function.
        f: the function, of a float64 tensor.
        x: where it is differentiated.
    """

    name: str
    f: Callable[[Any], Any]
    x: np.ndarray


def functions(size: int) -> list[Function]:
    """A dense net of about ``size`` weights in one array, and a sum of entrywise functions."""
    random = np.random.default_rng(size)
    width = round((size / 10) ** 0.5)
    batch = tf.constant(random.normal(size=(16, 10 * width)))
    second = tf.constant(random.normal(size=(width, 1)))

    def net(weights: Any) -> Any:
        hidden = tf.tanh(tf.matmul(batch, tf.reshape(weights, (10 * width, width))))
        return tf.reduce_mean(tf.square(tf.matmul(hidden, second)))

    return [
        Function("dense net", net, random.normal(size=10 * width * width) * 0.1),
        Function("sum of sin(x) * exp(x)", lambda x: tf.reduce_sum(tf.sin(x) * tf.exp(x)), random.normal(size=size)),
    ]
