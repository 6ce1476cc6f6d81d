"""Every loss against the real one: what it gives, and that nothing is refused that the real one takes."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tfgrad_lint.api import registry
from tfgrad_lint.api.keras.losses import CLASSES, FUNCTIONS
from tfgrad_lint.api.keras.targets import Kind, kind_of, loss_name
from tfgrad_lint.api.operation import Operation
from tfgrad_lint.domain.values import Site, Tensor, Value
from tfgrad_lint.shapes.conflicts import Conflict

from tests.conformance.draw import Draw
from tests.conformance.oracle import REFUSALS
from tests.conformance.translate import Translation

EXAMPLES = int(os.environ.get("TFGRAD_CONFORMANCE_EXAMPLES", "12"))
MODULE = "tf.keras.losses."
CALL = "tf.keras.losses.Loss.__call__"


def _pair(draw: Draw, name: str) -> tuple[Any, Any]:
    """Return targets and predictions that fit, mostly."""
    dims = [draw.integer(2, 4) for _ in range(draw.integer(1, 3))]
    predictions = np.full([*dims, draw.integer(2, 4)], 0.5, "float32")
    kind = kind_of(loss_name(name) or "")
    shape = list(predictions.shape)
    if kind is Kind.SPARSE:
        shape = shape[:-1] if draw.chance() else [*shape[:-1], 1]
    if draw.wrong():
        shape[draw.integer(0, len(shape) - 1)] += 1
    elif draw.wrong():
        shape = shape[:-1] if draw.chance() else [*shape, 2]
    return np.ones(shape, "int32" if kind is Kind.SPARSE else "float32"), predictions


def _agreement(name: str, real: Any, modelled: Any, shown: str) -> bool:
    """Check one call; return whether both refuse or both give a known result."""
    if isinstance(modelled, Conflict):
        # Keras 3 broadcasts targets whose rank differs where Keras 2 mixes batch and features too.
        assert isinstance(real, Exception), f"{shown}: refused with {modelled!r}, really {real.shape}"
        return True
    if isinstance(real, Exception):
        return False
    assert isinstance(modelled, Tensor)
    if modelled.shape.dims is None:
        return False
    assert modelled.shape.dims == tuple(real.shape), f"{name} {shown}"
    return True


def _run(function: Any) -> Any:
    try:
        return function()
    except (*REFUSALS, Conflict) as error:
        return error


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_loss_function_gives_the_real_shape(name: str) -> None:
    real = getattr(tf.keras.losses, name, None)
    if real is None:
        pytest.skip("not in this version of Keras")
    model = registry.lookup(MODULE + name)
    assert model is not None
    agreed = 0
    for index in range(EXAMPLES):
        targets, predictions = _pair(Draw(f"{name} {index}"), name)
        given = tuple(
            Translation(symbolic=False, known=True).value(tf.constant(each)) for each in (targets, predictions)
        )
        operation = Operation(MODULE + name, Site("test.py", None))
        outcome = _run(lambda given=given, operation=operation: model.call(operation, given, {}))
        really = _run(lambda y=targets, p=predictions: real(y, p))
        agreed += _agreement(name, really, outcome, f"{targets.shape} against {predictions.shape}")
    assert agreed > EXAMPLES * 2 // 3


@pytest.mark.parametrize("name", CLASSES)
def test_a_loss_object_gives_a_scalar_where_the_real_one_does(name: str) -> None:
    maker, call = registry.lookup(MODULE + name), registry.lookup(CALL)
    assert maker is not None
    assert call is not None
    agreed = 0
    for index in range(EXAMPLES):
        targets, predictions = _pair(Draw(f"{name} {index}"), name)
        given = tuple(
            Translation(symbolic=False, known=True).value(tf.constant(each)) for each in (targets, predictions)
        )
        operation = Operation(CALL, Site("test.py", None))
        made: Value = maker.call(operation, (), {})
        outcome = _run(lambda made=made, given=given, operation=operation: call.call(operation, (made, *given), {}))
        really = _run(lambda y=targets, p=predictions: getattr(tf.keras.losses, name)()(y, p))
        agreed += _agreement(name, really, outcome, f"{targets.shape} against {predictions.shape}")
    assert agreed > EXAMPLES * 2 // 3
