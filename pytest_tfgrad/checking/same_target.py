"""Whether a replay is of the computation that the test ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pytest_tfgrad.replay import Replay

    Array = NDArray[Any]

# A replay whose targets are further than this many roundings of their type from the recorded ones is of another
# computation. Float32 nets differ by up to 50 roundings between two orders of summation.
_ROUNDINGS = 2.0**12
# Where terms cancel (the sum of normalised values), roundings are no measure. Then a replay that rounds every value as
# the test did shows what rounding does; kernels that sum in another order differed by up to 4 times as much.
_SPREAD = 64.0


def replays_something_else(replay: Replay, precision: float) -> str:
    """Why the replay is not of the recorded computation, as one clause; empty if it is.

    Args:
        replay: of a call.
        precision: machine epsilon of the coarsest arithmetic in which the test ran.
    """
    for recorded, replayed in zip(replay.recorded_targets, replay.targets, strict=True):
        if not np.issubdtype(recorded.dtype, np.inexact) and recorded.dtype.name != "bfloat16":
            return f"the target is {recorded.dtype}"
        if not (np.isfinite(recorded.astype(replayed.dtype)).all() and np.isfinite(replayed).all()):
            return "the target is not finite"
    allowed = [min(_ROUNDINGS * precision, 0.5) * _size(target) for target in _pairs(replay)]
    if all(_distance(*pair) <= limit for pair, limit in zip(_pairs(replay), allowed, strict=True)):
        return ""
    rounded = replay.rounded_targets()
    for pair, limit, other in zip(_pairs(replay), allowed, rounded, strict=True):
        if _distance(*pair) > max(limit, _SPREAD * _distance(other, pair[1])):
            return "the replay gives another target than the test did"
    return ""


def _pairs(replay: Replay) -> list[tuple[Array, Array]]:
    """Recorded and replayed values of each target."""
    both = zip(replay.recorded_targets, replay.targets, strict=True)
    return [(recorded.astype(replayed.dtype), replayed) for recorded, replayed in both]


def _size(pair: tuple[Array, Array]) -> float:
    return max(float(np.max(np.abs(values), initial=0.0)) for values in pair)


def _distance(first: Array, second: Array) -> float:
    return float(np.max(np.abs(first - second), initial=0.0))
