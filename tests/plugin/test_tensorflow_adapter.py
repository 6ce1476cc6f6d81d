"""The self-test of the private entry points."""

from __future__ import annotations

import pytest
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording import record


def test_present_tensorflow_has_every_entry_point():
    adapter.verify_entry_points()


def test_missing_entry_point_is_named_with_what_it_serves(monkeypatch):
    monkeypatch.delattr(tf.GradientTape, "_pop_tape")
    with (
        pytest.raises(
            adapter.IncompatibleTensorFlowError, match=r"lacks .*GradientTape\._pop_tape \(following tapes\)"
        ),
        record(),
    ):
        pass


def test_kernels_are_told_apart_by_type():
    double, single = (("T", 2),), (("T", 1),)
    assert adapter.has_kernel("MatMul", frozenset(double))
    assert adapter.has_kernel("LRN", frozenset(single))
    assert not adapter.has_kernel("LRN", frozenset(double))
