"""Which recorded ops change their results when the sources change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.unknown import UnknownTensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_tfgrad.recording.records import OpRecord

# Constant by decree: what the user stopped, and draws whose distribution TensorFlow does not differentiate.
_STOPPED = frozenset(
    {
        "StopGradient",
        "Multinomial",
        "ParameterizedTruncatedNormal",
        "RandomPoisson",
        "RandomPoissonV2",
        "StatelessMultinomial",
        "StatelessParameterizedTruncatedNormal",
        "StatelessRandomBinomial",
        "StatelessRandomPoisson",
        "StatefulRandomBinomial",
    }
)
# Constant almost everywhere: their derivative is zero wherever it exists, and replaying a jump only adds noise.
_PIECEWISE_CONSTANT = frozenset({"Ceil", "Floor", "FloorDiv", "Rint", "Round"})


@dataclass(frozen=True)
class Slice:
    """The ops to replay.

    Attributes:
        records: in order of execution.
        varying: identities of the tensors (and variables' handles) that change with the sources.
        connected: identities of the sources that some target depends on.
    """

    records: tuple[OpRecord, ...]
    varying: frozenset[int]
    connected: frozenset[int]


def cut(records: Sequence[OpRecord], sources: Iterable[Any], targets: Iterable[Any]) -> Slice:
    """Select the ops on a differentiable path from a source to a target.

    Integers and booleans are constant even if they were computed from a source: so they are for the tape, and their
    derivative is zero wherever it exists. Containers of tensors (TensorList) are rebuilt from the start, because their
    recorded contents have the recorded types.
    """
    source_ids = {tensor._id for tensor in sources}
    varying = set(source_ids)
    moving = [record for record in records if not is_constant(record) and _spreads(record, varying)]
    needed = {tensor._id for tensor in targets}
    containers: set[int] = set()
    moving_sequence = {id(record) for record in moving}
    kept = []
    for record in reversed(records):
        wanted = needed if id(record) in moving_sequence else containers
        if not any(tensor._id in wanted for tensor in record.outputs):
            continue
        kept.append(record)
        needed.update(tensor._id for tensor in record.inputs if tensor._id in varying)
        containers.update(tensor._id for tensor in record.inputs if adapter.is_container(tensor))
    rebuilt = {tensor._id for record in kept for tensor in record.outputs if adapter.is_container(tensor)}
    return Slice(tuple(reversed(kept)), frozenset(varying | rebuilt), frozenset(needed & source_ids))


def shared_reads(records: Sequence[OpRecord]) -> list[OpRecord]:
    """The records, where reads of an unchanged variable hand on what its first read gave.

    A recurrent net reads its weights anew at every step.
    """
    first: dict[int, Any] = {}
    shared = []
    for record in records:
        if record.op_type == "ReadVariableOp" and not isinstance(record.outputs[0], UnknownTensor):
            handle, (value,) = record.inputs[0]._id, record.outputs
            earlier = first.setdefault(handle, value)
            if earlier is not value and np.array_equal(earlier.numpy(), value.numpy()):
                shared.append(replace(record, op_type="Identity", inputs=(earlier,), attributes=()))
                continue
            first[handle] = value
        shared.append(record)
    return shared


def is_constant(record: OpRecord) -> bool:
    """Whether the tape takes the op's result for a constant, or may as well."""
    if record.op_type == "Sign":
        return not record.outputs[0].dtype.is_complex
    return is_constant_type(record.op_type)


def is_constant_type(op_type: str) -> bool:
    """Whether tapes take the results of all ops of this type for constants."""
    return op_type in _STOPPED or op_type in _PIECEWISE_CONSTANT


def _spreads(record: OpRecord, varying: set[int]) -> bool:
    """Whether an input varies; if so, the outputs that can carry a derivative vary too."""
    if not any(tensor._id in varying and adapter.is_trainable_type(tensor) for tensor in record.inputs):
        return False
    varying.update(tensor._id for tensor in record.outputs if adapter.is_trainable_type(tensor))
    return True
