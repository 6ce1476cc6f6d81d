"""The examples of the rules do under TensorFlow what the rules say."""

import ast
import contextlib
import os
import re
import sys
from textwrap import dedent

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tensorflow as tf
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.batches import ConstantBatchSize
from tfgrad_lint.rules.broken_flow import BrokenFlowRule
from tfgrad_lint.rules.gradient_use import JacobianOfBatch
from tfgrad_lint.rules.keras_variables import UnknownToKeras
from tfgrad_lint.rules.models import VariablesBeforeBuild
from tfgrad_lint.rules.replaced_variable import VariableReplacedByTensor

from tests.conformance.fixed_examples import fixed

# Rules about what raises, about what runs with wrong maths, and about gradients that are None or of nothing. Models are
# trained for one epoch at most. A variable that was replaced by a tensor raises on the same line, one iteration later.
TAPES = [rule for rule in ALL_RULES if rule.code.startswith("TFG3")]
RAISING = [rule for rule in TAPES if rule.raises or rule is VariableReplacedByTensor]
CERTAIN = [rule for rule in ALL_RULES if rule.code.startswith("TFG1") or rule in RAISING]
SILENT = [rule for rule in ALL_RULES if rule.code.startswith(("TFG2", "TFG3")) and rule not in CERTAIN]
WRONG = [rule for rule in ALL_RULES if rule.code.startswith("TFG2")]
NONE = [rule for rule in ALL_RULES if issubclass(rule, BrokenFlowRule)]


def runs_alone(code: str) -> bool:
    """Tell whether an example needs nothing that is not installed and leaves the programs after it as they are."""
    return "jaxtyping" not in code and "enable_numpy_behavior" not in code


def examples(rules: list[type[Rule]], kind: str) -> list[object]:
    return [
        pytest.param(example, id=f"{rule.code}-{kind}-{number}")
        for rule in rules
        for number, example in enumerate(getattr(rule, kind))
        if runs_alone(example.code)
    ]


# The programs that run with wrong maths, once their findings are fixed.
FIXED = [
    pytest.param(result, example.meant, id=f"{rule.code}-{number}")
    for rule in WRONG
    for number, example in enumerate(rule.invalid)
    if (result := fixed(dedent(example.code).lstrip("\n"), rule)) is not None
]


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch: pytest.MonkeyPatch):
    def load_data():
        images, labels = np.zeros([64, 28, 28], np.uint8), np.zeros([64], np.uint8)
        return (images, labels), (images, labels)

    monkeypatch.setattr(tf.keras.datasets.mnist, "load_data", load_data)


@pytest.fixture
def gradients(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[object]]:
    """Give the results of ``tape.gradient`` by the line of the example that asked."""
    found: dict[int, list[object]] = {}
    take = tf.GradientTape.gradient

    def recording(tape: tf.GradientTape, *arguments: object, **options: object) -> object:
        result = take(tape, *arguments, **options)
        frame = sys._getframe(1)
        if frame.f_code.co_filename == "<example>":
            found.setdefault(frame.f_lineno, []).append(result)
        return result

    monkeypatch.setattr(tf.GradientTape, "gradient", recording)
    return found


def run_until_error(source: str) -> range | None:
    """Return the lines of the innermost statement of ``source`` that raises, None if it runs to its end."""
    try:
        exec(compile(source, "<example>", "exec"), {"__name__": "example"})
    except Exception as error:
        # What does not exist is no mistake that a rule is about.
        if isinstance(error, NameError | ImportError) or str(error).startswith("module "):
            raise
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
    source = dedent(example.code).lstrip("\n")
    raised = run_until_error(source)
    may_raise = example in (*JacobianOfBatch.invalid, *ConstantBatchSize.invalid, *UnknownToKeras.invalid)
    assert raised is None or (may_raise and raised[0] in marked_lines(source))


def same(a: object, b: object) -> bool:
    """Tell whether two tensors have the same shape and, up to rounding, the same values."""
    first, second = np.asarray(a), np.asarray(b)
    return first.shape == second.shape and np.allclose(first, second, rtol=1e-4, atol=1e-5)


def does_what_is_meant(source: str, meant: str) -> bool:
    """Tell whether ``source`` makes ``meant`` true, if it raises with the variables that it has until then."""
    variables: dict[str, object] = {"__name__": "example"}
    with contextlib.suppress(tf.errors.InvalidArgumentError):
        exec(compile(source, "<example>", "exec"), variables)
    return bool(eval(meant, {**variables, "same": same}))


@pytest.mark.parametrize("example", examples(WRONG, "invalid"))
def test_what_runs_does_not_do_what_is_meant(example: Invalid):
    assert example.meant is not None
    assert not does_what_is_meant(dedent(example.code).lstrip("\n"), example.meant)


@pytest.mark.parametrize(("source", "meant"), FIXED)
def test_what_is_fixed_does_what_is_meant(source: str, meant: str):
    assert does_what_is_meant(source, meant)


def has_none(result: object) -> bool:
    return any(gradient is None for gradient in tf.nest.flatten(result))


@pytest.mark.parametrize("example", examples(NONE, "invalid"))
def test_the_gradient_of_a_marked_line_is_none(example: Invalid, gradients: dict[int, list[object]]):
    source = dedent(example.code).lstrip("\n")
    assert run_until_error(source) is None
    for number in marked_lines(source):
        assert any(map(has_none, gradients[number]))


@pytest.mark.parametrize("example", examples(NONE, "valid"))
def test_no_gradient_of_right_code_is_none(example: Valid, gradients: dict[int, list[object]]):
    assert run_until_error(dedent(example.code).lstrip("\n")) is None
    assert gradients
    assert not any(has_none(result) for results in gradients.values() for result in results)


@pytest.mark.parametrize("example", VariablesBeforeBuild.invalid)
def test_a_list_of_variables_that_was_read_too_early_is_empty(example: Invalid, gradients: dict[int, list[object]]):
    source = dedent(example.code).lstrip("\n")
    assert run_until_error(source) is None
    assert [gradients[number] for number in marked_lines(source)] == [[[]]]


def test_a_raw_variable_is_not_tracked_and_keras_own_is():
    for example, tracked in ((UnknownToKeras.invalid[0], 0), (UnknownToKeras.valid[0], 1)):
        variables: dict[str, object] = {"__name__": "example"}
        exec(dedent(example.code), variables)
        assert len(variables["layer"].trainable_variables) == tracked
