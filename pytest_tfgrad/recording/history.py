"""All that ran in a test, on a tape or not: for telling why a gradient is None."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_tfgrad.recording.graphs.body import ASSIGNMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_tfgrad.recording.location import CallSite, Location, TracedSite
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
    """

    sequence: int
    op_type: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    types: tuple[int, ...]
    site: CallSite | TracedSite | None
    tapes: tuple[TapeLog, ...]

    def location(self) -> Location | None:
        """The user's line, None if there is none."""
        return self.site.location() if self.site is not None else None


@dataclass(eq=False)
class History:
    """The events of a test in the order in which they happened; the oldest are dropped when there are too many."""

    events: deque[Event] = field(default_factory=lambda: deque(maxlen=_MOST_EVENTS))

    def add(
        self,
        sequence: int,
        op_type: str,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        site: CallSite | None,
        tapes: tuple[TapeLog, ...],
    ) -> Event:
        """Something happened; see `Event`."""
        # Maps of C functions, not comprehensions: this runs for every op.
        identities = tuple(map(_IDENTITY, inputs)), tuple(map(_IDENTITY, outputs))
        event = Event(sequence, op_type, *identities, tuple(map(_TYPE, outputs)), site, tapes)
        self.events.append(event)
        return event

    def ends_with(self, outputs: Sequence[Any]) -> bool:
        """Whether these tensors are what the last event gave."""
        return bool(self.events) and self.events[-1].outputs == tuple(map(_IDENTITY, outputs))

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self.events))


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
