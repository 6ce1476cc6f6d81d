"""How much rounding there is in a replay: its targets where every intermediate result is a rounding off, at random.

Stochastic arithmetic (J. Vignes, "A stochastic arithmetic for reliable scientific computation", Mathematics and
Computers in Simulation 35(3), 1993): what the targets then differ by is what rounding leaves of them, whatever cancels
on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from pytest_tfgrad.replay.running import Start, forget, results, run
from pytest_tfgrad.replay.types import FLOAT64, epsilon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.recording.gradient_call import Array
    from pytest_tfgrad.replay.operation import Operation, Values

# They add exponentials of differences to the largest input, of which the largest is 1: that rounds as 1 does, however
# small what they return.
_ROUND_AS_ONE = frozenset({"LogSoftmax", "SoftmaxCrossEntropyWithLogits", "SparseSoftmaxCrossEntropyWithLogits"})


def jittered_targets(
    operations: Sequence[Operation],
    unneeded: Sequence[Sequence[int]],
    start: Start,
    targets: Sequence[Any],
    random: np.random.Generator,
) -> tuple[Array, ...]:
    """The targets at the recorded values, with sources and results of ops moved up or down by one rounding.

    Args:
        operations: of the replay.
        unneeded: per op, what need not be kept after it.
        start: of the replay.
        targets: as recorded.
        random: decides which way each entry moves.

    Raises:
        CannotReplay: if an op fails at these values.
    """
    values, changes = start.at([_moved(base.numpy(), epsilon(FLOAT64), 0.0, random) for base in start.bases])
    for op, identities in zip(operations, unneeded, strict=True):
        run(op, values, changes)
        _jitter(op, values, random)
        forget(identities, values)
    return results(targets, values)


def _jitter(op: Operation, values: Values, random: np.random.Generator) -> None:
    least = 1.0 if op.record.op_type in _ROUND_AS_ONE else 0.0
    for identity in op.outputs:
        value = values[identity]
        if value.dtype.is_floating or value.dtype.is_complex:
            values[identity] = tf.constant(_moved(value.numpy(), op.epsilon, least, random))


def _moved(value: Array, spacing: float, least: float, random: np.random.Generator) -> Array:
    """Each entry up or down by ``spacing`` times its magnitude, of which ``least`` is the least."""
    signs = random.choice((-1.0, 1.0), value.shape)
    moved: Array = value + signs * spacing * (np.maximum(np.abs(value), least) if least else value)
    return moved
