"""A function at a point, and how to draw points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

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
        arrays = inputs if isinstance(inputs, tuple) else (inputs,)
        yield Case(function, point.replace("_", " "), call, tuple(np.asarray(array) for array in arrays))


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
