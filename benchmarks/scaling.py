"""What more processes gain: `python benchmarks/scaling.py FOLDER`.

`--gradcheck` under pytest-xdist on a generated suite, with the verdicts compared; `tfgrad lint --jobs` on FOLDER.
Prints Markdown.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from goals import Goal, print_goals
from markdown import table

# As many as a small machine has processors; 0 is pytest without xdist.
WORKERS = (0, 2)
JOBS = (1, 2)
# A suite that takes little more than importing TensorFlow, and one that takes a minute.
TESTS = (60, 480)

SUITE = """
import keras
import pytest
import tensorflow as tf


@pytest.mark.parametrize("number", range(TESTS))
def test_gradients_of_a_net(number):
    width = 8 + number % 60
    keras.utils.set_random_seed(number)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(width, "tanh"), keras.layers.LayerNormalization(),
                              keras.layers.Dense(width, "gelu"), keras.layers.Dense(3)])
    x = tf.random.normal((32, 10))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x)))
    assert all(g is not None for g in tape.gradient(loss, model.trainable_variables))
"""


def seconds(command: list[str], folder: str | Path) -> float:
    """The time on the clock that a program takes."""
    start = time.perf_counter()
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} failed:\n{ran.stdout}{ran.stderr}")
    return time.perf_counter() - start


def verdicts(report: Path) -> list[tuple[str, int, str]]:
    """What was found of each gradient, in an order that does not depend on the workers.

    Keras numbers the layers of a process, so the names of its variables do depend on them.
    """
    tests = json.loads(report.read_text())["tests"]
    return sorted((t["nodeid"], number, g["verdict"]) for t in tests for number, g in enumerate(t["gradients"]))


def print_plugin() -> list[Goal]:
    """Suites without xdist, and with ever more workers."""
    rows: list[list[object]] = []
    agree = True
    for tests in TESTS:
        with tempfile.TemporaryDirectory() as folder:
            measured = suite_rows(Path(folder), tests)
        rows.extend(measured)
        agree = agree and all(row[-1] == "yes" for row in measured)
    print("Suites under `--gradcheck`, by workers of pytest-xdist.\n")
    print(
        table(["tests", "workers", "seconds", "times as fast", "gradients", "same verdicts"], rows),
        end="\n\n",
        flush=True,
    )
    return [Goal("verdicts under pytest-xdist", "the same as without it", "the same" if agree else "others", agree)]


def suite_rows(folder: Path, tests: int) -> list[list[object]]:
    """A suite of so many tests without xdist, and with ever more workers."""
    (folder / "test_nets.py").write_text(SUITE.replace("TESTS", str(tests)))
    rows: list[list[object]] = []
    first: tuple[float, list[tuple[str, int, str]]] | None = None
    for workers in WORKERS:
        report = folder / f"report{workers}.json"
        distribution = ["-p", "no:xdist"] if workers == 0 else ["-n", str(workers)]
        command = [sys.executable, "-m", "pytest", "-q", "--gradcheck", f"--gradcheck-report={report}", *distribution]
        taken, found = seconds(command, folder), verdicts(report)
        first = first or (taken, found)
        same = "yes" if found == first[1] else "no"
        rows.append([tests, workers or "without xdist", f"{taken:.0f}", f"{first[0] / taken:.2f}", len(found), same])
    return rows


def print_linter(folder: str) -> None:
    """The folder with ever more jobs and no cache."""
    rows: list[list[object]] = []
    first: float | None = None
    for jobs in JOBS:
        command = [
            sys.executable,
            "-m",
            "tfgrad_lint",
            "lint",
            "-q",
            "--isolated",
            "--no-cache",
            "--jobs",
            str(jobs),
            folder,
        ]
        taken = seconds(command, ".")
        first = first or taken
        rows.append([jobs, f"{taken:.1f}", f"{first / taken:.2f}"])
    print(f"`tfgrad lint --no-cache` on {Path(folder).name}, by `--jobs`.\n")
    print(table(["jobs", "seconds", "times as fast"], rows), flush=True)


def main(folder: str) -> None:
    """Print both tables."""
    print(f"Seconds on the clock of {os.cpu_count()} cores.\n")
    goals = print_plugin()
    print_linter(folder)
    print_goals(goals)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python benchmarks/scaling.py FOLDER")
    main(sys.argv[1])
