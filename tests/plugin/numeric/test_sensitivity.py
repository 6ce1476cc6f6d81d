"""How much of a gradient its own precision loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_tfgrad.numeric.derivative import Slopes
from pytest_tfgrad.numeric.directions import generator
from pytest_tfgrad.numeric.sensitivity import lost_to_rounding

from .functions import objective_of

if TYPE_CHECKING:
    from collections.abc import Callable

EPSILON = 2.0**-5
PRECISION = 2.0**-52
# Two eps^(1/3).
STEP = 2 * PRECISION ** (1 / 3)


def signs_of_roundings() -> list[np.ndarray]:
    """Which way eight coordinates are rounded in two samples."""
    random = generator("one rounding")
    return [random.choice((-1.0, 1.0), 9)[:8] for _ in range(2)]


def slopes(
    g: Callable[[np.ndarray], Any],
    f: Callable[[Any], Any] = lambda t: t,
    constant: float = 0.0,
    precision: float = PRECISION,
) -> Slopes:
    """Along t, which is zero, of ``f(t) * g(x)`` where eight x are one, beside a target that does not change."""
    base = np.append(np.ones(8), 0.0)
    objective = objective_of(lambda p: np.array([f(p[8]) * g(p[:8]), constant]), base, precision=precision)
    return Slopes(objective, np.eye(9)[8])


def rounded(*changes: float, beside: float = 0.0) -> Callable[[np.ndarray], float]:
    """A slope that changes by these at the points that are a rounding off, in order, and by another one elsewhere."""
    points = [1 + EPSILON * signs for signs in signs_of_roundings()]

    def g(x: np.ndarray) -> float:
        if (x == 1).all():
            return 1.0
        return 1.0 + next((c for c, point in zip(changes, points, strict=True) if (x == point).all()), beside)

    return g


def test_a_type_as_fine_as_the_arithmetic_loses_nothing_and_costs_nothing() -> None:
    for epsilon in (PRECISION, PRECISION / 2):
        along = slopes(rounded(1.0, 1.0, beside=1.0))
        assert lost_to_rounding(along, epsilon) == 0
        assert along.objective.evaluations == 1


def test_a_type_that_is_coarser_costs_four_evaluations_beside_the_slope_itself() -> None:
    along = slopes(rounded(0.5, 0.0))
    lost_to_rounding(along, EPSILON)
    assert along.objective.evaluations == 1 + 2 + 4
    lost_to_rounding(along, EPSILON)
    assert along.objective.evaluations == 1 + 2 + 4 + 4


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        pytest.param((0.0, 0.0), 0.0, id="none"),
        pytest.param((0.5, 0.0), 8.0, id="in the first sample"),
        pytest.param((0.0, -0.5), 8.0, id="in the second"),
        pytest.param((0.25, -0.5), 8.0, id="in both"),
        pytest.param((-0.5, 0.25), 8.0, id="in both, the other way"),
        pytest.param((np.inf, 0.5), 8.0, id="the first is not finite"),
        pytest.param((0.5, np.nan), 8.0, id="the second is not finite"),
        pytest.param((np.nan, np.nan), 0.0, id="none is finite"),
    ],
)
def test_sixteen_times_the_largest_change_of_the_slope_at_points_a_rounding_off_is_lost(
    changes: tuple[float, float], lost: float
) -> None:
    assert lost_to_rounding(slopes(rounded(*changes, beside=99.0)), EPSILON) == pytest.approx(lost, rel=1e-12)


def test_the_slopes_are_taken_over_two_cube_roots_of_the_precision() -> None:
    # The slope of the cube is the square of the step, and twice that at a point a rounding off.
    found = lost_to_rounding(slopes(rounded(1.0, 0.0), lambda t: t**3), EPSILON)
    assert found == pytest.approx(16 * STEP**2, rel=1e-9)


@pytest.mark.parametrize(("part", "seen"), [(0.99, False), (1.0, False), (1.01, True)])
def test_a_change_within_four_roundings_of_the_function_is_none(part: float, seen: bool) -> None:
    # Arithmetic of six bits, whose cube root is a power of two.
    change = part * 4 * 2.0**-6 / (2 * 2.0**-2)
    found = lost_to_rounding(slopes(rounded(change, 0.0), constant=1.0, precision=2.0**-6), EPSILON)
    assert found == (pytest.approx(16 * change) if seen else 0)


def test_coordinates_are_rounded_relative_to_themselves() -> None:
    # The slope along t of t * (x - 3) changes by a rounding of x.
    objective = objective_of(lambda p: p[1] * (p[0] - 3), [3.0, 0.0])
    found = lost_to_rounding(Slopes(objective, np.array([0.0, 1.0])), EPSILON)
    assert found == pytest.approx(16 * 3 * EPSILON)
