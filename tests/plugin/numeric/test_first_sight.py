"""Agreement at first sight: where a claim is looked at, with which step, and what is allowed there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, Outcome, Problem
from pytest_tfgrad.numeric.comparison import ZERO, Comparer, Comparison
from pytest_tfgrad.numeric.directions import generator, random_factors
from pytest_tfgrad.numeric.problem import Objective
from pytest_tfgrad.numeric.screening import Screen
from pytest_tfgrad.numeric.tolerance import FLOAT16, FLOAT32, FLOAT64

from .told import EPSILON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STEP = EPSILON**0.5
NEARER = STEP / 64


class Seen:
    """A sum over the entries of all sources, of `f(x)` each, beside a constant; and the points it was evaluated at."""

    def __init__(self, f: Callable[[np.ndarray], np.ndarray], constant: float) -> None:
        self._f, self._constant = f, constant
        self.points: list[np.ndarray] = []

    def __call__(self, sources: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        self.points.append(np.concatenate(sources))
        return np.array([sum(np.sum(self._f(s)) for s in sources)]), np.array([self._constant])


def screen_of(
    *pairs: tuple[Sequence[float], Sequence[float]],
    f: Callable[[np.ndarray], np.ndarray] = lambda x: 2 * x,
    constant: float = 0.0,
    **more: Any,
) -> Screen:
    """A screen of claims, given as pairs of source and gradient."""
    settings = {name: more.pop(name) for name in ("relative", "absolute") if name in more}
    sources = tuple(np.array(source, np.float64) for source, _ in pairs)
    claims = tuple(np.array(claim, np.float64) for _, claim in pairs)
    problem = Problem(Seen(f, constant), sources, (np.ones(1), np.ones(1)), claims, **more)
    objective = Objective(problem, Budget())
    objective.problem.evaluate.points.clear()  # type: ignore[attr-defined]
    return Screen(Comparer(objective, np.ones_like(objective.base), **settings))


def moved(screen: Screen, number: int = 0) -> np.ndarray:
    """By how much an evaluation moved the base point."""
    objective = screen.comparer.objective
    moves: np.ndarray = objective.problem.evaluate.points[number] - objective.base  # type: ignore[attr-defined]
    return moves


def factors(size: int) -> np.ndarray:
    return random_factors(generator("x"), size)


def looked(screen: Screen) -> tuple[Comparison | None, int]:
    """What a joint look tells, and after how many evaluations."""
    before = screen.comparer.objective.evaluations
    return screen.jointly(generator("x")), screen.comparer.objective.evaluations - before


# How far each coordinate moves


def test_an_entry_moves_with_its_size_and_small_ones_with_a_tenth_of_their_neighbours() -> None:
    screen = screen_of(([3.0, -4.0, 0.0], [1.0] * 3), ([0.0, 0.0], [1.0] * 2), ([], []))
    assert screen.unit.tolist() == pytest.approx([3, 4, 0.1 * (25 / 3) ** 0.5, 1, 1])


def test_a_right_claim_costs_one_evaluation() -> None:
    screen = screen_of(([1.0, 1.0], [2.0, 2.0]))
    found, evaluations = looked(screen)
    assert found is not None
    assert evaluations == 1
    assert moved(screen) == pytest.approx(STEP * factors(2), rel=1e-7)
    terms = 2 * factors(2)
    assert (found.claimed, found.derivative.value) == pytest.approx((np.sum(terms), np.sum(terms)), rel=1e-7)
    assert found.scale == pytest.approx(np.sqrt(np.sum(terms**2)), rel=1e-7)
    assert found.tolerance == found.derivative.error == pytest.approx(1e-6 * found.scale)
    assert (found.outcome, found.derivative.step, found.note, found.rounded) == (Outcome.AGREES, STEP, "", False)
    assert np.isnan([found.derivative.spread, found.derivative.shrink]).all()


def test_sources_of_small_terms_move_further_but_not_without_limit() -> None:
    screen = screen_of(([1.0], [2.0]), ([1.0], [1e-2]), ([1.0], [1e-6]), f=lambda x: 0 * x)
    looked(screen)
    assert moved(screen) == pytest.approx(STEP * factors(3) * [1, 200, 1000], rel=1e-7)


def test_a_source_whose_claim_is_rounding_of_larger_ones_does_not_move_along() -> None:
    least = 16 * EPSILON * np.hypot(2, 1)
    screen = screen_of(
        ([1.0], [2.0]), ([1.0], [1.0]), ([1.0], [0.9 * least]), ([1.0], [1.1 * least]), f=lambda x: 0 * x
    )
    looked(screen)
    assert moved(screen) == pytest.approx(STEP * factors(4) * [1, 2, 0, 1000], rel=1e-7)
    assert [screen.is_residue(index) for index in range(4)] == [False, False, True, False]


def test_a_claim_of_zeros_has_nothing_to_look_at() -> None:
    assert looked(screen_of(([1.0, 1.0], [0.0, 0.0]))) == (None, 0)


# Steps


def test_what_the_first_step_hides_the_mirrored_one_shows() -> None:
    screen = screen_of(([1.0], [2.0]), f=lambda x: 2 * x + 1e6 * (x - 1) ** 2)
    found, evaluations = looked(screen)
    assert found is not None
    assert evaluations == 2
    assert moved(screen, 1) == -moved(screen, 0)
    assert (found.derivative.value, found.claimed) == pytest.approx((2 * factors(1)[0],) * 2, rel=1e-7)
    assert found.derivative.step == STEP


def test_where_rounding_leaves_room_a_smaller_step_follows() -> None:
    near = STEP / 4
    screen = screen_of(([1.0], [2.0]), f=lambda x: np.where(np.abs(x - 1) < near, 2 * x, 3 * x - 1 + 7 * (x > 1)))
    found, evaluations = looked(screen)
    assert found is None
    assert evaluations == 2
    zero = replace(screen.comparer.objective.problem, sources=(np.array([1.0]),), centre=(np.zeros(1), np.zeros(1)))
    kinked = Seen(lambda x: np.where(np.abs(x - 1) < near, 2 * (x - 1), 3 * (x - 1)), 0.0)
    screen = Screen(Comparer(Objective(replace(zero, evaluate=kinked), Budget()), np.ones(1)))
    found, evaluations = looked(screen)
    assert found is not None
    assert evaluations == 3
    assert found.derivative.step == NEARER
    assert moved(screen, 2) == pytest.approx(NEARER * factors(1), rel=1e-4)


@pytest.mark.parametrize(("margin", "found"), [(0.99, True), (1.01, False)])
def test_the_smaller_step_needs_a_twentieth_of_the_tolerance_above_rounding(margin: float, found: bool) -> None:
    slack = 1e-6 * 2 * abs(factors(1)[0])
    constant = margin * NEARER * slack / (20 * EPSILON)
    centre = (np.zeros(1), np.array([constant]))
    kinked = Seen(lambda x: np.where(np.abs(x - 1) < STEP / 4, 2 * (x - 1), 3 * (x - 1)), constant)
    problem = Problem(kinked, (np.ones(1),), (np.ones(1), np.ones(1)), (np.array([2.0]),), centre=centre)
    screen = Screen(Comparer(Objective(problem, Budget()), np.ones(1)))
    assert (looked(screen)[0] is not None) is found


@pytest.mark.parametrize(("factor", "evaluations"), [(0.99, 1), (1.01, 0)])
def test_steps_grow_with_the_rounding_of_the_target_up_to_the_best_of_central_differences(
    factor: float, evaluations: int
) -> None:
    largest = 8 * EPSILON ** (1 / 3)
    slack = 1e-6 * 2 * abs(factors(1)[0])
    screen = screen_of(([0.0], [2.0]), constant=factor * largest * slack / (20 * EPSILON))
    found, count = looked(screen)
    assert count == evaluations
    if found is not None:
        assert found.derivative.step == pytest.approx(factor * largest)


def test_a_wrong_claim_tells_nothing_after_two_steps_to_both_sides() -> None:
    centre = (np.zeros(1), np.zeros(1))
    problem = Problem(Seen(lambda x: x - 1, 0.0), (np.ones(1),), (np.ones(1),) * 2, (np.array([2.0]),), centre=centre)
    screen = Screen(Comparer(Objective(problem, Budget()), np.ones(1)))
    assert looked(screen) == (None, 4)
    assert moved(screen, 1) == pytest.approx(-moved(screen, 0), rel=1e-4)
    assert moved(screen, 3) == pytest.approx(-moved(screen, 2), rel=1e-4)


@pytest.mark.parametrize(("off", "evaluations"), [(0.99e-6, 1), (-0.99e-6, 1), (1.01e-6, 4), (-1.01e-6, 4)])
def test_it_agrees_within_the_tolerance(off: float, evaluations: int) -> None:
    screen = screen_of(([0.0], [1.0]), f=lambda x: (1 + off) * x)
    assert looked(screen)[1] == evaluations


# Along one source


def test_one_source_alone_is_looked_at_in_its_own_units() -> None:
    screen = screen_of(([5.0], [2.0]), ([3.0, 0.0], [2.0, 2.0]), rounding=(FLOAT64, FLOAT16))
    found = screen.along(1, slice(1, 3), generator("x"))
    assert found is not None
    unit = np.array([3, 0.1 * 4.5**0.5])
    assert moved(screen) == pytest.approx(np.concatenate([[0], STEP * factors(2) * unit]), rel=1e-6)
    assert found.claimed == pytest.approx(np.sum(2 * factors(2) * unit))
    direction = factors(2) * unit
    norm = np.sqrt(np.sum(direction**2))
    assert found.tolerance == pytest.approx(2 * FLOAT16.relative * norm + FLOAT16.tiny * norm)


def test_a_group_is_some_entries_of_a_source() -> None:
    screen = screen_of(([1.0] * 4, [2.0, 7.0, 2.0, 7.0]))
    found = screen.along(0, np.array([0, 2]), generator("x"))
    assert found is not None
    assert moved(screen)[[1, 3]].tolist() == [0, 0]
    assert screen.along(0, np.array([0, 1]), generator("x")) is None


# What is allowed


@pytest.mark.parametrize(
    ("rounding", "more", "leniency"),
    [
        (FLOAT32, {}, 1),
        (FLOAT32, {"reference": lambda: (None,)}, 8),
        (FLOAT32, {"reference": lambda: (None,), "relative": FLOAT32.relative}, 1),
        (replace(FLOAT16, tiny=0.0), {"reference": lambda: (None,)}, 1),
        (FLOAT64, {"reference": lambda: (None,)}, 1),
        (replace(FLOAT32, epsilon=2.0**-18, relative=1e-6), {"reference": lambda: (None,)}, 10),
    ],
)
def test_first_sight_allows_for_deep_nets_where_a_reference_takes_the_finer_look(
    rounding: Any, more: dict[str, Any], leniency: float
) -> None:
    screen = screen_of(([1.0], [2.0]), rounding=(rounding,), **more)
    assert screen.tolerance(0) == pytest.approx(leniency * rounding.relative)
    found = screen.jointly(generator("x"))
    assert found is not None
    assert found.tolerance == pytest.approx(leniency * rounding.relative * found.scale, rel=1e-6)
    alone = screen.along(0, slice(0, 1), generator("x"))
    assert alone is not None
    assert alone.tolerance == found.tolerance


def test_jointly_the_most_lenient_source_decides() -> None:
    more = {"rounding": (FLOAT16, FLOAT32), "reference": lambda: (None, None)}
    found = screen_of(([1.0], [2.0]), ([1.0], [2.0]), **more).jointly(generator("x"))
    assert found is not None
    terms = 2 * factors(2)
    tiny = FLOAT16.tiny * abs(factors(2)[0])
    assert found.tolerance == pytest.approx(
        8 * np.hypot(FLOAT16.relative * abs(terms[0]) + tiny, FLOAT32.relative * terms[1])
    )


# Zero


def vanishing(slope: float, claim: float = 1e-9, constant: float = 1.0, **more: Any) -> Screen:
    """A source of one entry beside a constant, claimed to have next to no gradient."""
    return screen_of(([0.0], [claim]), f=lambda x: slope * x, constant=constant, rounding=(FLOAT32,), **more)


def test_a_source_without_influence_is_seen_with_one_evaluation() -> None:
    screen = vanishing(0.0)
    before = screen.comparer.objective.evaluations
    found = screen.vanishes([0], generator("x"))
    assert found is not None
    assert screen.comparer.objective.evaluations == before + 1
    step = EPSILON ** (1 / 3)
    assert moved(screen) == pytest.approx(step * factors(1))
    assert (found.outcome, found.note, found.derivative.value) == (Outcome.AGREES, ZERO, 0)
    assert found.claimed == pytest.approx(1e-9 * factors(1)[0])
    assert found.scale == pytest.approx(abs(found.claimed))
    assert found.tolerance == found.derivative.error == pytest.approx(16 * FLOAT32.epsilon)
    assert found.derivative.step == step


@pytest.mark.parametrize(("part", "zero"), [(0.99, True), (-0.99, True), (1.01, False), (-1.01, False)])
def test_a_slope_of_a_few_roundings_is_none(part: float, zero: bool) -> None:
    slope = 16 * FLOAT32.epsilon * part / factors(1)[0]
    assert (vanishing(slope).vanishes([0], generator("x")) is not None) is zero


def test_the_finest_of_several_sources_decides_down_to_the_rounding_of_the_target() -> None:
    screen = screen_of(([0.0], [0.0]), ([0.0], [0.0]), f=lambda x: 0 * x, constant=1.0, rounding=(FLOAT16, FLOAT32))
    both = screen.vanishes([0, 1], generator("x"))
    assert both is not None
    assert both.tolerance == pytest.approx(16 * FLOAT32.epsilon)
    assert np.all(moved(screen) != 0)
    coarse = screen.vanishes([0], generator("x"))
    assert coarse is not None
    assert coarse.tolerance == pytest.approx(16 * FLOAT16.epsilon)
    assert moved(screen, 1)[1] == 0
    fine = screen_of(([0.0], [0.0]), f=lambda x: 0 * x, constant=1.0).vanishes([0], generator("x"))
    assert fine is not None
    assert fine.tolerance == pytest.approx(5 * EPSILON ** (2 / 3))


def test_a_zero_that_rounding_would_hide_is_not_looked_for() -> None:
    coarse = 2.0**-13
    for precision, seen in ((coarse, False), (coarse / 8, True)):
        screen = screen_of(([0.0], [0.0]), f=lambda x: 0 * x, constant=1.0, precision=precision)
        assert 5 * precision ** (2 / 3) > 1e-2 or seen
        assert (screen.vanishes([0], generator("x")) is not None) is seen


def test_a_source_without_influence_moves_with_its_size() -> None:
    screen = screen_of(([3.0, -4.0], [0.0, 0.0]), ([2.0], [0.0]), f=lambda x: 0 * x, constant=1.0)
    assert screen.vanishes([0], generator("x")) is not None
    step = EPSILON ** (1 / 3)
    assert moved(screen) == pytest.approx(np.append(step * factors(2) * [3, 4], 0), rel=1e-6)


def test_a_residue_is_told_by_what_moving_a_source_by_its_size_does() -> None:
    least = 16 * EPSILON
    screen = screen_of(([0.5], [2 * 0.9 * least]), ([0.5], [2 * 1.1 * least]), f=lambda x: 0 * x, constant=1.0)
    assert [screen.is_residue(index) for index in (0, 1)] == [True, False]


# What joint directions tell of one source


@pytest.mark.parametrize(("claim", "seen"), [(3.4e-5, True), (3.2e-5, False)])
def test_joint_directions_see_a_source_that_is_not_small_beside_the_others(claim: float, seen: bool) -> None:
    # Moved a thousand times as far at most, and thirty times its own tolerance is enough.
    screen = screen_of(([1.0], [1.0]), ([1.0], [claim]))
    assert screen.sees(1, at_length=False) is seen
    assert screen.sees(0, at_length=False)


@pytest.mark.parametrize(("claim", "seen"), [(0.0334, True), (0.0332, False)])
def test_a_full_sequence_moves_all_sources_alike(claim: float, seen: bool) -> None:
    screen = screen_of(([1.0], [1.0]), ([1.0], [claim]))
    assert screen.sees(1, at_length=True) is seen


def test_nothing_is_seen_where_nothing_moves() -> None:
    assert not screen_of(([1.0], [0.0])).sees(0, at_length=False)


def test_the_smallest_error_that_every_direction_shows() -> None:
    screen = screen_of(([4.0, 0.5, 2.0], [1.0, -8.0, 2.0]))
    norm = np.sqrt(4**2 + 4**2 + 4**2)
    assert screen.resolution(0) == pytest.approx(2 * 1e-6 * norm / (0.5 * 0.5 * 8))


def test_no_error_is_shown_of_a_source_that_is_not_moved_or_has_no_size() -> None:
    screen = screen_of(([1.0], [1.0]), ([1.0], [0.0]), ([], []), ([1.0], [1e-16]))
    assert [screen.resolution(index) for index in (1, 2, 3)] == [np.inf] * 3
    assert screen.resolution(0) < 1e-5
