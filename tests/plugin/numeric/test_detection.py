"""Wrong gradients are called wrong, and the wrong entries are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, Finding, Outcome, Problem, Settings, check

from .functions import Case, cases, one_entry_off, with_gradients

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = [10, 100, 1_000, 10_000, 100_000]


def mean_of_sines(size: int) -> Case:
    x = np.random.default_rng(size).normal(size=size)
    return Case(
        lambda p: (np.mean(np.sin(p[0])),),
        (x,),
        lambda a: (np.cos(a) / np.asarray(a.size, a.dtype),),
    )


def only(problem: Problem, **settings: object) -> Finding:
    (finding,), _ = check(problem, Settings(**settings), Budget())  # type: ignore[arg-type]
    return finding


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("size", SIZES)
def test_one_entry_off_by_a_thousandth_of_the_largest_is_found(size: int, dtype: str) -> None:
    problem = mean_of_sines(size).problem(dtype)
    wrong, _, index = one_entry_off(problem, 1e-3, np.random.default_rng(1))
    finding = only(wrong)
    assert finding.outcome is Outcome.DISAGREES
    assert [entry.index for entry in finding.wrong] == [index]
    (entry,) = finding.wrong
    assert entry.tape == wrong.gradients[0][index]
    assert entry.numeric == pytest.approx(problem.gradients[0][index], rel=1e-4, abs=1e-4 * abs(entry.tape))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("size", SIZES[:-1])
@pytest.mark.parametrize("factor", [1.001, -1.0, 0.0])
def test_a_factor_on_all_entries_is_seen(size: int, factor: float, dtype: str) -> None:
    problem = mean_of_sines(size).problem(dtype)
    finding = only(with_gradients(problem, factor * problem.gradients[0]))
    assert finding.outcome is Outcome.DISAGREES
    assert len(finding.wrong) > 0.8 * len(finding.entries)


@pytest.mark.parametrize("size", [9, 100, 10_000])
def test_a_transposed_gradient_is_seen(size: int) -> None:
    side = int(size**0.5)
    a = np.random.default_rng(size).normal(size=(side, side))
    case = Case(lambda p: (np.sum(a * np.sin(p[0])),), (a + 1,), lambda x: (a * np.cos(x),))
    problem = case.problem()
    assert only(problem).outcome is Outcome.AGREES
    assert only(with_gradients(problem, problem.gradients[0].T)).outcome is Outcome.DISAGREES


@pytest.mark.parametrize("seed", range(10))
def test_two_equal_errors_do_not_hide_each_other(seed: int) -> None:
    x = np.full(1_000, 0.7)
    claim = np.cos(x)
    claim[[17, 801]] += 1e-3
    problem = Problem(lambda p: (np.sum(np.sin(p[0])),), (x,), (np.ones(()),), (claim,))
    finding = only(problem, directions=2, seed=f"{seed}")
    assert {entry.index for entry in finding.wrong} == {(17,), (801,)}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", sorted(cases(0)))
def test_one_wrong_entry_of_any_function_is_found_and_nothing_else_is_blamed(name: str, dtype: str) -> None:
    for seed in range(5):
        wrong, source, index = one_entry_off(cases(seed)[name].problem(dtype), 1e-2, np.random.default_rng(seed))
        findings, _ = check(wrong, Settings(seed=f"{seed}"), Budget())
        assert [e.index for e in findings[source].wrong] == [index]
        others = findings[:source] + findings[source + 1 :]
        assert all(finding.outcome is Outcome.AGREES for finding in others)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_wrong_entry_among_ten_thousand_is_found_with_few_evaluations(dtype: str, seed: int) -> None:
    problem = mean_of_sines(10_000).problem(dtype)
    wrong, _, index = one_entry_off(problem, 1e-2, np.random.default_rng(seed))
    (finding,), evaluations = check(wrong, Settings(), Budget())
    assert [entry.index for entry in finding.wrong] == [index]
    # The whole check: that some entry is wrong, where it is, and a close look at it.
    assert evaluations <= 64
    assert check(problem, Settings(), Budget())[1] <= 9


def test_an_entry_is_only_blamed_after_a_fresh_estimate_with_unrelated_steps() -> None:
    steps: set[float] = set()

    def recorded(p: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        steps.add(abs(float(p[0][0]) - 2.0))
        return (p[0] ** 2,)

    problem = Problem(recorded, (np.array([2.0]),), (np.ones(1),), (np.array([5.0]),))
    assert only(problem).outcome is Outcome.DISAGREES
    halvings = np.log2([step / 2.0 / 2.0 ** (-52 / 3) for step in steps if step > 1e-6])
    unrelated = np.abs(halvings - np.round(halvings)) > 0.1
    assert unrelated.any()
    assert not unrelated.all()


def test_a_source_of_tiny_terms_is_checked_on_its_own() -> None:
    sources = (np.full(40, 3.0), np.full(40, 2e-7))
    problem = Problem(
        evaluate=lambda p: (np.sum(p[0] ** 2) + np.sum(p[1] * 3),),
        sources=sources,
        weights=(np.ones(()),),
        gradients=(2 * sources[0], np.full(40, 3.3)),
    )
    findings, _ = check(problem, Settings(mode="projection"), Budget())
    assert [f.outcome for f in findings] == [Outcome.AGREES, Outcome.DISAGREES]


def test_output_weights_are_part_of_the_claim() -> None:
    x, weight = np.arange(1.0, 5.0), np.array([1.0, -2.0, 0.5, 3.0])
    problem = Problem(lambda p: (p[0] ** 2,), (x,), (weight,), (2 * x * weight,))
    assert only(problem).outcome is Outcome.AGREES
    assert only(with_gradients(problem, 2 * x)).outcome is Outcome.DISAGREES


def test_a_users_tolerance_replaces_the_table() -> None:
    problem = mean_of_sines(20).problem()
    off = with_gradients(problem, 1.02 * problem.gradients[0])
    assert only(off).outcome is Outcome.DISAGREES
    assert only(off, relative=0.05).outcome is Outcome.AGREES
    assert only(off, absolute=0.01).outcome is Outcome.AGREES
    assert only(off, absolute=1e-6).outcome is Outcome.DISAGREES


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    problem = cases(0)["tanh net"].problem()
    first, again, other = (only_slopes(problem, seed) for seed in ("a", "a", "b"))
    assert first == again
    assert first != other


def only_slopes(problem: Problem, seed: str) -> list[float]:
    findings, _ = check(problem, Settings(seed=seed), Budget())
    return [c.derivative.value for f in findings for c in f.comparisons]
