"""One directional derivative: its value, and that its error estimate is no lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tfgrad.numeric import Budget, Outcome, Settings, check
from pytest_tfgrad.numeric.derivative import Derivative, OneSided, Slopes, differentiate, extrapolate, one_sided
from pytest_tfgrad.numeric.problem import Objective, Problem

from .functions import objective_of

ONE = np.ones(1)
STEPS = 4.8e-5 * 0.5 ** np.arange(4)


def objective(f: object, x: float, precision: float = 2.0**-52) -> Objective:
    return objective_of(f, [x], claims=[ONE], precision=precision)  # type: ignore[arg-type]


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
    found = extrapolate(STEPS, 1 + 1e4 * STEPS**2, 1e-18)
    assert found.shrink == pytest.approx(4, rel=1e-3)
    assert found.step == STEPS[0]


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
    found = extrapolate(STEPS, np.array([1.0, np.inf, 1.0, 1.0]), 0.0)
    assert np.isnan([found.value, found.shrink]).all()
    assert (found.error, found.spread, found.step) == (np.inf, np.inf, STEPS[0])


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


class ToldSlopes(Slopes):
    """Slopes as a function of the step, in place of differences of a function of which these would be the slopes."""

    def __call__(self, step: float) -> float:
        slope = 1.0 if step > 4e-6 else 2.0
        self._known[step] = slope
        return slope


def told_slopes() -> ToldSlopes:
    return ToldSlopes(objective(np.exp, 1.0), ONE)


def test_a_smaller_step_that_contradicts_a_larger_one_wins_though_its_error_is_larger() -> None:
    found = differentiate(told_slopes(), lambda d: False, lambda d: True)
    assert found.value == 2
    assert found.error > differentiate(told_slopes(), lambda d: True, lambda d: True).error


def test_what_is_expected_is_looked_at_again_until_it_is_precise() -> None:
    slopes = Slopes(objective(np.exp, 1.0), ONE)
    differentiate(slopes, lambda d: True, lambda d: False)
    assert len(slopes._known) == 16
    settled = Slopes(objective(np.exp, 1.0), ONE)
    differentiate(settled, lambda d: True, lambda d: True)
    assert len(settled._known) == 4


def test_what_is_precise_but_not_expected_is_confirmed_by_smaller_steps() -> None:
    slopes = Slopes(objective(np.exp, 1.0), ONE)
    assert differentiate(slopes, lambda d: False, lambda d: True).value == pytest.approx(np.e)
    assert len(slopes._known) == 8


def test_estimates_contradict_each_other_beyond_five_of_both_errors() -> None:
    one = Derivative(1.0, 0.1, 1.0, 0.0, 4.0)
    assert not one.contradicts(Derivative(1.9, 0.1, 1.0, 0.0, 4.0))
    assert one.contradicts(Derivative(2.1, 0.1, 1.0, 0.0, 4.0))
    assert one.contradicts(Derivative(float("nan"), float("inf"), 1.0, 0.0, 4.0))


def test_a_kink_is_one_beyond_ten_common_errors() -> None:
    assert OneSided(0.0, 1.2, 0.1).is_kink()
    assert not OneSided(0.0, 0.8, 0.1).is_kink()


def test_one_sided_errors_are_rounding_or_the_change_of_the_slope_over_half_a_step() -> None:
    step = 2.0**-26
    line = objective(lambda x: 3 * x, 0.5)
    assert one_sided(line, ONE).error == pytest.approx(4 * line.noise / step)
    parabola = one_sided(objective(lambda x: 1e6 * x * x, 0.0), ONE)
    assert parabola.error == pytest.approx(1e6 * step / 2)


# Changes of the slopes from step to step, in roundings of the last step but one; the last step rounds twice that.
@pytest.mark.parametrize(
    ("changes", "shrink"), [((18.0, 4.5, 1.0), 2.25), ((6.0, 4.5, 1.0), 6 / 4.5), ((18.0, 3.5, 1.0), np.nan)]
)
def test_changes_below_four_times_the_rounding_do_not_tell_how_they_shrink(
    changes: tuple[float, ...], shrink: float
) -> None:
    rounding = 1e-3
    slopes = np.cumsum([0.0, *changes]) * rounding
    found = extrapolate(STEPS, slopes, rounding * float(STEPS[-2])).shrink
    assert found == pytest.approx(shrink, nan_ok=True)
