"""Random directions to differentiate along: repeatable, and scaled to the entries they move."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.coordinates import Coordinates

if TYPE_CHECKING:
    from pytest_tfgrad.numeric.coordinates import Array, Vector
    from pytest_tfgrad.numeric.problem import Objective

# An entry far below its neighbours moves as if it had a thousandth of their size. Relative steps of all others cannot
# cross a kink or the edge of a domain at zero (relu, log, sqrt of inputs).
_SMALLEST_RELATIVE_SCALE = 1e-3
# A source that is zero everywhere (a fresh bias) has no size of its own.
_SCALE_OF_ZEROS = 1.0
# Magnitudes between a half and one instead of plain signs: the errors of two entries that are equally wrong cancel
# along every second direction of plain signs (measured 50 %), and never to within 1e-3 here (measured 0.1 %).
_SMALLEST_MAGNITUDE = 0.5


def generator(seed: str) -> np.random.Generator:
    """A generator that depends on ``seed`` alone: not on the process, the platform or any global state."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16], "big"))


def scales(objective: Objective, smallest: float = _SMALLEST_RELATIVE_SCALE) -> Vector:
    """How far one unit of a step moves each coordinate: its magnitude, or a part of its source's rms.

    Args:
        objective: with the base point.
        smallest: that part, at least 0.
    """
    magnitudes = np.abs(objective.base)
    for index in range(len(objective.coordinates.shapes)):
        span = objective.coordinates.span(index)
        inside = magnitudes[span]
        if inside.size:
            rms = float(np.sqrt(np.mean(inside**2)))
            magnitudes[span] = np.maximum(inside, smallest * rms) if rms > 0 else _SCALE_OF_ZEROS
    return magnitudes


def random_factors(random: np.random.Generator, size: int) -> Vector:
    """Random signs times magnitudes of [0.5, 1]."""
    magnitude = random.uniform(_SMALLEST_MAGNITUDE, 1.0, size)
    factors: Vector = np.where(random.integers(0, 2, size) == 0, -magnitude, magnitude)
    return factors


def random_direction(objective: Objective, unit: Vector, random: np.random.Generator) -> Vector:
    """A random direction over all coordinates: random signs times magnitudes of [0.5, 1] times ``unit``.

    Symmetric sources stay so: their upper triangles move as their lower ones do.
    """
    direction: Vector = random_factors(random, unit.size) * unit
    for index in objective.problem.symmetric:
        span, alone = objective.coordinates.span(index), Coordinates.of([objective.problem.sources[index]])
        (array,) = alone.unpack(direction[span])
        direction[span] = alone.pack([_mirrored(array)])
    return direction


def _mirrored(array: Array) -> Array:
    """Symmetric (or Hermitian) matrices with these lower triangles."""
    mirrored: Array = np.tril(array) + np.conj(np.swapaxes(np.tril(array, -1), -1, -2))
    return mirrored
