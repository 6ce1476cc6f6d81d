"""The ops that one gradient tape recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.history import Interval
from pytest_tfgrad.recording.records import OpRecord, item_size

if TYPE_CHECKING:
    from collections.abc import Iterable


class TapeLog:
    """Follows what one tape knows: which tensors are on it, and the ops that put them there.

    The rules are those of TensorFlow's own tape: an op is recorded if one of its inputs is on the tape and has a
    differentiable type, and then its outputs of differentiable types are on the tape too. So a value computed before
    its source was watched, or while the tape was stopped, is a constant here as it is there.
    """

    def __init__(self, watches_accessed_variables: bool) -> None:
        self.records: list[OpRecord] = []
        self.size_in_bytes = 0
        self.watches_accessed_variables = watches_accessed_variables
        self.intervals: list[Interval] = []
        self.watched_at: dict[int, int] = {}
        self._tensors: set[int] = set()
        self._sequences: set[int] = set()
        # A tensor's identity is free for another tensor once it dies, so what is watched stays alive.
        self._watched: list[Any] = []

    def started(self, sequence: int) -> None:
        """The tape starts, or goes on, recording at this place in the order of execution."""
        self.intervals.append(Interval(sequence, None))

    def stopped(self, sequence: int) -> None:
        """The tape stops recording."""
        if self.intervals and self.intervals[-1].end is None:
            self.intervals[-1] = Interval(self.intervals[-1].start, sequence)

    def watch(self, tensors: Iterable[Any], sequence: int) -> None:
        """Put tensors, or the handles of variables, on the tape, at this place in the order of execution."""
        for tensor in tensors:
            self.watched_at.setdefault(tensor._id, sequence)
            if adapter.is_trainable_type(tensor):
                self._tensors.add(tensor._id)
                self._watched.append(tensor)

    def note_access(self, handle: Any, sequence: int) -> None:
        """A trainable variable is about to be read."""
        if self.watches_accessed_variables and handle._id not in self._tensors:
            self.watch((handle,), sequence)

    def holds(self, tensor: Any) -> bool:
        """Whether the tape differentiates through this tensor."""
        return tensor._id in self._tensors

    def holds_any(self, identities: Iterable[int]) -> bool:
        """Whether the tape differentiates through one of the tensors with these identities."""
        return not self._tensors.isdisjoint(identities)

    def offer(self, record: OpRecord) -> int:
        """Record the op if one of its inputs is on the tape; an op offered twice is recorded once.

        Returns:
            How many bytes the log keeps alive for it.
        """
        known = record.sequence in self._sequences
        return 0 if known or not self.holds_any([tensor._id for tensor in record.inputs]) else self.take(record)

    def take(self, record: OpRecord) -> int:
        """Record an op, one of whose inputs is on the tape.

        Returns:
            How many bytes the log keeps alive for it.
        """
        size = 0
        # One loop for both, because this runs for every op.
        for tensor in record.outputs:
            kind = tensor._datatype_enum()
            size += tensor._num_elements() * item_size(kind)
            if kind in adapter.TRAINABLE_TYPES:
                self._tensors.add(tensor._id)
        self._sequences.add(record.sequence)
        self.records.append(record)
        self.size_in_bytes += size
        return size

    def clear(self) -> None:
        """Forget every op; what was recorded lives on only in traces that were already cut from it."""
        self.records = []
        self.size_in_bytes = 0
        self._tensors.clear()
        self._sequences.clear()
        self._watched.clear()
