"""The formulas behind a claim, told from the rounding of its type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytest_tfgrad.numeric import Comparison, Entry, Outcome, rounding_for
from pytest_tfgrad.numeric.comparison import Comparer
from pytest_tfgrad.numeric.derivative import Derivative
from pytest_tfgrad.numeric.formula import Formula

from .functions import objective_of

AGREES, DISAGREES, UNDECIDED = Outcome.AGREES, Outcome.DISAGREES, Outcome.UNDECIDED
FLOAT64, FLOAT32 = rounding_for("float64"), rounding_for("float32")
CLAIMS = (np.array([1.0, 2.0]), np.array([3.0]))
EXACT = (np.array([1.5, 2.0]), np.array([4.0]))
UNIT = np.array([2.0, 1.0, 10.0])


def formula(
    exact: tuple[np.ndarray | None, ...] | None = EXACT,
    types: tuple[str, str] = ("float32", "float32"),
    asked: list[str] | None = None,
    **known: Any,
) -> Formula:
    def evaluated() -> tuple[np.ndarray | None, ...]:
        if asked is not None:
            asked.append("exact")
        assert exact is not None
        return exact

    objective = objective_of(
        lambda x, y: np.sum(x) + np.sum(y),
        np.ones(2),
        np.ones(1),
        claims=CLAIMS,
        rounding=tuple(map(rounding_for, types)),
        exact=None if exact is None else evaluated,
        **known,
    )
    return Formula(Comparer(objective, UNIT))


def gradient(of: Formula) -> list[float]:
    assert of.objective is not None
    return list(of.objective.gradient)


def test_formulas_take_the_place_of_claims_in_coarser_types() -> None:
    both = formula()
    assert gradient(both) == [1.5, 2, 4]
    assert both.objective is not None
    assert both.objective.problem.rounding == (FLOAT64, FLOAT64)
    coarse = formula(types=("float64", "float32"))
    assert gradient(coarse) == [1, 2, 4]
    assert gradient(formula(types=("float32", "float64"))) == [1.5, 2, 3]


def test_claims_whose_formula_is_not_known_stay() -> None:
    one = formula(exact=(None, EXACT[1]))
    assert gradient(one) == [1, 2, 4]
    assert one.objective is not None
    assert one.objective.problem.rounding == (FLOAT32, FLOAT64)


@pytest.mark.parametrize(
    "none",
    [
        formula(exact=None),
        formula(exact=(None, None)),
        formula(types=("float64", "float64")),
        formula(exact=(None, EXACT[1]), types=("float32", "float64")),
        formula(precision=FLOAT32.epsilon),
    ],
    ids=["no formulas", "none known", "no coarse type", "none of the coarse type", "as coarse as the arithmetic"],
)
def test_where_there_is_no_formula_of_a_coarse_claim_nothing_is_explained(none: Formula) -> None:
    assert none.objective is None
    assert not none.explains(comparison(derivative=8.0))
    assert not none.explains_entry(0, entry(numeric=1.5))
    assert not none.differs(0)


def test_formulas_are_evaluated_once_and_only_when_they_are_needed() -> None:
    asked: list[str] = []
    found = formula(asked=asked)
    assert not found.explains(comparison(AGREES))
    assert not found.explains_entry(0, entry(AGREES))
    assert asked == []
    found.explains(comparison())
    found.explains_entry(0, entry())
    found.differs(0)
    assert asked == ["exact"]
    untold: list[str] = []
    assert formula(types=("float64", "float64"), asked=untold).objective is None
    assert untold == []


def comparison(outcome: Outcome = DISAGREES, derivative: float = 7.5, rounded: bool = False) -> Comparison:
    """Along 1, 0 and 1, where the claims are 4 and the formulas 5.5."""
    slope = Derivative(derivative, 0.0, 1.0, 0.0, 4.0)
    return Comparison(outcome, 4.0, slope, 0.1, 1.0, rounded=rounded, direction=np.array([1.0, 0.0, 1.0]))


def entry(outcome: Outcome = DISAGREES, numeric: float = 1.5, rounded: bool = False) -> Entry:
    """The first one, whose claim is 1 and whose formula 1.5."""
    return Entry((0,), "", 1.0, numeric, 0.0, outcome, rounded=rounded)


# Of the distance from the claim, half is left where the derivative is 3 off the claim on the side of the formula, and
# where it is 1 off.
@pytest.mark.parametrize(
    ("derivative", "explained"),
    [(5.5, True), (7.0, True), (7.01, False), (5.0, True), (4.99, False), (3.0, False), (np.nan, False)],
)
def test_a_formula_explains_a_mismatch_of_which_it_leaves_no_more_than_half(derivative: float, explained: bool) -> None:
    assert formula().explains(comparison(derivative=derivative)) is explained
    assert formula().explains(comparison(UNDECIDED, derivative)) is explained


@pytest.mark.parametrize(
    ("numeric", "explained"),
    [(1.5, True), (2.0, True), (2.01, False), (4 / 3 + 0.01, True), (4 / 3 - 0.01, False), (0.5, False)],
)
def test_a_formula_explains_an_entry_of_whose_mismatch_it_leaves_no_more_than_half(
    numeric: float, explained: bool
) -> None:
    assert formula().explains_entry(0, entry(numeric=numeric)) is explained
    assert formula().explains_entry(0, entry(UNDECIDED, numeric)) is explained


def test_the_formula_of_an_entry_is_that_at_its_coordinate() -> None:
    last = Entry((0,), "", 3.0, 4.0, 0.0, DISAGREES)
    assert formula().explains_entry(2, last)
    assert not formula().explains_entry(1, last)


def test_what_agrees_needs_no_explanation_unless_it_does_so_for_its_lost_digits_only() -> None:
    assert not formula().explains(comparison(AGREES, 5.5))
    assert formula().explains(comparison(AGREES, 5.5, rounded=True))
    assert not formula().explains_entry(0, entry(AGREES))
    assert formula().explains_entry(0, entry(AGREES, rounded=True))


# Moved by the unit of 2, the claim of 1 may be eight roundings of 2 off, and the smallest numbers of the type.
ALLOWED = 8 * FLOAT32.epsilon * np.sqrt(2**2 + 2**2) / 2


@pytest.mark.parametrize(("off", "differs"), [(0.99, False), (1.01, True), (-0.99, False), (-1.01, True)])
def test_a_claim_differs_from_its_formula_beyond_the_rounding_of_its_type(off: float, differs: bool) -> None:
    exact = (CLAIMS[0] + np.array([off * ALLOWED, 0.0]), 2 * CLAIMS[1])
    assert formula(exact).differs(0) is differs


def test_one_source_may_differ_where_another_does_not() -> None:
    other = formula((CLAIMS[0], 2 * CLAIMS[1]))
    assert (other.differs(0), other.differs(1)) == (False, True)


def test_a_source_without_entries_does_not_differ() -> None:
    objective = objective_of(
        lambda x, y: np.sum(x) + np.sum(y),
        np.ones(2),
        np.ones(0),
        claims=(CLAIMS[0], np.ones(0)),
        rounding=(FLOAT32, FLOAT32),
        exact=lambda: (EXACT[0], np.ones(0)),
    )
    found = Formula(Comparer(objective, np.ones(2)))
    assert (found.differs(0), found.differs(1)) == (True, False)


@pytest.mark.parametrize(("off", "differs"), [(7.9, False), (8.1, True)])
def test_a_claim_may_differ_by_the_rounding_of_what_was_added_up_to_it(off: float, differs: bool) -> None:
    # Ten times the unit of 10: of a sum of terms of 500.
    exact = (CLAIMS[0], CLAIMS[1] + off * FLOAT32.epsilon * 500)
    summed = (np.ones(2), np.array([500.0]))
    assert formula(exact, summed=summed).differs(1) is differs


def test_a_difference_within_the_tolerance_of_the_user_is_none() -> None:
    objective = formula()._comparer.objective
    generous = Formula(Comparer(objective, UNIT, absolute=0.5))
    strict = Formula(Comparer(objective, UNIT, absolute=0.4))
    # By the norm of the units of both entries.
    assert not generous.differs(0)
    assert strict.differs(0)
