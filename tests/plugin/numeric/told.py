"""Objectives and slopes that are told what to answer: what a decision is made of, one number at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric import Budget, Problem
from pytest_tfgrad.numeric.comparison import Comparer
from pytest_tfgrad.numeric.derivative import Slopes
from pytest_tfgrad.numeric.problem import Objective
from pytest_tfgrad.numeric.tolerance import FLOAT64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_tfgrad.numeric import Rounding

EPSILON = 2.0**-52
# That of a full sequence of steps.
LARGEST_STEP = 8 * EPSILON ** (1 / 3)


def told_objective(
    *gradients: Sequence[float], rounding: Sequence[Rounding] = (FLOAT64,), magnitude: float = 1.0, **more: Any
) -> Objective:
    """A function that is `magnitude` everywhere, at ones, with these claims; a single rounding is that of them all."""
    claims = tuple(np.array(g, np.float64) for g in gradients)
    value = (np.array([magnitude]),)
    problem = Problem(
        evaluate=more.pop("evaluate", lambda points: value),
        sources=more.pop("sources", tuple(np.ones_like(claim) for claim in claims)),
        weights=(np.ones(1),),
        gradients=claims,
        rounding=tuple(rounding) * (len(claims) if len(rounding) == 1 else 1),
        centre=value,
        **more,
    )
    return Objective(problem, Budget())


def told_comparer(*gradients: Sequence[float], unit: Sequence[float] | None = None, **more: Any) -> Comparer:
    """A comparer of a told objective; the unit of all coordinates is one."""
    settings = {name: more.pop(name) for name in ("relative", "absolute") if name in more}
    objective = told_objective(*gradients, **more)
    return Comparer(objective, np.ones_like(objective.base) if unit is None else np.array(unit), **settings)


class ToldSlopes(Slopes):
    """Slopes as a function of the step."""

    def __init__(self, objective: Objective, direction: Sequence[float], slope: float | Callable[[float], float]):
        super().__init__(objective, np.array(direction, np.float64))
        object.__setattr__(self, "slope", slope if callable(slope) else lambda step: slope)

    def __call__(self, step: float) -> float:
        self._known[step] = self.slope(step)  # type: ignore[attr-defined]
        return self._known[step]

    @property
    def asked(self) -> int:
        """For how many steps."""
        return len(self._known)


def noisy(value: float, error: float) -> Callable[[float], float]:
    """Slopes that jump to and fro: for each sequence of steps the estimate is `value` and its error `error`."""

    def slope(step: float) -> float:
        # The first steps of the sequences are 2^(13/3) apart.
        halvings = round(3 * np.log2(LARGEST_STEP / abs(step))) % 13 // 3
        return value + 0.75 * error * (halvings % 2 - 4 / 3)

    return slope


def shaped_comparer(
    claim: Sequence[float], slope: float | Callable[[float], float], magnitude: float = 0.0, **more: Any
) -> Comparer:
    """A comparer of a sum over entries at zero, each of which moves it by `slope(x) * x`, beside a constant.

    At zero, points are exact; so are the slopes of this function for every step.
    """
    f = slope if callable(slope) else lambda x: slope

    def evaluate(points: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        return np.array([sum(f(float(x)) * float(x) for p in points for x in p if x)]), np.array([magnitude])

    unit = np.array(more.pop("unit", np.ones(len(claim))), np.float64)
    settings = {name: more.pop(name) for name in ("relative", "absolute") if name in more}
    problem = Problem(
        evaluate=evaluate,
        sources=(np.zeros(len(claim)),),
        weights=(np.ones(1), np.ones(1)),
        gradients=(np.array(claim, np.float64),),
        **more,
    )
    return Comparer(Objective(problem, Budget()), unit, **settings)


class Allowed(Budget):
    """A budget of so many evaluations."""

    @property
    def is_over(self) -> bool:
        return self.spent >= self.seconds
