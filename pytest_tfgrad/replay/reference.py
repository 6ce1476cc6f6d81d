"""A second way to the gradients of a replay: TensorFlow's own gradient functions, op by op, in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.replay.running import Start, run
from pytest_tfgrad.replay.types import widened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.recording.gradient_call import Array
    from pytest_tfgrad.replay.operation import Operation


def reference_gradients(
    operations: Sequence[Operation], start: Start, targets: Sequence[Any], weights: Sequence[Array]
) -> tuple[Array | None, ...]:
    """Gradients of the weighted targets; see `Replay.reference`.

    Args:
        operations: of the replay.
        start: of the replay.
        targets: as recorded.
        weights: one array per target and of its shape.
    """

    def differentiate() -> tuple[Array | None, ...]:
        tape = adapter.Tape()
        moving = [tf.identity(base) for base in start.bases]
        with tape.recording(moving):
            values, changes = start.with_tensors(moving)
            for op in operations:
                run(op, values, changes)
        ends = [widened(values.get(target._id, target)) for target in targets]
        given = [tf.constant(weight, end.dtype) for weight, end in zip(weights, ends, strict=True)]
        return tuple(map(_dense, tape.gradients(ends, moving, given)))

    try:
        return adapter.in_thread_of_its_own(differentiate)
    except Exception:
        # An op without a gradient, or whose gradient does not know its float64 form: there is no reference then.
        return (None,) * len(start.sources)


def _dense(gradient: Any) -> Array | None:
    return None if gradient is None else np.asarray(tf.convert_to_tensor(gradient).numpy())
