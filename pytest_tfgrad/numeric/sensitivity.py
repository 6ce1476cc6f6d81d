"""How much of a gradient its own precision loses: measured on the function, not assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.directions import generator

if TYPE_CHECKING:
    from pytest_tfgrad.numeric.derivative import Slopes

# A step of a quarter of 8 eps^(1/3): the differences of two slopes are wanted, for which truncation cancels.
_STEP = 2.0
_SAMPLES = 2
# Measured ratio of a float32 gradient's error to the change of the derivative when every source moves by one rounding:
# up to 4 (dense nets, convolutions, LSTM, attention, 20 layers of tanh), 35 for the Cholesky of a kernel, where the
# rounding of intermediates matters; what exceeds 16 is left to the backward pass replayed in float64.
_ROUNDINGS = 16.0


def lost_to_rounding(slopes: Slopes, epsilon: float) -> float:
    """How much the derivative changes when the sources are rounded to ``epsilon``.

    A computation in that precision cannot tell the two points apart, so neither can its gradient (backward error
    analysis; N. Higham, "Accuracy and Stability of Numerical Algorithms", chapter 1). Four evaluations beside the slope
    at the point itself; none for a type that is as fine as the arithmetic of the estimate.

    Args:
        slopes: along the direction along which the derivative is taken.
        epsilon: machine epsilon of the type that the gradient was computed in.

    Returns:
        The loss to expect, in units of the objective, at least 0.
    """
    objective, direction = slopes.objective, slopes.direction
    if epsilon <= objective.problem.precision:
        return 0.0
    step = _STEP * objective.problem.precision ** (1 / 3)
    base = objective.base
    here = slopes(step)
    random = generator("one rounding")
    largest = 0.0
    for _ in range(_SAMPLES):
        moved = base * random.choice((1 - epsilon, 1 + epsilon), base.size)
        change = objective.difference(moved - step * direction, moved + step * direction)
        if np.isfinite(change):
            largest = max(largest, abs(change / (2 * step) - here))
    noise = 4 * objective.noise / step
    return _ROUNDINGS * largest if largest > noise else 0.0
