"""Numbers as a reader wants them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tfgrad.report import numbers


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.44, "+0.44000"),
        (-0.000123456, "-1.2346e-04"),
        (0.0, "+0.00000"),
        (1.0, "+1.00000"),
        (-12.3456789, "-12.346"),
        (99999.0, "+99999"),
        (1e5, "+1.0000e+05"),
    ],
)
def test_values(number: float, text: str) -> None:
    assert numbers.value(number) == text


@given(st.floats(-1e30, 1e30).filter(lambda x: abs(x) > 1e-30))
def test_a_value_keeps_four_digits(number: float) -> None:
    assert float(numbers.value(number)) == pytest.approx(number, rel=1e-2 if abs(number) < 1e-2 else 1e-4)


@pytest.mark.parametrize(
    ("tape", "numeric", "text"),
    [(1.1, 1.0, "1.1"), (-1.0, 1.0, "-1"), (1.0, 0.0, "-"), (1.0, 1e-9, "-"), (0.0, 2.0, "0")],
)
def test_ratios(tape: float, numeric: float, text: str) -> None:
    assert numbers.ratio(tape, numeric) == text


def test_indices_and_names() -> None:
    assert numbers.index((3, 17), "") == "[3, 17]"
    assert numbers.index((2,), "imag") == "[2].imag"
    assert numbers.index((), "") == "()"
    assert numbers.names(("a", "b")) == "'a', 'b'"
    assert numbers.names(tuple("abcdefgh")) == "'a', 'b', 'c', 'd', 'e', 'f' and 2 more"


def test_paths_are_relative_where_they_can_be() -> None:
    assert numbers.path("/project/tests/a.py", Path("/project")) == "tests/a.py"
    assert numbers.path("/other/a.py", Path("/project")) == "/other/a.py"
