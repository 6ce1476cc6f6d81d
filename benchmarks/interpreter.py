"""What the whole analysis of a folder costs beside the bare parse of its files, and how both grow.

    python benchmarks/interpreter.py FOLDER

One process without a cache parses each file bare and analyses it with all rules, in turns, so that whatever else the
machine does slows both down alike. All times are CPU time.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import libcst as cst
from tfgrad_lint import lint_source
from tfgrad_lint.deep_stack import deep_stack
from tfgrad_lint.settings import Settings
from tfgrad_lint.workers import check_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfgrad_lint.deep_stack import Call

LINES = (100, 1_000, 5_000, 20_000)
PARTS = 4

# A training step of ten lines, which the generated files repeat.
STEP = """
def step_{n}(x, model, optimizer):
    with tf.GradientTape() as tape:
        hidden = tf.nn.relu(tf.matmul(x, tf.ones([{n} + 1, 16])))
        logits = tf.reshape(hidden, [-1, 4, 4])
        loss = tf.reduce_mean(tf.square(logits - tf.reduce_mean(logits, axis=0, keepdims=True)))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss
"""


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that ``work`` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def parse(call: Call, text: str | bytes) -> None:
    """Parse a text and drop the tree; what is no Python costs what it costs until that is known."""
    try:
        call(cst.parse_module, text)
    except (cst.ParserSyntaxError, UnicodeDecodeError):
        return


def costs(files: list[Path]) -> Iterator[tuple[int, float, float]]:
    """Yield the lines of each file, the seconds of its bare parse and those of its analysis."""
    settings = Settings()
    results = check_files([(file, settings) for file in files], jobs=1)
    with deep_stack() as call:
        for file in files:
            analysis = seconds(lambda: next(results))
            data = file.read_bytes()
            yield data.count(b"\n"), seconds(lambda: parse(call, data)), analysis  # noqa: B023


def print_folder(folder: str) -> None:
    """Print what a folder costs, and each further part of its files."""
    files = sorted(path.resolve() for path in Path(folder).rglob("*.py"))
    print(" files    lines   bare parse   analysis   times   peak MiB")
    lines, parsing, analysis = 0, 0.0, 0.0
    ends = [len(files) * part // PARTS for part in range(1, PARTS + 1)]
    for number, cost in enumerate(costs(files), start=1):
        lines, parsing, analysis = lines + cost[0], parsing + cost[1], analysis + cost[2]
        if number in ends:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            times = analysis / parsing
            print(f"{number:6} {lines:8} {parsing:10.1f} s {analysis:8.1f} s {times:7.2f} {peak:10}", flush=True)


def print_growth() -> None:
    """Print what generated files cost, by their number of lines."""
    print("\n lines   seconds   milliseconds a line   times the bare parse")
    lint_source("import tensorflow as tf\n")
    with deep_stack() as call:
        for lines in LINES:
            text = "import tensorflow as tf\n" + "".join(STEP.format(n=n) for n in range(lines // 10))
            parsing, analysis = seconds(lambda: parse(call, text)), seconds(lambda: lint_source(text))  # noqa: B023
            print(f"{lines:6} {analysis:9.2f} {1000 * analysis / lines:21.2f} {analysis / parsing:22.2f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python benchmarks/interpreter.py FOLDER")
    print_folder(sys.argv[1])
    print_growth()
