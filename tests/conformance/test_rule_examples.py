"""The examples of the rules do under TensorFlow what the rules say."""

import ast
import os
import re
from textwrap import dedent

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tensorflow as tf
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.rules.base import Invalid, Rule, Valid

# Rules about what raises, and about what runs with wrong maths. Models are trained for one epoch at most.
CERTAIN = [rule for rule in ALL_RULES if rule.code.startswith("TFG1")]
SILENT = [rule for rule in ALL_RULES if rule.code.startswith("TFG2")]


def examples(rules: list[type[Rule]], kind: str) -> list[object]:
    return [
        pytest.param(example, id=f"{rule.code}-{kind}-{number}")
        for rule in rules
        for number, example in enumerate(getattr(rule, kind))
    ]


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch: pytest.MonkeyPatch):
    def load_data():
        images, labels = np.zeros([64, 28, 28], np.uint8), np.zeros([64], np.uint8)
        return (images, labels), (images, labels)

    monkeypatch.setattr(tf.keras.datasets.mnist, "load_data", load_data)


def run_until_error(source: str) -> range | None:
    """Return the lines of the innermost statement of ``source`` that raises, None if it runs to its end."""
    try:
        exec(compile(source, "<example>", "exec"), {"__name__": "example"})
    except Exception as error:
        raised = 0
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "<example>":
                raised = trace.tb_lineno
            trace = trace.tb_next
        statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
        spans = [range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in statements]
        return min((span for span in spans if raised in span), key=len)
    return None


def marked_lines(source: str) -> list[int]:
    return [number for number, line in enumerate(source.splitlines(), start=1) if re.search(r"# <- TFG", line)]


def without_line(source: str, number: int) -> str:
    """Replace a line, one that raises, by one that does nothing."""
    lines = source.splitlines()
    indent = len(lines[number - 1]) - len(lines[number - 1].lstrip())
    lines[number - 1] = " " * indent + "pass"
    return "\n".join(lines)


@pytest.mark.parametrize("example", examples(CERTAIN, "invalid"))
def test_each_marked_line_raises(example: Invalid):
    source = dedent(example.code).lstrip("\n")
    for number in marked_lines(source):
        raised = run_until_error(source)
        assert raised is not None
        assert number in raised
        source = without_line(source, number)


@pytest.mark.parametrize("example", examples(CERTAIN + SILENT, "valid"))
def test_right_code_runs(example: Valid):
    assert run_until_error(dedent(example.code).lstrip("\n")) is None


@pytest.mark.parametrize("example", examples(SILENT, "invalid"))
def test_silently_wrong_code_runs(example: Invalid):
    assert run_until_error(dedent(example.code).lstrip("\n")) is None
