"""Runs the Markdown files beside this one, as the interpreter's own are run."""

from pathlib import Path

import libcst as cst
import pytest
from tfgrad_lint.interpreter.program import interpret

from tests.linter.interpreter.test_values import BLOCK, MARK, describe

BLOCKS = [
    pytest.param(match["code"], id=f"{path.stem}: {match['name']}")
    for path in sorted(Path(__file__).parent.glob("*.md"))
    for match in BLOCK.finditer(path.read_text())
]


@pytest.mark.parametrize("code", BLOCKS)
def test_variables_hold_what_the_comments_say(code: str):
    variables = interpret(cst.parse_module("import tensorflow as tf\n" + code), "code.py").variables
    marks = {match["name"]: match["value"] for match in MARK.finditer(code)}
    assert marks
    assert {name: describe(variables[name]) for name in marks} == marks
