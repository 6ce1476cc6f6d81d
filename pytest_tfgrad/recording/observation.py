"""Runs a tape's gradient method for the test, and keeps what it was asked and what it answered."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.backward import BackwardLog
from pytest_tfgrad.recording.graphs.traced import UntraceableError, keep_traced
from pytest_tfgrad.recording.history import Story
from pytest_tfgrad.recording.location import Location, is_user_file, location_at, site_of_caller
from pytest_tfgrad.recording.request import GradientRequest, UnsupportedRequestError, request_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_tfgrad.recording.gradient_call import GradientKind
    from pytest_tfgrad.recording.ops import Ops
    from pytest_tfgrad.recording.recorder import Recorder
    from pytest_tfgrad.recording.tape_log import TapeLog

_NOWHERE = Location("", 0, "", "")


def observe_gradient(
    recorder: Recorder,
    kind: GradientKind,
    method: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Run a tape's gradient method and give the recorder a `GradientCall`, or a note why there is none.

    Args:
        recorder: the recorder.
        kind: which method it is.
        method: the method as TensorFlow defines it.
        args: positional arguments of the call, the tape first.
        kwargs: keyword arguments of the call.

    Returns:
        What the method returns.
    """
    tape = args[0]
    thread = recorder.ops.thread
    log = recorder.ops.logs.of(tape)
    end = 0 if adapter.context.executing_eagerly() else len(adapter.current_graph().get_operations())
    with _running(recorder.ops, follow=kind == "gradient") as backward:
        result = method(*args, **kwargs)
    # What a gradient method calls inside (a jacobian's rows, a custom gradient's own tape) is part of its own answer.
    if thread.gradient_depth == 0 and not recorder.switch.is_off:
        thread.is_keeping = True
        with recorder.switch.guarded():
            _keep(recorder, kind, method, (args, kwargs), result, backward, end)
        thread.is_keeping = False
        if log is not None and tape._tape is None:
            log.clear()
    return result


@contextmanager
def _running(ops: Ops, follow: bool) -> Iterator[BackwardLog]:
    """A tape's gradient method runs on this thread.

    Args:
        ops: what runs in the test.
        follow: whether to keep the ops it runs; of nested calls only the outermost is followed.
    """
    thread, log = ops.thread, BackwardLog()
    follow = follow and not thread.gradient_depth and not ops.switch.is_off and adapter.context.executing_eagerly()
    thread.gradient_depth += 1
    if follow:
        thread.backward = log
        ops.observe()
    try:
        yield log
    finally:
        thread.gradient_depth -= 1
        if follow:
            thread.backward = None
            ops.observe_if_needed()


def _keep(
    recorder: Recorder,
    kind: GradientKind,
    method: Callable[..., Any],
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
    result: Any,
    backward: BackwardLog,
    end: int,
) -> None:
    tape = arguments[0][0]
    location = _location()
    try:
        request = request_of(kind, method, arguments, result, location)
        if not adapter.context.executing_eagerly():
            intervals, watched = recorder.tapes.graph_intervals(tape), recorder.tapes.watched_in_graph(tape)
            traced = keep_traced(request, intervals, end, watched, tape._watch_accessed_variables)
            recorder.functions.traced(traced)
        else:
            _keep_eager(recorder, request, tape, backward)
    except (UnsupportedRequestError, UntraceableError) as reason:
        place = f"{location.path}:{location.line}"
        recorder.recording.note(f"The {kind} at {place} {reason}: it was not checked.")


def _keep_eager(recorder: Recorder, request: GradientRequest, tape: Any, backward: BackwardLog) -> None:
    log = recorder.ops.logs.of(tape)
    if log is None or not all(isinstance(tensor, adapter.EagerTensor) for tensor in request.tensors()):
        raise UnsupportedRequestError("mixes eager tensors with those of a graph")
    results = request.mapped(lambda tensor: backward.without_values([tensor])[0]).results
    call = request.call(log.records, backward.records, results, backward.pullbacks, backward.stops)
    if request.needs_story:
        call = replace(call, story=_story(recorder.ops, log, request))
    recorder.ops.keep(call.trace.size_in_bytes())
    recorder.recording.calls.append(call)


def _story(ops: Ops, log: TapeLog, request: GradientRequest) -> Story:
    """What is known about a gradient that a tape was asked for, beside the ops on the tape."""
    return Story(
        ops.history,
        log,
        tuple(record for record in log.records if record.function is not None),
        tuple(log.intervals),
        tuple(log.watched_at.get(source._id) for source in request.sources),
        request.trainable,
        log.watches_accessed_variables,
        ops.history.now,
    )


def _location() -> Location:
    if not adapter.context.executing_eagerly():
        # The frames of a function that autograph rewrote are in no file of the user's; TensorFlow knows whence.
        for path, line, function in adapter.mapped_stack():
            if is_user_file(path):
                return location_at(path, line, function)
    site = site_of_caller()
    return site.location() if site else _NOWHERE
