"""How far the influence of a source went, and where the tape lost it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.body import ASSIGNMENTS, CannotInline
from pytest_tfgrad.recording.graphs.inlining import Inliner
from pytest_tfgrad.recording.history import FUNCTION, LEFT, event_of
from pytest_tfgrad.replay.slicing import is_constant_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_tfgrad.recording.history import Event, Story

READS = frozenset({"ReadVariableOp", "ResourceGather", "ResourceGatherNd"})
# What takes a variable or its value without computing anything from it.
_IDLE = frozenset({*ASSIGNMENTS, *READS, LEFT, "Identity", "VarIsInitializedOp", "VariableShape"})
# What they call is Python, of which a graph shows nothing.
_PYTHON = frozenset({"PyFunc", "PyFuncStateless"})


@dataclass(frozen=True, eq=False)
class Cut:
    """The op at which the tape lost a source on its way to the target.

    Attributes:
        kind: why: "before watch", "stopped", "before tape", "after tape", "stop_gradient", "assign", "integers",
            "no gradient" or "left".
        event: the op.
        type_name: name of the type of what it gives, if that is why.
    """

    kind: str
    event: Event
    type_name: str = ""


class Flow:
    """The influence of one source on everything that ran before the gradient was asked for.

    Args:
        story: of the gradient call.
        source: identity of the source, of a variable that of its handle.
        targets: identities of the targets.
    """

    def __init__(self, story: Story, source: int, targets: Sequence[int]) -> None:
        self._story = story
        self._source = source
        self._targets = frozenset(targets)
        self._events = list(_unrolled(story))
        self._watched = story.tape.watched_at.get(source)
        self._reached = _downstream(self._events, {source})
        self._ancestors = _upstream(self._events, self._targets)
        self._alive = self._differentiated()

    def reaches(self, identity: int) -> bool:
        """Whether a tensor is computed from the source."""
        return identity in self._reached

    @property
    def starts_on_tape(self) -> bool:
        """Whether the source is what an op gave that the tape recorded."""
        made = self.origin_of_source()
        return made is not None and self._story.tape in made.tapes

    @property
    def leads_to_target(self) -> bool:
        """Whether the target is computed from the source."""
        return bool(self._targets & self._reached)

    @property
    def arrives(self) -> bool:
        """Whether the tape followed the source all the way, as far as can be told from the ops."""
        return bool(self._targets & self._alive)

    def cut(self) -> Cut | None:
        """The first op on the way to the target through which the tape does not differentiate, if there is one."""
        return self._cut_on_path() if self.leads_to_target else self._departure()

    def origin_of_source(self) -> Event | None:
        """The op that computed the source, None for what no op computed."""
        return next((event for event in self._events if self._source in event.outputs), None)

    def comes_from_variable(self, event: Event) -> bool:
        """Whether an op computes from what was read from a variable."""
        before = [other for other in self._events if other.sequence <= event.sequence]
        ancestors = _upstream(before, set(event.outputs))
        return any(other.op_type in READS and ancestors & set(other.outputs) for other in before)

    def constant_made_after_source(self) -> Event | None:
        """The first op towards the target that takes no op's numbers, but some that are younger than the source.

        Identities count upwards, so they tell what was made when.
        """
        made = {i for e in self._events for i, number in zip(e.outputs, e.types, strict=True) if _has_gradient(number)}
        used = [event for event in self._events if self._source in event.inputs and event.op_type not in ASSIGNMENTS]
        if not used:
            return None
        oldest = max((self._source, *(max(event.outputs, default=-1) for event in used)))
        for event in self._events:
            on_way = self._ancestors & set(event.outputs) and event.sequence > used[0].sequence
            is_float = any(map(_has_gradient, event.types))
            if on_way and is_float and made.isdisjoint(event.inputs) and any(i > oldest for i in event.inputs):
                return event
        return None

    def last_use(self) -> Event | None:
        """The last op that computed something from the source, None if none did."""
        uses = [event for event in self._events if self._reached & set(event.inputs) and event.op_type not in _IDLE]
        return uses[-1] if uses else None

    def _differentiated(self) -> frozenset[int]:
        """Everything up to which the tape followed the source."""
        alive = {self._source}
        for event in self._events:
            if not alive.isdisjoint(event.inputs) and not self._obstacle(event):
                alive |= {i for i, number in zip(event.outputs, event.types, strict=True) if _has_gradient(number)}
        return frozenset(alive)

    def _cut_on_path(self) -> Cut | None:
        """The first op that takes what the tape followed, and gives what it did not follow and the target needs."""
        needed = set(self._targets - self._alive)
        for event in reversed(self._events):
            if not needed.isdisjoint(event.outputs):
                needed.update(identity for identity in event.inputs if identity not in self._alive)
        ends = [e for e in self._events if self._alive & set(e.inputs) and not needed.isdisjoint(e.outputs)]
        cuts = [self._cut_at(event, needed) for event in ends]
        # An op tells more than the read of a variable.
        return next((cut for cut in cuts if cut.event.op_type not in READS), cuts[0] if cuts else None)

    def _cut_at(self, event: Event, needed: set[int]) -> Cut:
        """The cut at an op; at the read of a variable, that at the op which takes what was read, if it is one too."""
        if event.op_type in READS:
            users = (e for e in self._events if set(event.outputs) & set(e.inputs) and needed & set(e.outputs))
            user = next((e for e in users if self._obstacle(e) and e.op_type != "Identity"), None)
            if user is not None:
                return self._cut_at(user, needed)
        lost = [n for i, n in zip(event.outputs, event.types, strict=True) if i in needed and not _has_gradient(n)]
        kind = self._obstacle(event) or "integers"
        return Cut(kind, event, str(tf.as_dtype(lost[0]).name) if lost else "")

    def _obstacle(self, event: Event) -> str:
        """Why the tape does not differentiate through an op; empty if it does, as far as can be told."""
        if event.op_type in ASSIGNMENTS:
            return "assign"
        if event.op_type == "StopGradient":
            return "stop_gradient"
        if self._story.tape not in event.tapes:
            return self._absence(event)
        if event.op_type in _PYTHON:
            return "left"
        if event.outputs and not any(map(_has_gradient, event.types)):
            return "integers"
        if adapter.has_no_gradient(event.op_type) or is_constant_type(event.op_type):
            return "no gradient"
        if self._watched is not None and event.sequence <= self._watched and self._source in event.inputs:
            return "before watch"
        return ""

    def _absence(self, event: Event) -> str:
        intervals = self._story.intervals
        if not intervals or event.sequence <= intervals[0].start:
            return "before tape"
        last = intervals[-1]
        return "after tape" if last.end is not None and event.sequence > last.end else "stopped"

    def _departure(self) -> Cut | None:
        """The last time since the tape was opened, and before the target was computed, that Python read the source.

        What Python reads before the tape is opened is as a rule no more than looked at.
        """
        intervals = self._story.intervals
        start = intervals[0].start if intervals else 0
        computed = [event.sequence for event in self._events if self._targets & set(event.outputs)]
        end = computed[-1] if computed else self._story.end
        left = [e for e in self._events if e.op_type == LEFT and start < e.sequence < end]
        reading = [event for event in left if self._reached & set(event.inputs)]
        return Cut("left", reading[-1]) if reading else None


def _unrolled(story: Story) -> Iterator[Event]:
    """What ran before the gradient was asked for; calls of graph functions as the ops inside, where these are known."""
    calls = {tuple(tensor._id for tensor in record.outputs): record for record in story.functions}
    for event in story.history:
        if event.sequence > story.end:
            continue
        record = calls.get(event.outputs) if event.op_type == FUNCTION else None
        try:
            inside = Inliner(record).run() if record is not None else []
        except CannotInline:
            inside = []
        yield from (event_of(each, event.sequence, event.tapes) for each in inside) if inside else (event,)


def _downstream(events: Iterable[Event], identities: set[int]) -> set[int]:
    """Everything that is computed from these tensors, assignments included."""
    reached = set(identities)
    for event in events:
        if not reached.isdisjoint(event.inputs):
            reached.update(event.outputs)
    return reached


def _upstream(events: Sequence[Event], identities: Iterable[int]) -> set[int]:
    """Everything that these tensors are computed from, themselves included."""
    needed = set(identities)
    for event in reversed(events):
        if not needed.isdisjoint(event.outputs):
            needed.update(event.inputs)
    return needed


def _has_gradient(type_number: int) -> bool:
    return type_number in adapter.TRAINABLE_TYPES
