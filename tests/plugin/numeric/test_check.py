"""The course of a whole check: what is looked at, in what order, how long, and what is said of each source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, Finding, Outcome, Problem, Settings, check
from pytest_tfgrad.numeric.comparison import ZERO
from pytest_tfgrad.numeric.formula import ROUNDED
from pytest_tfgrad.numeric.tolerance import FLOAT16, FLOAT32

from .told import Allowed

if TYPE_CHECKING:
    from collections.abc import Sequence

AGREES, DISAGREES, UNDECIDED = Outcome.AGREES, Outcome.DISAGREES, Outcome.UNDECIDED
COMPARED = 16
"""Evaluations of a comparison along a direction that disagrees: two sequences of four steps."""


def squares(*sources: Sequence[float] | np.ndarray, factors: Sequence[float] = (), **more: Any) -> Problem:
    """Sum of the squares of all entries, whose claims are right but for a factor per source."""
    arrays = tuple(np.array(source, np.float64) for source in sources)
    scale = tuple(factors) or (1.0,) * len(arrays)
    return Problem(
        evaluate=lambda points: (np.array([sum(np.sum(p**2) for p in points)]),),
        sources=arrays,
        weights=(np.ones(1),),
        gradients=tuple(2 * a * s for a, s in zip(arrays, scale, strict=True)),
        **more,
    )


def outcomes(findings: Sequence[Finding]) -> list[Outcome]:
    return [finding.outcome for finding in findings]


# Which way


@pytest.mark.parametrize(
    ("sizes", "mode", "method"),
    [
        ((32,), "auto", "entries"),
        ((16, 16), "auto", "entries"),
        ((33,), "auto", "directions"),
        ((16, 17), "auto", "directions"),
        ((2,), "projection", "directions"),
        ((33,), "full", "entries"),
    ],
)
def test_every_entry_of_small_sources_is_compared_and_directions_over_large_ones(
    sizes: tuple[int, ...], mode: Any, method: str
) -> None:
    findings, _ = check(squares(*(np.ones(n) for n in sizes)), Settings(mode=mode), Budget())
    assert [(f.outcome, f.method, f.size, f.reason) for f in findings] == [(AGREES, method, n, "") for n in sizes]
    assert all(f.is_complete is (method == "entries") for f in findings)


def test_directions_end_where_a_wrong_gradient_would_hardly_pass_them() -> None:
    problem = squares(np.ones(50))
    for settings, directions in ((Settings(), 2), (Settings(directions=1), 1), (Settings("projection"), 4)):
        (finding,), evaluations = check(problem, settings, Budget())
        assert len(finding.comparisons) == directions
        # The target at the point itself, and one evaluation for each direction.
        assert evaluations == 1 + directions
    coarse = replace(problem, rounding=(FLOAT16,))
    assert len(check(coarse, Settings(), Budget())[0][0].comparisons) == 4


def test_the_settings_as_they_are_left() -> None:
    assert Settings() == Settings("auto", 4, "", None, 0.0)


def test_the_same_seed_gives_the_same_directions() -> None:
    problem = squares(np.arange(1.0, 51))
    claimed = [check(problem, Settings(seed=seed), Budget())[0][0].comparisons[0].claimed for seed in ("a", "a", "b")]
    assert claimed[0] == claimed[1] != claimed[2]


def test_the_tolerances_of_the_settings_are_those_that_are_used() -> None:
    problem = squares(np.ones(50), factors=(1.01,))
    assert outcomes(check(problem, Settings(), Budget())[0]) == [DISAGREES]
    assert outcomes(check(problem, Settings(relative=0.05), Budget())[0]) == [AGREES]
    assert outcomes(check(problem, Settings(absolute=0.05), Budget())[0]) == [AGREES]


# No check at all


def test_a_budget_that_is_spent_leaves_all_open() -> None:
    problem = squares(np.ones(3), np.ones((2, 2)))
    findings, evaluations = check(
        replace(problem, sources=(np.ones(3), np.ones((2, 2), complex))), Settings(), Allowed(0)
    )
    reason = "the time allowed (max_seconds) was over after 0 evaluations"
    assert [(f.outcome, f.reason, f.method, f.size) for f in findings] == [
        (UNDECIDED, reason, "none", 3),
        (UNDECIDED, reason, "none", 8),
    ]
    assert evaluations == 0


def test_a_target_that_is_not_finite_leaves_all_open() -> None:
    problem = replace(squares(np.ones(3), np.ones(2)), evaluate=lambda points: (np.array([np.inf]),))
    findings, evaluations = check(problem, Settings(), Budget())
    assert [(f.outcome, f.reason, f.method, f.size) for f in findings] == [
        (UNDECIDED, "the target is not finite at this point", "none", 3),
        (UNDECIDED, "the target is not finite at this point", "none", 2),
    ]
    assert evaluations == 1


def test_a_budget_that_ends_among_the_joint_directions_leaves_all_open() -> None:
    findings, evaluations = check(squares(np.ones(50), np.ones(3)), Settings("projection"), Allowed(3))
    reason = "the time allowed (max_seconds) was over after 3 evaluations"
    assert [(f.outcome, f.reason, f.method, f.size) for f in findings] == [
        (UNDECIDED, reason, "none", 50),
        (UNDECIDED, reason, "none", 3),
    ]
    assert evaluations == 3


def test_only_evaluations_of_this_check_are_counted() -> None:
    budget = Budget()
    for _ in range(2):
        assert check(squares(np.ones(50)), Settings(), budget)[1] == 3


def test_what_evaluations_are_for() -> None:
    told: list[str] = []
    check(squares(np.ones(50)), Settings("projection", directions=3), Budget(watcher=told.append))
    assert told == ["", *(f"direction {n} of 3" for n in (1, 2, 3))]


def test_a_problem_without_sources_has_no_findings() -> None:
    problem = Problem(lambda points: (np.ones(1),), (), (np.ones(1),), ())
    for mode in ("auto", "full", "projection"):
        assert check(problem, Settings(mode), Budget())[0] == ()  # type: ignore[arg-type]


# Sources


def test_a_source_without_entries_agrees() -> None:
    findings, _ = check(squares(np.ones(50), []), Settings(), Budget())
    assert (findings[1].outcome, findings[1].size, findings[1].method) == (AGREES, 0, "directions")
    assert findings[1].comparisons == findings[0].comparisons
    findings, _ = check(squares(np.ones(50), [], factors=(1.1, 1)), Settings(), Budget())
    assert outcomes(findings) == [DISAGREES, AGREES]


def test_only_the_wrong_source_is_called_wrong() -> None:
    findings, _ = check(squares(np.ones(50), np.ones(60), np.ones(3), factors=(1, 1.01, 1)), Settings(), Budget())
    assert outcomes(findings) == [AGREES, DISAGREES, AGREES]
    right, wrong, _ = findings
    # What was compared along the directions of all sources says nothing about the right one.
    assert all(comparison.outcome is AGREES for comparison in right.comparisons)
    assert len(right.comparisons) == 4
    assert all(np.all(comparison.direction[50:] == 0) for comparison in right.comparisons if comparison.direction.size)
    assert len(wrong.comparisons) == 4
    for comparison in wrong.comparisons:
        assert not comparison.direction[:50].any()
        assert not comparison.direction[110:].any()
    # A wrong source of up to 256 entries is looked at entry by entry.
    assert (wrong.method, wrong.is_complete, len(wrong.wrong)) == ("entries", True, 60)


@pytest.mark.parametrize(("size", "complete"), [(256, True), (257, False)])
def test_a_wrong_source_is_seen_whole_up_to_256_entries(size: int, complete: bool) -> None:
    (finding,), _ = check(squares(np.ones(size), factors=(1.01,)), Settings(), Budget())
    assert (finding.outcome, finding.is_complete) == (DISAGREES, complete)
    assert finding.method == ("entries" if complete else "directions")
    assert len(finding.comparisons) == 4


def test_one_direction_is_enough_of_a_large_wrong_source_before_its_entries_are_looked_at() -> None:
    problem = squares(np.ones(300))
    claim = problem.gradients[0].copy()
    claim[17] = 2.5
    (finding,), evaluations = check(replace(problem, gradients=(claim,)), Settings(), Budget())
    assert [entry.index for entry in finding.wrong] == [(17,)]
    assert finding.covered == 300
    # One direction, which disagrees, two more at two evaluations each, and the entry.
    assert evaluations < 1 + 4 + COMPARED + 2 * 2 + 30


def test_a_source_of_small_terms_that_joint_directions_do_not_see_has_its_own() -> None:
    problem = squares(np.full(50, 10.0), np.full(50, 1e-2), factors=(1, 1.01))
    assert outcomes(check(problem, Settings(), Budget())[0]) == [AGREES, DISAGREES]
    right = squares(np.full(50, 10.0), np.full(50, 1e-2))
    findings, evaluations = check(right, Settings("projection"), Budget())
    assert outcomes(findings) == [AGREES, AGREES]
    # Two of its own, each of which a claim of twice the size passes once in a million times or a little oftener.
    assert [len(finding.comparisons) for finding in findings] == [4, 6]
    assert evaluations < 24
    fine, _ = check(replace(right, rounding=(FLOAT32, FLOAT32)), Settings("projection"), Budget())
    assert [len(finding.comparisons) for finding in fine] == [4, 5]


@pytest.mark.parametrize(("relative", "own"), [(0.9e-6, 1), (1.5e-6, 2), (1.1e-3, 3)])
def test_directions_of_its_own_end_where_twice_the_claim_would_pass_once_in_a_million_times(
    relative: float, own: int
) -> None:
    # Sums of zero, which have no rounding.
    x = np.where(np.arange(50) % 2, 1.0, -1.0)
    problem = Problem(
        evaluate=lambda p: (np.array([np.sum(p[0]) + 1e-5 * np.sum(p[1])]),),
        sources=(x, x),
        weights=(np.ones(1),),
        gradients=(np.ones(50), np.full(50, 1e-5)),
    )
    findings, _ = check(problem, Settings("projection", relative=relative), Budget())
    assert outcomes(findings) == [AGREES, AGREES]
    assert [len(finding.comparisons) for finding in findings] == [4, 4 + own]


def test_joint_directions_that_took_a_full_sequence_see_less_of_small_sources() -> None:
    problem = squares(np.ones(50), np.full(50, 0.1))
    for relative, comparisons in ((None, [4, 4]), (1e-13, [4, 5])):
        findings, _ = check(problem, Settings("projection", relative=relative), Budget())
        assert outcomes(findings) == [AGREES, AGREES]
        assert [len(finding.comparisons) for finding in findings] == comparisons


def test_large_right_sources_beside_a_wrong_one_are_acquitted_by_directions_of_their_own() -> None:
    problem = squares(np.ones(50), np.ones(300), np.ones(300))
    claim = problem.gradients[1].copy()
    claim[17] = 2.5
    findings, _ = check(replace(problem, gradients=(2 * np.ones(50), claim, 2 * np.ones(300))), Settings(), Budget())
    assert outcomes(findings) == [AGREES, DISAGREES, AGREES]
    # Of the wrong one a single direction, and the two that tell which entry it is.
    assert [len(finding.comparisons) for finding in findings] == [4, 3, 4]


def test_a_suspicion_grants_the_grace_once() -> None:
    wrong = squares(np.ones(50), factors=(1.01,))
    for grace, outcome in ((0, UNDECIDED), (5_000, DISAGREES)):
        budget = Allowed(1 + 4 + 4 * COMPARED + 10, grace=grace)
        (finding,), _ = check(wrong, Settings(), budget)
        assert finding.outcome in (outcome, DISAGREES)
        assert budget.seconds == 1 + 4 + 4 * COMPARED + 10 + grace
        assert budget.grace == 0
    budget = Allowed(100, grace=50)
    check(squares(np.ones(50)), Settings(), budget)
    assert (budget.seconds, budget.grace) == (100, 50)


def test_a_budget_that_ends_among_the_directions_of_a_source() -> None:
    problem = squares(np.ones(50), np.ones(60), factors=(1, 1.01))
    allowed = 1 + 4 + COMPARED
    findings, _ = check(problem, Settings(), Allowed(allowed))
    reason = f"the time allowed (max_seconds) was over after {allowed} evaluations"
    assert [(f.outcome, f.reason, f.method, f.size) for f in findings] == [
        (UNDECIDED, reason, "none", 50),
        (UNDECIDED, reason, "none", 60),
    ]
    findings, _ = check(problem, Settings(), Allowed(45))
    assert [(f.outcome, f.method, f.size, len(f.comparisons)) for f in findings] == [
        (AGREES, "directions", 50, 4),
        (UNDECIDED, "none", 60, 1),
    ]
    small = squares(np.full(50, 10.0), np.full(50, 1e-2))
    complete = check(small, Settings("projection"), Budget())[1]
    findings, _ = check(small, Settings("projection"), Allowed(complete - 1))
    # Joint directions agree: what its own ones would have told beyond them is left out.
    assert [(f.outcome, f.reason, len(f.comparisons)) for f in findings] == [(AGREES, "", 4), (AGREES, "", 4)]


# Sources without influence


def test_zeros_are_shown_together_and_say_so() -> None:
    x, bias = np.ones(50), np.zeros(40)
    problem = Problem(
        evaluate=lambda p: (np.array([np.sum(p[0] ** 2)]),),
        sources=(x, bias, bias),
        weights=(np.ones(1),),
        gradients=(2 * x, np.full(40, 1e-15), np.full(40, -1e-15)),
    )
    findings, evaluations = check(problem, Settings(), Budget())
    assert [(f.outcome, f.reason, f.method) for f in findings] == [
        (AGREES, "", "directions"),
        (AGREES, ZERO, "directions"),
        (AGREES, ZERO, "directions"),
    ]
    assert findings[1].comparisons[-1] is findings[2].comparisons[-1]
    assert evaluations == 1 + 2 + 1
    # What a reference says of the rounding that is left is of no interest.
    hinted = replace(problem, reference=lambda: (2 * x, bias, bias))
    assert check(hinted, Settings(), Budget())[1] == evaluations


def test_a_zero_that_others_hide_is_shown_alone() -> None:
    x, bias = np.ones(50), np.zeros(40)
    problem = Problem(
        evaluate=lambda p: (np.array([np.sum(p[0] ** 2) + np.sum(p[2])]),),
        sources=(x, bias, bias),
        weights=(np.ones(1),),
        gradients=(2 * x, np.full(40, 1e-15), np.full(40, 1e-15)),
    )
    findings, _ = check(problem, Settings(), Budget())
    assert [(f.outcome, f.reason) for f in findings[:2]] == [(AGREES, ""), (AGREES, ZERO)]
    assert findings[2].outcome is DISAGREES


# Formulas


def with_formula(
    claims: Sequence[np.ndarray], formulas: Sequence[np.ndarray | None], sources: Sequence[np.ndarray]
) -> Problem:
    return replace(
        squares(*sources),
        gradients=tuple(claims),
        rounding=(FLOAT32,) * len(claims),
        exact=lambda: tuple(formulas),
    )


@pytest.mark.parametrize("size", [20, 50, 400])
@pytest.mark.parametrize("mode", ["auto", "full", "projection"])
def test_a_claim_is_right_where_its_formula_is(size: int, mode: Any) -> None:
    x = np.ones(size)
    (finding,), _ = check(with_formula([2.02 * x], [2 * x], [x]), Settings(mode), Budget())
    assert (finding.outcome, finding.reason) == (AGREES, ROUNDED)
    (finding,), _ = check(with_formula([2.02 * x], [2.01 * x], [x]), Settings(mode), Budget())
    assert finding.outcome is DISAGREES
    (finding,), _ = check(with_formula([2 * x], [2.01 * x], [x]), Settings(mode), Budget())
    assert (finding.outcome, finding.reason) == (AGREES, "")


@pytest.mark.parametrize(
    ("mode", "third", "size"),
    [("full", 2.02, 50), ("projection", 2.02, 50), ("full", 2.2, 50), ("projection", 2.2, 50), ("projection", 3, 300)],
)
def test_formulas_excuse_only_their_own_source(mode: Any, third: float, size: int) -> None:
    x = np.ones(size)
    problem = with_formula([2.02 * x, 2 * x, third * x], [2 * x, 2 * x, None], [x, x, x])
    findings, _ = check(problem, Settings(mode), Budget())
    assert [(f.outcome, f.reason) for f in findings] == [(AGREES, ROUNDED), (AGREES, ""), (DISAGREES, "")]


def test_what_agrees_with_its_formula_is_not_said_to_differ() -> None:
    x = np.ones(50)
    findings, _ = check(with_formula([2.02 * x, 2 * x], [2 * x, 2 * x], [x, x]), Settings("projection"), Budget())
    assert [(f.outcome, f.reason) for f in findings] == [(AGREES, ROUNDED), (AGREES, "")]


def test_what_was_found_out_about_a_formula_is_not_found_out_twice() -> None:
    x = np.ones(50)
    problem = with_formula([2.02 * x, 2.02 * x], [2 * x, 2.01 * x], [x, x])
    findings, evaluations = check(problem, Settings("projection"), Budget())
    assert [(f.outcome, f.reason) for f in findings] == [(AGREES, ROUNDED), (DISAGREES, "")]
    # Once each entry of the wrong formula, and once those of its claim.
    assert evaluations < 1_400


def test_the_formula_is_looked_at_once() -> None:
    x = np.ones(50)
    asked = []

    def exact() -> tuple[np.ndarray, ...]:
        asked.append(1)
        return 2 * x, 2 * x

    problem = replace(with_formula([2.02 * x, 2.02 * x], [], [x, x]), exact=exact)
    for mode in ("projection", "full"):
        asked.clear()
        findings, _ = check(problem, Settings(mode), Budget())  # type: ignore[arg-type]
        assert [f.reason for f in findings] == [ROUNDED, ROUNDED]
        assert asked == [1]


# A reference that points to few wrong entries

# Off by more than a reference may be, and by less than directions over 20,000 entries show.
OFF = 2 + 3.5e-4


def pointed(wrong: dict[int, float], suspected: dict[int, float], size: int = 20_000, **more: Any) -> Problem:
    """Right claims of a large source but for some entries, beside a reference that is off in others."""
    x = np.ones(size)
    claim, reference = 2 * x, 2 * x
    for place, value in wrong.items():
        claim[place] = value
    for place, value in suspected.items():
        reference[place] = value
    return replace(squares(x, **more), gradients=(claim,), rounding=(FLOAT32,), reference=lambda: (reference,))


def test_few_wrong_entries_that_hide_among_many_are_pointed_to() -> None:
    problem = pointed({17: OFF}, {})
    (finding,), evaluations = check(problem, Settings(), Budget())
    assert (finding.outcome, finding.reason, finding.method) == (DISAGREES, "", "directions")
    assert [entry.index for entry in finding.entries] == [(17,)]
    assert (finding.comparisons, finding.covered, finding.size) == ((), 0, 20_000)
    assert evaluations < 64
    unhinted = replace(problem, reference=lambda: (None,))
    assert check(unhinted, Settings(), Budget())[0][0].outcome is AGREES


def test_a_reference_that_is_off_itself_points_to_nothing() -> None:
    (finding,), evaluations = check(pointed({}, dict.fromkeys(range(10), 2.1)), Settings(), Budget())
    assert (finding.outcome, finding.entries) == (AGREES, ())
    # Four right entries are enough, at two evaluations each.
    assert evaluations == 1 + 2 + 4 * 2


def test_wrong_entries_are_looked_for_until_eight_are_found_or_four_are_right() -> None:
    wrong = {place: OFF + place * 1e-6 for place in range(12)}
    (finding,), _ = check(pointed(wrong, {}), Settings(), Budget())
    assert [entry.index for entry in finding.wrong] == [(place,) for place in range(11, 3, -1)]
    assert len(finding.entries) == 8
    (finding,), _ = check(pointed({17: OFF}, dict.fromkeys(range(10), 2.1)), Settings(), Budget())
    assert (finding.outcome, finding.entries) == (AGREES, ())


def test_a_budget_that_ends_among_the_suspects_keeps_what_was_found() -> None:
    wrong = dict.fromkeys(range(12), OFF)
    (finding,), _ = check(pointed(wrong, {}), Settings(), Allowed(1 + 2 + 40))
    assert (finding.outcome, len(finding.entries)) == (DISAGREES, 1)
    (finding,), _ = check(pointed(wrong, {}), Settings(), Allowed(1 + 2 + 5))
    assert (finding.outcome, finding.entries) == (AGREES, ())


def test_the_first_wrong_entry_grants_the_grace() -> None:
    budget = Allowed(1 + 2 + 40, grace=1_000)
    (finding,), _ = check(pointed(dict.fromkeys(range(12), OFF), {}), Settings(), budget)
    assert (len(finding.wrong), budget.grace) == (8, 0)


def test_where_directions_show_every_error_nothing_is_pointed_to() -> None:
    asked = []

    def reference() -> tuple[np.ndarray]:
        asked.append(1)
        return (np.full(50, 2.0),)

    check(replace(squares(np.ones(50)), reference=reference), Settings(), Budget())
    assert asked == []
