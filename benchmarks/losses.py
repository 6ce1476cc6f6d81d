"""Losses of one vector of weights, written once for TensorFlow, PyTorch and JAX.

Each takes the mathematics of a framework (`frameworks.Maths`) and the weights, and gives a scalar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from frameworks import Maths


@dataclass(frozen=True, eq=False)
class Loss:
    """A loss at a point.

    Attributes:
        name: of the model.
        f: from the framework's mathematics and the weights to a scalar.
        weights: where it is differentiated, float64, of one axis.
    """

    name: str
    f: Callable[[Maths, Any], Any]
    weights: np.ndarray


def dense(size: int) -> Loss:
    """A net with one hidden layer and about ``size`` weights; the mean square of its output on 16 rows."""
    random = np.random.default_rng(size)
    width = max(2, round((size / 10) ** 0.5))
    rows, readout = random.normal(size=(16, 10 * width)), random.normal(size=(width, 1)) / width**0.5

    def f(m: Maths, weights: Any) -> Any:
        hidden = m.tanh(m.constant(rows, weights) @ m.reshape(weights, (10 * width, width)))
        return m.mean((hidden @ m.constant(readout, weights)) ** 2)

    return Loss(f"dense net, {10 * width * width:,}", f, random.normal(size=10 * width * width) / (10 * width) ** 0.5)


def lstm(steps: int = 8, inputs: int = 4, units: int = 6) -> Loss:
    """The mean square of the last state of an LSTM without biases."""
    random = np.random.default_rng(1)
    sequence = random.normal(size=(steps, 4, inputs))
    shape = (inputs + units, 4 * units)

    def f(m: Maths, weights: Any) -> Any:
        kernel = m.reshape(weights, shape)
        state = cell = m.constant(np.zeros((4, units)), weights)
        for step in range(steps):
            gates = m.concat([m.constant(sequence[step], weights), state]) @ kernel
            update, forget, out = (m.sigmoid(gates[:, k * units : (k + 1) * units]) for k in range(3))
            cell = forget * cell + update * m.tanh(gates[:, 3 * units :])
            state = out * m.tanh(cell)
        return m.mean(state**2)

    return Loss(f"LSTM of {steps} steps, {np.prod(shape):,}", f, random.normal(size=np.prod(shape)) * 0.3)


def convolutional(filters: int = 6) -> Loss:
    """Two convolutions with relu between, averaged over the picture; the mean square of the result."""
    random = np.random.default_rng(2)
    pictures = random.normal(size=(4, 10, 10, 3))
    first, second = (3, 3, 3, filters), (3, 3, filters, filters)
    cut = int(np.prod(first))

    def f(m: Maths, weights: Any) -> Any:
        x = m.relu(m.conv(m.constant(pictures, weights), m.reshape(weights[:cut], first)))
        return m.mean(m.conv(x, m.reshape(weights[cut:], second)) ** 2)

    size = cut + int(np.prod(second))
    return Loss(f"CNN, {size:,}", f, random.normal(size=size) * 0.2)


def attention(width: int = 8, length: int = 12) -> Loss:
    """The mean square of the output of one head of self-attention."""
    random = np.random.default_rng(3)
    tokens = random.normal(size=(length, width))

    def f(m: Maths, weights: Any) -> Any:
        x = m.constant(tokens, weights)
        query, key, value = (
            x @ m.reshape(weights[k * width * width : (k + 1) * width * width], (width, width)) for k in range(3)
        )
        return m.mean((m.softmax(query @ m.transposed(key) / width**0.5) @ value) ** 2)

    return Loss(f"attention, {3 * width * width:,}", f, random.normal(size=3 * width * width) / width**0.5)
