"""A timeout or Ctrl-C, in a test or in the check of its gradients, leaves everything as it does without the plugin."""

from __future__ import annotations

import random
import signal
import threading
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter

from .recording.test_no_side_effects import entry_points
from .test_plugin import BARE

pytest_plugins = ["pytester"]

# pytest-rerunfailures starts threads that stay.
QUIET = (*BARE, "-p", "no:rerunfailures")

# The alarm is that of pytest-timeout, brought forward; for Ctrl-C it raises KeyboardInterrupt instead. It waits until a
# line of the test, or of the plugin, runs: what a signal raises inside a callback of TensorFlow's C code may get lost.
SOURCE = """
import random
import signal
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

def alarm(seconds, where):
    interrupt = signal.default_int_handler if {ctrl_c} else signal.getsignal(signal.SIGALRM)

    def handler(number, frame):
        if where in frame.f_code.co_filename:
            interrupt(number, frame)
        signal.setitimer(signal.ITIMER_REAL, 0.001)

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, seconds)

@pytest.mark.timeout(3600, method="signal")
@pytest.mark.gradcheck(mode="full", max_seconds=60, functions="{functions}")
def test_interrupted(made):
    source = tf.ones([200, 200])
    with tf.GradientTape() as tape:
        tape.watch(source)
        noise = tf.random.normal([]) * made.generator.normal([]) * keras.random.normal([], seed=made.seeds)
        noise *= np.random.rand() * random.random()
        made.variable.assign_add(noise)
        result = made.function(source) * made.variable
        while {in_body}:
            alarm(0.01, __file__)
            time.sleep(10)
    tape.gradient(result, source)
    if {in_check}:
        alarm(0.3, "pytest_tfgrad")
"""


def deep(x: Any) -> Any:
    """A function of which thousands of differences take long."""
    for _ in range(60):
        x = tf.sin(x + 0.001 * (x @ x))
    return tf.reduce_sum(x)


class Made:
    """What the test inside uses; a plugin of the run inside."""

    def __init__(self) -> None:
        tf.random.set_seed(1)
        keras.utils.set_random_seed(2)
        self.things = SimpleNamespace(
            function=tf.function(deep),
            variable=tf.Variable(1.0),
            generator=tf.random.Generator.from_seed(3),
            seeds=keras.random.SeedGenerator(4),
        )

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "gradcheck: known without the plugin too")

    @pytest.fixture
    def made(self) -> SimpleNamespace:
        return self.things

    def state(self) -> list[Any]:
        """Of the variable and, by what they give next, of all random generators."""
        things = self.things
        return [
            float(things.variable),
            float(tf.random.normal([])),
            float(things.generator.normal([])),
            things.seeds.next().numpy().tolist(),
            np.random.rand(),
            random.random(),
        ]


def surroundings() -> list[Any]:
    return [*entry_points(), np.geterr(), [thread.name for thread in threading.enumerate()]]


@pytest.mark.parametrize("functions", ["eager", "graph"])
@pytest.mark.parametrize("place", ["body", "check"])
@pytest.mark.parametrize("ctrl_c", [False, True], ids=["timeout", "ctrl-c"])
def test_an_interruption_leaves_everything_as_without_the_plugin(
    pytester: pytest.Pytester, ctrl_c: bool, place: str, functions: str
) -> None:
    def run(*flags: str, in_check: bool) -> tuple[list[Any], pytest.RunResult]:
        made = Made()
        source = SOURCE.format(ctrl_c=ctrl_c, in_body=place == "body", in_check=in_check, functions=functions)
        pytester.makepyfile(source)
        handler = signal.getsignal(signal.SIGALRM)
        try:
            result = pytester.runpytest_inprocess(*QUIET, *flags, plugins=[made], no_reraise_ctrlc=True)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, handler)
        return made.state(), result

    before = surroundings()
    # Without the plugin there is no check that an alarm could end.
    plain, _ = run("-p", "no:tfgrad", in_check=False)
    state, result = run(in_check=place == "check")
    assert surroundings() == before
    assert state == plain
    if place == "check" and not ctrl_c:
        result.stdout.fnmatch_lines(["1 test not checked: its check was interrupted"])
    if ctrl_c:
        result.stdout.fnmatch_lines(["*KeyboardInterrupt*"])
        assert result.ret == pytest.ExitCode.INTERRUPTED
    else:
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*Failed: Timeout*"])


def test_what_runs_in_a_thread_of_its_own_ends_with_an_interruption() -> None:
    def forever() -> None:
        while True:
            tf.ones([])

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    handler = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            adapter.in_thread_of_its_own(forever)
    finally:
        signal.signal(signal.SIGALRM, handler)
    assert "pytest-tfgrad" not in [thread.name for thread in threading.enumerate()]
