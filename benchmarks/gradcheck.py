"""What recording and checking cost, as ratios within one run: `python benchmarks/gradcheck.py`.

CPU time, medians. Compared with the test's own passes and with `tf.test.compute_gradient`; other libraries' checkers
are in peers.py. See README.md for what each line means.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import models
import tensorflow as tf
from measuring import own_peak_mebibytes, seconds, seconds_once

from pytest_tfgrad import check_gradients
from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.options import DEFAULTS
from pytest_tfgrad.recording import record

if TYPE_CHECKING:
    from collections.abc import Callable

_OPTIONS = DEFAULTS["marker"]


def in_turns(first: Callable[[], object], second: Callable[[], object], repeats: int = 7) -> float:
    """Median CPU time of the second relative to the first, run in turns so that both meet the same machine."""
    first()
    second()
    ratios = []
    for _ in range(repeats):
        ratios.append(1 / seconds_once(first) * seconds_once(second))
    return statistics.median(ratios)


def recorded(body: Callable[[], object]) -> None:
    """Run with recording."""
    with record():
        body()


def print_training(training: models.Training) -> None:
    """What recording and a projection check of one model cost."""
    forward = in_turns(training.forward, lambda: recorded(training.forward))
    step = in_turns(training.step, lambda: recorded(training.step))
    with record() as recording:
        training.step()
    check = in_turns(training.step, lambda: check_recording(recording, _OPTIONS, "benchmark"))
    result = check_recording(recording, _OPTIONS, "benchmark")
    verdicts = {gradient.verdict.value for gradient in result.gradients}
    print(
        f"  {training.name:16} recording {forward:.2f} of the forward pass, {step:.2f} of forward and backward pass; "
        f"check {check:.2f} of both in {result.gradients[0].evaluations} evaluations ({', '.join(verdicts)})",
        flush=True,
    )


def print_full(function: models.Function) -> None:
    """A full check beside `tf.test.compute_gradient`, and beside what else is installed."""
    x = tf.constant(function.x)
    ours = seconds(lambda: check_gradients(function.f, [x], mode="full", max_seconds=600.0))
    theirs = seconds_once(lambda: tf.test.compute_gradient(function.f, [x]))
    print(
        f"  {function.name:24}{function.x.size:7,} entries: {ours:.3f} s, compute_gradient {theirs:.2f} s, "
        f"{theirs / ours:.0f} times as long",
        flush=True,
    )


def peak_mebibytes(how: str, number: int) -> float:
    """Peak memory of a process of its own that trains model ``number`` once: plain, or recorded and checked."""
    command = [sys.executable, __file__, "--peak", how, str(number)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def print_own_peak(how: str, number: int) -> None:
    """The memory that this process needed at most."""
    training = models.trainings()[number]
    if how == "plain":
        training.step(persistent=True)
    else:
        with record() as recording:
            training.step(persistent=True)
        check_recording(recording, _OPTIONS, "benchmark")
    print(own_peak_mebibytes())


def plugin_import() -> float:
    """Milliseconds that pytest needs more for importing the plugin, without TensorFlow."""
    code = (
        "import pytest, _pytest.terminal, time; start = time.perf_counter(); import pytest_tfgrad.plugin; "
        "print((time.perf_counter() - start) * 1000)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        for _ in range(7)
    ]
    return statistics.median(times)


def main() -> None:
    trainings = models.trainings()
    print("Recording, and a check along random directions:")
    for training in trainings:
        print_training(training)
    print("Peak memory, recorded and checked, relative to the same with a persistent tape alone:")
    for number, training in enumerate(trainings):
        plain, checked = peak_mebibytes("plain", number), peak_mebibytes("checked", number)
        print(f"  {training.name:16} {checked / plain:.2f} ({checked:.0f} of {plain:.0f} MiB)", flush=True)
    print("Every entry, in CPU time:")
    for size in (1_000, 10_000):
        for function in models.functions(size):
            print_full(function)
    print(f"Importing the plugin where nothing is checked: {plugin_import():.0f} ms")


if __name__ == "__main__":
    if "--peak" in sys.argv:
        print_own_peak(sys.argv[-2], int(sys.argv[-1]))
    else:
        main()
