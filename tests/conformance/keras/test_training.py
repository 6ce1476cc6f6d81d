"""Models against real training: what fit refuses here, real Keras refuses too."""

from __future__ import annotations

from textwrap import dedent

import numpy as np
import pytest
import tensorflow as tf
from tfgrad_lint import lint_source

from tests.conformance.oracle import REFUSALS

# Each program ends in the call that is right or wrong; {} is what the case fills in.
PROGRAM = """
    import numpy as np
    import tensorflow as tf

    model = tf.keras.Sequential([
        tf.keras.Input(shape={input}),
        {layers},
    ])
    model.compile(loss="{loss}", run_eagerly=True)
    model.{method}(np.ones({x}, "float32"), np.ones({y}, "int32"))
"""

FLAT = "tf.keras.layers.Flatten(), tf.keras.layers.Dense(4, activation='softmax')"
ONE = "tf.keras.layers.Flatten(), tf.keras.layers.Dense(1, activation='sigmoid')"
IMAGE = "tf.keras.layers.Conv2D(2, 3), tf.keras.layers.Dense(4, activation='softmax')"
SEQUENCE = "tf.keras.layers.LSTM(3, return_sequences=True), tf.keras.layers.Dense(4, activation='softmax')"
SPARSE, ONE_HOT, BINARY = "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"

CASES = [
    # input, layers, loss, x, y, fits
    ((6, 6), FLAT, SPARSE, (5, 6, 6), (5,), True),
    ((6, 6), FLAT, SPARSE, (5, 6, 6), (5, 1), True),
    ((6, 6), FLAT, SPARSE, (5, 6, 6, 1), (5,), True),
    ((6, 6, 1), FLAT, SPARSE, (5, 6, 6), (5,), True),
    ((6, 6), FLAT, SPARSE, (5, 6, 6), (5, 4), False),
    ((6, 6), FLAT, SPARSE, (5, 6, 7), (5,), False),
    ((6, 6), FLAT, SPARSE, (5, 36), (5,), False),
    ((6, 6), FLAT, SPARSE, (5, 6, 6), (4,), False),
    ((6, 6), FLAT, ONE_HOT, (5, 6, 6), (5, 4), True),
    ((6, 6), FLAT, ONE_HOT, (5, 6, 6), (5,), False),
    ((6, 6), FLAT, ONE_HOT, (5, 6, 6), (5, 3), False),
    ((6, 6), ONE, BINARY, (5, 6, 6), (5,), True),
    ((6, 6), ONE, BINARY, (5, 6, 6), (5, 1), True),
    ((6, 6), ONE, BINARY, (5, 6, 6), (5, 2), False),
    ((6, 6), ONE, "mse", (5, 6, 6), (5,), True),
    ((6, 6), FLAT, "mse", (5, 6, 6), (5, 3), False),
    ((6, 6, 1), IMAGE, SPARSE, (5, 6, 6, 1), (5, 4, 4), True),
    ((6, 6, 1), IMAGE, SPARSE, (5, 6, 6, 1), (5,), False),
    ((6, 6, 1), IMAGE, ONE_HOT, (5, 6, 6, 1), (5, 4), False),
    ((6, 3), SEQUENCE, SPARSE, (5, 6, 3), (5, 6), True),
    ((6, 3), SEQUENCE, SPARSE, (5, 6, 3), (5, 6, 1), True),
    ((6, 3), SEQUENCE, ONE_HOT, (5, 6, 3), (5, 4), False),
    ((None, 3), SEQUENCE, SPARSE, (5, 7, 3), (5, 7), True),
    ((None, 3), SEQUENCE, SPARSE, (5, 7, 3), (5, 6), False),
]


def _program(case: tuple[object, ...], method: str) -> str:
    names = ("input", "layers", "loss", "x", "y")
    return dedent(PROGRAM).format(method=method, **dict(zip(names, case, strict=False)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2]} {case[3]} {case[4]}")
def test_training_is_refused_exactly_where_keras_refuses_it(case: tuple[object, ...]) -> None:
    source = _program(case, "train_on_batch" if case[3][0] == case[4][0] else "fit")  # type: ignore[index]
    try:
        exec(compile(source, "program.py", "exec"), {"np": np, "tf": tf})
        fits = True
    except REFUSALS:
        fits = False
    assert fits == case[5]
    findings = lint_source(source)
    assert not findings if fits else [finding.code[:4] for finding in findings] == ["TFG1"], source
