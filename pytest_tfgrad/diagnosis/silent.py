"""Which op gives no gradient for its input, though one is registered for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.body import CannotInline
from pytest_tfgrad.recording.graphs.inlining import inlined
from pytest_tfgrad.recording.trace import records_between
from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.promotion import promotion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.recording import OpRecord
    from pytest_tfgrad.recording.trace import Trace


@dataclass(frozen=True, eq=False)
class Silent:
    """An op whose gradient function gives None.

    Attributes:
        record: the op.
        position: of the input for which it does, from 1; 0 if that is not known.
    """

    record: OpRecord
    position: int = 0


def silent_op(trace: Trace, index: int) -> tuple[Silent | None, tuple[OpRecord, ...]]:
    """The op behind a None that no op's type explains, and all ops on the way.

    Their gradient functions are run one by one. If one of them cannot be run by itself, as that of a custom gradient
    inside a graph function, and all others give gradients, it is that one.

    Args:
        trace: of the call.
        index: position of the source.
    """
    source = trace.sources[index].tensor
    try:
        records = inlined(trace.records)
    except CannotInline:
        records = list(trace.records)
    path = records_between(map(_differentiated, records), [source], trace.targets)
    followed = {source._id} | {tensor._id for record in path for tensor in record.outputs}
    # What runs inside a custom gradient is not what the tape differentiates.
    ops = [record for record in path if record.scope is None]
    unknown = []
    for record in ops:
        given = _given(record)
        if given is None:
            unknown.append(record)
            continue
        taken = [place for place, tensor in enumerate(record.inputs) if tensor._id in followed]
        if not any(given[place] for place in taken):
            return Silent(record, taken[0] + 1), path
    return (Silent(unknown[0]) if len(unknown) == 1 and len(ops) == len(path) else None), path


def _differentiated(record: OpRecord) -> OpRecord:
    """An op with the inputs that the tape differentiates: those of a custom gradient in a graph are its arguments."""
    custom = adapter.traced_custom_gradient(record.gradient) if record.gradient else None
    return record if custom is None else replace(record, inputs=record.inputs[custom[1] :])


def _given(record: OpRecord) -> Sequence[bool] | None:
    """Per input, whether the op's gradient function gives something; None if it cannot be run by itself."""
    gradient = adapter.registered_gradient(record.gradient or record.op_type)
    if gradient is None or not all(isinstance(t, adapter.EagerTensor) for t in (*record.inputs, *record.outputs)):
        return None
    with tf.init_scope():
        try:
            upstream = [tf.ones_like(t) if adapter.is_trainable_type(t) else None for t in record.outputs]
            attributes = promotion(record, widen=False).attributes
            inputs, outputs = list(record.inputs), list(record.outputs)
            found = adapter.vector_jacobian_product(record.op_type, gradient, attributes, inputs, outputs, upstream)
        except (CannotReplay, tf.errors.OpError, TypeError, ValueError, LookupError, AttributeError):
            return None
    return [result is not None for result in found] if len(found) == len(record.inputs) else None
