"""Agreement at first sight: one or two evaluations that show a right claim to be right, or tell nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.comparison import NEARLY_ZERO, ZERO, Comparison, Outcome
from pytest_tfgrad.numeric.coordinates import norm
from pytest_tfgrad.numeric.derivative import Derivative
from pytest_tfgrad.numeric.directions import random_direction, random_factors, scales

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.numeric.comparison import Comparer
    from pytest_tfgrad.numeric.coordinates import Vector

# A step of eps^(1/2) (1.5e-8) is below the kinks of a convolutional net (1e-6 was not) and leaves 8 digits; where the
# tolerance is finer than the rounding that this leaves, the step grows until rounding is a twentieth of it.
_POWER = 1 / 2
_NOISE_MARGIN = 20.0
# Where that does not agree and rounding leaves room, a step this many times smaller follows: two evaluations more, in
# place of the 8 to 32 of a full sequence, where a net of half a million activations has a kink closer by, or where an
# input of mean 1e5 and deviation 1 makes steps relative to its size long ones.
_NEARER = 64.0
# Beyond the optimum of a central difference truncation grows faster than rounding shrinks.
_LARGEST_POWER = 1 / 3
_LARGEST = 8.0
# Steps this small cannot leave the domain of an entry that is a tenth of its neighbours, so that it may move with a
# tenth of their size: an error in it is diluted tenfold at most.
_SMALLEST_RELATIVE_SCALE = 0.1
# Sources whose terms are smaller than those of others are moved further, so that all contribute alike; this much
# further at most, which keeps the steps of the smallest below 1e-4 of their size.
_LARGEST_BOOST = 1e3
# Deep float32 nets are up to 54 roundings off, which a measured loss by rounding (sensitivity.py) would have to excuse.
# First sight allows for it: a factor of 1.001 is a hundred times as much. Single entries among many need a finer look;
# where no reference takes it, first sight does.
_ROUNDINGS = 64.0
_COARSEST = 1e-5
# A derivative is zero if the difference is within this many roundings of the function, which can be seen if they are a
# hundredth of the terms that cancel.
_NOISE_OF_ZERO = 5.0
_SEEN = 1e-2
# A source is seen along joint directions if these resolve it to within this factor of what its own type resolves.
_BLUR_ALLOWED = 30.0


@dataclass(eq=False)
class Screen:
    """Looks for agreement with as few evaluations as can show it.

    A difference quotient that equals the claim to within what rounding may do to the claim is proof enough: a wrong
    claim does so by chance only (docs/gradient-checks.md derives how seldom). A quotient that does not tells nothing
    here: it may have been too coarse, and a full sequence of steps has to decide.

    Args:
        comparer: of the claim.
    """

    comparer: Comparer
    unit: Vector = field(init=False)

    def __post_init__(self) -> None:
        self.unit = scales(self.comparer.objective, _SMALLEST_RELATIVE_SCALE)
        self._boosted = self.unit * self._boost()
        self._usual_slack = self._slack(self._boosted)

    def _boost(self) -> Vector:
        """Per coordinate, how much further its source moves so that the terms of all sources are alike.

        Zero for a source whose terms are the rounding of larger ones: there is nothing in them to compare.
        """
        objective = self.comparer.objective
        terms = objective.gradient * self.unit
        spans = [objective.coordinates.span(i) for i in range(len(objective.coordinates.shapes))]
        sizes = [norm(terms[span]) for span in spans]
        largest = max(sizes, default=0.0)
        boost = np.ones_like(self.unit)
        for index, (span, size) in enumerate(zip(spans, sizes, strict=True)):
            residue = size <= self._residue(index)
            boost[span] = 0.0 if residue else min(largest / size, _LARGEST_BOOST)
        return boost

    def _residue(self, index: int) -> float:
        """Size of what rounding leaves where terms cancel in source ``index``."""
        return NEARLY_ZERO * self.comparer.rounding(index).epsilon * self.comparer.everything

    def jointly(self, random: np.random.Generator) -> Comparison | None:
        """Look along a random direction over all sources."""
        direction = random_direction(self.comparer.objective, self._boosted, random)
        return self._look(slice(None), direction, self._slack(direction))

    def along(self, source: int, positions: NDArray[np.intp] | slice, random: np.random.Generator) -> Comparison | None:
        """Look along a random direction over some coordinates of one source."""
        unit = self.unit[positions]
        direction = random_factors(random, unit.size) * unit
        terms = self.comparer.objective.gradient[positions] * direction
        slack = self._leniency(source) * self.comparer.slack_of(source, terms, direction)
        return self._look(positions, direction, slack)

    def _look(self, positions: NDArray[np.intp] | slice, direction: Vector, slack: float) -> Comparison | None:
        """A comparison that agrees, or None, along a direction over some coordinates."""
        objective, precision = self.comparer.objective, self.comparer.objective.problem.precision
        if not slack > 0:
            return None
        finest = _NOISE_MARGIN * objective.noise / slack
        step = max(precision**_POWER, finest)
        if step > _LARGEST * precision**_LARGEST_POWER:
            return None
        found = self._look_as_far_as(step, positions, direction, slack)
        if found is None and finest <= step / _NEARER:
            found = self._look_as_far_as(step / _NEARER, positions, direction, slack)
        return found

    def _look_as_far_as(
        self, step: float, positions: NDArray[np.intp] | slice, direction: Vector, slack: float
    ) -> Comparison | None:
        """As `_look`, with one step; one evaluation if it agrees at once, else two."""
        objective = self.comparer.objective
        ahead, behind = objective.base.copy(), objective.base.copy()
        ahead[positions] += step * direction
        # What is added is not quite what was meant to be added; the difference is exact.
        moved = ahead[positions] - objective.base[positions]
        terms = objective.gradient[positions] * moved / step
        claimed, scale = float(np.sum(terms)), norm(terms)
        forward = objective.difference(None, ahead) / step
        if abs(claimed - forward) <= slack:
            return _agreeing(claimed, forward, slack, scale, step)
        behind[positions] -= moved
        backward = objective.difference(behind, None) / step
        central = (forward + backward) / 2
        return _agreeing(claimed, central, slack, scale, step) if abs(claimed - central) <= slack else None

    def _slack(self, direction: Vector) -> float:
        """What is put down to rounding at first sight along a direction over all coordinates."""
        leniency = [self._leniency(i) for i in range(len(self.comparer.objective.coordinates.shapes))]
        return max(leniency, default=1.0) * self.comparer.slack(direction)

    def _leniency(self, index: int) -> float:
        """How many times its usual tolerance the claim of source ``index`` may be off."""
        rounding = self.comparer.rounding(index)
        if self.comparer.relative is not None or self.comparer.objective.problem.reference is None:
            return 1.0
        return max(1.0, min(_ROUNDINGS * rounding.epsilon, _COARSEST) / rounding.relative)

    def is_residue(self, index: int) -> bool:
        """Whether the claim of source ``index`` is the rounding of larger terms, so that it may be zero."""
        span = self.comparer.objective.coordinates.span(index)
        return norm(self.comparer.objective.gradient[span] * self.unit[span]) <= self._residue(index)

    def vanishes(self, indices: Sequence[int], random: np.random.Generator) -> Comparison | None:
        """Look whether the derivative of some sources that are residues is zero, along a direction over all of them."""
        objective, precision = self.comparer.objective, self.comparer.objective.problem.precision
        step = precision**_LARGEST_POWER
        noise = _NOISE_OF_ZERO * objective.noise / step
        if noise > _SEEN * self.comparer.everything:
            return None
        direction = np.zeros_like(objective.base)
        for index in indices:
            span = objective.coordinates.span(index)
            direction[span] = random_factors(random, span.stop - span.start) * self.unit[span]
        terms = objective.gradient * direction
        slope = objective.difference(None, objective.base + step * direction) / step
        residue = max(min(map(self._residue, indices)), noise)
        if abs(slope) > residue:
            return None
        return _agreeing(float(np.sum(terms)), slope, residue, norm(terms), step, note=ZERO)

    def sees(self, index: int, at_length: bool) -> bool:
        """Whether joint directions tell of source ``index`` what directions of its own would.

        They do unless its terms are small beside the tolerance.

        Args:
            index: of the source.
            at_length: whether they moved all sources alike, as a full sequence of steps does, and not the smaller ones
                further.
        """
        comparer = self.comparer
        span = comparer.objective.coordinates.span(index)
        moved, slack = self._boosted, self._usual_slack
        if at_length:
            moved, slack = comparer.unit, comparer.slack(comparer.unit)
        own = norm(comparer.objective.gradient[span] * moved[span])
        return 0 < slack <= _BLUR_ALLOWED * self.tolerance(index) * own

    def tolerance(self, index: int) -> float:
        """What is put down to rounding at first sight, relative to the 2-norm of the terms of source ``index``."""
        return self._leniency(index) * self.comparer.rounding(index).relative

    def resolution(self, index: int) -> float:
        """Size of the smallest error of a single entry of source ``index`` that every joint direction shows.

        In units of the largest entry of the source; infinity if its entries are zero.
        """
        objective = self.comparer.objective
        span = objective.coordinates.span(index)
        largest = float(np.max(np.abs(objective.gradient[span]), initial=0.0))
        moved = float(np.min(self._boosted[span], initial=np.inf))
        visible = 2 * self._usual_slack
        # Directions move each entry by at least half of its scale.
        return visible / (0.5 * moved * largest) if largest > 0 and moved > 0 else float("inf")


def _agreeing(claimed: float, value: float, slack: float, scale: float, step: float, note: str = "") -> Comparison:
    derivative = Derivative(value, slack, step, float("nan"), float("nan"))
    return Comparison(Outcome.AGREES, claimed, derivative, slack, scale, note)
