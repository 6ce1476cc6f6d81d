"""Follows the calls of graph functions, and the gradients inside them."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.exposing import ExposedFunction, exposed
from pytest_tfgrad.recording.graphs.python import PythonRuns
from pytest_tfgrad.recording.graphs.running import add_traced_calls
from pytest_tfgrad.recording.graphs.traced import TracedGradient, traced_gradients
from pytest_tfgrad.recording.history import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_tfgrad.recording.gradient_call import Recording
    from pytest_tfgrad.recording.ops import Ops
    from pytest_tfgrad.recording.records import OpRecord


class FunctionCalls:
    """The graph functions that a test calls: each call is one op to the tapes, and is unrolled afterwards."""

    def __init__(self, ops: Ops) -> None:
        self._ops = ops
        self._running: list[PythonRuns] = []
        self._traced: list[TracedGradient] = []
        self._traced_calls: list[tuple[OpRecord, dict[str, list[TracedGradient]]]] = []
        self._called: set[TracedGradient] = set()
        self._called_again: set[TracedGradient] = set()

    @contextmanager
    def call(self, function: Any, inputs: Sequence[Any]) -> Iterator[list[Any]]:
        """A graph function runs eagerly; the caller appends its outputs to what is yielded."""
        ops, thread = self._ops, self._ops.thread
        if ops.switch.is_off or thread.inside_function:
            yield []
            return
        traced = traced_gradients(function)
        # The function may assign to the variables it reads, so their values are kept before it runs.
        matters = bool(thread.active or traced or thread.backward)
        read = {tensor._id: adapter.read_variable(tensor) for tensor in inputs} if matters else {}
        values = {identity: value for identity, value in read.items() if value is not None}
        outputs: list[Any] = []
        thread.inside_function = matters
        python = PythonRuns()
        if matters:
            self._running.append(python)
        # Seeded random ops count their draws per function, so the copy runs every time: else its numbers would repeat.
        thread.exposed = copy = self._exposed(function, loops=not traced)
        try:
            yield outputs
        finally:
            thread.inside_function = False
            if matters:
                self._running.remove(python)
            thread.exposed = None
            drawn, thread.drawn = thread.drawn, []
        if not matters:
            if thread.observed:
                ops.add_event(FUNCTION, inputs, outputs)
            return
        with ops.switch.guarded():
            name = function.name if isinstance(function.name, str) else function.name.decode()
            record = ops.record(name, inputs, (), outputs)
            record.function = function
            record.variable_values = values
            record.drawn = copy.sorted(drawn) if copy is not None else None
            record.python = python
            ops.add_event(FUNCTION, inputs, outputs)
            self._ran(record, traced)

    def _exposed(self, function: Any, loops: bool) -> ExposedFunction | None:
        try:
            return exposed(function, loops)
        except Exception as error:
            self._ops.switch.fail(error)
            return None

    def _ran(self, record: OpRecord, traced: Mapping[str, list[TracedGradient]]) -> None:
        if self._ops.matters(record.inputs):
            self._ops.deliver(record)
        # A loop of training steps runs the same graph again and again: its first run stands for all.
        new = {name: [one for one in gradients if one not in self._called] for name, gradients in traced.items()}
        if any(new.values()):
            self._traced_calls.append((record, {name: gradients for name, gradients in new.items() if gradients}))
        for gradient in itertools.chain.from_iterable(traced.values()):
            (self._called_again if gradient in self._called else self._called).add(gradient)

    @property
    def only_running(self) -> PythonRuns | None:
        """What the only graph function that runs, on whatever thread, has run of Python: what a graph calls is its own.

        None where none or several run. Others may begin and end at any moment, so the list is looked at once.
        """
        running = tuple(self._running)
        return running[0] if len(running) == 1 and not self._ops.switch.is_off else None

    # Gradients inside functions

    def traced(self, gradient: TracedGradient) -> None:
        """A tape gave a gradient while a function was traced."""
        self._traced.append(gradient)

    def add_traced_gradients(self, recording: Recording) -> None:
        """Work out the gradients inside the functions that were called, once nothing is observed any more.

        Args:
            recording: gets the gradients, and notes for those of which no value was seen.
        """
        for call, traced in self._traced_calls:
            with self._ops.switch.guarded():
                add_traced_calls(recording, call, traced, self._called_again)
        self._say_what_was_not_followed(recording)

    def _say_what_was_not_followed(self, recording: Recording) -> None:
        """Note the places of traced gradients of which no value was seen: of data sets' functions, for example."""
        # A function may be traced more than once and run as the last; what counts is the line.
        followed = {gradient.request.place for gradient in self._called}
        followed |= {f"{call.location.path}:{call.location.line}" for call in recording.calls}
        for request in (gradient.request for gradient in self._traced):
            if request.place not in followed:
                recording.note(
                    f"The {request.kind} at {request.place} was not checked: the function that it is traced in ran "
                    "where no call of it can be followed (in a data set, for example), or not at all."
                )
