"""Our check beside those of TensorFlow, PyTorch and JAX: `python benchmarks/peers.py [--pictures FOLDER]`.

All check the same losses, each with its own defaults. Prints Markdown: what a check costs, in CPU time and memory; how
small an error it finds; how often it is wrong. A framework that is not installed is left out, and that is said.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import losses
import numpy as np
from frameworks import Checker, checkers, missing
from markdown import figure, table
from measuring import own_peak_mebibytes, seconds
from pictures import save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
ERRORS = tuple(10.0**-k for k in range(1, 8))
DTYPES = ("float64", "float32")


def small_losses() -> list[losses.Loss]:
    """What every checker can check."""
    return [losses.dense(100), losses.dense(1_000), losses.lstm(), losses.convolutional(), losses.attention()]


def progress(what: str) -> None:
    """Tell the terminal where this is; all of it takes a quarter of an hour."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Cost:
    """What one check takes.

    Attributes:
        seconds: of CPU time.
        passes: the same in forward and backward passes of its own framework.
        measured: not extrapolated.
    """

    seconds: float
    passes: float
    measured: bool = True


def cost(checker: Checker, loss: losses.Loss, smaller: tuple[int, Cost] | None) -> Cost:
    """Of a right gradient in float64.

    Beyond the checker's limit it is extrapolated from a ``smaller`` one, entries and cost: a checker that takes minutes
    there evaluates the function a fixed number of times for each entry.
    """
    progress(f"cost, {loss.name}, {checker.name}")
    f, x = checker.function(loss), checker.maths.tensor(loss.weights, "float64")
    once = seconds(lambda: checker.maths.gradient(f, x))
    if loss.weights.size > checker.limit:
        assert smaller is not None, "the limit is above the smallest size"
        passes = smaller[1].passes * loss.weights.size / smaller[0]
        return Cost(passes * once, passes, measured=False)
    taken = seconds(lambda: checker.passes(f, x))
    return Cost(taken, taken / once)


def costs(everyone: Sequence[Checker], everything: Sequence[losses.Loss]) -> dict[str, dict[str, Cost]]:
    """By loss and checker; losses of growing size."""
    measured: dict[str, dict[str, Cost]] = {loss.name: {} for loss in everything}
    for checker in everyone:
        largest = None
        for loss in everything:
            found = measured[loss.name][checker.name] = cost(checker, loss, largest)
            if found.measured:
                largest = loss.weights.size, found
    return measured


def print_costs(measured: dict[str, dict[str, Cost]], everyone: Sequence[Checker]) -> None:
    ours = everyone[0].name
    rows = [
        [
            name,
            *(
                f"{'' if one.measured else '≈ '}{figure(one.seconds / by_checker[ours].seconds)} ({figure(one.passes)})"
                for one in by_checker.values()
            ),
        ]
        for name, by_checker in measured.items()
    ]
    print("CPU time of a check relative to ours, and in brackets in forward and backward passes of its own framework;")
    print(
        "float64. ≈ would take minutes to hours and is extrapolated from the largest size that was run, by entries.\n"
    )
    print(table(["weights", *(checker.name for checker in everyone)], rows), end="\n\n")


def scaled(loss: losses.Loss, error: float) -> np.ndarray:
    """A factor for the whole gradient."""
    return np.full(loss.weights.shape, 1 + error)


def one_entry(loss: losses.Loss, error: float, gradient: np.ndarray) -> np.ndarray:
    """A factor for the largest entry alone."""
    multiplier = np.ones(loss.weights.shape)
    multiplier[np.argmax(np.abs(gradient))] += error
    return multiplier


def smallest(checker: Checker, loss: losses.Loss, multiplied: Callable[[float], np.ndarray]) -> str:
    """The smallest error, of a ladder, that is found together with all larger ones."""
    x = checker.maths.tensor(loss.weights, "float64")
    found = "none"
    for error in ERRORS:
        if checker.passes(checker.function(loss, multiplied(error)), x):
            break
        found = f"{error:.0e}".replace("e-0", "e-")
    return found


def print_smallest(everyone: Sequence[Checker], everything: Sequence[losses.Loss]) -> None:
    rows = []
    for loss in everything:
        row = [loss.name]
        for checker in everyone:
            progress(f"smallest error, {loss.name}, {checker.name}")
            if loss.weights.size > checker.limit:
                row.append("-")
                continue
            x = checker.maths.tensor(loss.weights, "float64")
            gradient = np.asarray(checker.maths.gradient(checker.function(loss), x))
            if not checker.passes(checker.function(loss), x):
                row.append("accuses the right one")
                continue
            whole = smallest(checker, loss, lambda error: scaled(loss, error))  # noqa: B023
            entry = smallest(checker, loss, lambda error: one_entry(loss, error, gradient))  # noqa: B023
            row.append(f"{whole} / {entry}")
        rows.append(row)
    print("The smallest relative error that is found, of the powers of ten from 1e-1 to 1e-7 in float64: of the whole")
    print("gradient / of its largest entry alone; - takes minutes.\n")
    print(table(["weights", *(checker.name for checker in everyone)], rows), end="\n\n")


