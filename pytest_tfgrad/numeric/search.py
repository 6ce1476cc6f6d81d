"""Finding the wrong entries of a large gradient by halving."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric.coordinates import norm
from pytest_tfgrad.numeric.derivative import central_difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pytest_tfgrad.numeric.comparison import Comparer, Comparison
    from pytest_tfgrad.numeric.coordinates import Vector

# A residue of one rounding of the half's terms is worth following: an error, unlike rounding, is not spread evenly.
_ROUNDINGS = 1.0


def suspects(comparer: Comparer, direction: Vector, found: Comparison) -> Iterator[int]:
    """Coordinates whose claims may be what makes ``found`` disagree, most suspicious first.

    Group testing: a set of coordinates whose claims do not add up to the derivative along them is halved, the half with
    the larger residue first. Two evaluations a halving: the residue of the right half is that of the whole less that of
    the left. What is yielded is a suspicion only; comparing the entry itself decides.

    Args:
        comparer: of the claim.
        direction: along which ``found`` was made; only its nonzero coordinates are searched.
        found: a comparison that disagrees.
    """
    objective = comparer.objective
    step = found.derivative.step / 4
    terms = objective.gradient * direction
    bias = abs(central_difference(objective, direction, step) - found.derivative.value)
    noise = 2 * (bias + objective.noise / step)
    epsilon = max(comparer.rounding(i).epsilon for i in range(len(objective.coordinates.shapes)))
    order = count()
    everything: NDArray[Any] = np.flatnonzero(direction)
    queue = [(-found.mismatch, next(order), everything, found.claimed - found.derivative.value)]
    while queue:
        _, _, positions, residue = heapq.heappop(queue)
        if positions.size == 1:
            yield int(positions[0])
            continue
        left, right = np.array_split(positions, 2)
        along = np.zeros_like(direction)
        along[left] = direction[left]
        left_residue = float(np.sum(terms[left])) - central_difference(objective, along, step)
        for half, rest in ((left, left_residue), (right, residue - left_residue)):
            if abs(rest) > noise + _ROUNDINGS * epsilon * norm(terms[half]):
                heapq.heappush(queue, (-abs(rest), next(order), half, rest))
