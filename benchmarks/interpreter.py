"""What the whole analysis of a folder costs beside the bare parse of its files, and how the cost grows with a file.

    python benchmarks/interpreter.py FOLDER [ROUNDS]

Every measurement is the CPU time of a process of its own, in turns; the least of the rounds counts.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import libcst as cst
from tfgrad_lint import lint_source
from tfgrad_lint.deep_stack import deep_stack
from tfgrad_lint.settings import Settings
from tfgrad_lint.workers import check_files

ROUNDS = 3
LINES = (100, 1_000, 5_000, 20_000)

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


def parse_only(files: list[Path]) -> None:
    """Parse each file and drop the tree."""
    with deep_stack() as call:
        for file in files:
            try:
                call(cst.parse_module, file.read_bytes())
            except (cst.ParserSyntaxError, UnicodeDecodeError):
                continue


def analyse(files: list[Path]) -> None:
    """Lint each file with all rules."""
    settings = Settings()
    for _ in check_files([(file, settings) for file in files], jobs=1):
        pass


WORK = {"parse": parse_only, "analyse": analyse}


def measure(kind: str, folder: str) -> tuple[float, int]:
    """Return the CPU seconds and the peak of the memory in MiB of a process that does ``kind`` to ``folder``."""
    run = subprocess.run([sys.executable, __file__, kind, folder], check=True, capture_output=True, text=True)
    seconds, peak = run.stdout.split()
    return float(seconds), int(peak)


def growth() -> list[tuple[int, float]]:
    """Return the CPU seconds for generated files, by their number of lines."""
    lint_source("import tensorflow as tf\n")
    found: list[tuple[int, float]] = []
    for lines in LINES:
        text = "import tensorflow as tf\n" + "".join(STEP.format(n=n) for n in range(lines // 10))
        start = time.process_time()
        lint_source(text)
        found.append((lines, time.process_time() - start))
    return found


def main(folder: str, rounds: int) -> None:
    """Print the two tables."""
    parses, analyses = zip(
        *((measure("parse", folder), measure("analyse", folder)) for _ in range(rounds)), strict=True
    )
    parse, whole = min(parses)[0], min(analyses)[0]
    print(f"bare parse {parse:.1f} s, whole analysis {whole:.1f} s: {whole / parse:.2f} times")
    print(f"peak memory {max(peak for _, peak in analyses)} MiB")
    print("\n lines   seconds   milliseconds a line")
    for lines, seconds in growth():
        print(f"{lines:6}   {seconds:7.2f}   {1000 * seconds / lines:.2f}")


if __name__ == "__main__":
    if sys.argv[1] in WORK:
        work = WORK[sys.argv[1]]
        paths = sorted(path.resolve() for path in Path(sys.argv[2]).rglob("*.py"))
        begin = time.process_time()
        work(paths)
        print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
