"""A claim about a function, parts of it, and differences of the function."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, OutOfBudget, Problem, rounding_for
from pytest_tfgrad.numeric.directions import generator
from pytest_tfgrad.numeric.problem import Objective
from pytest_tfgrad.numeric.tolerance import FLOAT64

from .functions import objective_of

if TYPE_CHECKING:
    from collections.abc import Sequence

EPSILON = 2.0**-52
FLOAT32, FLOAT16 = rounding_for("float32"), rounding_for("float16")
SOURCES = (np.array([1.0, 2.0]), np.array([3.0]), np.array([[5.0, 0.0], [0.0, 7.0]]))
CLAIMS = tuple(10 * s for s in SOURCES)


def three_sources(**known: Any) -> Problem:
    """Of the sum of three sources times 1, 10 and 100."""
    return Problem(
        evaluate=lambda p: (np.sum(p[0]) + 10 * np.sum(p[1]) + 100 * np.sum(p[2]),),
        sources=SOURCES,
        weights=(np.ones(()),),
        gradients=CLAIMS,
        **known,
    )


def as_they_are() -> tuple[np.ndarray | None, ...]:
    return (SOURCES[0], None, SOURCES[2])


def twice() -> tuple[np.ndarray | None, ...]:
    return (2 * SOURCES[0], 2 * SOURCES[1], None)


def thrice() -> tuple[np.ndarray | None, ...]:
    return (None, 3 * SOURCES[1], 3 * SOURCES[2])


COMPLETE = three_sources(
    precision=1e-3,
    rounding=(FLOAT32, FLOAT16, FLOAT32),
    summed=tuple(7 * s for s in SOURCES),
    symmetric=frozenset({2}),
    centre=(np.asarray(0.5),),
    reference=as_they_are,
    exact=twice,
    exact_reference=thrice,
    jittered=lambda random: None,
    accelerate=lambda: True,
    worth_accelerating=9,
)


def unchanged(one: Problem, other: Problem, *changed: str) -> bool:
    return all(getattr(one, f.name) is getattr(other, f.name) for f in fields(Problem) if f.name not in changed)


def assert_equal(found: Sequence[Any], expected: Sequence[Any]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_rounding_is_that_of_the_source_and_of_float64_where_none_is_told() -> None:
    assert [COMPLETE.rounding_of(i) for i in range(3)] == [FLOAT32, FLOAT16, FLOAT32]
    assert [three_sources().rounding_of(i) for i in range(3)] == [FLOAT64] * 3


def test_exact_claims_carry_the_rounding_of_float64_and_others_stay_as_they_are() -> None:
    exact = np.array([-1.0])
    other = COMPLETE.claiming({1: exact})
    assert_equal(other.gradients, (CLAIMS[0], exact, CLAIMS[2]))
    assert other.rounding == (FLOAT32, FLOAT64, FLOAT32)
    assert_equal(other.summed, (COMPLETE.summed[0], exact, COMPLETE.summed[2]))
    assert other.reference is thrice
    assert (other.exact, other.exact_reference) == (None, None)
    changed = ("gradients", "rounding", "summed", "reference", "exact", "exact_reference")
    assert unchanged(COMPLETE, other, *changed)


def test_claims_that_are_no_sums_stay_so() -> None:
    assert three_sources().claiming({1: np.array([-1.0])}).summed == ()


def test_the_problem_of_some_sources_is_told_what_concerns_them() -> None:
    part = COMPLETE.about((2, 0))
    assert_equal(part.sources, (SOURCES[2], SOURCES[0]))
    assert_equal(part.gradients, (CLAIMS[2], CLAIMS[0]))
    assert_equal(part.summed, (7 * SOURCES[2], 7 * SOURCES[0]))
    assert COMPLETE.about((1, 2)).rounding == (FLOAT16, FLOAT32)
    assert part.symmetric == {0}
    assert COMPLETE.about((0, 1)).symmetric == frozenset()
    known = (part.reference, part.exact, part.exact_reference)
    assert [[None if g is None else float(np.sum(g)) for g in k()] for k in known] == [[12, 3], [None, 6], [36, None]]
    changed = ("evaluate", "sources", "gradients", "rounding", "summed", "symmetric")
    assert unchanged(COMPLETE, part, *changed, "reference", "exact", "exact_reference")


def test_what_is_not_known_about_all_sources_is_not_known_about_some() -> None:
    part = three_sources().about((1,))
    assert (part.reference, part.exact, part.exact_reference, part.summed) == (None, None, None, ())
    assert part.rounding == (FLOAT64,)


def test_sources_that_a_problem_is_not_about_stay_where_they_are() -> None:
    part = COMPLETE.about((2, 0))
    assert part.evaluate((np.zeros((2, 2)), np.ones(2))) == (2 + 10 * 3,)
    assert COMPLETE.evaluate(SOURCES) == (3 + 30 + 1200,)
    with pytest.raises(ValueError, match="zip"):
        part.evaluate((np.zeros((2, 2)),))


def test_sources_and_claims_are_packed() -> None:
    objective = Objective(three_sources(), Budget())
    np.testing.assert_array_equal(objective.base, [1, 2, 3, 5, 0, 0, 7])
    np.testing.assert_array_equal(objective.gradient, [10, 20, 30, 50, 0, 0, 70])
    assert objective.coordinates.shapes == ((2,), (1,), (2, 2))


def test_a_gradient_carries_the_rounding_of_itself_or_of_what_was_added_up_to_it() -> None:
    negative = objective_of(np.sum, [1.0, 2.0], claims=([-3.0, 4.0],))
    np.testing.assert_array_equal(negative.rounded, [3, 4])
    summed = objective_of(np.sum, [1.0, 2.0], claims=([-3.0, 4.0],), summed=(np.array([-5.0, 6.0]),))
    np.testing.assert_array_equal(summed.rounded, [5, 6])
    np.testing.assert_array_equal(summed.gradient, [-3, 4])


def test_its_own_evaluations_are_counted_and_the_centre_is_one_unless_it_is_known() -> None:
    budget = Budget()
    budget.spend()
    assert Objective(three_sources(), budget).evaluations == 1
    known = Objective(COMPLETE, budget)
    assert known.evaluations == 0
    known.targets(known.base)
    assert (known.evaluations, budget.spent) == (1, 3)


def test_targets_are_those_at_a_point() -> None:
    objective = Objective(three_sources(), Budget())
    assert objective.targets(2 * objective.base) == (2 * (3 + 30 + 1200),)


def test_no_evaluation_is_made_after_the_time_is_over() -> None:
    with pytest.raises(OutOfBudget):
        Objective(three_sources(), Budget(seconds=0))


def two_targets(**known: Any) -> Problem:
    """Of a matrix and a number, with weights."""
    return Problem(
        evaluate=lambda p: (p[0] * np.array([[1.0, 0.0], [0.0, 2.0]]), 3 * p[0]),
        sources=(np.asarray(1.0),),
        weights=(np.array([[-2.0, 1.0], [1.0, 3.0]]), np.asarray(1.0)),
        gradients=(np.asarray(7.0),),
        **known,
    )


def test_the_magnitude_is_the_norm_of_all_terms_of_all_targets() -> None:
    objective = Objective(two_targets(precision=1e-3), Budget())
    assert objective.magnitude == pytest.approx(np.sqrt(2**2 + 6**2 + 3**2))
    assert objective.noise == pytest.approx(1e-3 * 7)
    known = Objective(two_targets(centre=(np.full((2, 2), 2.0), np.asarray(0.0))), Budget())
    assert known.magnitude == pytest.approx(2 * np.sqrt(4 + 1 + 1 + 9))


def test_a_difference_is_the_weighted_sum_of_those_of_all_targets() -> None:
    objective = Objective(two_targets(), Budget())
    # Along the source, the targets change by -2 * 1 + 3 * 2 and by 3.
    assert objective.difference(None, np.array([1.5])) == 0.5 * 7
    assert objective.difference(np.array([1.5]), None) == -0.5 * 7
    assert objective.difference(np.array([1.5]), np.array([3.5])) == 2 * 7
    assert objective.difference(None, None) == 0
    assert objective.evaluations == 5


def test_complex_weights_are_conjugated() -> None:
    problem = Problem(lambda p: ((1 + 2j) * p[0],), (np.ones(1),), (np.array([3 + 5j]),), (np.ones(1),))
    objective = Objective(problem, Budget())
    assert objective.difference(None, np.array([2.0])) == np.real((3 - 5j) * (1 + 2j))
    assert objective.magnitude == pytest.approx(abs(3 + 5j) * abs(1 + 2j))


def test_there_is_a_weight_for_each_target() -> None:
    with pytest.raises(ValueError, match="zip"):
        Objective(replace(two_targets(), weights=(np.ones((2, 2)),)), Budget())
    problem = Problem(lambda p: (p[0],) if p[0] == 1 else (p[0], p[0]), (np.ones(1),), (np.ones(1),), (np.ones(1),))
    objective = Objective(problem, Budget())
    with pytest.raises(ValueError, match="zip"):
        objective.difference(None, np.array([2.0]))
    with pytest.raises(ValueError, match="zip"):
        objective.difference(np.array([2.0]), None)


def test_a_small_difference_is_not_lost_beside_a_large_target() -> None:
    objective = objective_of(lambda x: np.concatenate([[1e17], x]), [1.0])
    assert objective.difference(None, np.array([1.5])) == 0.5


def test_a_change_of_shape_is_no_value() -> None:
    objective = objective_of(lambda x: x[x > 0], [1.0, 2.0])
    less, more = np.array([-1.0, 2.0]), np.array([1.0, 3.0])
    assert objective.difference(None, more) == 1
    assert np.isnan(objective.difference(None, less))
    assert np.isnan(objective.difference(less, None))
    assert np.isnan(objective.difference(less, less))


def test_the_difference_of_infinite_values_is_no_value_and_no_warning() -> None:
    objective = objective_of(lambda x: x, [1.0])
    infinite = np.array([np.inf])
    with np.errstate(all="raise"):
        assert np.isnan(objective.difference(infinite, infinite))


def test_other_claims_about_a_function_share_its_evaluations() -> None:
    objective = Objective(replace(COMPLETE, jittered=lambda random: (np.asarray(1.0),)), Budget())
    other = objective.claiming({0: np.array([-1.0, -2.0])})
    np.testing.assert_array_equal(other.gradient, [-1, -2, 30, 50, 0, 0, 70])
    np.testing.assert_array_equal(other.rounded, [1, 2, 21, 35, 0, 0, 49])
    assert other.problem.rounding[0] is FLOAT64
    np.testing.assert_array_equal(objective.gradient, [10, 20, 30, 50, 0, 0, 70])
    np.testing.assert_array_equal(objective.rounded, [7, 14, 21, 35, 0, 0, 49])
    assert objective.problem.rounding[0] is FLOAT32
    other.measure_rounding()
    assert (objective.evaluations, other.evaluations) == (4, 4)
    assert objective.magnitude == other.magnitude == 0.25 / 1e-3
    assert not objective.measure_rounding()


def jittering(*changes: float | None, asked: list[np.random.Generator] | None = None) -> Objective:
    """Of one target that is 1, and a rounding off by these, one after the other; None if that is not known."""
    left = iter(changes)

    def jittered(random: np.random.Generator) -> tuple[np.ndarray, ...] | None:
        if asked is not None:
            asked.append(random)
        change = next(left)
        return None if change is None else (np.asarray(1 + change),)

    return objective_of(lambda x: x, 1.0, jittered=jittered)


@pytest.mark.parametrize(
    ("changes", "more", "roundings"),
    [
        pytest.param((0, 0, 0, 0), False, 1, id="none"),
        pytest.param((4, 0, 0, 0), False, 2, id="twice what was assumed"),
        pytest.param((5, 0, 0, 0), True, 2.5, id="more than twice"),
        pytest.param((0, 0, 0, 8), True, 4, id="the last look"),
        pytest.param((1, -4.5, 2, 2), True, 2.25, id="downwards"),
        pytest.param((8, np.inf, np.nan, 1), True, 4, id="not finite"),
        pytest.param((np.nan, np.nan, np.nan, np.nan), False, 1, id="never finite"),
    ],
)
def test_rounding_is_half_of_the_largest_change_of_four_jittered_results(
    changes: tuple[float, ...], more: bool, roundings: float
) -> None:
    objective = jittering(*(EPSILON * change for change in changes))
    assert objective.measure_rounding() is more
    assert objective.magnitude == roundings
    assert objective.noise == roundings * EPSILON
    assert objective.evaluations == 1 + 4


def test_rounding_is_measured_once() -> None:
    objective = jittering(*[8 * EPSILON] * 4)
    assert objective.measure_rounding()
    assert not objective.measure_rounding()
    assert objective.evaluations == 1 + 4


def test_rounding_that_cannot_be_measured_stays_as_assumed() -> None:
    unknown = objective_of(lambda x: x, 1.0)
    assert not unknown.measure_rounding()
    assert (unknown.magnitude, unknown.evaluations) == (1, 1)


def test_jittered_results_that_end_are_taken_as_far_as_they_came() -> None:
    objective = jittering(8 * EPSILON, None)
    assert objective.measure_rounding()
    assert (objective.magnitude, objective.evaluations) == (4, 1 + 2)


def test_all_jittered_results_come_from_one_repeatable_generator() -> None:
    asked: list[np.random.Generator] = []
    jittering(0, 0, 0, 0, asked=asked).measure_rounding()
    assert len(asked) == 4
    assert all(random is asked[0] for random in asked)
    assert asked[0].random() == generator("jitter").random()


def test_jittered_results_are_compared_with_a_centre_that_is_known() -> None:
    objective = objective_of(lambda x: x, 1.0, jittered=lambda random: (np.asarray(2.5),), centre=(np.asarray(2.0),))
    objective.measure_rounding()
    assert objective.noise == 0.25


class Accelerated:
    """The square of a number, which is 0.5 more once evaluating it is accelerated."""

    def __init__(self, works: bool, worth: int) -> None:
        self.calls = ""
        self.shift = 0.0
        self.works = works
        self.objective = objective_of(
            self.square, 3.0, accelerate=self.accelerate, worth_accelerating=worth, centre=(np.asarray(9.0),)
        )
        self.calls = ""

    def square(self, x: np.ndarray) -> np.ndarray:
        self.calls += "."
        return x**2 + self.shift

    def accelerate(self) -> bool:
        self.calls += "a"
        self.shift = 0.5
        return self.works


AHEAD = np.array([4.0])


def test_evaluations_are_accelerated_once_they_have_cost_as_much_and_the_centre_is_computed_anew() -> None:
    accelerated = Accelerated(works=True, worth=2)
    assert [accelerated.objective.difference(None, AHEAD) for _ in range(4)] == [7] * 4
    assert accelerated.calls == "..a..."
    assert accelerated.objective.evaluations == 4


def test_acceleration_that_costs_one_evaluation_begins_after_the_first() -> None:
    accelerated = Accelerated(works=True, worth=1)
    assert [accelerated.objective.difference(None, AHEAD) for _ in range(3)] == [7] * 3
    assert accelerated.calls == ".a..."


def test_acceleration_that_fails_is_not_tried_again_and_the_centre_stays() -> None:
    accelerated = Accelerated(works=False, worth=2)
    assert [accelerated.objective.difference(None, AHEAD) for _ in range(4)] == [7, 7, 7.5, 7.5]
    assert accelerated.calls == "..a.."


def test_acceleration_that_gains_nothing_is_not_tried() -> None:
    accelerated = Accelerated(works=True, worth=0)
    assert [accelerated.objective.difference(None, AHEAD) for _ in range(3)] == [7] * 3
    assert accelerated.calls == "..."
