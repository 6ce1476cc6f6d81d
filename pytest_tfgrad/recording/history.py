"""All that ran in a test, on a tape or not: for telling why a gradient is None."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pytest_tfgrad.recording.graphs.body import ASSIGNMENTS
from pytest_tfgrad.recording.location import CallSite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import CodeType, FrameType

    from pytest_tfgrad.recording.location import Location, TracedSite
    from pytest_tfgrad.recording.records import OpRecord
    from pytest_tfgrad.recording.tape_log import TapeLog

# What leaves TensorFlow has this in place of the name of an op.
LEFT = "TfgradLeft"
# A call of a graph function has this.
FUNCTION = "tf.function"
# About 40 MB; a training loop of Keras runs some 500 ops a step.
_MOST_EVENTS = 100_000
_IDENTITY = attrgetter("_id")
_TYPE = methodcaller("_datatype_enum")


class Event(NamedTuple):
    """An op, or a tensor that left TensorFlow, without the tensors themselves.

    Attributes:
        sequence: position in the order of execution.
        op_type: name of the op, `LEFT` for a tensor that was read by Python.
        inputs: identities of its inputs; of a variable, that of its handle. No identity is given twice.
        outputs: identities of its outputs; for an assignment, that of the variable's handle.
        types: wire numbers of the types of the outputs.
        site: the user's line.
        tapes: the tapes that were recording.
        is_backward: whether a tape ran it to compute a gradient.
    """

    sequence: int
    op_type: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    types: tuple[int, ...]
    site: CallSite | TracedSite | None
    tapes: tuple[TapeLog, ...]
    is_backward: bool = False

    def location(self) -> Location | None:
        """The user's line, None if there is none."""
        return self.site.location() if self.site is not None else None


# An event as it is kept: its parts in order, the site as its code and its instruction. Of plain tuples without tensors
# Python's garbage collection soon takes no notice; an `Event` for each op would be looked through again and again.
KeptEvent: TypeAlias = tuple[
    int, str, tuple[int, ...], tuple[int, ...], tuple[int, ...], "tuple[TapeLog, ...]", bool, "CodeType | None", int
]


class History:
    """The events of a test in the order in which they happened; the oldest are dropped when there are too many.

    Attributes:
        now: the last position in this order.
    """

    def __init__(self) -> None:
        self._kept: deque[KeptEvent] = deque(maxlen=_MOST_EVENTS)
        # Counts for all threads, which may not be given the same number.
        self._positions = itertools.count(1)
        self.now = 0

    def next(self) -> int:
        """A position that nothing has yet."""
        self.now = position = next(self._positions)
        return position

    def add(
        self,
        op_type: str,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        tapes: tuple[TapeLog, ...],
        is_backward: bool,
        frame: FrameType | None,
    ) -> KeptEvent:
        """Something happened in a frame of the user's; see `Event`."""
        # Maps of C functions, not comprehensions: this runs for every op.
        given, results, types = (
            tuple(map(_IDENTITY, inputs)),
            tuple(map(_IDENTITY, outputs)),
            tuple(map(_TYPE, outputs)),
        )
        code, instruction = (None, 0) if frame is None else (frame.f_code, frame.f_lasti)
        self.now = position = next(self._positions)
        kept = (position, op_type, given, results, types, tapes, is_backward, code, instruction)
        self._kept.append(kept)
        return kept

    def ends_with(self, outputs: Sequence[Any]) -> bool:
        """Whether these tensors are what the last event gave."""
        return bool(self._kept) and self._kept[-1][3] == tuple(map(_IDENTITY, outputs))

    def __iter__(self) -> Iterator[Event]:
        for sequence, op_type, inputs, outputs, types, tapes, is_backward, code, instruction in tuple(self._kept):
            site = CallSite(code, instruction) if code is not None else None
            yield Event(sequence, op_type, inputs, outputs, types, site, tapes, is_backward)


def event_of(record: OpRecord, sequence: int, tapes: tuple[TapeLog, ...]) -> Event:
    """The event that an op inside a graph function would have been if it had run eagerly.

    Args:
        record: the op.
        sequence: its position in the order of execution.
        tapes: the tapes that were recording.
    """
    results = record.outputs or record.inputs[:1] if record.op_type in ASSIGNMENTS else record.outputs
    identities = tuple(map(_IDENTITY, record.inputs)), tuple(map(_IDENTITY, results))
    return Event(sequence, record.op_type, *identities, tuple(map(_TYPE, results)), record.site, tapes)


@dataclass(frozen=True, eq=False)
class Interval:
    """Between two positions in the order of execution, the second one excluded; None if it has not ended.

    Attributes:
        start: the first.
        end: the second.
    """

    start: int
    end: int | None


@dataclass(frozen=True, eq=False)
class Story:
    """What is known about a gradient call beside the ops on its tape.

    Attributes:
        history: of the test up to the call; of a gradient inside a graph function, the function's own ops.
        tape: what the tape recorded.
        functions: the calls of graph functions among that.
        intervals: when the tape was recording.
        watched: per source, when the tape began to watch it; None if it never did.
        trainable: per source, whether it is a tensor or a trainable variable.
        accesses_watched: whether the tape watches the trainable variables that are read.
        end: position of the call in the order of execution.
    """

    history: Iterable[Event]
    tape: TapeLog
    functions: tuple[OpRecord, ...]
    intervals: tuple[Interval, ...]
    watched: tuple[int | None, ...]
    trainable: tuple[bool, ...]
    accesses_watched: bool
    end: int
