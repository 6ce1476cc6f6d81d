"""One directional derivative: its value, and that its error estimate is no lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tfgrad.numeric import Budget, Outcome, Settings, check
from pytest_tfgrad.numeric.derivative import Slopes, differentiate, extrapolate, one_sided
from pytest_tfgrad.numeric.problem import Objective, Problem

ONE = np.ones(1)
STEPS = 4.8e-5 * 0.5 ** np.arange(4)


def objective(f: object, x: float, precision: float = 2.0**-52) -> Objective:
    return Objective(
        Problem(lambda p: (f(p[0]),), (np.array([x]),), (ONE,), (ONE,), precision),  # type: ignore[operator]
        Budget(),
    )


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (np.exp, 1.0, np.e),
        (np.sin, 0.3, np.cos(0.3)),
        (lambda x: x**3, 100.0, 3e4),
        (lambda x: np.sin(50 * x), 1.0, 50 * np.cos(50)),
        (lambda x: 7 * x - 2, 0.5, 7.0),
    ],
)
def test_the_error_estimate_covers_the_error_and_is_small(f: object, x: float, slope: float) -> None:
    found = differentiate(Slopes(objective(f, x), np.array([x])), lambda d: True, lambda d: True)
    assert abs(found.value - slope * x) <= 5 * found.error
    assert found.error <= 1e-7 * abs(slope * x)


@given(st.lists(st.floats(-3, 3, allow_subnormal=False), min_size=1, max_size=5), st.floats(0.5, 2))
def test_polynomials_are_differentiated_to_rounding(coefficients: list[float], x: float) -> None:
    polynomial = np.polynomial.Polynomial(coefficients)
    slope = polynomial.deriv()(x)
    found = differentiate(Slopes(objective(polynomial, x), ONE), lambda d: True, lambda d: True)
    size = float(np.sum(np.abs(coefficients))) * 2.0 ** len(coefficients)
    assert abs(found.value - slope) <= 5 * found.error + 1e-9 * size


def test_differences_of_a_smooth_curve_shrink_fourfold() -> None:
    assert extrapolate(STEPS, 1 + 1e4 * STEPS**2, 1e-18).shrink == pytest.approx(4, rel=1e-3)


def test_extrapolation_cancels_the_even_powers_of_the_step() -> None:
    steps = 0.1 * 0.5 ** np.arange(4)
    found = extrapolate(steps, 1 + 2 * steps**2 - 3 * steps**4 + 5 * steps**6, 0.0)
    assert found.value == pytest.approx(1, abs=1e-14)
    assert abs(found.value - 1) <= 5 * found.error <= 1e-6


def test_where_nothing_converges_the_whole_spread_is_the_error() -> None:
    slopes = np.array([1.0, 2.0, 1.0, 2.0])
    assert extrapolate(STEPS, slopes, 0.0).error >= 1.0


def test_no_estimate_is_better_than_the_rounding_of_its_differences() -> None:
    assert extrapolate(STEPS, np.ones(4), 1e-16).error >= 1e-16 / STEPS[0]


def test_one_sided_derivatives_are_extrapolated() -> None:
    sides = one_sided(objective(np.exp, 1.0, precision=2.0**-23), ONE)
    assert (sides.left, sides.right) == pytest.approx((np.e, np.e), rel=1e-6)


def test_a_value_that_is_not_finite_gives_no_estimate() -> None:
    assert np.isnan(extrapolate(STEPS, np.array([1.0, np.inf, 1.0, 1.0]), 0.0).value)


def test_a_kink_inside_the_first_steps_is_passed_with_smaller_ones() -> None:
    found = differentiate(
        Slopes(objective(lambda x: np.maximum(x - 1, 0), 1 + 1e-6), ONE),
        lambda d: abs(d.value - 1) <= 5 * d.error + 1e-6,
        lambda d: d.error < 1e-4,
    )
    assert found.value == pytest.approx(1, abs=1e-6)
    assert found.step < 1e-5


def test_a_kink_that_only_the_largest_step_crosses_is_no_excuse_for_a_coarse_estimate() -> None:
    x = np.concatenate([np.full(50, 0.7), [1 + 4e-5]])
    gradient = np.concatenate([np.full(50, 1e-6), [1.0]])
    problem = Problem(
        lambda p: (np.sum(1e-6 * p[0][:50]) + np.maximum(p[0][50] - 1, 0),), (x,), (np.ones(()),), (gradient,)
    )
    findings, _ = check(problem, Settings(mode="projection"), Budget())
    assert findings[0].outcome is Outcome.AGREES


def test_left_and_right_derivatives() -> None:
    sides = one_sided(objective(lambda x: np.where(x > 2, 5 * x, -3 * x), 2.0), ONE)
    assert sides.right != pytest.approx(-3)
    kink = one_sided(objective(lambda x: np.maximum(5 * x, -3 * x), 0.0), ONE)
    assert (kink.left, kink.right) == pytest.approx((-3, 5))
    assert kink.is_kink()
    assert not one_sided(objective(np.sin, 0.3), ONE).is_kink()
    assert kink.allows(4.9, 0.0)
    assert not kink.allows(5.1, 0.0)
