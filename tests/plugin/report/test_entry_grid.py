"""Gradients as matrices for pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_tfgrad.checking.entry_grid import grid_of, grid_of_jacobian
from pytest_tfgrad.checking.jacobian_entries import Column
from pytest_tfgrad.numeric import Entry, Outcome
from pytest_tfgrad.results import Layout


def entry(index: tuple[int, ...], tape: float, numeric: float) -> Entry:
    return Entry(index, "", tape, numeric, 0.0, Outcome.DISAGREES)


def test_a_small_gradient_is_shown_entry_by_entry_with_what_is_not_compared_left_out() -> None:
    gradient = np.arange(12.0).reshape(2, 2, 3)
    grid = grid_of(gradient, [entry((1, 0, 2), 8.0, 7.0)])
    assert grid is not None
    assert (grid.columns, grid.block, grid.compared) == (3, (1, 1), 1)
    assert grid.tape == tuple(range(12))
    assert grid.numeric[8] == 7.0
    assert sum(map(math.isnan, grid.numeric)) == 11


def test_a_block_shows_its_worst_compared_entry_or_else_its_largest() -> None:
    gradient = np.zeros((130, 2))
    gradient[4, 0], gradient[129, 1] = -9.0, 5.0
    compared = [entry((0, 0), 0.0, 0.1), entry((1, 0), 0.0, 3.0)]
    grid = grid_of(gradient, compared)
    assert grid is not None
    assert (grid.columns, grid.block, grid.compared) == (2, (3, 1), 2)
    assert len(grid.tape) == 44 * 2
    assert (grid.tape[0], grid.numeric[0]) == (0.0, 3.0)
    assert grid.tape[2] == -9.0
    assert math.isnan(grid.numeric[2])
    # The last block has one row of the gradient only.
    assert grid.tape[-1] == 5.0


@pytest.mark.parametrize("gradient", [np.zeros(()), np.zeros((1, 1)), np.zeros(0)], ids=str)
def test_there_is_no_picture_of_a_scalar(gradient: np.ndarray) -> None:
    assert grid_of(gradient, [entry((0,), 1.0, 2.0)]) is None


def test_the_imaginary_parts_of_a_complex_gradient_stand_to_the_right() -> None:
    gradient = np.array([[1.0 + 5.0j, 2.0 + 6.0j], [3.0 + 7.0j, 4.0 + 8.0j]])
    compared = [Entry((1, 0), part, 0.0, numeric, 0.0, Outcome.DISAGREES) for part, numeric in [("imag", -7.0)]]
    grid = grid_of(gradient, compared)
    assert grid is not None
    assert (grid.columns, grid.compared, grid.layout) == (4, 1, Layout.COMPLEX)
    assert grid.tape == (1.0, 2.0, 5.0, 6.0, 3.0, 4.0, 7.0, 8.0)
    assert grid.numeric[6] == -7.0
    wide = grid_of(np.zeros((2, 40), np.complex128), compared)
    assert wide is not None
    assert (wide.columns, wide.block) == (40, (1, 2))


def column(index: tuple[int, ...], numeric: list[float]) -> Column:
    return Column(index, "", np.zeros(len(numeric)), np.array(numeric), np.zeros(len(numeric)))


def test_a_jacobian_has_a_row_for_each_entry_of_the_target() -> None:
    # Target (2,), source (2, 2).
    grid = grid_of_jacobian(np.arange(8.0).reshape(2, 2, 2), [column((1, 0), [20.0, 60.0])], "jacobian", 2)
    assert grid is not None
    assert (grid.columns, grid.compared, grid.layout) == (4, 2, Layout.JACOBIAN)
    assert grid.tape == tuple(range(8))
    assert (grid.numeric[2], grid.numeric[6]) == (20.0, 60.0)


def test_a_batch_jacobian_has_the_rows_of_its_members_one_after_the_other() -> None:
    # Two members, target (3,), source (2,).
    jacobian = np.arange(12.0).reshape(2, 3, 2)
    grid = grid_of_jacobian(jacobian, [column((1, 0), [60.0, 80.0, 100.0])], "batch_jacobian", 2)
    assert grid is not None
    assert (grid.columns, grid.compared, grid.layout) == (2, 3, Layout.BATCH_JACOBIAN)
    assert [grid.numeric[place] for place in (6, 8, 10)] == [60.0, 80.0, 100.0]
    assert grid_of_jacobian(jacobian * 1j, [], "batch_jacobian", 2) is None
