"""The time a check may take."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, Outcome, OutOfBudget, Problem, Settings, check

from .functions import cases, with_gradients


def ticking() -> object:
    """A clock that is one second later each time it is asked."""
    return itertools.count().__next__


def test_a_spent_budget_refuses_evaluations() -> None:
    budget = Budget(seconds=3, clock=ticking())  # type: ignore[arg-type]
    budget.spend()
    budget.spend()
    text = r"^the time allowed \(max_seconds\) was over after 2 evaluations$"
    with pytest.raises(OutOfBudget, match=text):
        budget.spend()
    assert budget.spent == 2


def test_time_is_counted_from_construction_and_over_when_all_of_it_has_passed() -> None:
    now = [100.0]
    budget = Budget(seconds=2, clock=lambda: now[0])
    assert (budget.elapsed(), budget.is_over) == (0, False)
    now[0] = 101.5
    assert (budget.elapsed(), budget.is_over) == (1.5, False)
    now[0] = 102
    assert (budget.elapsed(), budget.is_over) == (2, True)
    assert Budget(seconds=0, clock=lambda: 7.0).is_over


def test_time_has_no_end_unless_it_is_told() -> None:
    budget = Budget(clock=lambda: 1e9)
    budget.suspect()
    assert (budget.seconds, budget.is_over) == (np.inf, False)


def test_a_suspicion_is_granted_the_grace_once() -> None:
    budget = Budget(seconds=1, grace=5)
    budget.suspect()
    budget.suspect()
    assert budget.seconds == 6


def test_the_watcher_is_told_what_each_evaluation_is_for() -> None:
    told: list[str] = []
    budget = Budget(watcher=told.append)
    budget.spend()
    with budget.spent_on("outer"):
        budget.spend()
        with budget.spent_on("inner"):
            budget.spend()
        budget.spend()
        with pytest.raises(ZeroDivisionError), budget.spent_on("in vain"):
            _ = 1 / 0
        budget.spend()
    budget.spend()
    assert told == ["", "outer", "inner", "outer", "outer", ""]


def test_the_watcher_is_not_told_of_what_was_refused() -> None:
    told: list[str] = []
    with pytest.raises(OutOfBudget):
        Budget(seconds=0, watcher=told.append).spend()
    assert told == []


@pytest.mark.parametrize("seconds", [0, 1, 3])
@pytest.mark.parametrize("mode", ["full", "projection"])
def test_what_time_did_not_allow_is_undecided_and_says_so(seconds: int, mode: str) -> None:
    problem = cases(0)["layer norm"].problem()
    budget = Budget(seconds=seconds, clock=ticking())  # type: ignore[arg-type]
    (finding,), evaluations = check(problem, Settings(mode=mode), budget)  # type: ignore[arg-type]
    assert finding.outcome is Outcome.UNDECIDED
    assert finding.method == "none"
    assert "time allowed" in finding.reason
    assert evaluations <= seconds


def test_sources_agree_by_joint_directions_alone_when_time_ends_after_them() -> None:
    problem = cases(0)["tanh net"].problem()
    findings, _ = check(problem, Settings(), Budget(seconds=40, clock=ticking()))  # type: ignore[arg-type]
    assert {f.outcome for f in findings} == {Outcome.AGREES}


def test_wrong_entries_found_before_the_end_of_time_are_told() -> None:
    problem = cases(0)["layer norm"].problem()
    wrong = with_gradients(problem, 2 * problem.gradients[0])
    budget = Budget(seconds=200, grace=100, clock=ticking())  # type: ignore[arg-type]
    (finding,), _ = check(wrong, Settings(mode="full"), budget)
    assert finding.outcome is Outcome.DISAGREES
    assert "entries were compared when" in finding.reason
    assert not finding.is_complete


def test_a_source_without_entries_is_right() -> None:
    empty = np.ones((0, 3))
    problem = Problem(
        lambda p: (np.sum(p[0]) + np.sum(p[1]),), (empty, np.ones(2)), (np.ones(()),), (empty, np.ones(2))
    )
    for mode in ("full", "projection"):
        findings, _ = check(problem, Settings(mode=mode), Budget())  # type: ignore[arg-type]
        assert [f.outcome for f in findings] == [Outcome.AGREES] * 2


def test_a_symmetric_source_is_moved_symmetrically() -> None:
    matrix = np.eye(6) * 3 + 0.1
    inverse = np.linalg.inv(matrix)

    def log_determinant(p: object) -> tuple[np.ndarray]:
        return (2 * np.sum(np.log(np.diag(np.linalg.cholesky(p[0])))),)  # type: ignore[index]

    for symmetric, outcome in [(frozenset({0}), Outcome.AGREES), (frozenset(), Outcome.DISAGREES)]:
        problem = Problem(log_determinant, (matrix,), (np.ones(()),), (inverse,), symmetric=symmetric)
        (finding,), _ = check(problem, Settings(mode="projection"), Budget())
        assert finding.outcome is outcome
