"""Fixed examples do under TensorFlow what is meant: what raised runs, what was None is a gradient."""

import os
from textwrap import dedent
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest
import tensorflow as tf
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.rules.base import Rule

from tests.conformance.fixed_examples import fixed

FIXED = [
    pytest.param(rule, source, result, id=f"{rule.code}-{number}")
    for rule in ALL_RULES
    for number, example in enumerate(rule.invalid)
    if (result := fixed(source := dedent(example.code).lstrip("\n"), rule)) is not None
]


def run(source: str) -> dict[str, Any]:
    variables: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "<example>", "exec"), variables)
    return variables


@pytest.mark.parametrize(("rule", "source", "result"), FIXED)
def test_a_fixed_example_runs(rule: type[Rule], source: str, result: str):
    run(result)


@pytest.mark.parametrize(("rule", "source", "result"), [each for each in FIXED if each.values[0].code[3] == "3"])
def test_what_was_none_is_a_gradient(rule: type[Rule], source: str, result: str, monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []
    gradient = tf.GradientTape.gradient

    def recorded(self: tf.GradientTape, *args: Any, **kwargs: Any) -> Any:
        asked.append(gradient(self, *args, **kwargs))
        return asked[-1]

    monkeypatch.setattr(tf.GradientTape, "gradient", recorded)
    run(result)
    assert None not in tf.nest.flatten(asked)
