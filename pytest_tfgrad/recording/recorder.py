"""Follows tapes and ops while a test runs."""

from __future__ import annotations

import inspect
import itertools
import threading
import weakref
from contextlib import contextmanager, nullcontext
from operator import methodcaller, mul
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.backward import BackwardLog
from pytest_tfgrad.recording.graphs.body import ASSIGNMENTS
from pytest_tfgrad.recording.graphs.exposing import ExposedFunction, exposed
from pytest_tfgrad.recording.graphs.python import PythonRun, PythonRuns
from pytest_tfgrad.recording.graphs.running import add_traced_calls
from pytest_tfgrad.recording.graphs.traced import GraphInterval, TracedGradient, traced_gradients
from pytest_tfgrad.recording.history import FUNCTION, LEFT, History, KeptEvent, Story
from pytest_tfgrad.recording.location import (
    CallSite,
    Location,
    TracedSite,
    location_at,
    site_of,
    site_of_caller,
    user_frame,
)
from pytest_tfgrad.recording.records import ITEM_SIZES, OPAQUE, CustomGradientScope, OpRecord, Pullback, size_in_bytes
from pytest_tfgrad.recording.sampling import compares_draws
from pytest_tfgrad.recording.tape_log import TapeLog
from pytest_tfgrad.recording.thread_state import ThreadState, ThreadStates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_tfgrad.recording.gradient_call import Recording
    from pytest_tfgrad.recording.request import GradientRequest

# Ops that read rows of a variable without a visible read: the variable's value has to be kept beside them.
_READING_OPS = frozenset({"ResourceGather", "ResourceGatherNd"})
_SIZE = methodcaller("_num_elements")
_ITEM_SIZE = ITEM_SIZES.__getitem__
# What TensorFlow's Python code calls the copy of a tensor to another device when it tells the tapes.
_DEVICE_COPY = "_copy"


