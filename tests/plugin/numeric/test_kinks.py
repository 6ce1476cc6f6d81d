"""Points where a function has no derivative: every subgradient is right, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, Outcome, Problem, Settings, check

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AGREES, DISAGREES, UNDECIDED = Outcome.AGREES, Outcome.DISAGREES, Outcome.UNDECIDED
TIES = np.array([1.0, 1.0, 0.5])
MIXED = np.array([0.0, 1.0, -2.0])


Function = "Callable[[Sequence[np.ndarray]], np.ndarray]"


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def outcomes(
    f: Callable[[Sequence[np.ndarray]], np.ndarray], *pairs: tuple[object, object], mode: str = "auto"
) -> list:
    sources = tuple(np.asarray(x, np.float64) for x, _ in pairs)
    gradients = tuple(np.asarray(g, np.float64) for _, g in pairs)
    problem = Problem(lambda p: (np.asarray(f(p)),), sources, (np.ones_like(f(sources)),), gradients)
    findings, _ = check(problem, Settings(mode=mode, seed="kinks"), Budget())  # type: ignore[arg-type]
    return [finding.outcome for finding in findings]


@pytest.mark.parametrize("mode", ["auto", "full", "projection"])
@pytest.mark.parametrize(
    ("f", "x", "gradient", "outcome"),
    [
        pytest.param(lambda p: relu(p[0]), 0.0, 0.0, AGREES, id="relu at 0, left slope"),
        pytest.param(lambda p: relu(p[0]), 0.0, 1.0, AGREES, id="relu at 0, right slope"),
        pytest.param(lambda p: relu(p[0]), 0.0, 0.5, AGREES, id="relu at 0, between"),
        pytest.param(lambda p: relu(p[0]), 0.0, 1.1, DISAGREES, id="relu at 0, beyond"),
        pytest.param(lambda p: abs(p[0]), MIXED, np.sign(MIXED), AGREES, id="abs"),
        pytest.param(lambda p: abs(p[0]), MIXED, -np.sign(MIXED), DISAGREES, id="abs, sign"),
        pytest.param(lambda p: np.max(p[0]), TIES, [0.5, 0.5, 0], AGREES, id="max of ties, shared"),
        pytest.param(lambda p: np.max(p[0]), TIES, [1, 0, 0], AGREES, id="max of ties, first"),
        pytest.param(lambda p: np.max(p[0]), TIES, [0.5, 0.5, 0.5], DISAGREES, id="max of ties, third"),
        pytest.param(lambda p: np.sqrt(np.sum(p[0] ** 2)), np.zeros(3), np.zeros(3), AGREES, id="norm at 0"),
        pytest.param(lambda p: relu(p[0]) - relu(-p[0]), MIXED, [1, 1, 1], AGREES, id="smooth sum of kinks"),
        pytest.param(lambda p: relu(p[0]) - relu(-p[0]), MIXED, [0, 1, 1], DISAGREES, id="kinks excuse no smooth sum"),
        pytest.param(lambda p: p[0] * abs(p[0]), MIXED, [0, 2, 4], AGREES, id="x |x|"),
        pytest.param(lambda p: relu(p[0] - 1), [1 + 1e-6, 1 - 1e-6, 3], [1, 0, 1], AGREES, id="kinks close by"),
        pytest.param(lambda p: relu(p[0] - 1), [1 + 1e-6, 1 - 1e-6, 3], [1, 1, 1], DISAGREES, id="wrong close to kink"),
        pytest.param(lambda p: np.floor(10 * p[0]) + p[0], [0.123, 7.77], [1, 1], AGREES, id="staircase"),
        # Each axis has the slope 0, all of them together have 1: no gradient is right.
        pytest.param(lambda p: np.median(p[0]), np.ones(3), np.full(3, 1 / 3), UNDECIDED, id="median of equals"),
        pytest.param(
            lambda p: np.median(p[0]), np.ones(999), np.full(999, 1 / 999), UNDECIDED, id="median of many equals"
        ),
        pytest.param(lambda p: np.median(p[0]), np.arange(999.0), np.ones(999), DISAGREES, id="median, wrong"),
    ],
)
def test_a_subgradient_is_right_and_nothing_else(
    f: Callable[..., np.ndarray], x: object, gradient: object, outcome: Outcome, mode: str
) -> None:
    assert outcomes(f, (x, gradient), mode=mode) == [outcome]


def test_kinks_that_cancel_along_a_joint_direction_are_no_alarm() -> None:
    zeros = np.zeros(20)
    assert outcomes(lambda p: relu(p[0]) - relu(p[1]), (zeros, zeros), (zeros, zeros)) == [AGREES, AGREES]


@pytest.mark.parametrize(("error", "outcome"), [(0.0, AGREES), (0.1, DISAGREES)])
def test_many_entries_on_the_same_kink_hide_no_wrong_entry(error: float, outcome: Outcome) -> None:
    x = np.random.default_rng(0).normal(size=1000)
    x[::2] = 0
    gradient = (x > 0) + error * (np.arange(1000) == 7)
    assert outcomes(lambda p: relu(p[0]), (x, gradient)) == [outcome]


def test_a_remark_says_how_many_entries_lie_on_a_kink() -> None:
    problem = Problem(lambda p: (relu(p[0]),), (MIXED,), (np.ones(3),), (np.array([0.0, 1, 0]),))
    (finding,), _ = check(problem, Settings(), Budget())
    assert finding.reason.startswith("1 entry lies on a kink")
    assert [entry.kink for entry in finding.entries][1:] == [None, None]
    assert finding.entries[0].kink == pytest.approx((0, 1))


def test_noise_is_undecided_not_wrong() -> None:
    random = np.random.default_rng(0)
    assert outcomes(lambda p: p[0].sum() + 1e-6 * random.normal(), (np.ones(5), np.ones(5))) == [UNDECIDED]
    assert outcomes(lambda p: p[0].sum() + 1e-6 * random.normal(), (np.ones(500), np.ones(500))) == [UNDECIDED]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_edge_of_a_domain_is_undecided_not_wrong() -> None:
    assert outcomes(lambda p: np.sqrt(p[0]), ([0.0, 1.0], [5.0, 0.5])) == [UNDECIDED]
    assert outcomes(lambda p: np.log(p[0]), ([-1.0], [1.0])) == [UNDECIDED]


def test_a_target_that_changes_its_shape_is_undecided() -> None:
    x = np.arange(3.0)
    assert outcomes(lambda p: p[0][p[0] >= 1.0], (x, [0, 1, 1])) == [UNDECIDED]
