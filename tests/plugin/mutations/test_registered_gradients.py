"""TensorFlow's own gradient functions, replaced one at a time by subtly wrong ones: every one is noticed.

And none is reported as TensorFlow ships it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.ops import gradient_registry

from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.options import Options
from pytest_tfgrad.recording import record
from pytest_tfgrad.results import GradientResult, Verdict
from tests.plugin.mutations.programs import PROGRAMS

Change = Callable[[np.ndarray], np.ndarray]


def factor(gradient: np.ndarray) -> np.ndarray:
    return gradient * gradient.dtype.type(1.01)


def sign(gradient: np.ndarray) -> np.ndarray:
    return -gradient


def transposed(gradient: np.ndarray) -> np.ndarray:
    """Transposed where that keeps the shape, else with the entries in the order that a reshape leaves them in."""
    if gradient.ndim < 2:
        return gradient[::-1].copy() if gradient.ndim else gradient
    return gradient.swapaxes(-1, -2).reshape(gradient.shape)


def one_entry(gradient: np.ndarray) -> np.ndarray:
    changed = gradient.copy()
    changed.flat[np.argmax(np.abs(gradient))] *= 1.01
    return changed


CHANGES = {change.__name__: change for change in (factor, sign, transposed, one_entry)}


@contextmanager
def replaced(op_type: str, change: Change) -> Iterator[list[bool]]:
    """Register a wrong gradient of an op inside the block; yields, per call of it, whether it gave other values."""
    entry = gradient_registry._registry[op_type]
    original, differed = entry["type"], []

    def wrong(op: Any, *upstream: Any) -> Any:
        gradients = original(op, *upstream)
        several = list(gradients) if isinstance(gradients, (list, tuple)) else [gradients]
        for position, gradient in enumerate(several):
            if gradient is not None and gradient.dtype.is_floating | gradient.dtype.is_complex:
                several[position], different = changed_tensor(gradient, change)
                differed.append(different)
                break
        return several if isinstance(gradients, (list, tuple)) else several[0]

    entry["type"] = wrong
    try:
        yield differed
    finally:
        entry["type"] = original


def changed_tensor(gradient: Any, change: Change) -> tuple[Any, bool]:
    if isinstance(gradient, tf.IndexedSlices):
        values, different = changed_tensor(gradient.values, change)
        return tf.IndexedSlices(values, gradient.indices, gradient.dense_shape), different
    before = gradient.numpy()
    after = change(before)
    return tf.constant(after), not np.allclose(after, before, rtol=1e-3, atol=0)


def checked(op_type: str) -> tuple[GradientResult, ...]:
    """The verdicts on the gradients of an op's program, each target entry weighted at random."""
    program = PROGRAMS[op_type]
    with record() as recording:
        sources = [value if isinstance(value, tf.Variable) else tf.constant(value) for value in program.inputs]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            target = program.function(*sources)
        weights = np.random.default_rng(math.prod(target.shape)).uniform(0.5, 2.0, target.shape)
        tape.gradient(target, sources, output_gradients=tf.constant(weights, target.dtype))
    assert recording.notes == []
    return check_recording(recording, Options(none="ignore"), op_type).gradients


@pytest.mark.parametrize("op_type", PROGRAMS)
def test_a_gradient_as_registered_is_right(op_type: str) -> None:
    verdicts = {(result.source, result.verdict, result.reason) for result in checked(op_type)}
    assert {verdict for verdict in verdicts if verdict[1] is not Verdict.RIGHT} == set()


@pytest.mark.parametrize("op_type", PROGRAMS)
def test_a_wrong_gradient_is_caught(op_type: str) -> None:
    applied, missed = [], []
    for name, change in CHANGES.items():
        with replaced(op_type, change) as differed:
            verdicts = {result.verdict for result in checked(op_type)}
        assert differed, "the program does not take this gradient"
        if any(differed):
            applied.append(name)
            missed += [name] if Verdict.WRONG not in verdicts else []
    assert len(applied) >= 2
    assert missed == []


def test_enough_gradients_are_replaced() -> None:
    assert len(PROGRAMS) >= 60
