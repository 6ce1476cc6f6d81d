"""How far the influence of a source went, and where the tape lost it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.body import ASSIGNMENTS
from pytest_tfgrad.recording.history import LEFT
from pytest_tfgrad.replay.slicing import is_constant_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_tfgrad.recording.history import Event, Story

READS = frozenset({"ReadVariableOp", "ResourceGather", "ResourceGatherNd"})


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
        self._events = [event for event in story.history if event.sequence <= story.end]
        self._watched = story.tape.watched_at.get(source)
        self._reached = _downstream(self._events, {source})
        self._ancestors = _upstream(self._events, self._targets)

    @property
    def is_used(self) -> bool:
        """Whether an op took the source, or Python read it."""
        return any(self._source in event.inputs for event in self._events)

    def reaches(self, identity: int) -> bool:
        """Whether a tensor is computed from the source."""
        return identity in self._reached

    def cut(self) -> Cut | None:
        """The first op on the way to the target through which the tape does not differentiate, if there is one."""
        if self._targets & self._reached:
            return self._cut_on_path()
        return self._departure()

    def origin_of_source(self) -> Event | None:
        """The op that computed the source, None for what no op computed."""
        return next((event for event in self._events if self._source in event.outputs), None)

    def comes_from_variable(self, event: Event) -> bool:
        """Whether an op computes from what was read from a variable."""
        before = [other for other in self._events if other.sequence <= event.sequence]
        ancestors = _upstream(before, set(event.outputs))
        return any(other.op_type in READS and ancestors & set(other.outputs) for other in before)

    def constant_made_after_source(self) -> Event | None:
        """The first op towards the target that takes a tensor which no op made and which is younger than the source.

        Identities count upwards, so they tell what was made when.
        """
        made = {identity for event in self._events for identity in event.outputs}
        used = [event for event in self._events if self._source in event.inputs]
        if not used:
            return None
        oldest = max((max(event.outputs, default=-1) for event in used), default=-1)
        for event in self._events:
            on_way = self._ancestors & set(event.outputs) and event.sequence > used[0].sequence
            is_float = any(map(_has_gradient, event.types))
            if on_way and is_float and any(i not in made and i > max(oldest, self._source) for i in event.inputs):
                return event
        return None

    def last_use(self) -> Event | None:
        """The last op that computed something from the source."""
        uses = [e for e in self._events if self._reached & set(e.inputs) and e.op_type not in (*READS, LEFT)]
        return uses[-1] if uses else None

    def _cut_on_path(self) -> Cut | None:
        """The first op that takes a value with a gradient and leads to the target, but not on the tape."""
        alive = {self._source}
        for event in self._events:
            if not alive & set(event.inputs):
                continue
            kind = self._obstacle(event)
            if not kind:
                alive |= {i for i, number in zip(event.outputs, event.types, strict=True) if _has_gradient(number)}
            elif self._ancestors & set(event.outputs):
                return Cut(kind, event, _type_name(event))
        return None

    def _obstacle(self, event: Event) -> str:
        """Why the tape does not differentiate through an op; empty if it does, as far as can be told."""
        if event.op_type in ASSIGNMENTS:
            return "assign"
        if event.op_type == "StopGradient":
            return "stop_gradient"
        if self._story.tape not in event.tapes:
            absence = self._absence(event)
            # tf.stop_gradient reads its variable while recording is stopped; the op that follows tells more.
            return "" if absence == "stopped" and event.op_type in READS else absence
        if event.outputs and not any(map(_has_gradient, event.types)):
            return "integers"
        if adapter.is_declared_constant(event.op_type) or is_constant_type(event.op_type):
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
        """The last time that Python read something computed from the source, before the target was computed."""
        computed = [event.sequence for event in self._events if self._targets & set(event.outputs)]
        end = computed[-1] if computed else self._story.end
        left = [e for e in self._events if e.op_type == LEFT and e.sequence < end and self._reached & set(e.inputs)]
        return Cut("left", left[-1]) if left else None


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
    return bool(tf.as_dtype(type_number).is_floating or tf.as_dtype(type_number).is_complex) or type_number in (20, 21)


def _type_name(event: Event) -> str:
    return str(tf.as_dtype(event.types[0]).name) if event.types else ""
