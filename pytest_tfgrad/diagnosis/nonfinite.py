"""Where a gradient's NaN or infinity comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.body import CannotInline
from pytest_tfgrad.recording.graphs.inlining import inlined
from pytest_tfgrad.recording.graphs.unknown import UnknownTensor
from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.operation import ordinary_operation
from pytest_tfgrad.replay.running import run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_tfgrad.recording import GradientCall
    from pytest_tfgrad.recording.records import OpRecord
    from pytest_tfgrad.replay.operation import Values


def origin_of_nonfinite(call: GradientCall) -> str:
    """The first op of the backward pass that made a NaN or an infinity, as one clause; empty if that is not known.

    The backward pass runs once more, on the recorded values of the forward pass and in its own types.

    Args:
        call: one of whose results is not finite.
    """
    try:
        with tf.init_scope():
            forward, backward = inlined(call.trace.records), inlined(call.trace.backward)
            record = _first_nonfinite([one for one in backward if adapter.can_run_again(one.op_type)])
    except (CannotInline, CannotReplay):
        return ""
    return "" if record is None else f"made by {record.op_type} of the backward pass{_behind(record, forward)}"


def _first_nonfinite(backward: list[OpRecord]) -> OpRecord | None:
    computed = frozenset(tensor._id for one in backward for tensor in one.outputs if adapter.is_trainable_type(tensor))
    values: Values = {}
    for record in backward:
        run(ordinary_operation(record, computed, widen=False), values, {})
        if not _are_finite(values[tensor._id] for tensor in record.outputs):
            return record
    return None


def _behind(record: OpRecord, forward: list[OpRecord]) -> str:
    """The op of the forward pass that the op belongs to, by the tensors of the forward pass that it takes."""
    taken = {tensor._id for tensor in record.inputs}
    producers = [one for one in forward if any(tensor._id in taken for tensor in one.outputs)]
    consumers = [one for one in forward if any(tensor._id in taken for tensor in one.inputs)]
    # `SqrtGrad` takes what Sqrt gave; a gradient made of ordinary ops mostly takes what its op took.
    named = [one for one in producers + consumers if record.op_type.startswith(one.op_type)]
    behind = next(iter(named or consumers or producers), None)
    if behind is None:
        return ""
    place = behind.site.location() if behind.site is not None else None
    where = f" ({Path(place.path).name}:{place.line})" if place is not None else ""
    already = "" if _are_finite(behind.outputs) else ", whose own result is not finite already"
    return f", next to {behind.op_type}{where}{already}"


def _are_finite(tensors: Iterable[Any]) -> bool:
    return all(
        np.isfinite(tensor.numpy().astype(np.complex128)).all()
        for tensor in tensors
        if not isinstance(tensor, UnknownTensor) and (tensor.dtype.is_floating or tensor.dtype.is_complex)
    )
