"""Single entries of a gradient: compared one by one, with the kinks that lie exactly at the base point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.comparison import Comparison, Outcome
from pytest_tfgrad.numeric.derivative import Derivative, Slopes, extrapolate, one_sided

if TYPE_CHECKING:
    from pytest_tfgrad.numeric.comparison import Comparer
    from pytest_tfgrad.numeric.coordinates import Part

# The quick look at an entry takes the second and third step of a full sequence, which begins with 8 eps^(1/3).
_QUICK_STEP = 4.0
# At this relative error two steps see what the full sequence would see.
_QUICK_ENOUGH = 1e-4
# A fresh estimate of a suspected entry uses steps that are no multiples of the first ones.
_FRESH = 0.61


@dataclass(frozen=True)
class Entry:
    """One entry of a gradient beside its numerical estimate.

    Attributes:
        index: of the entry in its source; () for a scalar.
        part: "real" or "imag" of a complex entry, else "".
        tape: the claimed value.
        numeric: the estimate.
        error: estimate of its absolute error.
        tolerance: how far both may be apart.
        outcome: whether both agree.
        kink: left and right derivative, where they differ.
        shrink: by what factor differences shrink when the step halves, NaN if below rounding.
        rounded: whether it agrees only because the gradient's own precision loses that much.
    """

    index: tuple[int, ...]
    part: Part
    tape: float
    numeric: float
    error: float
    outcome: Outcome
    tolerance: float = float("nan")
    kink: tuple[float, float] | None = None
    shrink: float = float("nan")
    rounded: bool = False

    @property
    def mismatch(self) -> float:
        """Distance of tape and estimate."""
        return abs(self.tape - self.numeric)


def compare_entry(comparer: Comparer, position: int, verify: bool = True) -> Entry:
    """Compare one coordinate; 2 evaluations if it agrees at once, as a rule some 30 before it is called wrong.

    A coordinate is wrong only if two estimates with unrelated steps say so and the claim does not lie between the left
    and the right derivative, which bound every subgradient of a kink along a single coordinate.

    Args:
        comparer: of the claim.
        position: the coordinate.
        verify: whether a mismatch is to be verified with smaller and fresh steps; without, 8 evaluations decide, which
            is enough to count further wrong entries of a source that is known to be wrong.
    """
    direction = np.zeros(comparer.unit.size)
    direction[position] = comparer.unit[position]
    slopes, typical = Slopes(comparer.objective, direction), comparer.typical(position)
    largest = _QUICK_STEP * comparer.objective.problem.precision ** (1 / 3)
    quick = _quick_look(comparer, slopes, typical.term, largest)
    if quick.outcome is Outcome.AGREES:
        return _entry(comparer, position, quick)
    found = comparer.compare(direction, typical, slopes) if verify else quick
    if found.outcome is not Outcome.AGREES and comparer.objective.measure_rounding():
        found = comparer.compare(direction, typical, slopes)
    if found.outcome is Outcome.AGREES:
        return _entry(comparer, position, found)
    sides = one_sided(comparer.objective, direction)
    if sides.is_kink():
        allowed = sides.allows(found.claimed, found.tolerance)
        entry = _entry(comparer, position, replace(found, outcome=Outcome.AGREES) if allowed else found)
        unit = float(comparer.unit[position])
        return replace(entry, kink=(sides.left / unit, sides.right / unit))
    if verify and found.outcome is Outcome.DISAGREES:
        fresh = _quick_look(comparer, slopes, typical.term, _FRESH * found.derivative.step)
        if not fresh.mismatch > fresh.tolerance or _contradict(found, fresh):
            found = replace(found, outcome=Outcome.UNDECIDED)
    return _entry(comparer, position, found)


def _quick_look(comparer: Comparer, slopes: Slopes, typical: float, largest: float) -> Comparison:
    """What one or two steps can tell, two or four evaluations: that it agrees or that it does not, else undecided."""
    noise, direction = comparer.objective.noise, slopes.direction
    claimed = float(np.sum(comparer.objective.gradient * direction))
    scale = max(abs(claimed), typical)
    slack = comparer.slack(direction, typical)
    small = slopes(largest / 2)
    if noise / (largest / 2) <= slack and abs(claimed - small) <= slack:
        # It would agree by chance only.
        estimate = Derivative(small, slack, largest / 2, float("nan"), float("nan"))
        return Comparison(Outcome.AGREES, claimed, estimate, slack, scale)
    estimate = extrapolate(np.array([largest, largest / 2]), np.array([slopes(largest), small]), noise)
    tolerance = estimate.error + slack
    outcome = Outcome.UNDECIDED
    if estimate.error <= _QUICK_ENOUGH * max(scale, abs(estimate.value)):
        mismatch = abs(claimed - estimate.value)
        outcome = Outcome.AGREES if mismatch <= tolerance else outcome
        outcome = Outcome.DISAGREES if mismatch > 5 * tolerance else outcome
    return Comparison(outcome, claimed, estimate, tolerance, scale)


def _contradict(first: Comparison, fresh: Comparison) -> bool:
    """Whether two estimates of one slope differ by half of the first one's mismatch."""
    return abs(first.derivative.value - fresh.derivative.value) > 0.5 * first.mismatch


def _entry(comparer: Comparer, position: int, found: Comparison) -> Entry:
    unit = float(comparer.unit[position])
    _, index, part = comparer.objective.coordinates.locate(position)
    return Entry(
        index=index,
        part=part,
        tape=float(comparer.objective.gradient[position]),
        numeric=found.derivative.value / unit,
        error=found.derivative.error / unit,
        outcome=found.outcome,
        tolerance=found.tolerance / unit,
        shrink=found.derivative.shrink,
        rounded=found.rounded,
    )
