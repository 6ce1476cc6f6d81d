"""A function at a point, and how to draw points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, eq=False)
class Case:
    """A function at a point.

    Attributes:
        function: its public name, with attributes if they are unusual.
        point: what is special about the inputs, such as "zeros"; "ordinary" if nothing is.
        call: of as many tensors as there are inputs.
        inputs: floating or complex.
    """

    function: str
    point: str
    call: Callable[..., Any]
    inputs: tuple[np.ndarray, ...]


def at(function: str, call: Callable[..., Any], **points: Any) -> Iterator[Case]:
    """The cases of one function: a point is one array or a tuple of them, under its name."""
    for point, inputs in points.items():
        arrays = tuple(np.asarray(array) for array in (inputs if isinstance(inputs, tuple) else (inputs,)))
        name = point.replace("_", " ")
        yield Case(function, name, call, arrays)
        if any(array.dtype.kind == "c" for array in arrays):
            yield Case(function, f"{name}, turned", _turned(call), arrays)


def _turned(call: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose complex results are turned by an angle, so that their gradients come back complex."""

    def turn(result: Any) -> Any:
        return result * tf.constant(0.6 + 0.8j, result.dtype) if result.dtype.is_complex else result

    return lambda *inputs: tf.nest.map_structure(turn, call(*inputs))


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Entries of a standard normal distribution."""
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def uniform(*shape: int, low: float = 0.1, high: float = 0.9, seed: int = 0) -> np.ndarray:
    """Entries between ``low`` and ``high``."""
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape)


def complex_normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Entries whose parts are normal."""
    return normal(*shape, seed=seed) + 1j * normal(*shape, seed=seed + 1)


def definite(*shape: int) -> np.ndarray:
    """Symmetric positive definite matrices."""
    root = normal(*shape)
    return root @ np.swapaxes(root, -1, -2) + shape[-1] * np.eye(shape[-1])
