"""A second way to the gradients of a replay: TensorFlow's own gradient functions, op by op."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.replay.promotion import promotion
from pytest_tfgrad.replay.running import Start, run
from pytest_tfgrad.replay.types import widened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.recording.gradient_call import Array
    from pytest_tfgrad.recording.records import OpRecord
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


def recorded_gradients(
    operations: Sequence[Operation], sources: Sequence[Any], targets: Sequence[Any], weights: Sequence[Array]
) -> tuple[Array | None, ...] | None:
    """Gradients of the weighted targets in the types and at the values of the test; see `Replay.recorded_reference`.

    No op runs again: a tape is told what each took and gave. So it costs a backward pass, and no memory to speak of.

    Args:
        operations: of the replay.
        sources: as recorded.
        targets: as recorded.
        weights: one array per target and of its shape.

    Returns:
        One array per source, None where it cannot be told; None if a value was not recorded.
    """
    records = [op.record for op in operations]
    if not all(isinstance(tensor, adapter.EagerTensor) for r in records for tensor in (*r.inputs, *r.outputs)):
        return None

    def differentiate() -> tuple[Array | None, ...]:
        tape = adapter.Tape()
        with tape.recording(sources):
            for record in records:
                _tell(record)
        given = [tf.cast(tf.constant(weight), target.dtype) for weight, target in zip(weights, targets, strict=True)]
        return tuple(map(_wide, tape.gradients(list(targets), list(sources), given)))

    try:
        return adapter.in_thread_of_its_own(differentiate)
    except Exception:
        # An op without a gradient.
        return (None,) * len(sources)


def _tell(record: OpRecord) -> None:
    attributes = promotion(record, widen=False).attributes
    adapter.tell_tape(record.op_type, list(record.inputs), attributes, list(record.outputs))


def _wide(gradient: Any) -> Array | None:
    return None if gradient is None else np.asarray(widened(tf.convert_to_tensor(gradient)).numpy())


def _dense(gradient: Any) -> Array | None:
    return None if gradient is None else np.asarray(tf.convert_to_tensor(gradient).numpy())
