"""The ops that each gradient tape recorded."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.history import Interval
from pytest_tfgrad.recording.records import OpRecord, size_in_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable


class TapeLog:
    """Follows what one tape knows: which tensors are on it, and the ops that put them there.

    The rules are those of TensorFlow's own tape: an op is recorded if one of its inputs is on the tape and has a
    differentiable type, and then its outputs of differentiable types are on the tape too. So a value computed before
    its source was watched, or while the tape was stopped, is a constant here as it is there.

    Attributes:
        records: of the ops on the tape.
        size_in_bytes: of what they keep alive.
        watches_accessed_variables: whether trainable variables that are read are watched.
        intervals: when the tape was recording.
        watched_at: when each tensor that it watches came under watch.
        tensors: identities of the tensors, and the handles of the variables, through which the tape differentiates.
    """

    def __init__(self, watches_accessed_variables: bool) -> None:
        self.records: list[OpRecord] = []
        self.size_in_bytes = 0
        self.watches_accessed_variables = watches_accessed_variables
        self.intervals: list[Interval] = []
        self.watched_at: dict[int, int] = {}
        self.tensors: set[int] = set()
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
                self.tensors.add(tensor._id)
                self._watched.append(tensor)

    def note_access(self, handle: Any, sequence: int) -> None:
        """A trainable variable is about to be read."""
        if self.watches_accessed_variables and handle._id not in self.tensors:
            self.watch((handle,), sequence)

    def holds(self, tensor: Any) -> bool:
        """Whether the tape differentiates through this tensor."""
        return tensor._id in self.tensors

    def holds_any(self, identities: Iterable[int]) -> bool:
        """Whether the tape differentiates through one of the tensors with these identities."""
        return not self.tensors.isdisjoint(identities)

    def offer(self, record: OpRecord) -> int:
        """Record the op if one of its inputs is on the tape; an op offered twice is recorded once.

        Returns:
            How many bytes the log keeps alive for it.
        """
        if record.sequence in self._sequences or not self.holds_any([tensor._id for tensor in record.inputs]):
            return 0
        size = size_in_bytes(record.outputs)
        self.take(record, [tensor._id for tensor in record.outputs if adapter.is_trainable_type(tensor)], size)
        return size

    def take(self, record: OpRecord, differentiable: Iterable[int], size: int) -> None:
        """Record an op, one of whose inputs is on the tape.

        Args:
            record: of the op.
            differentiable: identities of those of its outputs that have gradients.
            size: bytes of all its outputs.
        """
        self.tensors.update(differentiable)
        self._sequences.add(record.sequence)
        self.records.append(record)
        self.size_in_bytes += size

    def clear(self) -> None:
        """Forget every op; what was recorded lives on only in traces that were already cut from it."""
        self.records = []
        self.size_in_bytes = 0
        self.tensors.clear()
        self._sequences.clear()
        self._watched.clear()


class TapeLogs:
    """The log of each tape, and of each forward accumulator, that is followed, for as long as the tape lives."""

    def __init__(self) -> None:
        # With the log of a tape, TensorFlow's own tape behind it: a tape that is reset goes on with another.
        self._logs: weakref.WeakKeyDictionary[Any, tuple[Any, TapeLog]] = weakref.WeakKeyDictionary()

    def of(self, tape: Any) -> TapeLog | None:
        """The log of a tape, None if it was never followed (it was used while a graph was built)."""
        known = self._logs.get(tape)
        return known[1] if known is not None else None

    def resumed(self, tape: Any) -> TapeLog:
        """The log of a tape that starts, or goes on, recording: a new one if it starts."""
        known = self._logs.get(tape)
        if known is not None and known[0] is tape._tape:
            return known[1]
        return self._new(tape, tape._tape, tape._watch_accessed_variables)

    def started(self, accumulator: Any) -> TapeLog:
        """A new log for a forward accumulator, which is told what it watches."""
        return self._new(accumulator, None, watches_accessed_variables=False)

    def _new(self, tape: Any, behind: Any, watches_accessed_variables: bool) -> TapeLog:
        log = TapeLog(watches_accessed_variables)
        self._logs[tape] = (behind, log)
        # The events of the test name the log for as long as they are kept, which must not keep tensors alive.
        weakref.finalize(tape, _clear, weakref.ref(log))
        return log

    @property
    def size_in_bytes(self) -> int:
        """Of what they keep alive."""
        return sum(log.size_in_bytes for _, log in self._logs.values())

    def clear(self) -> None:
        """Forget every log and every op in it."""
        for _, log in self._logs.values():
            log.clear()
        self._logs.clear()


def _clear(reference: weakref.ref[TapeLog]) -> None:
    log = reference()
    if log is not None:
        log.clear()
