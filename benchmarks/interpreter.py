"""What the whole analysis of a folder costs beside the bare parse of its files, and how both grow.

    python benchmarks/interpreter.py FOLDER PICTURES

One process without a cache parses each file bare and analyses it with all rules, in turns, so that whatever else the
machine does slows both down alike. All times are CPU time. Prints Markdown, and draws a curve into PICTURES.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import libcst as cst
from goals import Goal, at_most, print_goals
from markdown import table
from measuring import own_peak_mebibytes, seconds_once
from pictures import save
from tfgrad_lint import lint_source
from tfgrad_lint.deep_stack import deep_stack
from tfgrad_lint.settings import Settings
from tfgrad_lint.workers import check_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.deep_stack import Call

LINES = (100, 1_000, 5_000, 20_000)
PARTS = 4
# What counts as linear: that a line costs about the same in a file twenty times as long.
LINEAR = 1.5
# Why the analysis takes what it takes.
REPEATED = (
    "calls are followed into what they call, once per call: remembering calls with equal arguments would spare few of "
    "the steps on such code, as nearly all of them write to objects, and is not done"
)

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
            analysis = seconds_once(lambda: next(results))
            data = file.read_bytes()
            yield data.count(b"\n"), seconds_once(lambda: parse(call, data)), analysis  # noqa: B023


def print_folder(folder: str) -> list[Goal]:
    """Print what a folder costs, and each further part of its files."""
    files = sorted(path.resolve() for path in Path(folder).rglob("*.py"))
    rows: list[list[object]] = []
    lines, parsing, analysis, peak = 0, 0.0, 0.0, 0.0
    ends = [len(files) * part // PARTS for part in range(1, PARTS + 1)]
    for number, cost in enumerate(costs(files), start=1):
        lines, parsing, analysis = lines + cost[0], parsing + cost[1], analysis + cost[2]
        if number in ends:
            peak = own_peak_mebibytes()
            times = f"{analysis / parsing:.2f}"
            rows.append([number, f"{lines:,}", f"{parsing:.1f}", f"{analysis:.1f}", times, f"{peak:.0f}"])
    name = Path(folder).name
    print(f"Files of {name}, CPU seconds.\n")
    print(table(["files", "lines", "bare parse", "analysis", "times", "peak MiB"], rows), end="\n\n", flush=True)
    return [
        at_most(f"analysis of {name}, times the bare parse", 2, analysis / parsing, REPEATED),
        at_most("its memory", 400, peak, unit=" MiB"),
    ]


def print_growth(folder: Path) -> list[Goal]:
    """Print what generated files cost, by their number of lines, and draw it into ``folder``."""
    rows: list[list[object]] = []
    milliseconds: dict[int, float] = {}
    lint_source("import tensorflow as tf\n")
    with deep_stack() as call:
        for lines in LINES:
            text = "import tensorflow as tf\n" + "".join(STEP.format(n=n) for n in range(lines // 10))
            parsing, analysis = seconds_once(lambda: parse(call, text)), seconds_once(lambda: lint_source(text))  # noqa: B023
            milliseconds[lines] = 1000 * analysis / lines
            rows.append([f"{lines:,}", f"{analysis:.2f}", f"{milliseconds[lines]:.2f}", f"{analysis / parsing:.2f}"])
    print("A generated file of training steps.\n")
    print(table(["lines", "CPU seconds", "milliseconds a line", "times the bare parse"], rows))
    draw_growth({lines: lines * each / 1000 for lines, each in milliseconds.items()}, folder)
    return [
        at_most(
            f"milliseconds a line of a file of {LINES[-1]:,} lines, relative to one of {LINES[1]:,}",
            LINEAR,
            milliseconds[LINES[-1]] / milliseconds[LINES[1]],
        )
    ]


def draw_growth(taken: dict[int, float], folder: Path) -> None:
    """Seconds against the number of lines, beside a line through the first file that is not dominated by the start."""
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    axes.plot(list(taken), list(taken.values()), marker="o", label="analysis of one file")
    axes.plot(LINES, [lines * taken[LINES[1]] / LINES[1] for lines in LINES], linestyle=":", label="linear")
    axes.set(xscale="log", yscale="log", xlabel="lines", ylabel="CPU seconds")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    save(figure, folder / "lint-growth.svg")


if __name__ == "__main__":
    if len(sys.argv) != 3 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python benchmarks/interpreter.py FOLDER PICTURES")
    goals = print_folder(sys.argv[1])
    print_goals([*goals, *print_growth(Path(sys.argv[2]))])
