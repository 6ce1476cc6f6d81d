"""Whether slopes add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_tfgrad.numeric import Entry, Outcome
from pytest_tfgrad.numeric.comparison import Comparer
from pytest_tfgrad.numeric.derivative import one_sided
from pytest_tfgrad.numeric.linearity import adds_up, is_linear

from .functions import objective_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tfgrad.numeric.problem import Objective

UNIT = np.array([2.0, 1.0, 4.0])


def entry(
    numeric: float,
    accused: float = 0.0,
    error: float = 0.0,
    outcome: Outcome = Outcome.DISAGREES,
    kink: tuple[float, float] | None = None,
) -> Entry:
    """With a claim of so much more than the estimate."""
    return Entry((0,), "", numeric + accused, numeric, error, outcome, kink=kink)


def linear() -> Comparer:
    """Of slopes 3, 5 and 7."""
    return Comparer(objective_of(lambda x: x @ np.array([3.0, 5.0, 7.0]), np.ones(3)), UNIT)


def test_the_slopes_of_a_smooth_function_add_up() -> None:
    comparer = linear()
    assert adds_up(comparer, {0: entry(3), 1: entry(5), 2: entry(7)})
    assert comparer.objective.evaluations == 1 + 4


def test_a_single_slope_and_those_on_kinks_or_of_right_claims_have_nothing_to_add_up_to() -> None:
    comparer = linear()
    assert adds_up(comparer, {})
    assert adds_up(comparer, {0: entry(30)})
    beside = {
        1: entry(50, kink=(0.0, 1.0)),
        2: entry(70, outcome=Outcome.AGREES),
        3: entry(7, outcome=Outcome.UNDECIDED),
    }
    assert adds_up(comparer, {0: entry(30), **beside})
    assert comparer.objective.evaluations == 1
    assert not adds_up(comparer, {0: entry(30), 1: entry(50)})


# Along half of the first unit, one and three quarters of the second and all of the third.
@pytest.mark.parametrize(
    ("numeric", "error", "adds"),
    [
        pytest.param((4, 5, 7), (0.21, 0, 0), True, id="errors of the first"),
        pytest.param((4, 5, 7), (0.19, 0, 0), False, id="beyond errors of the first"),
        pytest.param((3, 4, 7), (0, 0.21, 0), True, id="errors of the second"),
        pytest.param((3, 4, 7), (0, 0.19, 0), False, id="beyond errors of the second"),
        pytest.param((4, 5, 7), (0, 0.06, 0.041), True, id="errors of others"),
        pytest.param((4, 5, 7), (0, 0.06, 0.03), False, id="beyond errors of others"),
    ],
)
def test_slopes_add_up_to_within_five_of_their_errors(
    numeric: tuple[float, ...], error: tuple[float, ...], adds: bool
) -> None:
    entries = {i: entry(n, error=e) for i, (n, e) in enumerate(zip(numeric, error, strict=True))}
    assert adds_up(linear(), entries) is adds


@pytest.mark.parametrize(
    ("accused", "adds"),
    [((10.1, 0, 0), True), ((9.9, 0, 0), False), ((-10.1, 0, 0), True), ((0, 0, 2.6), True), ((0, 0, 2.4), False),
     ((20.2, 0, -2.5), True), ((19.8, 0, -2.5), False)],
)  # fmt: skip
def test_slopes_that_miss_their_sum_by_a_tenth_of_the_accusation_say_nothing(
    accused: tuple[float, ...], adds: bool
) -> None:
    # The slopes miss their sum by 1, the first of which counts once, the third four times.
    entries = {i: entry(n, accused=a) for i, (n, a) in enumerate(zip((4, 5, 7), accused, strict=True))}
    assert adds_up(linear(), entries) is adds


def corner(x: np.ndarray, y: np.ndarray) -> Any:
    """Slopes of zero along both axes; one ahead between the positive ones, up to a certain angle."""
    return np.maximum(0, np.minimum(2 * x, y))


CORNERS = {
    "sum, right": corner,
    "sum, left": lambda x, y: -corner(-x, -y),
    "difference, right": lambda x, y: corner(x, -y),
    "difference, left": lambda x, y: -corner(-x, y),
}


@pytest.mark.parametrize("side", ["sum, right", "sum, left"])
@pytest.mark.parametrize(("accused", "adds"), [(0.0, False), (9.9, False), (10.1, True)])
def test_a_slope_that_misses_the_sum_on_one_side_does_not_add_up(side: str, accused: float, adds: bool) -> None:
    comparer = Comparer(objective_of(lambda p: CORNERS[side](p[0], p[1]), np.zeros(2)), np.ones(2))
    assert adds_up(comparer, {0: entry(0, accused=2 * accused), 1: entry(0)}) is adds


def test_the_weights_of_entries_differ_so_that_no_symmetry_hides_a_kink() -> None:
    directions = []

    def f(x: np.ndarray) -> np.ndarray:
        directions.append(x)
        return np.sum(x)

    adds_up(Comparer(objective_of(f, np.zeros(4)), np.array([1.0, 2, 4, 8])), {0: entry(1), 3: entry(1), 2: entry(1)})
    np.testing.assert_allclose(directions[-1] / directions[-1][0], [1, 0, 8, 12])


def test_the_errors_of_the_joint_slope_are_allowed_for() -> None:
    # Rounding of a target of 1 in arithmetic of 10 bits, four times over a step of 1/32.
    for missed, adds in ((0.6, True), (0.65, False)):
        objective = objective_of(lambda x: np.array([np.sum(x), 1.0]), np.zeros(2), precision=2.0**-10)
        comparer = Comparer(objective, np.ones(2))
        assert adds_up(comparer, {0: entry(1), 1: entry(1 - missed)}) is adds


FIRST, SECOND = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def plane(f: Callable[[np.ndarray, np.ndarray], Any], **known: Any) -> Objective:
    """Of two coordinates and a target of one that does not change."""
    return objective_of(lambda p: np.array([f(p[0], p[1]), 1.0]), np.zeros(2), **known)


def test_a_smooth_function_is_linear() -> None:
    objective = plane(lambda x, y: 3 * x + 5 * y)
    assert is_linear(objective, FIRST, SECOND, 0.0)
    assert objective.evaluations == 1 + 16
    assert is_linear(plane(lambda x, y: np.sin(x) * np.cos(y) + y), FIRST, SECOND, 0.0)


def test_a_function_that_does_not_change_is_linear() -> None:
    constant = objective_of(lambda p: 0 * np.sum(p), np.zeros(2))
    assert constant.noise == 0
    assert is_linear(constant, FIRST, SECOND, 0.0)
    assert adds_up(Comparer(constant, np.ones(2)), {0: entry(0), 1: entry(0)})


@pytest.mark.parametrize("side", CORNERS)
@pytest.mark.parametrize("accused", [-9.9, 0.0, 9.9])
def test_a_function_with_a_corner_between_two_directions_is_not(side: str, accused: float) -> None:
    objective = plane(CORNERS[side])
    assert not is_linear(objective, FIRST, SECOND, accused)
    assert objective.evaluations == 1 + (12 if side.startswith("sum") else 16)


@pytest.mark.parametrize("side", CORNERS)
@pytest.mark.parametrize("accused", [-10.1, 10.1])
def test_a_corner_that_is_small_beside_the_accusation_says_nothing(side: str, accused: float) -> None:
    assert is_linear(plane(CORNERS[side]), FIRST, SECOND, accused)


@pytest.mark.parametrize(("height", "linear"), [(1.87, True), (1.88, False)])
def test_slopes_may_be_off_by_five_of_the_errors_of_all_three(height: float, linear: bool) -> None:
    objective = plane(lambda x, y: height * corner(x, y), precision=2.0**-10)
    assert one_sided(objective, FIRST).error == 1 / 8
    assert is_linear(objective, FIRST, SECOND, 0.0) is linear
