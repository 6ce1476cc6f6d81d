"""One directional derivative with an estimate of its error: a step sequence and Richardson extrapolation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_tfgrad.numeric.coordinates import Vector
    from pytest_tfgrad.numeric.problem import Objective

# Four halvings fill a table of three extrapolations; more steps gained nothing on the functions of the tests.
_STEPS = 4
# Largest steps of the sequences, as powers of the machine epsilon, each tried when the one before did not settle.
# 8 eps^(1/3) (4.8e-5 in float64) is the optimum of a central difference; the smaller ones get below kinks that lie
# close by: on a CNN a step of 1e-6 still crossed one and was off by 1.5e-2, at 1e-8 it agreed to 2e-6.
_LARGEST_STEP = 8.0
_LEVELS = (1 / 3, 5 / 12, 1 / 2, 7 / 12)
# Differences of a smooth curve shrink fourfold (or more) when the step halves. Where a sequence passes a kink half-way,
# twofold to 2.5-fold was seen.
_CONVERGING = 3.0
# Two estimates contradict each other if they differ by more than this many of their errors.
_CONTRADICTION = 5.0


@dataclass(frozen=True)
class Derivative:
    """An estimate of the derivative of the objective along a direction.

    Attributes:
        value: the estimate; NaN if no step gave a finite difference.
        error: estimate of its absolute error (truncation and rounding).
        step: the largest step of the sequence it comes from, relative to the direction.
        spread: largest difference between the plain central differences of the sequence.
        shrink: by what factor these differences shrink when the step halves; about 4 for a smooth curve, NaN when they
            are below rounding.
    """

    value: float
    error: float
    step: float
    spread: float
    shrink: float

    def contradicts(self, other: Derivative) -> bool:
        """Whether both cannot be estimates of the same number."""
        return not abs(self.value - other.value) <= _CONTRADICTION * (self.error + other.error)


@dataclass(frozen=True, eq=False)
class Slopes:
    """Central difference quotients along one direction; two evaluations for each step that was not asked for before.

    Attributes:
        objective: the function.
        direction: over all coordinates.
    """

    objective: Objective
    direction: Vector
    _known: dict[float, float] = field(default_factory=dict, init=False)

    def __call__(self, step: float) -> float:
        """The slope with this step."""
        if step not in self._known:
            self._known[step] = central_difference(self.objective, self.direction, step)
        return self._known[step]


def differentiate(
    slopes: Slopes, expected: Callable[[Derivative], bool], precise: Callable[[Derivative], bool]
) -> Derivative:
    """The derivative along a direction at the base point; 8 to 32 evaluations.

    Begins with the steps that suit a smooth function and goes on to smaller ones until an estimate is precise and
    either is what was expected or was confirmed by the next smaller steps. A smaller step that contradicts a larger
    one wins, because only it sees the point itself; otherwise the smaller error wins.

    Args:
        slopes: along the direction.
        expected: whether an estimate agrees with the claim.
        precise: whether an estimate needs no smaller error.
    """
    sequences = _sequences(slopes)
    best = next(sequences)
    if precise(best) and expected(best):
        return best
    for candidate in sequences:
        contradicted = not np.isfinite(best.value) or candidate.contradicts(best)
        if np.isfinite(candidate.value) and (contradicted or candidate.error < best.error):
            best = candidate
        if precise(best) and (expected(best) or not contradicted):
            break
    return best


def _sequences(slopes: Slopes) -> Iterator[Derivative]:
    objective = slopes.objective
    for power in _LEVELS:
        largest = _LARGEST_STEP * objective.problem.precision**power
        steps = largest * 0.5 ** np.arange(_STEPS)
        yield extrapolate(steps, np.array([slopes(float(step)) for step in steps]), objective.noise)


def central_difference(objective: Objective, direction: Vector, step: float) -> float:
    """The plain central difference quotient with one step; two evaluations."""
    change = objective.difference(objective.base - step * direction, objective.base + step * direction)
    return change / (2 * step)


def extrapolate(steps: Vector, slopes: Vector, noise: float) -> Derivative:
    """Richardson's extrapolation of central differences with Ridders' error estimate.

    An entry of the table is trusted as far as it agrees with both entries that it was made from (C. Ridders, "Accurate
    computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4(2), 1982), and never further than the
    rounding ``noise / step`` of the differences. Where the plain differences do not converge, their whole spread is
    the error: a kink or noise is no curve to extrapolate.

    Args:
        steps: halving, largest first.
        slopes: the central differences with these steps.
        noise: rounding error of one value of the function.
    """
    if not np.all(np.isfinite(slopes)):
        return Derivative(float("nan"), float("inf"), float(steps[0]), float("inf"), float("nan"))
    spread = float(np.ptp(slopes))
    shrink = _shrink(slopes, noise / steps)
    value, error = float(slopes[-1]), float("inf")
    previous = [float(slopes[0])]
    for row in range(1, len(slopes)):
        current = [float(slopes[row])]
        for column in range(1, row + 1):
            gain = 4.0**column
            current.append((gain * current[column - 1] - previous[column - 1]) / (gain - 1))
            change = max(abs(current[column] - current[column - 1]), abs(current[column] - previous[column - 1]))
            change = max(change, noise / float(steps[row]))
            if change < error:
                value, error = current[column], change
        previous = current
    if not shrink >= _CONVERGING:
        error = max(error, spread)
    return Derivative(value, error, float(steps[0]), spread, shrink)


def _shrink(slopes: Vector, noise: Vector) -> float:
    """The smaller of the last two ratios of successive differences; NaN if too few, or drowned in rounding noise."""
    changes = np.abs(np.diff(slopes))
    if len(changes) < 2 or changes[-2] <= 4 * noise[-2]:
        return float("nan")
    with np.errstate(divide="ignore"):
        return float(np.min(changes[-3:-1] / np.maximum(changes[-2:], noise[-1])))


@dataclass(frozen=True)
class OneSided:
    """The derivatives to the left and to the right of the base point along a direction, with a common error."""

    left: float
    right: float
    error: float

    def allows(self, value: float, slack: float) -> bool:
        """Whether ``value`` lies between the two, give or take ``slack``."""
        return min(self.left, self.right) - slack <= value <= max(self.left, self.right) + slack

    def is_kink(self) -> bool:
        """Whether the two differ by more than their errors."""
        return abs(self.left - self.right) > 2 * _CONTRADICTION * self.error


def one_sided(objective: Objective, direction: Vector) -> OneSided:
    """Left and right derivative along ``direction``; four evaluations.

    Extrapolated forward differences ``2 F(h/2) - F(h)``; their difference, and rounding, are the error.
    """
    # Small enough not to reach the next kink, large enough for four digits: rounding loses eps^(1/2), truncation h^2.
    step = objective.problem.precision**0.5
    sides = []
    error = 4 * objective.noise / step
    for sign in (-1.0, 1.0):
        whole = objective.difference(None, objective.base + sign * step * direction) / (sign * step)
        half = objective.difference(None, objective.base + sign * step / 2 * direction) / (sign * step / 2)
        sides.append(2 * half - whole)
        error = max(error, abs(half - whole))
    return OneSided(sides[0], sides[1], error)
