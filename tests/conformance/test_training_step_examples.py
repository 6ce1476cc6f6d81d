"""The examples of the rules about training steps do under TensorFlow what the rules say."""

import inspect
import os
from textwrap import dedent
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest
import tensorflow as tf
from tfgrad_lint.rules import ALL_RULES

RULES = [rule for rule in ALL_RULES if rule.code.startswith("TFG5")]

# What the functions that an example only defines are called with.
ARGUMENTS = {
    "model": lambda: tf.keras.Sequential([tf.keras.layers.Dense(2)]),
    "generator": lambda: tf.keras.Sequential([tf.keras.layers.Dense(3)]),
    "discriminator": lambda: tf.keras.Sequential([tf.keras.layers.Dense(3)]),
    "optimizer": lambda: tf.keras.optimizers.SGD(0.1),
    "other_optimizer": lambda: tf.keras.optimizers.SGD(0.1),
    "x": lambda: 100.0 * tf.ones([4, 3]),
    "noise": lambda: tf.ones([4, 3]),
    "images": lambda: tf.ones([4, 3]),
}


def run(code: str) -> None:
    source = dedent(code).lstrip("\n")
    variables: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "<example>", "exec"), variables)
    function = variables.get("train_step")
    if inspect.isfunction(function) and source.count("train_step(") == 1:
        function(**{name: ARGUMENTS[name]() for name in inspect.signature(function).parameters})


def examples(kind: str, *, raising: bool) -> list[Any]:
    return [
        pytest.param(each.code, id=f"{rule.code}-{kind}-{number}")
        for rule in RULES
        for number, each in enumerate(getattr(rule, kind))
        if rule.raises is raising
    ]


@pytest.mark.parametrize("code", examples("invalid", raising=True))
def test_a_step_that_is_refused_raises(code: str):
    with pytest.raises((ValueError, TypeError, AttributeError)):
        run(code)


@pytest.mark.parametrize("code", examples("invalid", raising=False))
def test_a_step_that_is_wrong_runs(code: str):
    run(code)


@pytest.mark.parametrize("code", [*examples("valid", raising=True), *examples("valid", raising=False)])
def test_a_right_step_runs(code: str):
    run(code)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.code == "TFG506"])
def test_what_is_applied_is_not_clipped(rule: Any, monkeypatch: pytest.MonkeyPatch):
    applied: list[float] = []
    apply_gradients = tf.keras.optimizers.SGD.apply_gradients

    def recorded(self: Any, pairs: Any) -> Any:
        pairs = list(pairs)
        applied.append(float(tf.linalg.global_norm([gradient for gradient, _ in pairs])))
        return apply_gradients(self, pairs)

    monkeypatch.setattr(tf.keras.optimizers.SGD, "apply_gradients", recorded)
    for example in rule.invalid:
        run(example.code)
    # Clipped to 1, the gradients of the four examples' two variables have a norm of at most the root of 2.
    assert len(applied) == len(rule.invalid)
    assert min(applied) > 2.0
