"""Whether wrong gradients are found and right ones are left alone: `python benchmarks/detection.py [--quick]`.

The functions are those on which other checkers raise false alarms or miss errors, in float64 and float32. Exits with 1
if a right gradient is accused or an error is missed.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from pytest_tfgrad.api import check_gradients
from pytest_tfgrad.errors import GradientError
from pytest_tfgrad.results import GradientResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ERROR = 1e-3
SEEDS = 20
SIZES = (10, 1_000, 100_000, 1_000_000)


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


def main() -> int:
    """Print rates; the number of failures."""
    seeds, sizes = (2, SIZES[:2]) if "--quick" in sys.argv else (SEEDS, SIZES)
    failures = 0
    for dtype in ("float64", "float32"):
        names: dict[str, list[int]] = {}
        for seed in range(seeds):
            for case in cases(seed):
                counts = names.setdefault(case.name, [0, 0, 0, 0])
                verdict = checked(case.f, case.x, dtype, seed).verdict
                counts[0] += verdict is Verdict.WRONG
                counts[1] += verdict is Verdict.INCONCLUSIVE
                position = int(np.random.default_rng(seed).integers(case.x.size))
                for column, change in ((2, one_entry(position)), (3, factor)):
                    counts[column] += checked(distorted(case.f, change), case.x, dtype, seed).verdict is Verdict.WRONG
        print(f"{dtype}, {seeds} seeds: right ones accused, inconclusive; caught: one entry off by 1e-3, factor 1.001")
        for name, (accused, inconclusive, entry, scaled) in names.items():
            print(f"  {name:24}{accused:4}{inconclusive:4}{entry:8}{scaled:4}", flush=True)
            failures += accused + (seeds - entry) + (seeds - scaled)
        for size in sizes:
            case = mean_of_sines(size)
            right = checked(case.f, case.x, dtype, 0)
            entry_result = checked(distorted(case.f, one_entry(size // 3)), case.x, dtype, 0)
            scaled_result = checked(distorted(case.f, factor), case.x, dtype, 0)
            found = [entry.index for entry in entry_result.entries] == [(size // 3,)]
            print(
                f"  {case.name:24} right: {right.verdict.value}, one entry: {entry_result.verdict.value}"
                f"{' (found)' if found else ''} in {entry_result.evaluations} evaluations, factor: "
                f"{scaled_result.verdict.value}",
                flush=True,
            )
            failures += (right.verdict is Verdict.WRONG) + (not found) + (scaled_result.verdict is not Verdict.WRONG)
    print(f"{failures} failures")
    return failures


if __name__ == "__main__":
    sys.exit(bool(main()))
