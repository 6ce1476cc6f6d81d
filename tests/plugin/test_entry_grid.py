"""Gradients as matrices for pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_tfgrad.entry_grid import grid_of
from pytest_tfgrad.numeric import Entry, Outcome


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


@pytest.mark.parametrize("gradient", [np.zeros(()), np.zeros((1, 1)), np.zeros(0), np.zeros(3, np.complex128)], ids=str)
def test_there_is_no_picture_of_scalars_and_complex_numbers(gradient: np.ndarray) -> None:
    assert grid_of(gradient, [entry((0,), 1.0, 2.0)]) is None
