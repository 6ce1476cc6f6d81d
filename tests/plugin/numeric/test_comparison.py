"""What one comparison decides: each threshold from both sides, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_tfgrad.numeric import Comparison, Outcome, comparison
from pytest_tfgrad.numeric.comparison import ZERO, Typical
from pytest_tfgrad.numeric.tolerance import BFLOAT16, FLOAT16, FLOAT32, FLOAT64

from .told import EPSILON, LARGEST_STEP, ToldSlopes, noisy, told_comparer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# One rounding of a float32 gradient of terms of size one.
R = FLOAT32.epsilon
ALONE = Typical()
NUMERICALLY_ZERO = "numerically zero; the tape's value is small enough to be rounding of terms that cancel"
LOST = "the formula is right, but the test's own precision loses digits of it to cancellation"


def compared(
    claims: Sequence[float],
    slope: float | Callable[[float], float],
    typical: Typical = ALONE,
    **more: Any,
) -> tuple[Comparison, int]:
    """What a comparison along the ones tells, and for how many steps slopes were asked."""
    comparer = told_comparer(claims, **more)
    slopes = ToldSlopes(comparer.objective, np.ones(len(claims)), slope)
    return comparer.compare(slopes.direction, typical, slopes), slopes.asked


def test_a_claim_that_agrees() -> None:
    found, steps = compared([2.0], 2.0)
    error = EPSILON / (LARGEST_STEP / 2)
    assert (found.outcome, found.claimed, found.scale, found.note) == (Outcome.AGREES, 2, 2, "")
    assert (found.rounded, found.mismatch, steps) == (False, 0, 4)
    assert found.direction.tolist() == [1]
    assert found.derivative.error == pytest.approx(error)
    assert found.tolerance == pytest.approx(5 * error + 2e-6)


@pytest.mark.parametrize("slope", [3.0, 5.0])
def test_a_claim_that_is_just_as_far_off_as_it_may_be(slope: float) -> None:
    found, steps = compared([4.0], slope, relative=0.25, magnitude=0.0)
    assert (found.outcome, found.rounded, found.tolerance, steps) == (Outcome.AGREES, False, 1, 4)


def test_a_claim_that_does_not() -> None:
    found, steps = compared([2.0, 1.0], 2.0)
    assert (found.outcome, found.claimed, found.note, found.rounded) == (Outcome.DISAGREES, 3, "", False)
    assert found.scale == pytest.approx(5**0.5)
    assert (found.mismatch, steps) == (1, 8)
    assert found.direction.tolist() == [1, 1]


def test_slopes_are_measured_where_none_are_known() -> None:
    comparer = told_comparer([12.0], evaluate=lambda p: (p[0] ** 3,), sources=(np.array([2.0]),))
    found = comparer.compare(np.array([0.5]))
    assert found.outcome is Outcome.AGREES
    assert found.derivative.value == pytest.approx(6)
    assert comparer.objective.evaluations == 8


@pytest.mark.parametrize(("error", "steps"), [(1.9e-6, 4), (2.1e-6, 16)])
def test_an_estimate_is_precise_enough_at_a_hundred_thousandth_of_the_terms(error: float, steps: int) -> None:
    assert compared([1.0], noisy(1.0, error), magnitude=1e-9)[1] == steps


@pytest.mark.parametrize(("error", "steps"), [(1.9e-6, 8), (2.1e-6, 16)])
def test_or_of_the_slope_where_that_is_larger_than_the_claim(error: float, steps: int) -> None:
    assert compared([1e-3], noisy(1.0, error), magnitude=1e-9)[1] == steps


@pytest.mark.parametrize(("roundings", "steps"), [(30, 4), (34, 16)])
def test_or_where_hardly_more_than_rounding_is_left(roundings: float, steps: int) -> None:
    noise = EPSILON / LARGEST_STEP
    claim = noise * roundings
    assert compared([claim], noisy(claim, noise * roundings), magnitude=1)[1] == steps


def test_a_target_that_is_not_finite_around_the_point_tells_nothing() -> None:
    found, _ = compared([1.0], float("nan"))
    assert (found.outcome, found.note) == (Outcome.UNDECIDED, "the target is not finite around this point")
    assert np.isnan(found.derivative.value)


# Slack: what rounding may do


def test_rounding_of_several_sources_adds_up_as_the_root_of_squares() -> None:
    comparer = told_comparer([3.0, 4.0], [12.0], rounding=(FLOAT32, BFLOAT16))
    assert comparer.slack(np.ones(3)) == pytest.approx(np.hypot(5 * FLOAT32.relative, 12 * BFLOAT16.relative))
    assert comparer.slack(np.array([1.0, 1.0, 0.0])) == pytest.approx(5 * FLOAT32.relative)


def test_the_absolute_tolerance_counts_for_each_entry_that_moves() -> None:
    comparer = told_comparer([0.0, 0.0], [0.0], absolute=0.5)
    assert comparer.slack(np.array([3.0, 4.0, 12.0])) == pytest.approx(0.5 * 13)
    assert comparer.slack_of(0, np.array([1.0]), np.array([2.0])) == pytest.approx(1e-6 + 1.0)


def test_numbers_below_the_smallest_normal_one_may_be_flushed_to_zero() -> None:
    comparer = told_comparer([0.0], rounding=(FLOAT16,))
    assert comparer.slack(np.array([2.0])) == 2 * FLOAT16.tiny


def test_a_single_entry_carries_the_rounding_of_a_typical_one() -> None:
    comparer = told_comparer([1.0], [1.0], rounding=(FLOAT16, FLOAT32))
    assert comparer.slack(np.array([0.0, 1.0]), 100.0) == pytest.approx(101 * FLOAT32.relative)
    assert comparer.slack(np.array([1.0, 0.0]), 100.0) == pytest.approx(101 * FLOAT16.relative, rel=1e-2)


def test_terms_are_those_that_were_added_up() -> None:
    comparer = told_comparer([1.0], summed=(np.array([-1e3]),))
    assert comparer.slack(np.ones(1)) == pytest.approx(1e3 * 1e-6)


def test_the_tolerance_in_force_replaces_that_of_the_table_and_nothing_else() -> None:
    loose = told_comparer([1.0], [1.0], rounding=(FLOAT16, FLOAT32), relative=0.25)
    assert loose.rounding(0) == type(FLOAT16)(FLOAT16.epsilon, FLOAT16.tiny, 0.25)
    assert told_comparer([1.0], [1.0], rounding=(FLOAT16, FLOAT32)).rounding(1) == FLOAT32
    assert told_comparer([1.0], rounding=(FLOAT32,), relative=0.0).rounding(0).relative == 0


def test_a_typical_entry_is_the_root_mean_square_of_its_source() -> None:
    comparer = told_comparer([100.0], [3.0, 4.0, 0.0, 0.0], [], unit=[9.0, 2.0, 0.0, 0.0, 0.0])
    assert comparer.typical(1) == Typical(term=2.5 * 2, usual=2.5 * 1)
    assert comparer.typical(2) == Typical(term=0, usual=2.5)
    assert comparer.typical(0) == Typical(900, 900)


def test_everything_is_the_target_or_the_gradient_whichever_is_larger() -> None:
    assert told_comparer([3.0], [4.0], magnitude=1.0).everything == pytest.approx(5)
    assert told_comparer([3.0], [4.0], magnitude=7.0).everything == 7
    assert told_comparer([3.0], [4.0], unit=[2.0, 2.0]).everything == pytest.approx(10)


# Blur: how good an estimate has to be


@pytest.mark.parametrize(
    ("spread", "outcome", "note"),
    [
        (1.9e-3, Outcome.AGREES, ""),
        (2.1e-3, Outcome.UNDECIDED, "the numerical estimate is only good to 2e-03 of the gradient"),
    ],
)
def test_an_estimate_that_cannot_see_a_hundredth_decides_nothing(spread: float, outcome: Outcome, note: str) -> None:
    found, _ = compared([1.0], noisy(1.0, spread), magnitude=1e-9)
    assert (found.outcome, found.note) == (outcome, note)
    assert found.derivative.error == pytest.approx(spread)


def test_how_good_it_is_is_told_by_the_larger_of_claim_and_slope() -> None:
    found, _ = compared([4.0, -3.0], noisy(1.0, 0.02), magnitude=1e-9)
    assert (
        found.note == "the numerical estimate is only good to 4e-03 of the gradient" or found.outcome is Outcome.AGREES
    )
    found, _ = compared([0.9], noisy(1.0, 0.02), magnitude=1e-9)
    assert found.note == "the numerical estimate is only good to 2e-02 of the gradient"


def test_a_tolerance_that_is_wider_than_the_blur_lets_it_decide() -> None:
    assert compared([1.0], noisy(1.0, 3e-3), magnitude=1e-9)[0].outcome is Outcome.UNDECIDED
    assert compared([1.0], noisy(1.0, 3e-3), magnitude=1e-9, relative=0.014)[0].outcome is Outcome.UNDECIDED
    assert compared([1.0], noisy(1.0, 3e-3), magnitude=1e-9, relative=0.016)[0].outcome is Outcome.AGREES


# What the precision of the test loses


@pytest.mark.parametrize(("lost", "outcome"), [(0.9, Outcome.AGREES), (0.7, Outcome.DISAGREES)])
def test_a_loss_that_was_measured_excuses_as_much(
    monkeypatch: pytest.MonkeyPatch, lost: float, outcome: Outcome
) -> None:
    asked = []

    def lost_to_rounding(slopes: ToldSlopes, epsilon: float) -> float:
        asked.append((slopes.direction.tolist(), epsilon))
        return lost

    monkeypatch.setattr(comparison, "lost_to_rounding", lost_to_rounding)
    found, _ = compared([1.0], 1.8, rounding=(BFLOAT16,))
    assert asked == [([1.0], BFLOAT16.epsilon)]
    assert found.outcome is outcome
    assert found.rounded is (outcome is Outcome.AGREES)
    assert found.note == (LOST if found.rounded else "")
    allowed = BFLOAT16.relative + 5 * found.derivative.error
    assert found.tolerance == pytest.approx(allowed + (lost if found.rounded else 0), rel=1e-6)


def test_a_loss_that_just_excuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "lost_to_rounding", lambda slopes, epsilon: 0.5)
    found, _ = compared([4.0], 2.5, relative=0.25, magnitude=0.0)
    assert (found.outcome, found.rounded, found.tolerance) == (Outcome.AGREES, True, 1.5)


def test_only_sources_that_move_tell_how_coarse_the_test_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(comparison, "lost_to_rounding", lambda slopes, epsilon: asked.append(epsilon) or 0.0)
    comparer = told_comparer([1.0], [1.0], [1.0], rounding=(FLOAT32, FLOAT16, BFLOAT16))
    for direction in ([1.0, 0, 0], [1.0, 1, 0], [0, 1.0, 1], [0, 0, 0]):
        comparer.compare(np.array(direction), slopes=ToldSlopes(comparer.objective, direction, 50.0))
    assert asked == [FLOAT32.epsilon, FLOAT16.epsilon, BFLOAT16.epsilon, FLOAT64.epsilon]


# Zero: residues of terms that cancel


@pytest.mark.parametrize(
    ("claim", "slope", "outcome", "note"),
    [
        (0.0, 0.0, Outcome.AGREES, ""),
        (60 * R, 0.0, Outcome.AGREES, ZERO),
        (-60 * R, 0.0, Outcome.AGREES, ZERO),
        (64 * R, 0.0, Outcome.AGREES, ZERO),
        (68 * R, 0.0, Outcome.UNDECIDED, NUMERICALLY_ZERO),
        (4000 * R, 0.0, Outcome.UNDECIDED, NUMERICALLY_ZERO),
        (4096 * R, 0.0, Outcome.UNDECIDED, NUMERICALLY_ZERO),
        (4200 * R, 0.0, Outcome.DISAGREES, ""),
        # A slope of a hundredth of the claim is none; one of a few roundings is a recorded value that nearly cancels.
        (60 * R, 0.5 * R, Outcome.AGREES, ZERO),
        (60 * R, -0.5 * R, Outcome.AGREES, ZERO),
        (60 * R, 0.7 * R, Outcome.UNDECIDED, NUMERICALLY_ZERO),
        (10 * R, 15 * R, Outcome.AGREES, ZERO),
        (10 * R, -15 * R, Outcome.AGREES, ZERO),
        (10 * R, 16 * R, Outcome.AGREES, ZERO),
        (10 * R, 17 * R, Outcome.DISAGREES, ""),
        (15 * R, 3 * R, Outcome.AGREES, ZERO),
        (17 * R, 3 * R, Outcome.UNDECIDED, NUMERICALLY_ZERO),
        (0.0, 15 * R, Outcome.AGREES, ""),
        (0.0, 17 * R, Outcome.DISAGREES, ""),
        (3000 * R, 3000 * R, Outcome.AGREES, ""),
    ],
)
def test_how_small_a_residue_may_be(
    monkeypatch: pytest.MonkeyPatch, claim: float, slope: float, outcome: Outcome, note: str
) -> None:
    monkeypatch.setattr(comparison, "lost_to_rounding", lambda slopes, epsilon: 0.0)
    found, _ = compared([claim], slope, rounding=(FLOAT32,))
    assert (found.outcome, found.note) == (outcome, note)


def test_residues_are_measured_by_the_terms_of_the_target() -> None:
    assert compared([600 * R], 0.0, rounding=(FLOAT32,), magnitude=10.0)[0].note == ZERO
    assert compared([600 * R], 0.0, rounding=(FLOAT32,), magnitude=9.0)[0].note == NUMERICALLY_ZERO


def test_what_is_small_only_because_its_terms_cancel_is_no_residue() -> None:
    size = 3000 * R
    assert compared([size, -size + 9 * R], 0.0, rounding=(FLOAT32,))[0].outcome is Outcome.DISAGREES
    typical = Typical(term=2 * size, usual=size)
    assert compared([size, -size + 9 * R], 0.0, typical, rounding=(FLOAT32,))[0].note == ZERO
    assert compared([size / 2, -size / 2 + 9 * R], 0.0, rounding=(FLOAT32,))[0].note == ZERO


@pytest.mark.parametrize(("spread", "outcome"), [(1.9e-3, Outcome.AGREES), (2.1e-3, Outcome.UNDECIDED)])
def test_a_zero_is_seen_where_the_estimate_is_good_to_a_hundredth_of_what_cancels(
    spread: float, outcome: Outcome
) -> None:
    found, _ = compared([10 * R], noisy(0.0, spread), rounding=(FLOAT32,))
    assert (found.outcome, found.note) == (outcome, ZERO)


@pytest.mark.parametrize(("usual", "claim"), [(4.8e-4, 60 * R), (2.0**-11, 60 * R), (4.9e-4, 0.06 * R)])
def test_an_entry_is_measured_by_its_source_unless_that_is_a_residue_itself(usual: float, claim: float) -> None:
    typical = Typical(term=1e-3, usual=usual)
    more = {"rounding": (FLOAT64, FLOAT32)}
    comparer = told_comparer([0.0], [claim], **more)
    for factor, outcome in ((1.0, Outcome.AGREES), (1.1, Outcome.DISAGREES)):
        comparer = told_comparer([0.0], [claim * factor], **more)
        slopes = ToldSlopes(comparer.objective, [0.0, 1.0], 0.0)
        found = comparer.compare(slopes.direction, typical, slopes)
        assert found.outcome is outcome
