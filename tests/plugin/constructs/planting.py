"""A function whose own gradient is right or planted wrong, and the plainest way of differentiating it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable

    Sine = Callable[[Any], Any]

X = np.array([[0.3, -0.7, 1.1], [0.9, 0.2, -0.4]], "float32")


def planted(factor: float) -> Sine:
    """The sine of a tensor; its gradient is right if the factor is one."""

    @tf.custom_gradient
    def sine(x: Any) -> Any:
        return tf.sin(x), lambda upstream: tf.cast(factor, x.dtype) * upstream * tf.math.conj(tf.cos(x))

    return lambda x: sine(tf.convert_to_tensor(x))


def gradient_of(function: Callable[[Any], Any], x: Any = X, **options: Any) -> Any:
    x = tf.convert_to_tensor(x)
    with tf.GradientTape(**options) as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)
