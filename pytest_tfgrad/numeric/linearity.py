"""Whether a function is differentiable where its gradient looks wrong: then its slopes add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.comparison import Outcome
from pytest_tfgrad.numeric.derivative import one_sided

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_tfgrad.numeric.comparison import Comparer
    from pytest_tfgrad.numeric.coordinates import Vector
    from pytest_tfgrad.numeric.entries import Entry
    from pytest_tfgrad.numeric.problem import Objective

NOT_DIFFERENTIABLE = "the function is not differentiable here: its slopes along the axes do not add up"

# A single slope is the sum of itself.
SEVERAL = 2
# As an estimate may be off (comparison.py).
_ERRORS_ALLOWED = 5.0
# Slopes that miss their sum by less than this part of what the claim is accused of say nothing.
_NEGLIGIBLE = 0.1


def adds_up(comparer: Comparer, entries: Mapping[int, Entry]) -> bool:
    """Whether the slope along a direction through the wrong entries, by their coordinates, is the sum of their slopes.

    It is wherever the function is differentiable. Where it is not, each axis can have a slope and the claim can still
    be as good as any: the median of equal numbers moves along no single axis, but along all of them at once.
    Entries with a kink of their own are left out; what a claim may be there is known.
    """
    wrong = {p: entry for p, entry in entries.items() if entry.outcome is Outcome.DISAGREES and entry.kink is None}
    if len(wrong) < SEVERAL:
        return True
    direction, positions = np.zeros(comparer.unit.size), list(wrong)
    # All weights differ, so that no symmetry of the function cancels what is looked for.
    direction[positions] = np.linspace(0.5, 1.0, len(positions)) * comparer.unit[positions]
    # One-sided slopes, whose steps are too small to reach a kink close by.
    sides = one_sided(comparer.objective, direction)
    summed = sum(entry.numeric * direction[position] for position, entry in wrong.items())
    accused = sum((entry.tape - entry.numeric) * direction[position] for position, entry in wrong.items())
    errors = sides.error + sum(entry.error * abs(direction[position]) for position, entry in wrong.items())
    off = max(abs(sides.left - summed), abs(sides.right - summed))
    return bool(off <= _ERRORS_ALLOWED * errors + _NEGLIGIBLE * abs(accused))


def is_linear(objective: Objective, first: Vector, second: Vector, accused: float) -> bool:
    """Whether the slopes along the sum and the difference of two directions are those of their slopes; 16 evaluations.

    Tells for a source of many entries what `adds_up` tells for a few: the median of a thousand equal numbers does not
    move along any twenty axes at once, either.

    Args:
        objective: the function.
        first: over all coordinates.
        second: over all coordinates.
        accused: what the claim is accused to be off along such directions.
    """
    one, other = one_sided(objective, first), one_sided(objective, second)
    for sign in (1.0, -1.0):
        both = one_sided(objective, first + sign * second)
        errors = one.error + other.error + both.error
        off = max(abs(both.left - one.left - sign * other.left), abs(both.right - one.right - sign * other.right))
        if off > _ERRORS_ALLOWED * errors + _NEGLIGIBLE * abs(accused):
            return False
    return True
