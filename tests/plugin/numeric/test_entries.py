"""Single entries: what few steps tell, what it takes to call one wrong, and what a kink excuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, Entry, Outcome, Problem, comparison
from pytest_tfgrad.numeric.comparison import Comparer
from pytest_tfgrad.numeric.entries import compare_entry
from pytest_tfgrad.numeric.problem import Objective
from pytest_tfgrad.numeric.tolerance import FLOAT32

from .told import EPSILON, LARGEST_STEP, noisy, shaped_comparer

if TYPE_CHECKING:
    from collections.abc import Callable

AGREES, DISAGREES, UNDECIDED = Outcome.AGREES, Outcome.DISAGREES, Outcome.UNDECIDED
# The steps of the quick look, the larger one first.
QUICK = (LARGEST_STEP / 2, LARGEST_STEP / 4)
# What rounding of a value of size one does to the smaller of them.
NOISE = EPSILON / QUICK[1]


def compared(
    claim: float, slope: float | Callable[[float], float], verify: bool = True, **more: Any
) -> tuple[Entry, int]:
    """What comparing the only entry tells, and after how many evaluations."""
    comparer = shaped_comparer([claim], slope, **more)
    before = comparer.objective.evaluations
    return compare_entry(comparer, 0, verify), comparer.objective.evaluations - before


def test_a_right_entry_costs_two_evaluations() -> None:
    entry, evaluations = compared(2.0, 2.0)
    assert (entry.outcome, entry.index, entry.part, entry.kink, entry.rounded) == (AGREES, (0,), "", None, False)
    assert (entry.tape, entry.numeric, entry.mismatch, evaluations) == (2, 2, 0, 2)
    assert (entry.error, entry.tolerance) == (4e-6, 4e-6)
    assert np.isnan(entry.shrink)


@pytest.mark.parametrize(("off", "evaluations"), [(3.9e-6, 2), (4.1e-6, 4)])
def test_it_agrees_at_once_within_the_tolerance(off: float, evaluations: int) -> None:
    jumps = [2.0 + off, 2.0]
    entry, count = compared(2.0, lambda x: jumps[abs(x) == QUICK[0]])
    assert (entry.outcome, count) == (AGREES, evaluations)


@pytest.mark.parametrize(("noise", "evaluations"), [(3.9e-6, 2), (4.1e-6, 4)])
def test_one_step_is_not_enough_where_it_leaves_more_rounding_than_is_allowed(noise: float, evaluations: int) -> None:
    entry, count = compared(2.0, 2.0, magnitude=noise / NOISE)
    assert (entry.outcome, count) == (AGREES, evaluations)
    if evaluations == 4:
        assert entry.error == pytest.approx(noise)
        assert entry.tolerance == pytest.approx(noise + 4e-6)
        assert np.isnan(entry.shrink)


def test_two_steps_are_extrapolated() -> None:
    entry, count = compared(2.0, lambda x: 2 + (1e-4 / QUICK[0] ** 2) * x * x)
    assert (entry.outcome, count) == (AGREES, 4)
    assert entry.numeric == pytest.approx(2, abs=1e-12)
    assert entry.error == pytest.approx(1e-4)


@pytest.mark.parametrize(("noise", "evaluations"), [(1.9e-4, 4), (2.1e-4, 8)])
def test_two_steps_that_cannot_see_four_digits_are_followed_by_more(noise: float, evaluations: int) -> None:
    assert compared(2.0, 2.0, magnitude=noise / NOISE)[1] == evaluations


@pytest.mark.parametrize(("noise", "outcome"), [(1.9e-4, DISAGREES), (2.1e-4, UNDECIDED)])
def test_four_digits_of_the_slope_are_enough_to_contradict_a_small_claim(noise: float, outcome: Outcome) -> None:
    entry, _ = compared(0.5, 2.0, verify=False, magnitude=noise / NOISE)
    assert entry.outcome is outcome


def test_small_entries_are_measured_by_those_beside_them() -> None:
    comparer = shaped_comparer([2e-6, 2.0], lambda x: 0.0)
    entry = compare_entry(comparer, 0)
    assert (entry.outcome, comparer.objective.evaluations) == (DISAGREES, 1 + 24)
    comparer = shaped_comparer([1e-6, 2.0], lambda x: 0.0)
    entry = compare_entry(comparer, 0)
    assert (entry.outcome, comparer.objective.evaluations) == (AGREES, 1 + 2)
    assert entry.tolerance == pytest.approx(1e-6 * (1e-6 + 2**0.5))


def test_a_wrong_entry_is_verified_with_smaller_steps_from_both_sides_and_with_fresh_ones() -> None:
    seen = []
    comparer = shaped_comparer([3.0], lambda x: seen.append(x) or 2.0)
    entry = compare_entry(comparer, 0)
    assert (entry.outcome, entry.kink, entry.mismatch) == (DISAGREES, None, 1)
    assert comparer.objective.evaluations == 1 + 24
    steps = sorted({abs(x) / LARGEST_STEP for x in seen[1:]}, reverse=True)
    smaller = EPSILON ** (1 / 12)
    one_sided = EPSILON ** (1 / 2) / LARGEST_STEP
    assert steps == pytest.approx(
        sorted(
            [1, 0.61, 0.5, 0.305, 0.25, 0.125] + [smaller / 2**k for k in range(4)] + [one_sided, one_sided / 2],
            reverse=True,
        )
    )


def test_one_more_wrong_entry_is_told_by_two_steps_and_both_sides() -> None:
    entry, evaluations = compared(3.0, 2.0, verify=False)
    assert (entry.outcome, evaluations) == (DISAGREES, 8)


@pytest.mark.parametrize(
    ("roundings", "outcome"), [(0.9, AGREES), (1.1, UNDECIDED), (4.9, UNDECIDED), (5.1, DISAGREES)]
)
def test_two_steps_contradict_beyond_five_times_what_they_allow(roundings: float, outcome: Outcome) -> None:
    tolerance = 4e-6 + 4e-6
    entry, _ = compared(2.0, 2.0 + roundings * tolerance, verify=False, magnitude=4e-6 / NOISE)
    assert entry.outcome is outcome


def test_what_two_steps_do_not_tell_is_not_told_wrong() -> None:
    entry, _ = compared(2.0, noisy(5.0, 1e-2), verify=False)
    assert entry.outcome is UNDECIDED


# Kinks


def corner(left: float, right: float) -> Callable[[float], float]:
    return lambda x: right if x > 0 else left


@pytest.mark.parametrize(
    ("claim", "outcome"), [(0.0, AGREES), (1.0, AGREES), (0.3, AGREES), (-0.01, DISAGREES), (1.01, DISAGREES)]
)
def test_at_a_kink_everything_between_both_sides_is_right(claim: float, outcome: Outcome) -> None:
    entry, _ = compared(claim, corner(0.0, 1.0))
    assert (entry.outcome, entry.kink, entry.numeric) == (outcome, (0, 1), 0.5)


def test_what_is_reported_of_an_entry_is_in_units_of_the_gradient() -> None:
    comparer = shaped_comparer([5.0, 0.0], corner(0.5, 1.5), unit=[4.0, 1.0])
    entry = compare_entry(comparer, 0)
    assert (entry.tape, entry.numeric, entry.kink, entry.mismatch) == (5, 1, (0.5, 1.5), 4)
    right = compare_entry(shaped_comparer([2.0, 0.0], 2.0, unit=[4.0, 1.0]), 0)
    assert (right.numeric, right.error, right.tolerance) == pytest.approx(
        (2, 2e-6 * (1 + 0.5**0.5), 2e-6 * (1 + 0.5**0.5))
    )


def test_the_shrinking_of_differences_is_reported() -> None:
    entry, _ = compared(3.0, lambda x: 2 + 1e4 * x * x)
    assert entry.outcome is DISAGREES
    assert entry.shrink == pytest.approx(4, rel=1e-3)
    assert entry.error == pytest.approx(0, abs=1e-9)


def test_a_complex_entry_is_two_coordinates() -> None:
    z = np.array([[1 + 2j, 3 - 1j]])
    problem = Problem(lambda p: (p[0] ** 2,), (z,), (np.ones((1, 2), complex),), (np.conj(2 * z),))
    comparer = Comparer(Objective(problem, Budget()), np.ones(4))
    entries = [compare_entry(comparer, position) for position in range(4)]
    assert [(e.index, e.part, e.tape) for e in entries] == [
        ((0, 0), "real", 2),
        ((0, 0), "imag", -4),
        ((0, 1), "real", 6),
        ((0, 1), "imag", 2),
    ]
    assert {e.outcome for e in entries} == {AGREES}


# Doubt


def fresh(value: float, otherwise: float = 2.0) -> Callable[[float], float]:
    """Slopes that are `value` for the two steps of the fresh estimate alone."""
    steps = {0.61 * LARGEST_STEP, 0.305 * LARGEST_STEP}
    return lambda x: value if any(abs(abs(x) / step - 1) < 1e-9 for step in steps) else otherwise


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(2.0, DISAGREES), (2.9, DISAGREES), (1.1, DISAGREES), (3.1, UNDECIDED), (0.9, UNDECIDED), (4.0, UNDECIDED)],
)
def test_a_fresh_estimate_that_says_something_else_leaves_it_open(value: float, outcome: Outcome) -> None:
    assert compared(4.0, fresh(value))[0].outcome is outcome


def test_a_fresh_estimate_that_agrees_acquits_though_the_first_one_is_as_near() -> None:
    assert compared(2.0 + 1e-5, 2.0, relative=1e-7)[0].outcome is DISAGREES
    entry, _ = compared(2.0 + 1e-5, fresh(2.0 + 4.99e-6), relative=1.3e-6)
    assert entry.outcome is UNDECIDED


def test_a_fresh_estimate_that_is_no_number_leaves_it_open() -> None:
    assert compared(3.0, fresh(float("nan")))[0].outcome is UNDECIDED


def test_more_rounding_than_was_assumed_is_measured_before_an_entry_is_called_wrong() -> None:
    calls = []

    def jittered(size: float) -> Callable[[np.random.Generator], Any]:
        def targets(random: np.random.Generator) -> tuple[np.ndarray, ...]:
            calls.append(size)
            return np.array([size]), np.array([1.0])

        return targets

    # Half of the change of a jittered target is its rounding, five times of which is allowed.
    enough = 2 * 0.05 * LARGEST_STEP
    entry, evaluations = compared(2.1, 2.0, magnitude=1.0, jittered=jittered(enough))
    assert entry.outcome is not DISAGREES
    # Steps that were taken before are not taken again.
    assert evaluations == 24
    assert len(calls) == 4
    entry, _ = compared(2.1, 2.0, magnitude=1.0, jittered=jittered(0.0))
    assert entry.outcome is DISAGREES
    entry, _ = compared(2.0, 2.0, magnitude=1.0, jittered=jittered(1.0))
    assert (entry.outcome, len(calls)) == (AGREES, 8)


def test_an_entry_that_is_excused_by_lost_digits_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "lost_to_rounding", lambda slopes, epsilon: 1.0)
    entry, _ = compared(2.5, 2.0, rounding=(FLOAT32,))
    assert (entry.outcome, entry.rounded, entry.tape, entry.numeric) == (AGREES, True, 2.5, 2)
    assert entry.tolerance == pytest.approx(1 + 5 * FLOAT32.relative)


def test_the_mismatch_is_a_distance() -> None:
    entry = Entry((), "", tape=1.0, numeric=4.0, error=0.0, outcome=DISAGREES)
    assert (entry.mismatch, replace(entry, tape=7.0).mismatch) == (3, 3)
    assert np.isnan([entry.tolerance, entry.shrink]).all()
