"""What a person reads about each kind of wrong or missing gradient, word for word, and whether the line is right."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .test_plugin import BARE

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

pytest_plugins = ["pytester"]

SUITES = Path(__file__).parent / "suites"
# The last digits of estimates and tolerances depend on the machine.
VARYING = ((r"± \S+", "± _"), (r"off by \S+ where \S+ is", "off by _ where _ is"), (r"shrink \S+x", "shrink _x"))


def blocks(suite: str) -> dict[str, str]:
    """The failure of each test of a suite as pytest prints it."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "--strict-markers"]
    run = subprocess.run(
        [*command, "-q", "--disable-warnings", "--show-capture=no", suite, f"--rootdir={SUITES}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=SUITES,
    )
    parts = re.split(r"^_+ (test_\S+) _+$", run.stdout.split("= gradients =")[0], flags=re.MULTILINE)
    return {
        name: _steady(text.strip().rstrip("=").rstrip()) for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def _steady(text: str) -> str:
    for pattern, replacement in VARYING:
        text = re.sub(pattern, replacement, text)
    # The columns of the table are as wide as the estimates in them.
    return re.sub(r"(?<=\S) {2,}(?=\S)", "  ", text)


@pytest.fixture(scope="module", params=["missing_gradients.py", "culprits.py", "wrong_gradients.py"])
def suite(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    return request.param, blocks(request.param)


def test_every_message(suite: tuple[str, dict[str, str]], snapshot: SnapshotAssertion) -> None:
    name, printed = suite
    assert "\n\n".join(f"{'-' * 20} {test}\n\n{text}" for test, text in printed.items()) == snapshot(name=name)


def test_every_test_of_a_suite_fails(suite: tuple[str, dict[str, str]]) -> None:
    name, printed = suite
    tests = re.findall(r"^def (test_\w+)", (SUITES / name).read_text(), flags=re.MULTILINE)
    assert [test for test in tests if test not in {full.split("[")[0] for full in printed}] == []
    assert all(text.startswith("Gradient") for text in printed.values())


HIDDEN = """
import tensorflow as tf

def test_zeros():
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.stop_gradient(w * w))
    tape.gradient(loss, w, unconnected_gradients="zero")

def test_zeros_in_a_function():
    w = tf.Variable([1.0, 2.0], name="w")
    @tf.function
    def step(flag):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.stop_gradient(w) if flag else w)
        return tape.gradient(loss, w, unconnected_gradients="zero")
    step(tf.constant(True))

def test_zero_derivative():
    w = tf.Variable([-1.0, -2.0], name="w")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.nn.relu(w))
    tape.gradient(loss, w, unconnected_gradients="zero")
"""


def test_what_zero_for_unconnected_gradients_hides(pytester: pytest.Pytester, snapshot: SnapshotAssertion) -> None:
    pytester.makepyfile(test_hidden=HIDDEN)
    run = pytester.runpytest_inprocess(*BARE, "--gradcheck")
    run.assert_outcomes(passed=3)
    said = run.stdout.str().split("= gradients =")[1].replace(str(pytester.path), "FOLDER")
    assert re.sub(r"checked in \S+ s", "checked in _ s", said.split("\n", 1)[1].rsplit("\n=", 1)[0]) == snapshot


def test_culprits_are_where_the_mistake_is() -> None:
    lines = (SUITES / "culprits.py").read_text().splitlines()
    for name, text in blocks("culprits.py").items():
        shown = re.findall(r"^ +>? *(\d+) \| (.*)$", text, flags=re.MULTILINE)
        assert shown, name
        assert all(lines[int(number) - 1].strip() == line.strip() for number, line in shown), name
