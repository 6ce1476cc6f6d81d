"""What has to be replayed to recompute the targets of a gradient call from its sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.records import OpRecord, Pullback, Stop, size_in_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, eq=False)
class Source:
    """What the targets are differentiated with respect to.

    Attributes:
        tensor: the watched tensor, or the resource handle of a variable.
        value: its value when the test used it; for a variable, as the first recorded op read it.
    """

    tensor: Any
    value: Any


@dataclass(frozen=True, eq=False)
class Trace:
    """The recorded ops on the paths from sources to targets, in order of execution.

    Attributes:
        records: the ops, and those that made the containers (TensorList) that they or the gradient's ops take; their
            other inputs are constants.
        sources: one per flattened source of the call.
        targets: one tensor per flattened target of the call.
        backward: the ops that computed the results, in order of execution; empty if they are not known.
        results: one per flattened source: the tensor that the tape returned, None, or for IndexedSlices their values,
            indices and dense shape.
        pullbacks: what the gradient functions of custom gradients were given and returned, in order of execution.
        stops: where they called `tf.stop_gradient`.
    """

    records: tuple[OpRecord, ...]
    sources: tuple[Source, ...]
    targets: tuple[Any, ...]
    backward: tuple[OpRecord, ...] = ()
    results: tuple[Any | None, ...] = ()
    pullbacks: tuple[Pullback, ...] = ()
    stops: tuple[Stop, ...] = ()

    def size_in_bytes(self) -> int:
        """Bytes of all the tensors that the trace keeps alive, each counted once."""
        records = (*self.records, *self.backward)
        tensors = {tensor._id: tensor for record in records for tensor in (*record.inputs, *record.outputs)}
        kept = (tensor for pullback in self.pullbacks for tensor in (*pullback.upstream, *pullback.results))
        tensors |= {tensor._id: tensor for tensor in kept if isinstance(tensor, adapter.EagerTensor)}
        return size_in_bytes(list(tensors.values()))


def records_to_replay(
    records: Iterable[OpRecord], sources: Iterable[Any], targets: Iterable[Any], backward: Iterable[OpRecord]
) -> tuple[OpRecord, ...]:
    """The records between sources and targets, and those that made the containers of tensors that they take.

    The recorded contents of a container have the recorded types, so a replay in wider types has to make it anew.

    Args:
        records: ops of a tape, in any order.
        sources: tensors and handles of variables.
        targets: tensors.
        backward: ops that computed the gradient, which take containers too.
    """
    ordered = sorted(records, key=lambda record: record.sequence)
    path = records_between(ordered, sources, targets)
    chosen = {id(record) for record in (*path, *records_making_containers(ordered, (*path, *backward)))}
    return tuple(record for record in ordered if id(record) in chosen)


def records_making_containers(records: Sequence[OpRecord], takers: Iterable[OpRecord]) -> list[OpRecord]:
    """The records that made the containers of tensors (TensorList) which some ops take, in order of execution.

    Args:
        records: in order of execution.
        takers: ops that may be among them.
    """
    containers = {tensor._id for record in takers for tensor in record.inputs if adapter.is_container(tensor)}
    makers = []
    for record in reversed(records):
        if any(tensor._id in containers for tensor in record.outputs):
            containers.update(tensor._id for tensor in record.inputs if adapter.is_container(tensor))
            makers.append(record)
    return makers[::-1]


def records_between(
    records: Iterable[OpRecord], sources: Iterable[Any], targets: Iterable[Any]
) -> tuple[OpRecord, ...]:
    """The records that lie on a path from a source to a target, in order of execution.

    Args:
        records: ops of a tape, in any order.
        sources: tensors and handles of variables.
        targets: tensors.
    """
    ordered = sorted(records, key=lambda record: record.sequence)
    reached = {tensor._id for tensor in sources}
    downstream = []
    for record in ordered:
        if any(tensor._id in reached and adapter.is_trainable_type(tensor) for tensor in record.inputs):
            reached.update(tensor._id for tensor in record.outputs)
            downstream.append(record)
    needed = {tensor._id for tensor in targets}
    upstream = []
    for record in reversed(downstream):
        if any(tensor._id in needed for tensor in record.outputs):
            needed.update(tensor._id for tensor in record.inputs)
            upstream.append(record)
    return tuple(reversed(upstream))
