"""Agreement at first sight, in groups and with a reference: cheap, and blind to nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, Outcome, Problem, Settings, check

from .functions import Case, cases, one_entry_off
from .test_detection import mean_of_sines


def with_reference(case: Case, problem: Problem) -> Problem:
    """The problem with the right gradient in float64 as its reference."""
    return replace(problem, reference=lambda: case.gradient(*case.sources))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_wrong_entry_of_a_million_is_found_by_the_reference(dtype: str) -> None:
    case = mean_of_sines(1_000_000)
    right = with_reference(case, case.problem(dtype))
    wrong, _, index = one_entry_off(right, 1e-3, np.random.default_rng(1))
    (finding,), evaluations = check(wrong, Settings(), Budget())
    assert finding.outcome is Outcome.DISAGREES
    assert [entry.index for entry in finding.wrong] == [index]
    assert evaluations <= 64
    (finding,), evaluations = check(right, Settings(), Budget())
    assert finding.outcome is Outcome.AGREES
    assert evaluations <= 16


def test_a_wrong_entry_that_hardly_moves_beside_others_is_found_by_the_reference() -> None:
    x = np.random.default_rng(0).normal(size=300)
    x[40] = -0.006
    claim = (x > 0).astype(float)
    claim[40] = 1e-3
    problem = Problem(
        lambda p: (np.maximum(p[0], 0),), (x,), (np.ones(300),), (claim,), reference=lambda: ((x > 0).astype(float),)
    )
    (finding,), _ = check(problem, Settings(), Budget())
    assert [entry.index for entry in finding.wrong] == [(40,)]


def test_a_reference_that_is_wrong_accuses_nobody() -> None:
    case = mean_of_sines(100_000)
    problem = replace(case.problem("float32"), reference=lambda: (1.1 * case.gradient(*case.sources)[0],))
    (finding,), _ = check(problem, Settings(), Budget())
    assert finding.outcome is Outcome.AGREES


@pytest.mark.parametrize("reference", [(None,), (np.zeros(3),), (np.full(1_000, np.nan),)])
def test_a_reference_that_does_not_exist_or_fit_is_left_aside(reference: tuple[np.ndarray | None]) -> None:
    problem = replace(mean_of_sines(1_000).problem(), reference=lambda: reference)
    (finding,), _ = check(problem, Settings(), Budget())
    assert finding.outcome is Outcome.AGREES


@pytest.mark.parametrize("name", ["tanh net", "relu net", "sum of squares"])
def test_full_mode_finds_one_wrong_entry_in_its_group(name: str) -> None:
    for seed in range(3):
        problem = cases(seed)[name].problem()
        wrong, source, index = one_entry_off(problem, 1e-3, np.random.default_rng(seed))
        findings, _ = check(wrong, Settings(mode="full", seed=f"{seed}"), Budget())
        assert [entry.index for entry in findings[source].wrong] == [index]
        assert findings[source].covered == findings[source].size
        others = findings[:source] + findings[source + 1 :]
        assert all(finding.outcome is Outcome.AGREES for finding in others)


def test_full_mode_costs_far_less_than_an_evaluation_an_entry() -> None:
    problem = mean_of_sines(10_000).problem()
    (finding,), evaluations = check(problem, Settings(mode="full"), Budget())
    assert (finding.outcome, finding.covered) == (Outcome.AGREES, 10_000)
    assert evaluations <= 1_000


def test_sources_of_very_different_size_are_seen_along_the_same_directions() -> None:
    sources = (np.full(40, 3.0), np.full(40, 2e-2))
    problem = Problem(
        evaluate=lambda p: (np.sum(p[0] ** 2) + np.sum(p[1] * 3),),
        sources=sources,
        weights=(np.ones(()),),
        gradients=(2 * sources[0], np.full(40, 3.0)),
    )
    findings, evaluations = check(problem, Settings(mode="projection"), Budget())
    assert [f.outcome for f in findings] == [Outcome.AGREES] * 2
    assert evaluations <= 9
    wrong = replace(problem, gradients=(2 * sources[0], np.full(40, 3.003)))
    findings, _ = check(wrong, Settings(mode="projection"), Budget())
    assert [f.outcome for f in findings] == [Outcome.AGREES, Outcome.DISAGREES]


@pytest.mark.parametrize(("residue", "outcome"), [(3e-8, Outcome.AGREES), (1.0, Outcome.DISAGREES)])
def test_a_source_without_influence_may_have_the_rounding_of_the_others_as_its_gradient(
    residue: float, outcome: Outcome
) -> None:
    case = cases(0)["sum of squares"]
    problem = case.problem("float32")
    bias = np.zeros(40)
    joined = Problem(
        evaluate=lambda p: (np.sum(p[0] ** 2) + 0 * np.sum(p[1]),),
        sources=(*problem.sources, bias),
        weights=problem.weights,
        gradients=(*problem.gradients, bias + residue),
        rounding=problem.rounding * 2,
    )
    findings, _ = check(joined, Settings(mode="projection"), Budget())
    assert [f.outcome for f in findings] == [Outcome.AGREES, outcome]


@pytest.mark.parametrize("wrong", [None, 3])
def test_sources_without_influence_are_looked_at_together(wrong: int | None) -> None:
    x, biases = np.random.default_rng(0).normal(size=400), [np.zeros(4)] * 10
    influence = np.zeros(10)
    if wrong is not None:
        influence[wrong] = 1.0
    problem = Problem(
        evaluate=lambda p: (np.sum(p[0] ** 2) + sum(i * np.sum(b) for i, b in zip(influence, p[1:], strict=True)),),
        sources=(x, *biases),
        weights=(np.ones(()),),
        gradients=(2 * x, *(bias + 1e-15 for bias in biases)),
    )
    findings, evaluations = check(problem, Settings(), Budget())
    found = {index for index, finding in enumerate(findings) if finding.outcome is not Outcome.AGREES}
    assert found == (set() if wrong is None else {1 + wrong})
    assert wrong is not None or evaluations <= 5


def test_kinks_close_by_cost_two_evaluations_a_direction_more() -> None:
    x = np.random.default_rng(0).normal(size=2_000)
    kinks = x + 3e-9 * np.maximum(np.abs(x), 0.1) * np.where(np.arange(2_000) % 2, 1, -1)
    problem = Problem(lambda p: (np.sum(np.abs(p[0] - kinks)),), (x,), (np.ones(()),), (np.sign(x - kinks),))
    (finding,), evaluations = check(problem, Settings(), Budget())
    assert finding.outcome is Outcome.AGREES
    assert 4 < evaluations <= 8
    wrong = replace(problem, gradients=(1.001 * problem.gradients[0],))
    assert check(wrong, Settings(), Budget())[0][0].outcome is Outcome.DISAGREES


def test_accelerating_begins_once_it_pays_and_starts_from_a_new_centre() -> None:
    calls: list[str] = []

    def problem(shift: float) -> Problem:
        case = cases(0)["tanh net"]

        def evaluate(p: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
            calls.append("evaluated")
            return (case.evaluate(p)[0] + shift * ("accelerated" in calls),)

        def accelerate() -> bool:
            calls.append("accelerated")
            return True

        return replace(case.problem(), evaluate=evaluate, accelerate=accelerate, worth_accelerating=10)

    counts = []
    for shift in (0.0, 1e-3):
        calls.clear()
        findings, evaluations = check(problem(shift), Settings(mode="full"), Budget())
        assert all(finding.outcome is Outcome.AGREES for finding in findings)
        assert 10 <= calls.index("accelerated") <= 11
        assert calls.count("accelerated") == 1
        counts.append(evaluations)
    assert counts[0] == counts[1]
