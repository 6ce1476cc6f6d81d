"""A replay holds values only as long as they are needed, and no more of them than is allowed."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from pytest_tfgrad import GradientError, check_gradients
from pytest_tfgrad.replay import memory
from pytest_tfgrad.results import Verdict

ENTRIES = 1_000
BYTES = 8 * ENTRIES
OPS = 30


def chain(factor: float) -> Any:
    """A function of many ops of which each only needs the one before, with a gradient that is off by a factor."""

    @tf.custom_gradient
    def scaled(x: Any) -> Any:
        return 2 * x, lambda upstream: 2 * factor * upstream

    def function(x: Any) -> Any:
        for _ in range(OPS):
            x = tf.sin(x)
        return scaled(x)

    return function


def verdict(function: Any) -> tuple[Verdict, str]:
    x = tf.linspace(0.1, 1.0, ENTRIES)
    try:
        (result,) = check_gradients(function, [x])
    except GradientError as error:
        (result,) = error.results
    return result.verdict, result.reason


@pytest.mark.parametrize(("factor", "expected"), [(1.0, Verdict.RIGHT), (1.1, Verdict.WRONG)])
def test_values_that_no_later_op_needs_count_no_more(
    monkeypatch: pytest.MonkeyPatch, factor: float, expected: Verdict
) -> None:
    monkeypatch.setattr(memory, "MOST_BYTES", 4 * BYTES)
    assert verdict(chain(factor))[0] is expected


def test_a_replay_beyond_the_bound_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_BYTES", BYTES // 2)
    found, reason = verdict(chain(1.1))
    assert found is Verdict.INCONCLUSIVE
    assert reason == "Recomputing it in float64 takes more than 0 MiB of memory."
