"""Runs the Markdown files beside this one: each code block is interpreted and its marked variables compared."""

import re
from pathlib import Path

import libcst as cst
import pytest
from tfgrad_lint.domain.values import Constant, Integer, Sequence, Tensor, Value
from tfgrad_lint.interpreter.program import interpret

BLOCK = re.compile(r"^## (?P<name>.+?)\n+```py\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^\s*(?P<name>\w+) [+]?=.*# -> (?P<value>.+)$", re.MULTILINE)


def blocks() -> list[object]:
    return [
        pytest.param(match["code"], id=f"{path.stem}: {match['name']}")
        for path in sorted(Path(__file__).parent.glob("*.md"))
        for match in BLOCK.finditer(path.read_text())
    ]


def describe(value: Value) -> str:
    """Return the shape of a tensor, the value of a constant, or the name of the value's kind."""
    if isinstance(value, Tensor):
        return str(value.shape)
    if isinstance(value, Constant):
        return repr(value.value)
    if isinstance(value, Integer):
        return repr(value.dim)
    if isinstance(value, Sequence):
        return "(" + ", ".join(map(describe, value.items)) + ")"
    return type(value).__name__


@pytest.mark.parametrize("code", blocks())
def test_variables_hold_what_the_comments_say(code: str):
    variables = interpret(cst.parse_module("import tensorflow as tf\n" + code), "code.py").variables
    marks = {match["name"]: match["value"] for match in MARK.finditer(code)}
    assert marks
    assert {name: describe(variables[name]) for name in marks} == marks
