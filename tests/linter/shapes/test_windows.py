"""A window has as many positions as TensorFlow's convolution has outputs."""

from __future__ import annotations

import itertools

import pytest
from tfgrad_lint.shapes.dims import UNKNOWN, Symbol, of_symbol, substitute, symbol
from tfgrad_lint.shapes.windows import window_count


def positions(size: int, window: int, stride: int, padding: str, dilation: int) -> int:
    """Count the places at which a window lies."""
    if padding == "SAME":
        return len(range(0, size, stride))
    reach = (window - 1) * dilation + 1
    return sum(start + reach <= size for start in range(0, size, stride))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_positions_are_counted(padding: str) -> None:
    for size, window, stride, dilation in itertools.product(range(1, 12), range(1, 5), range(1, 4), range(1, 4)):
        if (window - 1) * dilation + 1 > size:
            continue
        expected = positions(size, window, stride, padding, dilation)
        assert window_count(size, window, stride, padding, dilation) == expected
        atom = Symbol("n")
        symbolic = window_count(of_symbol(atom), window, stride, padding, dilation)
        assert substitute(symbolic, {atom: size}) == expected


def test_without_dilation_a_window_is_dense() -> None:
    assert window_count(10, 3, 1, "VALID") == 8


def test_symbolic_counts_read_as_one_would_write_them() -> None:
    n = symbol("n")
    assert window_count(n, 3, 1, "SAME") == n == window_count(n, 1, 1, "VALID")
    assert window_count(n, 3, 1, "VALID") == n - 2
    assert window_count(2 * n, 2, 2, "VALID") == n


def test_a_window_that_does_not_fit_has_none_or_fewer_positions() -> None:
    assert window_count(2, 4, 1, "VALID") == -1
    # Rounded towards zero, as TensorFlow does, which then raises for less than 0 only.
    assert [window_count(size, 6, 3, "VALID") for size in (6, 5, 4, 3, 2, 1, 0)] == [1, 0, 0, 0, 0, 0, -1]


def test_what_is_not_known_gives_an_unknown_count() -> None:
    assert window_count(8, 3, UNKNOWN, "VALID") is UNKNOWN
    assert window_count(8, 3, 0, "SAME") is UNKNOWN
    assert window_count(8, 3, -1, "SAME") is UNKNOWN
    assert window_count(8, 3, 1, "EXPLICIT") is UNKNOWN
