"""Finding the wrong entries of a large gradient: the only one from how directions miss, several by halving."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric.residues import NEGLIGIBLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.numeric.residues import Residue, Residues


def the_only_one(residues: Sequence[Residue]) -> NDArray[np.intp]:
    """Coordinates each of which would by itself explain how several directions miss, the likeliest first.

    A single wrong entry makes the residues of two directions stand to each other as the directions do at that entry,
    and random magnitudes make this ratio its fingerprint. No evaluation.

    Args:
        residues: along random directions, the first of which must not be zero.
    """
    first, *others = residues
    positions = np.flatnonzero(first.direction)
    misfit = np.zeros(positions.size)
    for other in others:
        ratio = other.value / first.value
        allowed = (other.blur + abs(ratio) * first.blur) / abs(first.value)
        off = np.abs(other.direction[positions] / first.direction[positions] - ratio)
        misfit = np.maximum(misfit, off / (allowed + NEGLIGIBLE))
    likely = np.flatnonzero(misfit <= 1)
    found: NDArray[np.intp] = positions[likely[np.argsort(misfit[likely], kind="stable")]]
    return found


def suspects(residues: Residues, whole: Residue) -> Iterator[int]:
    """Coordinates whose claims may be what makes a direction miss, most suspicious first.

    Group testing: a set of coordinates whose claims do not add up to the derivative along them is halved, the half with
    the larger residue first. Two evaluations a halving: the residue of the right half is that of the whole less that of
    the left. What is yielded is a suspicion only; comparing the entry itself decides.

    Args:
        residues: of the claim.
        whole: along the direction that misses; only its nonzero coordinates are searched.
    """
    order = count()
    queue: list[tuple[float, int, NDArray[Any], float]] = []

    def push(positions: NDArray[Any], value: float) -> None:
        heapq.heappush(queue, (-abs(value), next(order), positions, value))

    push(np.flatnonzero(whole.direction), whole.value)
    while queue:
        _, _, positions, value = heapq.heappop(queue)
        if positions.size == 1:
            yield int(positions[0])
            continue
        left, right = np.array_split(positions, 2)
        along_left = residues.along(_part(whole, left))
        along_right = residues.known(_part(whole, right), value - along_left.value)
        for half, residue in ((left, along_left), (right, along_right)):
            if abs(residue.value) > residue.blur:
                push(half, residue.value)


def _part(whole: Residue, positions: NDArray[Any]) -> NDArray[np.float64]:
    direction = np.zeros_like(whole.direction)
    direction[positions] = whole.direction[positions]
    return direction
