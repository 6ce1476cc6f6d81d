"""Every way of taking a gradient, with functions eager and as graphs: right ones pass, wrong ones are caught."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.options import Options
from pytest_tfgrad.recording import record
from pytest_tfgrad.results import TestResult as Result
from pytest_tfgrad.results import Verdict
from tests.plugin.constructs.planting import planted
from tests.plugin.constructs.programs import PROGRAMS

EVERY_WAY = pytest.mark.parametrize(("name", "functions"), [(n, way) for n in PROGRAMS for way in ("eager", "graph")])


def checked(program: Any, factor: float, functions: Any) -> Result:
    with record(functions) as recording:
        program(planted(factor))
    return check_recording(recording, Options(functions=functions), "construct")


@EVERY_WAY
def test_a_right_gradient_is_right(name: str, functions: str) -> None:
    result = checked(PROGRAMS[name], 1.0, functions)
    assert result.gradients
    assert {(g.source, g.verdict, g.reason) for g in result.gradients if g.verdict is not Verdict.RIGHT} == set()
    assert [note for note in result.notes if "not checked" in note] == []


@EVERY_WAY
def test_a_wrong_gradient_is_caught(name: str, functions: str) -> None:
    result = checked(PROGRAMS[name], 1.2, functions)
    assert Verdict.WRONG in {gradient.verdict for gradient in result.gradients}


def take_with_zeros(function: Any) -> Result:
    x, other = tf.constant([1.0, 2.5]), tf.constant(3.0)
    with record() as recording:
        with tf.GradientTape() as tape:
            tape.watch([x, other])
            y = function(x)
        tape.gradient(y, [x, other], unconnected_gradients="zero")
    return check_recording(recording, Options(), "zeros")


def test_zeros_that_hide_a_broken_path_are_said() -> None:
    (note,) = take_with_zeros(lambda x: tf.round(x) * 2.0).notes
    assert 'is zero because unconnected_gradients="zero" stands in for None' in note
    assert "goes through Round, which has no gradient in TensorFlow (test_constructs.py:" in note


def test_zeros_that_hide_nothing_are_not_mentioned() -> None:
    assert take_with_zeros(lambda x: x * 2.0).notes == ()
    assert take_with_zeros(lambda x: x * 0.0).notes == ()


@pytest.mark.parametrize("order", ["second_order", "third_order"])
def test_a_wrong_higher_order_of_a_right_lower_one_is_caught(order: str) -> None:
    function = planted(1.2)
    for _ in range(1 if order == "second_order" else 2):
        function = with_gradient(function)
    result = checked_with(function, PROGRAMS[order])
    assert [g.verdict for g in result.gradients] == [Verdict.RIGHT] * (len(result.gradients) - 1) + [Verdict.WRONG]


def with_gradient(derivative: Any) -> Any:
    """A function whose gradient is right, and the planted function its derivative: sin, for -cos, for -sin."""

    @tf.custom_gradient
    def integral(x: Any) -> Any:
        return integrated(x), lambda upstream: upstream * derivative(x)

    def integrated(x: Any) -> Any:
        # The planted function at the end of the chain is the sine; each step up integrates it once.
        return -tf.cos(x) if derivative(tf.zeros([])) == 0.0 else -tf.sin(x)

    return integral


def checked_with(sine: Any, program: Any) -> Result:
    with record() as recording:
        program(sine)
    return check_recording(recording, Options(), "orders")
