"""How far a claim misses the derivative along a direction, at two evaluations a direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.comparison import Comparison, Outcome
from pytest_tfgrad.numeric.coordinates import norm
from pytest_tfgrad.numeric.derivative import Derivative, central_difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_tfgrad.numeric.comparison import Comparer
    from pytest_tfgrad.numeric.coordinates import Vector
    from pytest_tfgrad.numeric.entries import Entry

# A step that truncates sixteen times less than the largest of the estimate it is compared with.
_STEP = 0.25
# A residue of one rounding of the terms is worth following: an error, unlike rounding, is not spread evenly.
_ROUNDINGS = 1.0


# What is left of a residue, relative to it, where it is explained: truncation differs by direction (by up to 1e-5 in a
# mean of sines), and nobody looks for an error beside one that is a thousand times as large.
NEGLIGIBLE = 1e-3


@dataclass(frozen=True, eq=False)
class Residue:
    """What a claim misses along one direction.

    Attributes:
        direction: over all coordinates.
        value: claim minus derivative.
        blur: how far the value may be off, by rounding and truncation.
    """

    direction: Vector
    value: float
    blur: float

    def is_due_to(self, wrong: Mapping[int, Entry]) -> bool:
        """Whether the errors of some entries, by their coordinates, account for all of it."""
        moved = {position: float(self.direction[position]) for position in wrong}
        explained = sum((entry.tape - entry.numeric) * moved[p] for p, entry in wrong.items())
        blur = sum(entry.tolerance * abs(moved[p]) for p, entry in wrong.items())
        return abs(self.value - explained) <= self.blur + blur + NEGLIGIBLE * abs(explained)


@dataclass(frozen=True, eq=False)
class Residues:
    """Measures residues with one small step.

    Args:
        comparer: of the claim.
        step: of the differences.
        blur: what rounding of the function and truncation may do to a difference.
    """

    comparer: Comparer
    step: float
    blur: float

    @classmethod
    def beside(cls, comparer: Comparer, found: Comparison) -> Residues:
        """With a step that suits the direction of a comparison, whose differences tell how far the step truncates."""
        step = _STEP * found.derivative.step
        truncation = _STEP**2 * found.derivative.spread
        return cls(comparer, step, 2 * (truncation + comparer.objective.noise / step))

    def along(self, direction: Vector) -> Residue:
        """Two evaluations."""
        slope = central_difference(self.comparer.objective, direction, self.step)
        return self.known(direction, float(np.sum(self.comparer.objective.gradient * direction)) - slope)

    def known(self, direction: Vector, value: float) -> Residue:
        """A residue whose value needs no evaluation."""
        objective = self.comparer.objective
        epsilon = max(self.comparer.rounding(i).epsilon for i in range(len(objective.coordinates.shapes)))
        terms = objective.gradient * direction
        return Residue(direction, value, self.blur + _ROUNDINGS * epsilon * norm(terms))

    def comparison(self, residue: Residue) -> Comparison:
        """A residue as a comparison."""
        terms = self.comparer.objective.gradient * residue.direction
        claimed = float(np.sum(terms))
        slope = Derivative(claimed - residue.value, self.blur, self.step, np.nan, np.nan)
        outcome = Outcome.DISAGREES if abs(residue.value) > residue.blur else Outcome.AGREES
        return Comparison(outcome, claimed, slope, residue.blur, norm(terms), direction=residue.direction)
