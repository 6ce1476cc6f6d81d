"""Every way of taking a gradient, with functions eager and as graphs: right ones pass, wrong ones are caught."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.options import Options
from pytest_tfgrad.recording import record
from pytest_tfgrad.results import TestResult as Result
from pytest_tfgrad.results import Verdict
from tests.plugin.constructs.programs import PROGRAMS, planted

# What a graph function does not show: the numbers drawn inside its loops, and the Python that it calls.
HIDDEN_IN_GRAPHS = {"dropout_in_a_loop_of_a_function", "py_function_in_a_function"}
VISIBLE = [(n, way) for n in PROGRAMS for way in ("eager", "graph") if way == "eager" or n not in HIDDEN_IN_GRAPHS]
EVERY_WAY = pytest.mark.parametrize(("name", "functions"), VISIBLE)


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


@pytest.mark.parametrize("name", sorted(HIDDEN_IN_GRAPHS))
def test_what_a_graph_hides_is_inconclusive_with_advice(name: str) -> None:
    (gradient,) = checked(PROGRAMS[name], 1.2, "graph").gradients
    assert gradient.verdict is Verdict.INCONCLUSIVE
    assert gradient.reason
