"""How the numerical estimate of one entry depends on the step: the evidence that a gradient is wrong, as a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric import OutOfBudget
from pytest_tfgrad.numeric.derivative import central_difference
from pytest_tfgrad.numeric.problem import Objective
from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.results import StepCurve

if TYPE_CHECKING:
    from pytest_tfgrad.numeric import Budget, Entry, Problem

# From where the target is no longer linear to where rounding is all there is, two steps a decade; 38 evaluations.
_STEPS = 10.0 ** np.arange(-1.0, -10.1, -0.5)


def step_curve(problem: Problem, position: int, entry: Entry, budget: Budget) -> StepCurve | None:
    """Central differences at one entry for steps from large to small.

    Args:
        problem: of the gradient.
        position: of the source.
        entry: of the source.
        budget: the time for it.

    Returns:
        None for complex entries, and if the time is over or the target cannot be evaluated there.
    """
    if entry.part:
        return None
    source = problem.sources[position]
    unit = max(abs(float(source[entry.index])), 1e-3)
    try:
        objective = Objective(problem, budget)
        direction = np.zeros(objective.coordinates.size)
        flat = int(np.ravel_multi_index(entry.index, source.shape)) if entry.index else 0
        direction[objective.coordinates.span(position).start + flat] = unit
        slopes = [central_difference(objective, direction, float(step)) / unit for step in _STEPS]
    except (OutOfBudget, CannotReplay):
        return None
    return StepCurve(tuple((_STEPS * unit).tolist()), tuple(map(float, slopes)))
