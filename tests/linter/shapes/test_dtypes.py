"""The dtypes that NumPy gives are known without NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from tfgrad_lint.shapes import dtypes

NAMES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "complex64", "complex128",
)  # fmt: skip


@pytest.mark.parametrize("left", NAMES)
@pytest.mark.parametrize("right", NAMES)
def test_two_arrays_are_promoted_as_in_numpy(left: str, right: str) -> None:
    assert dtypes.promote(left, right) == np.promote_types(left, right).name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", [True, 2, 0.5, 1j])
def test_a_python_number_is_promoted_as_in_numpy(name: str, number: complex) -> None:
    expected = (np.zeros(3, name) * number).dtype.name
    kind = type(number).__name__
    # Multiplying booleans is another function; for the rest the product tells the dtype.
    if not (name == "bool" and kind == "bool"):
        assert dtypes.promote_scalar(name, kind) == expected


@pytest.mark.parametrize("name", NAMES)
def test_sums_means_and_roots_have_numpys_dtypes(name: str) -> None:
    array = np.ones(3, name)
    assert dtypes.accumulated(name) == np.sum(array).dtype.name
    assert dtypes.inexact(name) == np.mean(array).dtype.name
    assert dtypes.floating(name) == np.sqrt(array).dtype.name
    assert dtypes.real_part(name) == np.abs(array).dtype.name


def test_an_unknown_dtype_stays_unknown() -> None:
    assert dtypes.promote(None, "int32") is None is dtypes.promote("int32", None)
    assert dtypes.promote(None, "bool") is None
    assert dtypes.accumulated(None) is None is dtypes.inexact(None)
    assert dtypes.floating(None) is None
    assert dtypes.promote_scalar(None, "float") is None
    assert dtypes.is_differentiable(None) is None


@pytest.mark.parametrize(("name", "flows"), [("float32", True), ("complex64", True), ("int32", False), ("bool", False)])
def test_gradients_flow_through_real_and_complex_numbers(name: str, flows: bool) -> None:
    assert dtypes.is_differentiable(name) is flows


@pytest.mark.parametrize("name", ["string", "qint8", "resource"])
def test_what_is_no_number_has_no_sum_mean_or_root(name: str) -> None:
    assert dtypes.accumulated(name) is None
    assert dtypes.inexact(name) is None
    assert dtypes.floating(name) is None
    assert dtypes.promote(name, "int32") is None is dtypes.promote("int32", name)
    assert dtypes.complex_of(name) is None


def test_what_numpy_lacks_is_not_promoted() -> None:
    assert dtypes.promote("int4", "int8") is None
    assert dtypes.promote("bfloat16", "float32") is None
    assert dtypes.promote("int4", "int4") == "int4"


def test_parts_and_whole_of_complex_numbers() -> None:
    assert [dtypes.complex_of(name) for name in ("float32", "float64", "float16", None)] == [
        "complex64",
        "complex128",
        None,
        None,
    ]
    assert dtypes.real_part(None) is None
