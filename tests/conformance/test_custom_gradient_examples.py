"""The examples of the rules about ``tf.custom_gradient`` do under TensorFlow what the rules say."""

import os
from textwrap import dedent
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest
import tensorflow as tf
from tfgrad_lint.rules.custom_gradient_values import GradientShape, UpstreamIgnored
from tfgrad_lint.rules.custom_gradients import GradientCount, NoGradientFunction
from tfgrad_lint.rules.late_binding import LateReadInGradient
from tfgrad_lint.rules.undeclared_variables import UndeclaredVariables

RULES = (
    GradientCount,
    UndeclaredVariables,
    GradientShape,
    UpstreamIgnored,
    NoGradientFunction,
    LateReadInGradient,
)

# What calls the functions that an example only defines.
CALLERS = {
    "scaled": "scaled(w, tf.constant(2.0))",
    "square": "3.0 * square(w)",
}


def run(code: str) -> dict[str, Any]:
    source = dedent(code).lstrip("\n")
    variables: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "<example>", "exec"), variables)
    for name, call in CALLERS.items():
        if name in variables and source.count(f"{name}(") == 1:
            driver = f"w = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as tape:\n    y = {call}\n"
            exec(f"{driver}gradient = tape.gradient(y, w)", variables)
    return variables


def examples(rule: Any, kind: str) -> list[Any]:
    return [pytest.param(each.code, id=f"{rule.code}-{number}") for number, each in enumerate(getattr(rule, kind))]


@pytest.mark.parametrize("code", examples(GradientCount, "invalid"))
def test_another_number_of_gradients_raises_when_a_tape_asks(code: str):
    with pytest.raises(ValueError, match=r"custom_gradient function expected to return \d gradients, but returned \d"):
        run(code)


@pytest.mark.parametrize("code", examples(UndeclaredVariables, "invalid"))
def test_a_function_that_uses_variables_raises(code: str):
    with pytest.raises(TypeError, match="grad_fn must accept keyword argument 'variables'"):
        run(code)


@pytest.mark.parametrize("code", examples(NoGradientFunction, "invalid"))
def test_what_is_no_pair_raises(code: str):
    with pytest.raises((TypeError, ValueError)):
        run(code)


@pytest.mark.parametrize("code", examples(GradientShape, "invalid"))
def test_a_gradient_of_another_shape_is_handed_on(code: str):
    variables = run(code)
    source = variables["factors"] if "factors" in variables else variables["x"]
    assert variables["gradient"].shape != source.shape


@pytest.mark.parametrize("code", examples(UpstreamIgnored, "invalid"))
def test_a_factor_after_the_function_is_lost(code: str):
    variables = run(code)
    w = variables["w"]
    factor = 2.0 * w if "square" in variables else tf.sigmoid(w)
    tf.debugging.assert_near(variables["gradient"], factor)  # 3 times that would be right


@pytest.mark.parametrize("code", examples(LateReadInGradient, "invalid"))
def test_the_value_at_the_time_of_the_question_is_used(code: str):
    # The factor is 6, or the product of 2 and 3; the later value, or 3 times 3, is what comes out.
    assert run(code)["gradient"].numpy().tolist() == [9.0, 9.0]


def test_a_default_keeps_the_value_of_the_iteration():
    assert run(LateReadInGradient.valid[0].code)["gradient"].numpy().tolist() == [6.0, 6.0]


@pytest.mark.parametrize("code", [each for rule in RULES for each in examples(rule, "valid")])
def test_right_code_runs_and_has_gradients_of_the_right_shape(code: str):
    variables = run(code)
    source = next((variables[name] for name in ("factors", "w", "x") if name in variables), None)
    if "gradient" in variables:
        assert variables["gradient"].shape == source.shape