class Recorder:
    """Keeps, for each tape of a test, the ops it recorded.

    One recorder serves all threads of a test; what belongs to a thread is in its `ThreadState`.
    """

    def __init__(self, recording: Recording, max_bytes: int) -> None:
        self.recording = recording
        self._threads = ThreadStates()
        self._max_bytes = max_bytes
        self._check_after = max_bytes / 100
        self._kept_bytes = 0
        self._unchecked_bytes = 0
        self._stopped = False
        self._sequence = itertools.count(1)
        self._now = 0
        self._owner = threading.get_ident()
        self.history = History()
        self._logs: weakref.WeakKeyDictionary[Any, tuple[Any, TapeLog]] = weakref.WeakKeyDictionary()
        self._watched_forward: weakref.WeakKeyDictionary[Any, list[tuple[Any, Any]]] = weakref.WeakKeyDictionary()
        self._intervals: weakref.WeakKeyDictionary[Any, list[GraphInterval]] = weakref.WeakKeyDictionary()
        self._watched_in_graph: weakref.WeakKeyDictionary[Any, dict[int, int]] = weakref.WeakKeyDictionary()
        self._traced_calls: list[tuple[OpRecord, dict[str, list[TracedGradient]]]] = []
        self._traced: list[TracedGradient] = []
        self._called: set[TracedGradient] = set()
        self._called_again: set[TracedGradient] = set()
        self._functions_running: list[PythonRuns] = []

    @property
    def thread(self) -> ThreadState:
        """The state of the running thread."""
        return self._threads.own

    # Tapes

    def tape_entered(self, tape: Any) -> None:
        """A tape starts, or resumes, recording on this thread."""
        if self._stopped:
            return
        if not adapter.context.executing_eagerly():
            graph = adapter.current_graph()
            self._intervals.setdefault(tape, []).append(GraphInterval(graph, len(graph.get_operations()), None))
            return
        known = self._logs.get(tape)
        if known is None or known[0] is not tape._tape:
            known = (tape._tape, TapeLog(tape._watch_accessed_variables))
            self._logs[tape] = known
        known[1].started(self._now)
        self.thread.opened(tape, known[1])
        self._observe()

    def tape_left(self, tape: Any) -> None:
        """A tape stops recording on this thread."""
        intervals = self._intervals.get(tape)
        if intervals and intervals[-1].end is None and not adapter.context.executing_eagerly():
            intervals[-1] = intervals[-1].ended()
            return
        for _, log in (entry for entry in self.thread.active if entry[0] is tape):
            log.stopped(self._now)
        self.thread.closed(tape)
        self._observe_if_needed()

    # Forward accumulators, which record as tapes do

    def forward_watches(self, accumulator: Any, primals: Any, tangents: Any) -> None:
        """A forward accumulator was given primals and their tangents."""
        pairs = zip(tf.nest.flatten(primals), tf.nest.flatten(tangents), strict=True)
        known = self._watched_forward.setdefault(accumulator, [])
        known.extend((primal, tf.convert_to_tensor(tangent, primal.dtype)) for primal, tangent in pairs)

    def forward_entered(self, accumulator: Any) -> None:
        """A forward accumulator starts recording on this thread."""
        handles = [adapter.handle_of(primal) for primal, _ in self.watched_forward(accumulator)]
        if self._stopped or not all(isinstance(handle, adapter.EagerTensor) for handle in handles):
            return
        log = TapeLog(watches_accessed_variables=False)
        log.watch(handles, self._now)
        self._logs[accumulator] = (accumulator, log)
        self.thread.opened(accumulator, log)
        self._observe()

    def watched_forward(self, accumulator: Any) -> list[tuple[Any, Any]]:
        """The primals of a forward accumulator, each with its tangent."""
        return self._watched_forward.get(accumulator, [])

    def log_of(self, tape: Any) -> TapeLog | None:
        """The log of a tape, None if it was never followed (it was used while a graph was built)."""
        known = self._logs.get(tape)
        return known[1] if known is not None else None

    def graph_intervals(self, tape: Any) -> list[GraphInterval]:
        """When a tape was recording while a graph was built."""
        return [interval.ended() if interval.end is None else interval for interval in self._intervals.get(tape, ())]

    def watched_in_graph(self, tape: Any) -> dict[int, int]:
        """What a tape was told to watch while a graph was built: identities, with the number of ops there were then."""
        return self._watched_in_graph.get(tape, {})

    def watched(self, tape: Any, tensor: Any) -> None:
        """A tape's `watch` was called with a tensor, a variable or a structure of them."""
        tensors = adapter.flat_tensors(tf.nest.flatten(tensor))
        if not adapter.context.executing_eagerly():
            count = len(adapter.current_graph().get_operations())
            known = self._watched_in_graph.setdefault(tape, {})
            known.update({each._id: known.get(each._id, count) for each in tensors})
            return
        log = self.log_of(tape)
        if log is not None:
            log.watch((each for each in tensors if isinstance(each, adapter.EagerTensor)), self._now)

    def variable_accessed(self, variable: Any) -> None:
        """A trainable variable is about to be read on this thread."""
        handle = adapter.handle_of(variable)
        if not isinstance(handle, adapter.EagerTensor) or adapter.recording_is_stopped():
            return
        for log in self.thread.logs:
            log.note_access(handle, self._now)

    @contextmanager
    def gradient(self, follow: bool) -> Iterator[BackwardLog]:
        """A tape's gradient method runs on this thread.

        Args:
            follow: whether to keep the ops it runs; of nested calls only the outermost is followed.
        """
        thread, log = self.thread, BackwardLog()
        follow = follow and not thread.gradient_depth and not self._stopped and adapter.context.executing_eagerly()
        thread.gradient_depth += 1
        if follow:
            thread.backward = log
            self._observe()
        try:
            yield log
        finally:
            thread.gradient_depth -= 1
            if follow:
                thread.backward = None
                self._observe_if_needed()

    def story(self, log: TapeLog, request: GradientRequest) -> Story:
        """What is known about a gradient that a tape was asked for, beside the ops on the tape."""
        return Story(
            self.history,
            log,
            tuple(record for record in log.records if record.function is not None),
            tuple(log.intervals),
            tuple(log.watched_at.get(source._id) for source in request.sources),
            request.trainable,
            log.watches_accessed_variables,
            self._now,
        )

    def left(self, tensor: Any) -> None:
        """A tensor is read by Python."""
        thread = self.thread
        if thread.observed and not (thread.inside_function or thread.gradient_depth or thread.is_keeping):
            self._add_event(LEFT, (tensor,), ())

    # Ops

    def op_ran(
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
        if graph is not None or thread.inside_function or self._stopped:
            return
        try:
            name = op_type if isinstance(op_type, str) else op_type.decode()
            tapes = thread.logs
            if tapes and adapter.recording_is_stopped():
                tapes = ()
            # Neither this function nor the one that calls it is the user's.
            frame = user_frame(3)
            self._now = sequence = next(self._sequence)
            results = outputs or (inputs[:1] if name in ASSIGNMENTS else ())
            event = self.history.add(sequence, name, inputs, results, tapes, thread.gradient_depth > 0, frame)
            if thread.scopes or thread.backward is not None or not outputs or name == "EagerPyFunc":
                self._op_of_interest(name, inputs, attributes or (), outputs or (), site_of(frame))
                return
            given = event[2]
            if following := [log for log in tapes if not log.tensors.isdisjoint(given)]:
                site = site_of(frame)
                record = OpRecord(sequence, name, tuple(inputs), tuple(attributes or ()), tuple(outputs), site)
                if name in _READING_OPS:
                    record.variable_values = {inputs[0]._id: adapter.read_variable(inputs[0])}
                self._follow(record, event, following)
        except Exception as error:
            self._failed(error)

    def _follow(self, record: OpRecord, event: KeptEvent, logs: Sequence[TapeLog]) -> None:
        """Give the record of an event to tapes that hold one of its inputs."""
        _, _, _, made, types, *_ = event
        size = sum(map(mul, map(_SIZE, record.outputs), map(_ITEM_SIZE, types)))
        if not adapter.TRAINABLE_TYPES.issuperset(types):
            made = tuple(i for i, number in zip(made, types, strict=True) if number in adapter.TRAINABLE_TYPES)
        for log in logs:
            log.take(record, made, size)
            self._unchecked_bytes += size
        if self._unchecked_bytes > self._check_after:
            self._check_memory()

    def _op_of_interest(
        self,
        op_type: str,
        inputs: Sequence[Any],
        attributes: Sequence[Any],
        outputs: Sequence[Any],
        site: CallSite | TracedSite | None,
    ) -> None:
        """An op has run that may concern others than the tapes that hold its inputs."""
        if not outputs:
            self._without_outputs(op_type, inputs)
            return
        if op_type == "EagerPyFunc" and self.thread.finished_python_function is not None:
            self._python_function_op(tuple(inputs), tuple(outputs))
            return
        assigned = self._assigned(inputs) if op_type == "ReadVariableOp" else None
        if assigned is not None:
            self._deliver(self._record("Identity", [assigned], (), outputs, site))
        elif self._matters(inputs):
            self._deliver(self._record(op_type, inputs, attributes, outputs, site))

    @contextmanager
    def function(self, function: Any, inputs: Sequence[Any]) -> Iterator[list[Any]]:
        """A graph function runs eagerly; the caller appends its outputs to what is yielded."""
        if self._stopped or self.thread.inside_function:
            yield []
            return
        traced = traced_gradients(function)
        # The function may assign to the variables it reads, so their values are kept before it runs.
        matters = bool(self.follows or traced or self.thread.backward)
        read = {tensor._id: adapter.read_variable(tensor) for tensor in inputs} if matters else {}
        values = {identity: value for identity, value in read.items() if value is not None}
        outputs: list[Any] = []
        self.thread.inside_function = matters
        python = PythonRuns()
        if matters:
            self._functions_running.append(python)
        # Seeded random ops count their draws per function, so the copy runs every time: else its numbers would repeat.
        self.thread.exposed = copy = self._exposed(function, loops=not traced)
        try:
            yield outputs
        finally:
            self.thread.inside_function = False
            if matters:
                self._functions_running.remove(python)
            self.thread.exposed = None
            drawn, self.thread.drawn = self.thread.drawn, []
        if not matters:
            if self.thread.observed:
                self._add_event(FUNCTION, inputs, outputs)
            return
        with self.guarded():
            name = function.name if isinstance(function.name, str) else function.name.decode()
            record = self._record(name, inputs, (), outputs)
            record.function = function
            record.variable_values = values
            record.drawn = copy.sorted(drawn) if copy is not None else None
            record.python = python
            self._add_event(FUNCTION, inputs, outputs)
            self._function_ran(record, traced)

    def _exposed(self, function: Any, loops: bool) -> ExposedFunction | None:
        try:
            return exposed(function, loops)
        except Exception as error:
            self._failed(error)
            return None

    def _function_ran(self, record: OpRecord, traced: Mapping[str, list[TracedGradient]]) -> None:
        if self._matters(record.inputs):
            self._deliver(record)
        # A loop of training steps runs the same graph again and again: its first run stands for all.
        new = {name: [one for one in gradients if one not in self._called] for name, gradients in traced.items()}
        if any(new.values()):
            self._traced_calls.append((record, {name: gradients for name, gradients in new.items() if gradients}))
        for gradient in itertools.chain.from_iterable(traced.values()):
            (self._called_again if gradient in self._called else self._called).add(gradient)

    def traced(self, gradient: TracedGradient) -> None:
        """A tape gave a gradient while a function was traced."""
        self._traced.append(gradient)

    def _without_outputs(self, op_type: str, inputs: Sequence[Any]) -> None:
        if op_type == "AssignVariableOp" and self.thread.scopes:
            self.thread.scopes[-1].assigned[inputs[0]._id] = inputs[1]

    def _assigned(self, inputs: Sequence[Any]) -> Any | None:
        """What the function with a custom gradient that runs now assigned to a variable before reading it."""
        for scope in reversed(self.thread.scopes):
            if inputs[0]._id in scope.assigned:
                return scope.assigned[inputs[0]._id]
        return None

    def operation_told(
        self, op_type: str, outputs: Sequence[Any], inputs: Sequence[Any], gradient: Callable[..., Any]
    ) -> Callable[..., Any]:
        """TensorFlow's Python code is about to tell the tapes of an operation that may be no op of its own.

        Returns:
            The gradient function that the tapes are to be told.
        """
        if not all(isinstance(tensor, adapter.EagerTensor) for tensor in (*outputs, *inputs)):
            return gradient
        if self.thread.scopes:
            scope = self.thread.scopes[-1]
            scope.inputs, scope.outputs = tuple(inputs), tuple(outputs)
            # TensorFlow reads the variables that the function used once more when it ends.
            handles = {r.outputs[0]._id: r.inputs[0] for r in scope.records if r.op_type == "ReadVariableOp"}
            origins = tuple(handles.get(tensor._id, tensor) for tensor in inputs)
            self._add_event(scope.function, origins, outputs)
            return self._observed_gradient(scope, origins, gradient)
        # Of the call of a graph function, which is an event already, the tapes are told as well.
        if not self.history.ends_with(outputs):
            self._add_event(op_type, inputs, outputs)
        record = self._record("Identity" if op_type == _DEVICE_COPY else OPAQUE, inputs, (), outputs)
        for log in self._recording_logs():
            if not log.holds_any([tensor._id for tensor in outputs]):
                log.offer(record)
        return gradient

    def _observed_gradient(
        self, scope: CustomGradientScope, inputs: tuple[Any, ...], gradient: Callable[..., Any]
    ) -> Callable[..., Any]:
        """The gradient function of a custom gradient, which keeps what it is given and what it returns."""
        values, outputs = scope.inputs, scope.outputs

        def observed(*upstream: Any) -> Any:
            log = self.thread.backward
            with nullcontext() if log is None else log.gradient_function(scope.function):
                results = gradient(*upstream)
            members = tf.nest.flatten([upstream, list(results)], expand_composites=True)
            if log is not None and all(m is None or isinstance(m, adapter.EagerTensor) for m in members):
                log.pullbacks.append(Pullback(scope, inputs, values, outputs, upstream, tuple(results)))
            return results

        return observed

    def _add_event(self, op_type: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        is_backward = self.thread.gradient_depth > 0
        self.history.add(self._next(), op_type, inputs, outputs, self._recording_logs(), is_backward, user_frame(2))

    def _next(self) -> int:
        self._now = next(self._sequence)
        return self._now

    @property
    def follows(self) -> bool:
        """Whether a tape is recording on this thread."""
        return bool(self.thread.active)

    def _matters(self, inputs: Sequence[Any]) -> bool:
        if self.thread.scopes or self.thread.backward is not None:
            return True
        identities = [tensor._id for tensor in inputs]
        return any(log.holds_any(identities) for log in self._recording_logs())

    def _recording_logs(self) -> tuple[TapeLog, ...]:
        return () if adapter.recording_is_stopped() else self.thread.logs

    def _record(
        self,
        op_type: str,
        inputs: Sequence[Any],
        attributes: Sequence[Any],
        outputs: Sequence[Any],
        site: CallSite | TracedSite | None = None,
    ) -> OpRecord:
        record = OpRecord(self._next(), op_type, tuple(inputs), tuple(attributes), tuple(outputs))
        record.site = site or site_of_caller()
        if self.thread.scopes:
            record.scope = self.thread.scopes[-1]
        if op_type in _READING_OPS:
            record.variable_values = {inputs[0]._id: adapter.read_variable(inputs[0])}
        return record

    def _deliver(self, record: OpRecord) -> None:
        if self.thread.scopes:
            self.thread.scopes[-1].records.append(record)
        if self.thread.backward is not None:
            self.thread.backward.add(record)
        for log in self._recording_logs():
            self._unchecked_bytes += log.offer(record)
        self._check_memory()

    # Custom gradients and Python functions

    @contextmanager
    def custom_gradient(self, function: Callable[..., Any]) -> Iterator[CustomGradientScope]:
        """A function with a custom gradient runs: what it computes matters even where it stops the recording."""
        scope = CustomGradientScope(_plain_name(function), _definition(function), site_of_caller())
        self.thread.scopes.append(scope)
        try:
            yield scope
        finally:
            self.thread.scopes.pop()
        if self.thread.scopes:
            self.thread.scopes[-1].records.extend(scope.records)
        self._close(scope)

    @contextmanager
    def python_function(self, function: Callable[..., Any], inputs: Sequence[Any]) -> Iterator[CustomGradientScope]:
        """The body of a `tf.py_function` runs eagerly; its op is reported afterwards."""
        scope = CustomGradientScope(_plain_name(function), _definition(function), is_python=True)
        scope.records.append(self._record("IdentityN", (), (), inputs))
        self.thread.scopes.append(scope)
        try:
            yield scope
        finally:
            self.thread.scopes.pop()
        self.thread.finished_python_function = scope

    def _python_function_op(self, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
        """Join the body of a `tf.py_function`, which saw copies of its tensors, to the op's inputs and outputs."""
        scope = self.thread.finished_python_function
        assert scope is not None
        self.thread.finished_python_function = None
        scope.records[0].inputs = inputs
        if len(scope.outputs) == len(outputs):
            scope.records.append(self._record("IdentityN", scope.outputs, (), outputs))
        scope.inputs, scope.outputs = inputs, outputs
        if self.thread.scopes:
            self.thread.scopes[-1].records.extend(scope.records)
        self._close(scope)

    @property
    def only_function_running(self) -> PythonRuns | None:
        """What the only graph function that runs, on whatever thread, has run of Python: what a graph calls is its own.

        None where none or several run. Others may begin and end at any moment, so the list is looked at once.
        """
        running = tuple(self._functions_running)
        return running[0] if len(running) == 1 and not self._stopped else None

    @contextmanager
    def python_function_in_a_graph(
        self, runs: PythonRuns, function: Callable[..., Any], token: str | bytes, inputs: Sequence[Any]
    ) -> Iterator[CustomGradientScope]:
        """The body of a `tf.py_function` runs inside a graph function, on the thread that TensorFlow chose for it."""
        thread = self.thread
        scope = CustomGradientScope(_plain_name(function), _definition(function), is_python=True)
        outside, thread.inside_function = thread.inside_function, False
        thread.scopes.append(scope)
        self._observe()
        try:
            yield scope
        finally:
            thread.scopes.pop()
            thread.inside_function = outside
            self._observe_if_needed()
        with self.guarded():
            name = token if isinstance(token, bytes) else token.encode()
            runs.runs.append(PythonRun(name, tuple(inputs), tuple(scope.records), scope.outputs))
            self.keep(sum(size_in_bytes(record.outputs) for record in scope.records))

    def _close(self, scope: CustomGradientScope) -> None:
        for log in self._recording_logs():
            for record in scope.records:
                self._unchecked_bytes += log.offer(record)
            unused = tuple(tensor for tensor in scope.inputs if log.holds(tensor) and not _feeds_outputs(tensor, scope))
            if unused:
                record = self._record(OPAQUE, unused, (), scope.outputs)
                record.scope = scope
                log.offer(record)
        scope.compares_draws = compares_draws(scope)
        scope.forget()
        self._check_memory()

    # Limits

    def keep(self, size: int) -> None:
        """Count bytes that a finished gradient call keeps alive."""
        self._kept_bytes += size
        self._unchecked_bytes += size
        self._check_memory()

    def _check_memory(self) -> None:
        # Adding up over all tapes for every op would be slow; a hundredth of the bound is near enough.
        if self._unchecked_bytes < self._check_after:
            return
        self._unchecked_bytes = 0
        held = self._kept_bytes + sum(log.size_in_bytes for _, log in self._logs.values())
        if held <= self._max_bytes or self._stopped:
            return
        self._stopped = True
        self.recording.note(
            f"Recording stopped at its memory bound of {self._max_bytes / 2**20:.0f} MiB; later gradients of this test "
            "were not checked."
        )
        for _, log in self._logs.values():
            log.clear()
        self._logs.clear()
        self.thread.forget_tapes()
        self._stop_observing()

    @property
    def stopped(self) -> bool:
        """Whether the memory bound was reached."""
        return self._stopped

    # Op callbacks are a thread's own. The test's own thread reports from the beginning to the end, because what happens
    # before a tape is opened and after it is closed is the reason of many gradients that are None; others start when
    # they enter a tape, and stop when they leave their last one, because nobody could stop them later.

    def open(self) -> None:
        """Start following what the thread that made the recorder does."""
        self._observe()

    def _observe(self) -> None:
        there = adapter.context.context()
        # The threads of a distribution strategy share the callbacks of the one that starts them, who takes them out.
        if self.thread.observed is not there and self.op_ran not in there.op_callbacks:
            there.add_op_callback(self.op_ran)
            self.thread.observed = there

    def _observe_if_needed(self) -> None:
        thread = self.thread
        if not thread.active and thread.backward is None and threading.get_ident() != self._owner:
            self._stop_observing()

    def _stop_observing(self) -> None:
        if self.thread.observed is not None:
            self.thread.observed.remove_op_callback(self.op_ran)
            self.thread.observed = None

    def close(self) -> None:
        """Stop following; tapes still open on other threads are ignored from now on."""
        self._stopped = True
        self.thread.forget_tapes()
        self._stop_observing()

    def finish(self) -> None:
        """Work out the gradients inside the graph functions that were called, once nothing is observed any more."""
        for call, traced in self._traced_calls:
            with self.guarded():
                add_traced_calls(self.recording, call, traced, self._called_again)
        self._say_what_was_not_followed()

    def _say_what_was_not_followed(self) -> None:
        """Note the places of traced gradients of which no value was seen: of data sets' functions, for example."""
        # A function may be traced more than once and run as the last; what counts is the line.
        followed = {gradient.request.place for gradient in self._called}
        followed |= {f"{call.location.path}:{call.location.line}" for call in self.recording.calls}
        for request in (gradient.request for gradient in self._traced):
            if request.place not in followed:
                self.recording.note(
                    f"The {request.kind} at {request.place} was not checked: the function that it is traced in ran "
                    "where no call of it can be followed (in a data set, for example), or not at all."
                )

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn an error of this package's own into a note: the test it observes must not fail for it."""
        try:
            yield
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._stopped = True
        self.recording.note(
            f"Recording stopped at an internal error of pytest-tfgrad ({type(error).__name__}: {error}); "
            "later gradients of this test were not checked."
        )


def _feeds_outputs(tensor: Any, scope: CustomGradientScope) -> bool:
    """Whether the scope's outputs are computed from this input, or from the variable it was read from, by its ops."""
    # TensorFlow reads the variables that the function used once more when it ends.
    readings = [record for record in scope.records if record.op_type in ("ReadVariableOp", "Identity")]
    origins = {record.inputs[0]._id for record in readings if record.outputs[0]._id == tensor._id}
    reached = origins | {tensor._id}
    for record in scope.records:
        if any(near._id in reached for near in record.inputs):
            reached.update(far._id for far in record.outputs)
    return any(output._id in reached for output in scope.outputs)


def _plain_name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _definition(function: Callable[..., Any]) -> Location | None:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return location_at(code.co_filename, code.co_firstlineno, code.co_name) if code is not None else None
