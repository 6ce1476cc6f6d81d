"""How far a claim misses the derivative along a direction."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_tfgrad.numeric import Comparison, Entry, Outcome, rounding_for
from pytest_tfgrad.numeric.comparison import Comparer
from pytest_tfgrad.numeric.derivative import Derivative
from pytest_tfgrad.numeric.residues import Residue, Residues

from .functions import objective_of

DIRECTION = np.array([1.0, -2.0, 4.0])


def entry(error: float, tolerance: float = 0.0) -> Entry:
    """With a claim of so much more than the estimate."""
    return Entry((0,), "", 3 + error, 3.0, 0.0, Outcome.DISAGREES, tolerance)


@pytest.mark.parametrize(
    ("value", "blur", "due"),
    [
        pytest.param(-3.0, 0.0, True, id="exactly"),
        # The errors of 5 along 1 and of 4 along -2 explain -3, give or take a thousandth.
        pytest.param(-3.0029, 0.0, True, id="a thousandth more"),
        pytest.param(-2.9971, 0.0, True, id="a thousandth less"),
        pytest.param(-3.0031, 0.0, False, id="more"),
        pytest.param(-2.9969, 0.0, False, id="less"),
        pytest.param(3.0, 0.0, False, id="the other way"),
        pytest.param(-4.0, 0.999, True, id="within its blur"),
        pytest.param(-4.0, 0.99, False, id="beyond its blur"),
    ],
)
def test_a_residue_is_due_to_entries_whose_errors_add_up_to_it(value: float, blur: float, due: bool) -> None:
    assert Residue(DIRECTION, value, blur).is_due_to({0: entry(5), 1: entry(4)}) is due


@pytest.mark.parametrize(("value", "due"), [(-4.396, True), (-4.41, False), (-1.61, True), (-1.59, False)])
def test_entries_explain_a_residue_to_within_their_tolerances(value: float, due: bool) -> None:
    wrong = {0: entry(5, tolerance=0.4), 1: entry(4, tolerance=0.5)}
    assert Residue(DIRECTION, value, 0.0).is_due_to(wrong) is due


def test_a_residue_may_be_due_to_nothing_if_it_is_no_more_than_its_blur() -> None:
    assert Residue(DIRECTION, 0.1, 0.1).is_due_to({})
    assert not Residue(DIRECTION, 0.11, 0.1).is_due_to({})


def comparer(epsilon: float = 2.0**-52) -> Comparer:
    """Of a claim that is 1 more than each slope of 2 and in a source that does not matter."""
    objective = objective_of(
        lambda other, x: 0 * np.sum(other) + 2 * np.sum(x),
        [1.0],
        np.ones(2),
        claims=([3.0], [3.0, 3.0]),
        precision=epsilon,
        rounding=(rounding_for("float32"), rounding_for("float64")),
    )
    return Comparer(objective, np.ones(3))


def found(step: float, spread: float) -> Comparison:
    return Comparison(Outcome.DISAGREES, 9.0, Derivative(1.0, 0.1, step, spread, 4.0), 0.1, 1.0)


def test_the_step_is_a_quarter_and_its_truncation_a_sixteenth_of_those_of_the_comparison() -> None:
    judge = comparer(epsilon=2.0**-10)
    residues = Residues.beside(judge, found(step=0.5, spread=0.25))
    assert residues.comparer is judge
    assert residues.step == 0.125
    assert residues.blur == pytest.approx(2 * (0.25 / 16 + 4 * 2.0**-10 / 0.125))


def test_a_residue_is_the_claim_less_the_slope_and_costs_two_evaluations() -> None:
    judge = comparer()
    residue = Residues(judge, 0.5, 0.0).along(DIRECTION)
    assert residue.direction is DIRECTION
    # The claims of 3 along 1, -2 and 4, less the slopes of 2 along the last two.
    assert residue.value == 3 * (1 - 2 + 4) - 2 * (-2 + 4)
    assert judge.objective.evaluations == 1 + 2


def test_the_step_is_the_one_of_the_differences() -> None:
    objective = objective_of(lambda x: x**3, [0.0], claims=([0.0],))
    assert Residues(Comparer(objective, np.ones(1)), 0.5, 0.0).along(np.ones(1)).value == -0.25


def test_a_residue_may_be_off_by_a_rounding_of_the_coarsest_type_too() -> None:
    judge = comparer()
    residue = Residues(judge, 0.5, 0.25).known(DIRECTION, 7.0)
    assert (residue.direction is DIRECTION, residue.value) == (True, 7)
    assert residue.blur == pytest.approx(0.25 + 2.0**-23 * 3 * np.sqrt(21), rel=1e-12)
    assert judge.objective.evaluations == 1


@pytest.mark.parametrize(
    ("value", "outcome"), [(0.5, Outcome.AGREES), (-0.75, Outcome.DISAGREES), (0.75, Outcome.DISAGREES)]
)
def test_a_residue_beyond_its_blur_is_a_comparison_that_disagrees(value: float, outcome: Outcome) -> None:
    compared = Residues(comparer(), 0.5, 0.25).comparison(Residue(DIRECTION, value, 0.5))
    assert compared.outcome is outcome
    assert compared.claimed == 9
    assert compared.mismatch == abs(value)
    assert (compared.tolerance, compared.scale) == (0.5, pytest.approx(3 * np.sqrt(21)))
    assert compared.direction is DIRECTION
    assert (compared.note, compared.rounded) == ("", False)
    slope = compared.derivative
    assert (slope.value, slope.error, slope.step) == (9 - value, 0.25, 0.5)
    assert np.isnan([slope.spread, slope.shrink]).all()
