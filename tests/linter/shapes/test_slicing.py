"""The size of a slice is that of Python's."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tfgrad_lint.shapes.dims import UNKNOWN, Symbol, of_symbol, substitute, symbol
from tfgrad_lint.shapes.slicing import slice_size

ends = st.one_of(st.none(), st.integers(-8, 8))
steps = st.one_of(st.none(), st.integers(-3, 3).filter(bool))


@given(st.integers(0, 9), ends, ends, steps)
def test_a_slice_of_a_known_axis_is_pythons(size: int, lower: int | None, upper: int | None, step: int | None) -> None:
    assert slice_size(size, lower, upper, step) == len(range(size)[slice(lower, upper, step)])


# What is cut off of a symbolic axis from both ends together is less than the axis.
NEAR = (None, *range(-4, 5))


@pytest.mark.parametrize("step", [None, -3, -2, -1, 1, 2, 3])
def test_a_slice_of_a_symbolic_axis_is_right_for_long_axes(step: int | None) -> None:
    atom = Symbol("n")
    for lower, upper, size in itertools.product(NEAR, NEAR, (8, 9, 20)):
        result = slice_size(of_symbol(atom), lower, upper, step)
        if result is not UNKNOWN:
            taken = len(range(size)[slice(lower, upper, step)])
            assert substitute(result, {atom: size}) == taken, (lower, upper, size)


def test_what_depends_on_which_is_smaller_is_unknown() -> None:
    n = symbol("n")
    assert slice_size(n, None, 10, None) is UNKNOWN
    assert slice_size(n, -3, None, None) is UNKNOWN
    assert slice_size(n, -3, -1, None) is UNKNOWN
    assert slice_size(UNKNOWN, 1, None, None) is UNKNOWN
    # n entries may be fewer than m, and n - m of them fewer than none.
    assert slice_size(n, None, symbol("m"), None) is UNKNOWN
    assert slice_size(n - symbol("m"), None, n, None) is UNKNOWN


def test_a_step_that_is_no_number_or_zero_is_unknown() -> None:
    n = symbol("n")
    assert slice_size(n, None, None, n) is UNKNOWN
    assert slice_size(4, None, None, 0) is UNKNOWN


def test_common_slices_of_symbolic_axes_are_known() -> None:
    n = symbol("n")
    assert slice_size(n, 1, None, None) == n - 1 == slice_size(n, None, -1, None)
    assert slice_size(n, None, n, None) == n
    assert slice_size(n, None, None, 2) == (n + 1) // 2
    assert slice_size(n, None, None, -1) == n
    assert slice_size(n, 1, -2, None) == n - 3
    assert slice_size(n, 1, -1, 2) == (n - 1) // 2
    assert slice_size(2 * n, n, None, None) == n == slice_size(2 * n, None, n, None)
    assert slice_size(2 * n, 1, n, None) == n - 1
    assert slice_size(n, n, None, None) == 0
    assert slice_size(UNKNOWN, None, 1, None) == 1 == slice_size(n, -1, None, None)
