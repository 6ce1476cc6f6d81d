"""The formulas behind a claim, told from the rounding of the type in which it was computed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.comparison import Outcome
from pytest_tfgrad.numeric.coordinates import norm

if TYPE_CHECKING:
    from pytest_tfgrad.numeric.comparison import Comparer, Comparison
    from pytest_tfgrad.numeric.entries import Entry
    from pytest_tfgrad.numeric.problem import Objective

ROUNDED = "the formula is right; the tape's value differs because its precision loses digits where terms cancel"

# A mismatch of which rounding explains less than half is no rounding.
EXPLAINED = 0.5


class Formula:
    """What the formulas behind the claims give in float64, asked once and only where a claim does not agree.

    It decides nothing by itself: where it explains a mismatch, it is checked in place of the claim, at the tolerance of
    float64.

    Args:
        comparer: of the claims.
    """

    def __init__(self, comparer: Comparer) -> None:
        self._comparer = comparer

    @cached_property
    def objective(self) -> Objective | None:
        """The function with these claims in place of those of coarser types; None if there is none of them."""
        problem = self._comparer.objective.problem
        coarse = [i for i in range(len(problem.sources)) if problem.rounding_of(i).epsilon > problem.precision]
        if problem.exact is None or not coarse:
            return None
        exact = problem.exact()
        known = {index: exact[index] for index in coarse}
        gradients = {index: gradient for index, gradient in known.items() if gradient is not None}
        return self._comparer.objective.claiming(gradients) if gradients else None

    def explains(self, comparison: Comparison) -> bool:
        """Whether it is nearer to a derivative that the claims miss."""
        if (comparison.outcome is Outcome.AGREES and not comparison.rounded) or self.objective is None:
            return False
        slope = float(np.sum(self.objective.gradient * comparison.direction))
        return abs(slope - comparison.derivative.value) <= EXPLAINED * comparison.mismatch

    def explains_entry(self, position: int, entry: Entry) -> bool:
        """Whether it is nearer to the derivative of an entry that the claim misses."""
        if (entry.outcome is Outcome.AGREES and not entry.rounded) or self.objective is None:
            return False
        return abs(float(self.objective.gradient[position]) - entry.numeric) <= EXPLAINED * entry.mismatch

    def differs(self, index: int) -> bool:
        """Whether the claim of a source is further from its formula than its type rounds."""
        if self.objective is None:
            return False
        claim, span = self._comparer.objective, self._comparer.objective.coordinates.span(index)
        unit = self._comparer.unit[span]
        lost = norm((claim.gradient - self.objective.gradient)[span] * unit)
        return lost > self._comparer.slack_of(index, claim.rounded[span] * unit, unit)
