"""Turns a call of a tape's gradient method into a `GradientCall`."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.gradient_call import Array, Endpoint, GradientCall, GradientKind, ResultInfo, dense_result
from pytest_tfgrad.recording.location import Location, site_of_caller
from pytest_tfgrad.recording.naming import arguments_of_call, names_of
from pytest_tfgrad.recording.trace import Source, Trace, records_between

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_tfgrad.recording.recorder import Recorder
    from pytest_tfgrad.recording.tape_log import TapeLog

_NOWHERE = Location("", 0, "", "")


def observe_gradient(
    recorder: Recorder,
    kind: GradientKind,
    method: Callable[..., Any],
    tape: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Run a tape's gradient method and keep what it was asked and what it answered.

    Args:
        recorder: gets the `GradientCall`, or a note why there is none.
        kind: which method it is.
        method: the method as TensorFlow defines it.
        tape: the tape.
        args: positional arguments of the call.
        kwargs: keyword arguments of the call.

    Returns:
        What the method returns.
    """
    thread = recorder.thread
    log = recorder.log_of(tape)
    thread.gradient_depth += 1
    try:
        result = method(tape, *args, **kwargs)
    finally:
        thread.gradient_depth -= 1
    # What a gradient method calls inside (a jacobian's rows, a custom gradient's own tape) is part of its own answer.
    if thread.gradient_depth == 0 and not recorder.stopped:
        _keep(recorder, _request(kind, method, tape, args, kwargs), log, result)
        if log is not None and tape._tape is None:
            log.clear()
    return result


@dataclass(frozen=True)
class _Request:
    kind: GradientKind
    target: Any
    sources: Any
    output_gradients: Any
    unconnected_gradients: str


def _request(
    kind: GradientKind, method: Callable[..., Any], tape: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> _Request:
    bound = inspect.signature(method).bind(tape, *args, **kwargs)
    bound.apply_defaults()
    arguments = bound.arguments
    unconnected = arguments["unconnected_gradients"]
    return _Request(
        kind,
        arguments["target"],
        arguments["source" if kind == "batch_jacobian" else "sources"],
        arguments.get("output_gradients"),
        str(getattr(unconnected, "value", unconnected)),
    )


def _keep(recorder: Recorder, request: _Request, log: TapeLog | None, result: Any) -> None:
    site = site_of_caller()
    location = site.location() if site else _NOWHERE
    targets = adapter.flat_tensors(tf.nest.flatten(request.target))
    raw_sources = tf.nest.flatten(request.sources)
    sources = adapter.flat_tensors(raw_sources)
    where = f"{location.path}:{location.line}"
    if log is None or not all(isinstance(tensor, adapter.EagerTensor) for tensor in (*targets, *sources)):
        recorder.recording.note(
            f"The {request.kind} at {where} was taken while TensorFlow built a graph; "
            'use functions="eager" to check it.'
        )
        return
    if len(sources) != len(raw_sources):
        recorder.recording.note(
            f"The {request.kind} at {where} has a composite source of several tensors: not checked."
        )
        return
    trace = _trace(log, sources, targets)
    recorder.keep(trace.size_in_bytes())
    target_argument, source_argument = arguments_of_call(location, request.kind)
    source_endpoints = _endpoints(raw_sources, sources, names_of(raw_sources, "source", source_argument))
    results, result_info = _results(result, source_endpoints)
    recorder.recording.calls.append(
        GradientCall(
            kind=request.kind,
            targets=_endpoints(targets, targets, names_of(targets, "target", target_argument)),
            sources=source_endpoints,
            output_gradients=_output_gradients(request.output_gradients, len(targets)),
            results=results,
            result_info=result_info,
            unconnected_gradients="zero" if request.unconnected_gradients == "zero" else "none",
            location=location,
            trace=trace,
        )
    )


def _trace(log: TapeLog, sources: Sequence[Any], targets: Sequence[Any]) -> Trace:
    return Trace(
        records_between(log.records, sources, targets),
        tuple(Source(tensor, _value(tensor, log)) for tensor in sources),
        tuple(targets),
    )


def _value(source: Any, log: TapeLog) -> Any:
    """The value of a source: a tensor is its own, a variable's is the one that the first recorded op read."""
    if source.dtype != tf.resource:
        return source
    for record in log.records:
        if record.op_type == "ReadVariableOp" and record.inputs[0]._id == source._id:
            return record.outputs[0]
        if source._id in record.variable_values:
            return record.variable_values[source._id]
    return adapter.read_variable(source)


def _endpoints(raw: Sequence[Any], flat: Sequence[Any], names: Sequence[str]) -> tuple[Endpoint, ...]:
    return tuple(
        Endpoint(name, tuple(shaped.shape), tf.as_dtype(shaped.dtype).base_dtype.name, kind)
        for name, (shaped, kind) in zip(names, (_shaped(*pair) for pair in zip(raw, flat, strict=True)), strict=True)
    )


def _shaped(raw: Any, flat: Any) -> tuple[Any, Any]:
    """What carries the shape and type of an endpoint, and its kind: a variable's handle has neither."""
    return (raw, "variable") if flat.dtype == tf.resource else (flat, "tensor")


def _output_gradients(given: Any, count: int) -> tuple[Array | None, ...]:
    if given is None:
        return (None,) * count
    weights = [None if weight is None else tf.convert_to_tensor(weight) for weight in tf.nest.flatten(given)]
    return tuple(None if weight is None else weight.numpy() for weight in weights)


def _results(
    result: Any, sources: Sequence[Endpoint]
) -> tuple[tuple[Array | None, ...], tuple[ResultInfo | None, ...]]:
    flat = [_differentiated_part(member) for member in tf.nest.flatten(result)]
    pairs = [dense_result(member, source.shape) for member, source in zip(flat, sources, strict=True)]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


def _differentiated_part(result: Any) -> Any:
    """The tensor of a composite gradient that belongs to its flattened source; IndexedSlices stand for themselves."""
    if result is None or isinstance(result, tf.IndexedSlices | adapter.EagerTensor):
        return result
    return adapter.flat_tensors([result])[0]
