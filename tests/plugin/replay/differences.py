"""Plain differences of a replay beside what the tape answered, to judge replays without the package's own numerics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad.recording import record
from pytest_tfgrad.replay import build_replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tfgrad.recording import GradientCall


def _computes_dilated_gradients() -> bool:
    """Whether the convolutions of this processor can be dilated: without oneDNN's kernels, their gradient raises."""
    try:
        tf.raw_ops.Conv2DBackpropInput(
            input_sizes=[1, 5, 5, 1],
            filter=tf.ones([3, 3, 1, 1]),
            out_backprop=tf.ones([1, 5, 5, 1]),
            strides=[1, 1, 1, 1],
            padding="SAME",
            dilations=[1, 2, 2, 1],
        )
    except tf.errors.InvalidArgumentError:
        return False
    return True


needs_dilated_gradients = pytest.mark.skipif(
    not _computes_dilated_gradients(), reason="TensorFlow has no gradient of a dilated convolution on this processor"
)

# The best agreement over these relative steps counts: large ones cross kinks, small ones lose digits.
STEPS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)


def only_call(body: Callable[[], object], functions: str = "eager") -> GradientCall:
    """Run a body and return the one gradient call it makes."""
    with record(functions) as recording:  # type: ignore[arg-type]
        body()
    assert recording.notes == []
    (call,) = recording.calls
    return call


def slopes(call: GradientCall, seed: int = 0) -> tuple[float, float]:
    """The slope along one random direction: from the tape's answer, and from differences of the replay."""
    replay = build_replay(call)
    random = np.random.default_rng(seed)
    directions = [_direction(random, source) for source in replay.sources]
    weights = _weights(random, call, replay.targets)
    results = [call.results[index] for index in replay.source_index]
    tape = sum(
        _product(_weighted(call, result, weights), direction)
        for result, direction in zip(results, directions, strict=True)
        if result is not None
    )

    def value(h: float) -> float:
        points = [source + h * direction for source, direction in zip(replay.sources, directions, strict=True)]
        return sum(np.sum(w * t).real for w, t in zip(weights, replay.evaluate(points), strict=True))

    numeric = min(((value(h) - value(-h)) / (2 * h) for h in STEPS), key=lambda slope: abs(slope - tape))
    return float(tape), float(numeric)


def assert_replay_agrees(body: Callable[[], object], functions: str = "eager", rtol: float = 2e-5) -> GradientCall:
    """The replay gives the recorded targets, and its differences the tape's gradient."""
    call = only_call(body, functions)
    replay = build_replay(call)
    for replayed, recorded in zip(replay.targets, replay.recorded_targets, strict=True):
        np.testing.assert_allclose(replayed, recorded, rtol=rtol * 10, atol=1e-5)
    assert replay.sources, "nothing was perturbed"
    tape, numeric = slopes(call)
    assert tape != 0, "a zero slope proves nothing"
    assert tape == pytest.approx(numeric, rel=rtol)
    return call


def _direction(random: np.random.Generator, source: np.ndarray) -> np.ndarray:
    scale = np.maximum(np.abs(source), 1e-3 * np.sqrt(np.mean(np.abs(source) ** 2)) + 1e-12)
    signs = random.choice([-1.0, 1.0], source.shape)
    return signs * scale * (1j ** random.integers(4, size=source.shape)) if np.iscomplexobj(source) else signs * scale


def _weights(random: np.random.Generator, call: GradientCall, targets: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    if call.kind != "gradient":
        return [random.choice([-1.0, 1.0], target.shape) for target in targets]
    given = call.output_gradients
    return [
        np.ones(target.shape) if w is None else w.astype(np.float64) for w, target in zip(given, targets, strict=True)
    ]


def _weighted(call: GradientCall, result: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """The gradient that a jacobian has for one weighted sum of the targets."""
    wide = result.astype(np.complex128 if np.iscomplexobj(result) else np.float64)
    if call.kind == "jacobian":
        return np.tensordot(weights[0], wide, weights[0].ndim)
    if call.kind == "batch_jacobian":
        return np.stack([np.tensordot(w, row, w.ndim) for w, row in zip(weights[0], wide, strict=True)])
    return wide


def _product(gradient: np.ndarray, direction: np.ndarray) -> float:
    return float(np.sum(np.conj(gradient) * direction).real)
