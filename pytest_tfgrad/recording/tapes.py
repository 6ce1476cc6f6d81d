"""Follows the tapes and the forward accumulators of a test: when they record, and what they watch."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.traced import GraphInterval

if TYPE_CHECKING:
    from pytest_tfgrad.recording.ops import Ops


class FollowedTapes:
    """The tapes, eager ones and those inside a `tf.function` that is being traced, and the forward accumulators."""

    def __init__(self, ops: Ops) -> None:
        self._ops = ops
        self._watched_forward: weakref.WeakKeyDictionary[Any, list[tuple[Any, Any]]] = weakref.WeakKeyDictionary()
        self._intervals: weakref.WeakKeyDictionary[Any, list[GraphInterval]] = weakref.WeakKeyDictionary()
        self._watched_in_graph: weakref.WeakKeyDictionary[Any, dict[int, int]] = weakref.WeakKeyDictionary()

    def entered(self, tape: Any) -> None:
        """A tape starts, or resumes, recording on this thread."""
        ops = self._ops
        if ops.switch.is_off:
            return
        if not adapter.context.executing_eagerly():
            graph = adapter.current_graph()
            self._intervals.setdefault(tape, []).append(GraphInterval(graph, len(graph.get_operations()), None))
            return
        log = ops.logs.resumed(tape)
        log.started(ops.history.now)
        ops.thread.opened(tape, log)
        ops.observe()

    def left(self, tape: Any) -> None:
        """A tape, or a forward accumulator, stops recording on this thread."""
        intervals = self._intervals.get(tape)
        if intervals and intervals[-1].end is None and not adapter.context.executing_eagerly():
            intervals[-1] = intervals[-1].ended()
            return
        thread = self._ops.thread
        for _, log in (entry for entry in thread.active if entry[0] is tape):
            log.stopped(self._ops.history.now)
        thread.closed(tape)
        self._ops.observe_if_needed()

    def watched(self, tape: Any, tensor: Any) -> None:
        """A tape's `watch` was called with a tensor, a variable or a structure of them."""
        tensors = adapter.flat_tensors(tf.nest.flatten(tensor))
        if not adapter.context.executing_eagerly():
            count = len(adapter.current_graph().get_operations())
            known = self._watched_in_graph.setdefault(tape, {})
            known.update({each._id: known.get(each._id, count) for each in tensors})
            return
        log = self._ops.logs.of(tape)
        if log is not None:
            log.watch((each for each in tensors if isinstance(each, adapter.EagerTensor)), self._ops.history.now)

    def variable_accessed(self, variable: Any) -> None:
        """A trainable variable is about to be read on this thread."""
        handle = adapter.handle_of(variable)
        if not isinstance(handle, adapter.EagerTensor) or adapter.recording_is_stopped():
            return
        for log in self._ops.thread.logs:
            log.note_access(handle, self._ops.history.now)

    # Inside a function that is being traced

    def graph_intervals(self, tape: Any) -> list[GraphInterval]:
        """When a tape was recording while a graph was built."""
        return [interval.ended() if interval.end is None else interval for interval in self._intervals.get(tape, ())]

    def watched_in_graph(self, tape: Any) -> dict[int, int]:
        """What a tape was told to watch while a graph was built: identities, with the number of ops there were then."""
        return self._watched_in_graph.get(tape, {})

    # Forward accumulators, which record as tapes do

    def forward_watches(self, accumulator: Any, primals: Any, tangents: Any) -> None:
        """A forward accumulator was given primals and their tangents."""
        pairs = zip(tf.nest.flatten(primals), tf.nest.flatten(tangents), strict=True)
        known = self._watched_forward.setdefault(accumulator, [])
        known.extend((primal, tf.convert_to_tensor(tangent, primal.dtype)) for primal, tangent in pairs)

    def forward_entered(self, accumulator: Any) -> None:
        """A forward accumulator starts recording on this thread."""
        ops = self._ops
        handles = [adapter.handle_of(primal) for primal, _ in self.watched_forward(accumulator)]
        if ops.switch.is_off or not all(isinstance(handle, adapter.EagerTensor) for handle in handles):
            return
        log = ops.logs.started(accumulator)
        log.watch(handles, ops.history.now)
        ops.thread.opened(accumulator, log)
        ops.observe()

    def watched_forward(self, accumulator: Any) -> list[tuple[Any, Any]]:
        """The primals of a forward accumulator, each with its tangent."""
        return self._watched_forward.get(accumulator, [])
