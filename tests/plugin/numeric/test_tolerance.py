"""What rounding may do to a gradient."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_tfgrad.numeric import ROUNDINGS, rounding_for
from pytest_tfgrad.numeric.tolerance import BFLOAT16, FLOAT16, FLOAT32, FLOAT64


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
def test_the_table_has_the_numbers_of_the_types(name: str) -> None:
    rounding, type_ = rounding_for(name), np.finfo(name)
    assert rounding.epsilon == type_.eps
    assert rounding.tiny == type_.tiny


def test_bfloat16_has_the_range_of_float32_and_eight_bits() -> None:
    assert (BFLOAT16.epsilon, BFLOAT16.tiny) == (2.0**-7, FLOAT32.tiny)


def test_a_gradient_may_be_eight_roundings_off_and_one_in_float64_a_millionth() -> None:
    assert [r.relative / r.epsilon for r in (FLOAT32, FLOAT16, BFLOAT16)] == [8, 8, 8]
    assert FLOAT64.relative == 1e-6


def test_complex_types_round_as_their_parts_do() -> None:
    assert ROUNDINGS["complex64"] is FLOAT32
    assert ROUNDINGS["complex128"] is FLOAT64


@pytest.mark.parametrize(
    ("dtype", "precision", "expected"),
    [
        pytest.param("float32", 0.0, FLOAT32, id="its own"),
        pytest.param("float64", 2.0**-23, FLOAT32, id="float64 from float32"),
        pytest.param("float64", 2.0**-7, BFLOAT16, id="float64 from bfloat16"),
        pytest.param("float16", 2.0**-7, BFLOAT16, id="float16 from bfloat16"),
        pytest.param("bfloat16", 2.0**-10, BFLOAT16, id="bfloat16 from float16"),
        pytest.param("float32", 2.0**-10, FLOAT16, id="float32 from float16"),
        pytest.param("float32", 0.99 * 2.0**-10, FLOAT32, id="finer than float16"),
        pytest.param("float32", 2.0**-9, FLOAT16, id="coarser than float16, finer than bfloat16"),
    ],
)
def test_the_coarsest_arithmetic_that_took_part_decides(dtype: str, precision: float, expected: object) -> None:
    assert rounding_for(dtype, precision) is expected
