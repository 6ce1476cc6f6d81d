"""Whether wrong gradients are found and right ones are left alone: `python benchmarks/detection.py [--quick]`.

The functions are those on which other checkers raise false alarms or miss errors, in float64 and float32. Prints
Markdown. Exits with 1 if a right gradient is accused or an error is missed.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from goals import Goal, at_least, at_most, print_goals
from markdown import table

from pytest_tfgrad.api import check_gradients
from pytest_tfgrad.errors import GradientError
from pytest_tfgrad.results import GradientResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ERROR = 1e-3
SEEDS = 20
SIZES = (10, 1_000, 10_000, 100_000, 1_000_000)
SEARCHED = 10_000
DTYPES = ("float64", "float32")

# Why this goal is not met.
OF_SEARCH = "these are all of the check: directions that accuse, the search, and a close look at each suspected entry"


@dataclass(frozen=True, eq=False)
class Case:
    """A function at a point.

    Attributes:
        name: of the function.
        f: the function, of one tensor.
        x: the point, in float64.
    """

    name: str
    f: Callable[[Any], Any]
    x: np.ndarray


def cases(seed: int) -> Iterator[Case]:
    """The functions at points that depend on ``seed``."""
    random = np.random.default_rng(seed)
    rows, weights = random.normal(size=(32, 8)), random.normal(size=(8, 32))
    labels = np.eye(10)[random.integers(0, 10, 16)]

    def net(activation: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def f(x: Any) -> Any:
            first, second = tf.reshape(x[:512], (8, 64)), tf.reshape(x[512:], (64, 1))
            return tf.reduce_mean(tf.square(activation(tf.cast(rows, x.dtype) @ first) @ second))

        return f

    def layer_norm(x: Any) -> Any:
        centred = x - tf.reduce_mean(x, -1, keepdims=True)
        deviation = tf.sqrt(tf.reduce_mean(centred**2, -1, keepdims=True) + 1e-3)
        return tf.cast(weights, x.dtype) * centred / deviation

    def cross_entropy(x: Any) -> Any:
        return tf.nn.softmax_cross_entropy_with_logits(tf.cast(labels, x.dtype), x)

    yield Case("tanh net", net(tf.tanh), random.normal(size=576) * 0.3)
    yield Case("relu net", net(tf.nn.relu), random.normal(size=576) * 0.3)
    yield Case("softmax cross-entropy", cross_entropy, random.normal(size=(16, 10)) * 3)
    yield Case("layer norm", layer_norm, random.normal(size=(8, 32)))
    yield Case("exp", tf.exp, 3 * random.normal(size=50))
    yield Case("cube", lambda x: x * x * x, 100 * random.normal(size=50))
    yield Case("log", tf.math.log, random.uniform(1e-3, 1, 50))
    yield Case("relu", tf.nn.relu, random.normal(size=300))
    yield Case("sum of squares", lambda x: tf.reduce_sum(x**2), random.normal(size=1000))
    yield Case("sqrt", tf.sqrt, random.uniform(0.5e-4, 1e-4, 50))
    yield Case("sin 50x", lambda x: tf.sin(50 * x), random.normal(size=50))
    yield Case("mean square near 1e6", lambda x: tf.reduce_mean(x**2), 1e6 + random.normal(size=100))


def mean_of_sines(size: int) -> Case:
    """A mean over ``size`` entries, each of which hardly counts."""
    x = np.random.default_rng(size).normal(size=size)
    return Case(f"mean of sines, {size:,}", lambda v: tf.reduce_mean(tf.sin(v)), x)


def distorted(f: Callable[[Any], Any], change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Any], Any]:
    """The function with a custom gradient that is changed on its way out."""

    @tf.custom_gradient
    def g(x: Any) -> tuple[Any, Callable[[Any], Any]]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)

        def gradient(upstream: Any) -> Any:
            right = tape.gradient(y, x, output_gradients=upstream)
            return tf.constant(change(right.numpy()), right.dtype)

        return y, gradient

    return g


def one_entry(position: int) -> Callable[[np.ndarray], np.ndarray]:
    """Adds ``ERROR`` times the largest entry to one entry."""

    def change(gradient: np.ndarray) -> np.ndarray:
        changed = gradient.copy()
        changed.flat[position % changed.size] += np.asarray(ERROR * np.abs(gradient).max(), gradient.dtype)
        return changed

    return change


def factor(gradient: np.ndarray) -> np.ndarray:
    """The gradient times ``1 + ERROR``."""
    return gradient * np.asarray(1 + ERROR, gradient.dtype)


def checked(f: Callable[[Any], Any], x: np.ndarray, dtype: str, seed: int) -> GradientResult:
    """The verdict on the gradient of ``f`` at ``x``."""
    try:
        return check_gradients(f, [tf.constant(x, dtype)], seed=f"{seed}", max_seconds=600.0)[0]
    except GradientError as error:
        return error.results[0]


@dataclass
class Rates:
    """How often each thing happened to a function."""

    accused: int = 0
    inconclusive: int = 0
    entries: int = 0
    factors: int = 0


def rates(dtype: str, seeds: int) -> dict[str, Rates]:
    """Of each function, by its name."""
    found: dict[str, Rates] = {}
    for seed in range(seeds):
        for case in cases(seed):
            counts = found.setdefault(case.name, Rates())
            verdict = checked(case.f, case.x, dtype, seed).verdict
            counts.accused += verdict is Verdict.WRONG
            counts.inconclusive += verdict is Verdict.INCONCLUSIVE
            entry = one_entry(int(np.random.default_rng(seed).integers(case.x.size)))
            counts.entries += checked(distorted(case.f, entry), case.x, dtype, seed).verdict is Verdict.WRONG
            counts.factors += checked(distorted(case.f, factor), case.x, dtype, seed).verdict is Verdict.WRONG
    return found


def print_rates(seeds: int) -> list[Goal]:
    """How often right gradients were accused, and wrong ones caught."""
    measured = {dtype: rates(dtype, seeds) for dtype in DTYPES}
    rows = [
        [name, dtype, each.accused, each.inconclusive, each.entries, each.factors]
        for dtype, by_name in measured.items()
        for name, each in by_name.items()
    ]
    print(
        f"Each function at {seeds} points: right gradients that were accused and inconclusive ones; gradients of which"
    )
    print("one entry is off by 1e-3 of the largest that were caught, and gradients multiplied by 1.001.\n")
    header = ["function", "dtype", "accused", "inconclusive", "one entry caught", "factor caught"]
    print(table(header, rows, texts=2), end="\n\n", flush=True)
    every = [each for by_name in measured.values() for each in by_name.values()]
    total = seeds * len(every)
    entries, factors = (sum(getattr(each, name) for each in every) for name in ("entries", "factors"))
    return [
        at_most(f"right gradients accused, of {total}", 0, sum(each.accused for each in every)),
        at_least(f"one entry off by 1e-3 of the largest, caught of {total}", total, entries),
        at_least(f"factor 1.001, caught of {total}", total, factors),
    ]


def print_sizes(sizes: Sequence[int]) -> list[Goal]:
    """The same for one function at ever more entries, and what finding the entry took."""
    rows, goals = [], []
    for dtype in DTYPES:
        for size in sizes:
            case = mean_of_sines(size)
            right = checked(case.f, case.x, dtype, 0)
            entry = checked(distorted(case.f, one_entry(size // 3)), case.x, dtype, 0)
            scaled = checked(distorted(case.f, factor), case.x, dtype, 0)
            found = [one.index for one in entry.entries] == [(size // 3,)]
            verdicts = [result.verdict.value for result in (right, entry, scaled)]
            rows.append([case.name, dtype, *verdicts, "yes" if found else "no", entry.evaluations])
            goals.append(
                Goal(
                    f"{case.name} entries, {dtype}: the right one, one entry off by 1e-3, factor 1.001",
                    "right, wrong, wrong; the entry found",
                    f"{', '.join(verdicts)}; {'found' if found else 'not found'}",
                    verdicts == ["right", "wrong", "wrong"] and found,
                )
            )
            if size == SEARCHED:
                what = f"evaluations to find the wrong entry of {size:,}, {dtype}"
                goals.append(at_most(what, 64, entry.evaluations, OF_SEARCH))
    header = ["function, entries", "dtype", "right", "one entry", "factor", "entry found", "evaluations of that check"]
    print(table(header, rows, texts=2), flush=True)
    return goals


def main() -> int:
    """Print rates and goals; the number of goals that are not met."""
    seeds, sizes = (2, SIZES[:2]) if "--quick" in sys.argv else (SEEDS, SIZES)
    goals = [*print_rates(seeds), *print_sizes(sizes)]
    print_goals(goals)
    return sum(not goal.met for goal in goals)


if __name__ == "__main__":
    sys.exit(bool(main()))