def mutations(loss: losses.Loss, gradient: np.ndarray) -> Iterator[np.ndarray]:
    """Twelve ways for a gradient to be wrong by at least a thousandth."""
    random = np.random.default_rng(0)
    size = loss.weights.size
    yield from (np.full(size, factor) for factor in (-1.0, 0.5, 2.0, 1.01, 1.001))
    yield from (one_entry(loss, error, gradient) for error in (-1.0, 1.0, 0.01))
    yield np.where(random.random(size) < 0.5, 1.0, 0.0)
    yield np.where(np.arange(size) < size // 10, 1.1, 1.0)
    yield np.where(random.random(size) < 0.1, -1.0, 1.0)
    yield 1 + 0.02 * random.normal(size=size)


def print_rates(everyone: Sequence[Checker], everything: Sequence[losses.Loss]) -> None:
    rows = []
    for checker in everyone:
        row: list[object] = [checker.name]
        for dtype in DTYPES:
            accused = caught = total = 0
            for loss in everything:
                progress(f"mutations, {checker.name}, {dtype}, {loss.name}")
                x = checker.maths.tensor(loss.weights, dtype)
                accused += not checker.passes(checker.function(loss), x)
                detached = checker.maths.gradient(checker.function(loss), x)
                for multiplier in mutations(loss, np.asarray(detached)):
                    total += 1
                    caught += not checker.passes(checker.function(loss, multiplier), x)
            row += [f"{caught} of {total}", f"{accused} of {len(everything)}"]
        rows.append(row)
    print(
        "Wrong gradients found and right ones accused, with each checker's default tolerances. A checker that accuses"
    )
    print("every gradient finds every wrong one too.\n")
    header = ["checker", *(f"{dtype}: {what}" for dtype in DTYPES for what in ("found", "accused"))]
    print(table(header, rows), end="\n\n")


def print_estimate_errors(everything: Sequence[losses.Loss]) -> None:
    """Of ours and of `tf.test.compute_gradient`, which show their estimates."""
    import tensorflow as tf  # noqa: PLC0415
    from frameworks import TensorFlowMaths  # noqa: PLC0415

    from pytest_tfgrad import check_gradients  # noqa: PLC0415

    maths = TensorFlowMaths()
    rows = []
    for loss in everything:
        progress(f"error of the estimate, {loss.name}")
        x = maths.tensor(loss.weights, "float64")
        result = check_gradients(lambda v: loss.f(maths, v), [x], mode="full", max_seconds=600.0)[0]  # noqa: B023
        (right,), (estimate,) = tf.test.compute_gradient(lambda v: loss.f(maths, v), [x])  # noqa: B023
        ours = "-" if result.max_rel_error is None else f"{result.max_rel_error:.0e}"
        rows.append([loss.name, ours, f"{np.abs(right - estimate).max() / np.abs(right).max():.0e}"])
    print(
        "The largest error of the estimate in float64: ours relative to that entry, the other one to the largest entry."
    )
    print("- compares groups of entries that agree, and keeps no estimate of each.\n")
    print(table(["weights", "pytest-tfgrad, every entry", "tf.test.compute_gradient"], rows), end="\n\n")


def peak_mebibytes(checker: Checker, size: int, how: str) -> float:
    """Of a process of its own that takes one gradient, or checks it."""
    command = [sys.executable, __file__, "--peak", checker.framework, checker.name, str(size), how]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def print_own_peak(framework: str, name: str, size: int, how: str) -> None:
    """The memory that this process needed at most."""
    checker = next(checker for checker in checkers(framework) if checker.name == name)
    loss = losses.dense(size)
    f, x = checker.function(loss), checker.maths.tensor(loss.weights, "float64")
    if how == "checked":
        checker.passes(f, x)
    else:
        checker.maths.gradient(f, x)
    print(own_peak_mebibytes())


def print_peaks(everyone: Sequence[Checker]) -> None:
    rows = []
    for size in (10_000, 1_000_000):
        row: list[object] = [losses.dense(size).name]
        for checker in everyone:
            progress(f"memory, {size:,}, {checker.name}")
            if size > checker.limit:
                row.append("-")
                continue
            plain, checked = (peak_mebibytes(checker, size, how) for how in ("plain", "checked"))
            row.append(f"{checked / plain:.2f}")
        rows.append(row)
    print("Peak memory of a process that checks, relative to one that takes the same gradient once; - takes minutes.\n")
    print(table(["weights", *(checker.name for checker in everyone)], rows), end="\n\n")


def draw_costs(measured: dict[str, dict[str, Cost]], folder: Path) -> None:
    """The cost of a check against the number of weights, as a picture."""
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    names = list(next(iter(measured.values())))
    for name in names:
        points = [
            (size, by_checker[name].passes)
            for size, by_checker in zip(SIZES, measured.values(), strict=True)
            if by_checker[name].measured
        ]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="weights", ylabel="forward and backward passes")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    save(figure, folder / "check-cost.svg")


def main(arguments: Sequence[str]) -> None:
    everyone: list[Any] = list(checkers())
    for name in missing():
        print(f"{name} is not installed: left out.\n", flush=True)
    warnings.simplefilter("ignore")
    dense = costs(everyone, [losses.dense(size) for size in SIZES])
    print_costs({**dense, **costs(everyone, small_losses()[2:])}, everyone)
    print_peaks(everyone)
    print_estimate_errors(small_losses())
    print_smallest(everyone, [*small_losses(), losses.dense(100_000)])
    print_rates(everyone, small_losses())
    if "--pictures" in arguments:
        draw_costs(dense, Path(arguments[list(arguments).index("--pictures") + 1]))


if __name__ == "__main__":
    if "--peak" in sys.argv:
        print_own_peak(sys.argv[-4], sys.argv[-3], int(sys.argv[-2]), sys.argv[-1])
    else:
        main(sys.argv[1:])
