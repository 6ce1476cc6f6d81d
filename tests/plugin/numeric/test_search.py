"""Finding wrong entries from how directions miss."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from pytest_tfgrad.numeric import rounding_for
from pytest_tfgrad.numeric.comparison import Comparer
from pytest_tfgrad.numeric.directions import generator, random_factors
from pytest_tfgrad.numeric.residues import Residue, Residues
from pytest_tfgrad.numeric.search import suspects, the_only_one

from .functions import objective_of


def missing(error: np.ndarray, count: int, blur: float = 0.0) -> list[Residue]:
    """Along random directions, by a claim with this error."""
    directions = [random_factors(generator(f"{n}"), error.size) for n in range(count)]
    return [Residue(direction, float(error @ direction), blur) for direction in directions]


def test_the_only_wrong_entry_is_told_by_how_two_directions_miss() -> None:
    error = np.zeros(100)
    error[37] = -2.0
    assert the_only_one(missing(error, 2)).tolist() == [37]


def test_no_single_entry_explains_two_errors() -> None:
    error = np.zeros(100)
    error[[20, 70]] = 1.0, 2.0
    assert the_only_one(missing(error, 4)).size == 0


def test_one_direction_tells_nothing_about_the_coordinates_that_it_moves() -> None:
    direction = np.array([0.5, 0.0, -1.0, 0.75])
    found = the_only_one([Residue(direction, 1.0, 0.0)])
    assert found.tolist() == [0, 2, 3]
    assert found.dtype == np.intp


def ratios(*others: float, value: float, blur: float = 0.0, first: float = 1.0, first_blur: float = 0.0) -> list[int]:
    """Of entries that the second direction moves by these, and the first direction by one."""
    direction = np.array(others)
    return the_only_one([Residue(np.ones(direction.size), first, first_blur), Residue(direction, value, blur)]).tolist()


def test_the_likeliest_come_first_and_of_equals_the_first() -> None:
    assert ratios(0.5004, 0.4991, 0.5, 0.5004, 0.5, 0.6, value=0.5) == [2, 4, 0, 3, 1]


def test_a_ratio_that_is_a_thousandth_off_is_explained() -> None:
    assert ratios(0.5 + 0.98e-3, 0.5 - 0.99e-3, 0.5 + 1.01e-3, 0.5 - 1.01e-3, value=0.5) == [0, 1]
    assert ratios(1e-3, 1.001e-3, value=0.0) == [0]
    assert ratios(-0.5 + 0.99e-3, -0.5 - 1.01e-3, 0.5, value=-0.5) == [0]


def test_the_blur_of_both_residues_is_allowed_for() -> None:
    off = (0.5 + 0.0199, 0.5 + 0.0211)
    # 0.04 by itself, relative to a first residue of -2, or 0.08 of the first times the ratio of a half.
    assert ratios(*off, value=-1.0, first=-2.0, blur=0.04) == [0]
    assert ratios(*off, value=-1.0, first=-2.0, first_blur=0.08) == [0]
    assert ratios(*(-o for o in off), value=1.0, first=-2.0, first_blur=0.08) == [0]
    assert ratios(*off, value=-1.0, first=-2.0, blur=0.02, first_blur=0.04) == [0]


def test_an_entry_must_explain_every_direction() -> None:
    ones = np.ones(3)
    directions = np.array([[0.5, 0.5, 0.5005], [0.7, 0.7007, 0.7]])
    others = [Residue(direction, value, 0.0) for direction, value in zip(directions, (0.5, 0.7), strict=True)]
    assert the_only_one([Residue(ones, 1.0, 0.0), *others]).tolist() == [0, 2, 1]
    assert the_only_one([Residue(ones, 1.0, 0.0), *others, Residue(ones, 0.5, 0.0)]).size == 0


def searched(error: np.ndarray, direction: np.ndarray, blur: float = 0.0) -> tuple[list[int], Residues]:
    """What is suspected of claims that are this much more than slopes of zero."""
    objective = objective_of(lambda x: 0 * np.sum(x), np.zeros(error.size), claims=(error,))
    residues = Residues(Comparer(objective, np.ones(error.size)), 0.5, blur)
    return list(suspects(residues, residues.known(direction, float(error @ direction)))), residues


def test_the_worst_of_several_wrong_entries_is_suspected_first() -> None:
    error = np.zeros(16)
    error[[2, 9, 12]] = 1.0, -5.0, 3.0
    found, _ = searched(error, np.ones(16))
    assert found == [9, 12, 2]


def test_a_halving_costs_two_evaluations() -> None:
    error = np.zeros(16)
    error[11] = 1.0
    found, residues = searched(error, np.ones(16))
    assert found == [11]
    assert residues.comparer.objective.evaluations == 1 + 4 * 2


def test_only_coordinates_that_the_direction_moves_are_suspected() -> None:
    direction = np.array([1.0, 0, -1, 0, 0.5])
    found, _ = searched(np.array([1.0, 9, 2, 9, 7]), direction)
    assert found == [4, 2, 0]


def test_no_entry_is_suspected_of_a_residue_within_its_blur() -> None:
    found, residues = searched(np.array([1.0, 0, 0, 0]), np.ones(4), blur=1.01)
    assert found == []
    assert residues.comparer.objective.evaluations == 1 + 2
    assert searched(np.array([1.0, 0, 0, 0]), np.ones(4), blur=0.99)[0] == [0]


@pytest.mark.parametrize("claim", [(0.01, 2.0**20), (2.0**20, 0.01)])
def test_the_rounding_of_one_half_hides_no_error_in_the_other(claim: tuple[float, ...]) -> None:
    slopes = np.array([s if s > 1 else 0.0 for s in claim])
    objective = objective_of(
        lambda x: x @ slopes, np.zeros(2), claims=(np.array(claim),), rounding=(rounding_for("float32"),)
    )
    residues = Residues(Comparer(objective, np.ones(2)), 0.5, 0.0)
    whole = residues.known(np.ones(2), 0.01)
    assert whole.blur > 0.1
    assert list(suspects(residues, whole)) == [claim.index(0.01)]


def test_errors_that_cancel_along_the_whole_are_seen_in_its_halves() -> None:
    assert searched(np.array([1.0, 0, 0, -1]), np.ones(4))[0] == [0, 3]


def test_of_equally_wrong_entries_the_first_is_suspected_first() -> None:
    assert searched(np.ones(4), np.ones(4))[0] == [0, 1, 2, 3]


def test_the_only_coordinate_is_suspected_without_an_evaluation() -> None:
    found, residues = searched(np.ones(3), np.array([0, 1.0, 0]))
    assert found == [1]
    assert residues.comparer.objective.evaluations == 1


def test_a_search_goes_no_further_than_it_is_asked() -> None:
    error = np.ones(64)
    error[40] = 100
    objective = objective_of(lambda x: 0 * np.sum(x), np.zeros(64), claims=(error,))
    residues = Residues(Comparer(objective, np.ones(64)), 0.5, 0.0)
    whole = residues.known(np.ones(64), float(np.sum(error)))
    assert list(islice(suspects(residues, whole), 1)) == [40]
    assert objective.evaluations == 1 + 2 * 6


@pytest.mark.parametrize("size", [2, 3, 7, 12])
def test_every_wrong_entry_is_found_if_errors_do_not_cancel(size: int) -> None:
    error = np.arange(1.0, size + 1)
    assert sorted(searched(error, random_factors(generator("search"), size) ** 2)[0]) == list(range(size))
