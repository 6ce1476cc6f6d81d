"""What recording and checking cost, as ratios within one run: `python benchmarks/gradcheck.py`.

CPU time, medians. Compared with the test's own passes and with `tf.test.compute_gradient`; other libraries' checkers
are in peers.py. Prints Markdown.
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
from goals import Goal, at_least, at_most, print_goals
from markdown import table
from measuring import own_peak_mebibytes, seconds, seconds_once

from pytest_tfgrad import check_gradients
from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.options import DEFAULTS
from pytest_tfgrad.recording import record

if TYPE_CHECKING:
    from collections.abc import Callable

_OPTIONS = DEFAULTS["marker"]

# Why a goal is not met, and what was tried.
OF_RECORDING = (
    "an op costs some tens of microseconds of Python to record, which ops as small as these, 16 of the dense net and "
    "864 of the LSTM, do not hide; less is kept of each op and lines are looked up once, which halved it"
)
OF_IMPORT = "milliseconds depend on the processor: one that parses twice as fast took 9.5"
OF_CHECKS = (
    "three forward passes in float64 are the least, one to prepare the replay and one a direction: with ops this small "
    "each takes about half a float32 forward pass; no reference gradient is computed without custom gradients, which "
    "took a quarter; the rest is fixed (what each variable is read for, NumPy on its weights, results); compiling pays "
    "from 40 evaluations on only"
)
OF_ENTRIES = "what a check costs whatever the size counts more where the function is as cheap as this one"


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


def print_trainings(trainings: list[models.Training]) -> list[Goal]:
    """What recording and a check along random directions cost for each model."""
    rows, goals = [], []
    for training in trainings:
        forward = in_turns(training.forward, lambda: recorded(training.forward))  # noqa: B023
        step = in_turns(training.step, lambda: recorded(training.step))  # noqa: B023
        with record() as recording:
            training.step()
        check = in_turns(training.step, lambda: check_recording(recording, _OPTIONS, "benchmark"))
        result = check_recording(recording, _OPTIONS, "benchmark")
        verdicts = ", ".join({gradient.verdict.value for gradient in result.gradients})
        evaluations = result.gradients[0].evaluations
        rows.append([training.name, f"{forward:.2f}", f"{step:.2f}", f"{check:.2f}", evaluations, verdicts])
        goals += [
            at_most(f"recording the forward pass, {training.name}", 1.2, forward, OF_RECORDING),
            at_most(f"check of forward and backward pass, {training.name}", 1, check, OF_CHECKS),
        ]
    print("CPU time of recording, and of a check along random directions, relative to the passes alone.\n")
    header = ["model", "recording forward", "recording forward and backward", "check", "evaluations", "verdicts"]
    print(table(header, rows), end="\n\n", flush=True)
    return goals


def print_full() -> list[Goal]:
    """A check of every entry beside `tf.test.compute_gradient`."""
    rows, goals = [], []
    for size in (1_000, 10_000):
        for function in models.functions(size):
            x = tf.constant(function.x)
            ours = seconds(lambda: check_gradients(function.f, [x], mode="full", max_seconds=600.0))  # noqa: B023
            theirs = seconds_once(lambda: tf.test.compute_gradient(function.f, [x]))  # noqa: B023
            entries = f"{function.x.size:,}"
            rows.append([function.name, entries, f"{ours:.3f}", f"{theirs:.1f}", f"{theirs / ours:.0f}"])
            what = f"every entry, times as fast as `compute_gradient`, {function.name}, {entries} entries"
            goals.append(at_least(what, 20, theirs / ours, OF_ENTRIES))
    print("CPU seconds of a check of every entry.\n")
    header = ["function", "entries", "pytest-tfgrad", "tf.test.compute_gradient", "times as fast"]
    print(table(header, rows), end="\n\n", flush=True)
    return goals


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


def print_peaks(trainings: list[models.Training]) -> list[Goal]:
    """Peak memory, recorded and checked, beside the same with a persistent tape alone."""
    rows, goals = [], []
    for number, training in enumerate(trainings):
        plain, checked = peak_mebibytes("plain", number), peak_mebibytes("checked", number)
        rows.append([training.name, f"{plain:.0f}", f"{checked:.0f}", f"{checked / plain:.2f}"])
        goals.append(at_most(f"peak memory of a persistent tape, {training.name}", 1.3, checked / plain))
    print("Peak MiB of a process with a persistent tape, and of one that records and checks it.\n")
    print(table(["model", "tape", "recorded and checked", "relative"], rows), flush=True)
    return goals


def plugin_import() -> float:
    """CPU milliseconds that pytest needs more for importing the plugin, without TensorFlow."""
    code = (
        "import pytest, _pytest.terminal, time; start = time.process_time(); import pytest_tfgrad.plugin; "
        "print((time.process_time() - start) * 1000)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        for _ in range(15)
    ]
    return statistics.median(times)


def main() -> None:
    trainings = models.trainings()
    goals = [
        *print_trainings(trainings),
        *print_full(),
        *print_peaks(trainings),
        at_most("importing the plugin where nothing is checked", 20, plugin_import(), OF_IMPORT, unit=" ms"),
    ]
    print_goals(goals)


if __name__ == "__main__":
    if "--peak" in sys.argv:
        print_own_peak(sys.argv[-2], int(sys.argv[-1]))
    else:
        main()
