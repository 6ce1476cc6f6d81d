"""A test that fails by itself is told what is known of its gradients, and keeps its own failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_tfgrad.running
from tests.plugin.test_plugin import run

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

pytest_plugins = ["pytester"]

SECTION = "-- gradients taken before the failure --"


def sections(lines: Iterable[str]) -> int:
    return sum(SECTION in line for line in lines)


def test_a_gradient_that_is_missing_is_explained(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_none():
    w = tf.Variable([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.constant(w.numpy()) ** 2)
    grad = tape.gradient(loss, w)
    assert grad is not None
""",
        "--gradcheck",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E       assert None is not None",
            f"*{SECTION}*",
            "GradientMissing: gradient of 'loss' w.r.t. 'w' is None",
            "  because    the value leaves TensorFlow here; *",
            "             *.py:*: loss = tf.reduce_sum(tf.constant(w.numpy()) [*][*] 2)",
            "1 test not checked: failed, or was skipped, by itself",
            "gradcheck: no test was checked",
            "FAILED *::test_none - assert No*",
        ]
    )


def test_right_and_wrong_gradients_are_told_apart_from_wrong_expectations(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_expectation():
    np.testing.assert_allclose(gradient(tf.square), [1.0, 2.0])

class TestCase(unittest.TestCase):
    def test_gradient(self):
        gradient(tf.sin)
        self.assertAlmostEqual(float(gradient(planted)[0]), 0.5)

def test_without_gradients():
    assert 1 == 2
""",
        "--gradcheck",
        "-p",
        "no:randomly",
    )
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*_ test_expectation _*",
            f"*{SECTION}*",
            "1 gradient checked: 1 right",
            "*_ TestCase.test_gradient _*",
            "E       AssertionError: *",
            f"*{SECTION}*",
            "GradientMismatch: gradient of 'y' w.r.t. 'x' is wrong in 2 of 2 entries",
            "1 other gradient of this test: 1 right",
            "*_ test_without_gradients _*",
        ]
    )
    assert sections(result.stdout.lines) == 2


def test_skips_and_given_up_tests_are_not_looked_into(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_skipped():
    gradient(planted)
    pytest.skip("not today")

def test_skipped_as_unittest_does():
    gradient(planted)
    raise unittest.SkipTest("not today")

def test_given_up():
    gradient(planted)
    pytest.fail("took too long")
""",
        "--gradcheck",
        "-rs",
    )
    result.assert_outcomes(failed=1, skipped=2)
    assert sections(result.stdout.lines) == 0


def test_what_goes_wrong_in_the_plugin_does_not_hide_the_failure(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of the plugin")

    monkeypatch.setattr(pytest_tfgrad.running, "check_recording", broken)
    result = run(pytester, "def test_a():\n    assert gradient(tf.sin) is None", "--gradcheck")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   *assert <tf.Tensor: *> is None",
            "the check itself failed, please report it: ZeroDivisionError: of the plugin",
        ]
    )
