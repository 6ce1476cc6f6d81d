"""Strategies for inputs of gradient checks."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf
from hypothesis import given, settings

from pytest_tfgrad import check_gradients
from pytest_tfgrad.results import Verdict
from pytest_tfgrad.strategies import tensors


@settings(max_examples=25)
@given(tensors())
def test_entries_are_well_away_from_zero(x: Any) -> None:
    assert x.dtype == tf.float32
    assert x.shape.rank <= 3
    assert bool(tf.reduce_all((tf.abs(x) >= 0.25) & (tf.abs(x) <= 4.0)))


@settings(max_examples=10)
@given(tensors((2, 3), "complex128"), tensors([4], "float64", positive=True))
def test_shapes_types_and_signs_are_as_asked(z: Any, x: Any) -> None:
    assert (z.shape, z.dtype) == ((2, 3), tf.complex128)
    assert (x.shape, x.dtype) == ((4,), tf.float64)
    assert bool(tf.reduce_all(x > 0))


@settings(max_examples=5)
@given(tensors((3,), positive=True))
def test_a_check_on_them_is_conclusive(x: Any) -> None:
    (result,) = check_gradients(lambda x: tf.reduce_sum(tf.math.log(x) + tf.sqrt(x) + tf.nn.relu(-x)), [x])
    assert result.verdict is Verdict.RIGHT


def test_types_without_gradients_are_refused() -> None:
    with pytest.raises(TypeError, match="int32 tensors have no gradients; only floating and complex ones have"):
        tensors((2,), "int32")
