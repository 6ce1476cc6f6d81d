"""Right gradients are never called wrong: the functions on which other checkers raise false alarms."""

from __future__ import annotations

import pytest

from pytest_tfgrad.numeric import Budget, Outcome, Settings, check

from .functions import cases

NAMES = sorted(cases(0))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", NAMES)
def test_right_gradients_agree_for_every_seed(name: str, dtype: str) -> None:
    outcomes = {
        seed: [f.outcome for f in check(cases(seed)[name].problem(dtype), Settings(seed=f"{seed}"), Budget())[0]]
        for seed in range(20)
    }
    assert {seed: o for seed, o in outcomes.items() if set(o) != {Outcome.AGREES}} == {}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", NAMES)
def test_every_right_entry_agrees_in_full_mode(name: str, dtype: str) -> None:
    findings, _ = check(cases(3)[name].problem(dtype), Settings(mode="full"), Budget())
    assert [f.reason for f in findings if f.outcome is not Outcome.AGREES] == []
    assert all(f.covered == f.size for f in findings)
    assert all(f.is_complete for f in findings if f.size <= 256)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_right_network_costs_one_evaluation_a_direction(dtype: str) -> None:
    # Joint directions over 4 sources, and the base point; auto needs no more than 2 of them.
    problem = cases(1)["tanh net"].problem(dtype)
    assert check(problem, Settings(mode="projection"), Budget())[1] == 4 + 1
    assert check(problem, Settings(), Budget())[1] == 2 + 1
    assert check(problem, Settings(directions=1), Budget())[1] == 1 + 1
