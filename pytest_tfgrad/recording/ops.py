"""Follows the ops that run on the threads of a test, and gives each to those whom it concerns."""

from __future__ import annotations

import threading
from operator import methodcaller, mul
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.body import ASSIGNMENTS
from pytest_tfgrad.recording.history import LEFT, History, KeptEvent
from pytest_tfgrad.recording.location import CallSite, TracedSite, site_of, site_of_caller, user_frame
from pytest_tfgrad.recording.memory import MemoryBound
from pytest_tfgrad.recording.python_functions import join_python_function
from pytest_tfgrad.recording.records import ITEM_SIZES, OpRecord
from pytest_tfgrad.recording.scopes import assigned_inside
from pytest_tfgrad.recording.tape_log import TapeLogs
from pytest_tfgrad.recording.thread_state import ThreadState, ThreadStates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.recording.switch import Switch
    from pytest_tfgrad.recording.tape_log import TapeLog

# Ops that read rows of a variable without a visible read: the variable's value has to be kept beside them.
_READING_OPS = frozenset({"ResourceGather", "ResourceGatherNd"})
_SIZE = methodcaller("_num_elements")
_ITEM_SIZE = ITEM_SIZES.__getitem__


class Ops:
    """What runs in a test, op by op: each is an event of the history, and a record for the tapes that hold its inputs.

    One serves all threads of a test; what belongs to a thread is in its `ThreadState`.

    Attributes:
        switch: whether anything is followed.
        history: all that ran, on a tape or not.
        logs: what the tapes recorded.
        memory: how much they may hold.
    """

    def __init__(self, switch: Switch, max_bytes: int) -> None:
        self.switch = switch
        self.history = History()
        self.logs = TapeLogs()
        self.memory = MemoryBound(max_bytes, self.logs)
        self._threads = ThreadStates()
        self._owner = threading.get_ident()

    @property
    def thread(self) -> ThreadState:
        """The state of the running thread."""
        return self._threads.own

    @property
    def follows(self) -> bool:
        """Whether a tape is recording on this thread."""
        return bool(self.thread.active)

    # What runs

    def ran(
        self,
        op_type: str | bytes,
        inputs: Sequence[Any],
        attributes: Sequence[Any] | None,
        outputs: Sequence[Any] | None,
        op_name: str | None = None,
        graph: Any | None = None,
    ) -> None:
        """The op callback: an eager op has run on this thread, or an op was added to a graph."""
        del op_name
        # Nearly every op is recorded by this function alone: a microsecond more costs a recurrent net one per cent.
        thread = self._threads.own
        if graph is not None or thread.inside_function or self.switch.is_off:
            return
        try:
            name = op_type if isinstance(op_type, str) else op_type.decode()
            tapes = thread.logs
            if tapes and adapter.recording_is_stopped():
                tapes = ()
            # Neither this function nor the one that calls it is the user's.
            frame = user_frame(3)
            results = outputs or (inputs[:1] if name in ASSIGNMENTS else ())
            event = self.history.add(name, inputs, results, tapes, thread.gradient_depth > 0, frame)
            if thread.scopes or thread.backward is not None or not outputs or name == "EagerPyFunc":
                self._of_interest(name, inputs, attributes or (), outputs or (), site_of(frame))
                return
            given = event[2]
            if following := [log for log in tapes if not log.tensors.isdisjoint(given)]:
                site = site_of(frame)
                record = OpRecord(event[0], name, tuple(inputs), tuple(attributes or ()), tuple(outputs), site)
                if name in _READING_OPS:
                    record.variable_values = {inputs[0]._id: adapter.read_variable(inputs[0])}
                self._follow(record, event, following)
        except Exception as error:
            self.switch.fail(error)

    def _follow(self, record: OpRecord, event: KeptEvent, logs: Sequence[TapeLog]) -> None:
        """Give the record of an event to tapes that hold one of its inputs."""
        _, _, _, made, types, *_ = event
        size = sum(map(mul, map(_SIZE, record.outputs), map(_ITEM_SIZE, types)))
        if not adapter.TRAINABLE_TYPES.issuperset(types):
            made = tuple(i for i, number in zip(made, types, strict=True) if number in adapter.TRAINABLE_TYPES)
        memory = self.memory
        for log in logs:
            log.take(record, made, size)
            memory.unchecked += size
        if memory.unchecked >= memory.step:
            self.check_memory()

    def _of_interest(
        self,
        op_type: str,
        inputs: Sequence[Any],
        attributes: Sequence[Any],
        outputs: Sequence[Any],
        site: CallSite | TracedSite | None,
    ) -> None:
        """An op has run that may concern others than the tapes that hold its inputs."""
        scopes = self.thread.scopes
        if not outputs:
            if op_type == "AssignVariableOp" and scopes:
                scopes[-1].assigned[inputs[0]._id] = inputs[1]
            return
        if op_type == "EagerPyFunc" and self.thread.finished_python_function is not None:
            join_python_function(self, tuple(inputs), tuple(outputs))
            return
        assigned = assigned_inside(scopes, inputs[0]) if op_type == "ReadVariableOp" else None
        if assigned is not None:
            self.deliver(self.record("Identity", [assigned], (), outputs, site))
        elif self.matters(inputs):
            self.deliver(self.record(op_type, inputs, attributes, outputs, site))

    def left(self, tensor: Any) -> None:
        """A tensor is read by Python."""
        thread = self.thread
        if thread.observed and not (thread.inside_function or thread.gradient_depth or thread.is_keeping):
            self.add_event(LEFT, (tensor,), ())

    # What is kept of it

    def add_event(self, op_type: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Something that is no op, or not only one, has run on this thread."""
        is_backward = self.thread.gradient_depth > 0
        self.history.add(op_type, inputs, outputs, self.recording_logs(), is_backward, user_frame(2))

    def record(
        self,
        op_type: str,
        inputs: Sequence[Any],
        attributes: Sequence[Any],
        outputs: Sequence[Any],
        site: CallSite | TracedSite | None = None,
    ) -> OpRecord:
        """A record of what runs on this thread now, given to nobody yet."""
        record = OpRecord(self.history.next(), op_type, tuple(inputs), tuple(attributes), tuple(outputs))
        record.site = site or site_of_caller()
        if self.thread.scopes:
            record.scope = self.thread.scopes[-1]
        if op_type in _READING_OPS:
            record.variable_values = {inputs[0]._id: adapter.read_variable(inputs[0])}
        return record

    def matters(self, inputs: Sequence[Any]) -> bool:
        """Whether what takes these tensors concerns a scope, the gradient being computed or a tape of this thread."""
        if self.thread.scopes or self.thread.backward is not None:
            return True
        identities = [tensor._id for tensor in inputs]
        return any(log.holds_any(identities) for log in self.recording_logs())

    def deliver(self, record: OpRecord) -> None:
        """Give a record to all of this thread whom it concerns."""
        if self.thread.scopes:
            self.thread.scopes[-1].records.append(record)
        if self.thread.backward is not None:
            self.thread.backward.add(record)
        for log in self.recording_logs():
            self.memory.unchecked += log.offer(record)
        self.check_memory()

    def recording_logs(self) -> tuple[TapeLog, ...]:
        """The logs of the tapes that record on this thread; none while its recording is stopped."""
        return () if adapter.recording_is_stopped() else self.thread.logs

    def keep(self, size: int) -> None:
        """Count bytes that stay until the end of the test."""
        self.memory.keep(size)
        self.check_memory()

    def check_memory(self) -> None:
        """End the recording if it holds too much."""
        if self.switch.is_off or not self.memory.is_exceeded():
            return
        self.switch.break_off(f"its memory bound of {self.memory.most / 2**20:.0f} MiB")
        self.logs.clear()
        self.close()

    # Op callbacks are a thread's own. The test's own thread reports from the beginning to the end, because what happens
    # before a tape is opened and after it is closed is the reason of many gradients that are None; others start when
    # they enter a tape, and stop when they leave their last one, because nobody could stop them later.

    def observe(self) -> None:
        """This thread reports its ops from now on."""
        there = adapter.context.context()
        # The threads of a distribution strategy share the callbacks of the one that starts them, who takes them out.
        if self.thread.observed is not there and self.ran not in there.op_callbacks:
            there.add_op_callback(self.ran)
            self.thread.observed = there

    def observe_if_needed(self) -> None:
        """This thread stops to report its ops if it is not the test's own and nothing is recording on it."""
        thread = self.thread
        if not thread.active and thread.backward is None and threading.get_ident() != self._owner:
            self._stop_observing()

    def close(self) -> None:
        """This thread reports no ops any more, and its tapes are forgotten."""
        self.thread.forget_tapes()
        self._stop_observing()

    def _stop_observing(self) -> None:
        if self.thread.observed is not None:
            self.thread.observed.remove_op_callback(self.ran)
            self.thread.observed = None
