"""The examples of the rules about Keras under real Keras: the invalid ones raise, the valid ones run."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.keras_layers import LayerInput
from tfgrad_lint.rules.targets import LossTargets

from tests.conformance.oracle import REFUSALS

EXAMPLES = [
    pytest.param(example, id=f"{rule.code}-{kind}-{number}")
    for rule in (LayerInput, LossTargets)
    for kind, examples in (("invalid", rule.invalid), ("valid", rule.valid))
    for number, example in enumerate(examples)
]


def _few_images() -> tuple[Any, Any]:
    part = (np.zeros([8, 28, 28], "uint8"), np.zeros([8], "uint8"))
    return part, part


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_raises_exactly_if_it_is_invalid(example: Invalid | Valid, monkeypatch: pytest.MonkeyPatch) -> None:
    # The data set is not here; its first images are as good.
    monkeypatch.setattr(tf.keras.datasets.mnist, "load_data", _few_images)
    try:
        exec(compile(dedent(example.code), "example.py", "exec"), {})
        raised = False
    except REFUSALS:
        raised = True
    assert raised == isinstance(example, Invalid)
