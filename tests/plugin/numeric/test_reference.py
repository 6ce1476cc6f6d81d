"""Entries that differ from another way to the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytest_tfgrad.numeric import rounding_for
from pytest_tfgrad.numeric.reference import Reference

from .functions import objective_of

OTHER = np.array([7.0, 7.0])
CLAIM = np.array([1.0, 1.0, -1.0, 1.0])


def suspects(claim: np.ndarray, reference: object, source: int = 1, dtype: str = "float64") -> list[int]:
    """Of two sources, the second of which has these."""
    objective = objective_of(
        lambda other, x: np.sum(other) + np.sum(x),
        OTHER,
        np.ones(claim.shape),
        claims=(OTHER, claim),
        reference=lambda: (OTHER, reference),
        rounding=(rounding_for(dtype),) * 2,
    )
    return Reference(objective).suspects(source).tolist()


def test_entries_that_differ_are_suspected_those_that_differ_most_first() -> None:
    reference = CLAIM + np.array([-0.1, 0, 0.3, 0.2])
    assert suspects(CLAIM, reference) == [4, 5, 2]
    assert suspects(CLAIM, reference, source=0) == []


def test_of_entries_that_differ_alike_the_first_comes_first() -> None:
    reference = 1 + np.tile([0.25, 0.5], 500)
    assert suspects(np.ones(1_000), reference) == [*range(3, 1_002, 2), *range(2, 1_002, 2)]


def test_a_claim_that_is_its_reference_is_not_suspected() -> None:
    found = Reference(objective_of(np.sum, [1.0], claims=([1.0],), reference=lambda: (np.ones(1),))).suspects(0)
    assert found.size == 0
    assert found.dtype == np.intp


# 1024 roundings of the type, at least 1e-9 and at most a twentieth.
@pytest.mark.parametrize(
    ("dtype", "allowed"), [("float64", 1e-9), ("float32", 1024 * 2.0**-23), ("float16", 0.05), ("bfloat16", 0.05)]
)
@pytest.mark.parametrize("sign", [-1, 1])
def test_some_roundings_of_the_type_are_no_difference(dtype: str, allowed: float, sign: int) -> None:
    assert suspects(CLAIM, CLAIM * (1 + 0.99 * sign * allowed), dtype=dtype) == []
    assert suspects(CLAIM, CLAIM * (1 + 1.01 * sign * allowed), dtype=dtype) == [2, 3, 4, 5]


def test_entries_are_measured_by_the_larger_of_themselves_and_the_root_mean_square() -> None:
    claim = np.array([0.0, 4.0, 0.0, 0.0])
    off = 1e-9 * np.array([1.0, 0.99, 0, 0])
    assert suspects(claim, claim + 1.99 * off) == []
    assert suspects(claim, claim + 2.01 * off) == [2]
    assert suspects(claim, claim + 4.01 * off) == [2]
    assert suspects(claim, claim + 4.06 * off) == [2, 3]


def test_an_entry_of_a_claim_of_zeros_that_does_not_differ_is_not_suspected() -> None:
    assert suspects(np.zeros(3), np.array([0.0, 0.1, 0.0])) == [3]


@pytest.mark.parametrize("reference", [None, np.zeros(3), np.zeros((4, 1)), np.full(4, np.nan), np.full(4, np.inf)])
def test_a_reference_that_does_not_exist_or_fit_or_is_not_finite_tells_nothing(reference: object) -> None:
    assert suspects(CLAIM, reference) == []


def test_entries_of_a_reference_that_overflow_tell_nothing_and_others_do() -> None:
    assert suspects(CLAIM, np.array([np.inf, 2, np.nan, 1])) == [3]


def test_parts_of_complex_entries_differ_by_themselves() -> None:
    claim = np.array([1 + 1j, 2 - 2j])
    objective = objective_of(np.real, claim, claims=(claim,), reference=lambda: (claim + np.array([0.5j, 1.0]),))
    assert Reference(objective).suspects(0).tolist() == [2, 1]


def test_a_reference_is_asked_once_and_only_when_it_is_needed() -> None:
    asked = 0

    def reference() -> tuple[Any, ...]:
        nonlocal asked
        asked += 1
        return (np.zeros(2), np.zeros(2))

    objective = objective_of(lambda a, b: a + b, [1.0, 2], [3.0, 4], claims=([1.0, 1], [1.0, 2]), reference=reference)
    found = Reference(objective)
    assert asked == 0
    assert found.suspects(0).tolist() == [0, 1]
    assert found.suspects(1).tolist() == [3, 2]
    assert asked == 1
    assert objective.evaluations == 1


def test_without_a_reference_nothing_is_suspected() -> None:
    assert Reference(objective_of(lambda a, b: a + b, [1.0], [2.0])).suspects(1).tolist() == []


def test_there_is_a_reference_for_each_source() -> None:
    objective = objective_of(lambda a, b: a + b, [1.0], [2.0], reference=lambda: (np.ones(1),))
    with pytest.raises(ValueError, match="zip"):
        Reference(objective).suspects(0)
