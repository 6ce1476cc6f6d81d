"""The gradients inside a graph function, with the values they had in one call of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_tfgrad.recording.graphs.body import CannotInline
from pytest_tfgrad.recording.graphs.inlining import Inliner, Visit
from pytest_tfgrad.recording.graphs.traced import ArgumentReference, OutputReference, TracedGradient
from pytest_tfgrad.recording.graphs.unknown import UnknownTensor
from pytest_tfgrad.recording.history import Story, event_of
from pytest_tfgrad.recording.tape_log import TapeLog
from pytest_tfgrad.recording.trace import records_making_containers

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from pytest_tfgrad.recording.gradient_call import Recording
    from pytest_tfgrad.recording.records import OpRecord
    from pytest_tfgrad.recording.request import GradientRequest


def add_traced_calls(
    recording: Recording,
    call: OpRecord,
    traced: Mapping[str, Sequence[TracedGradient]],
    called_again: Container[TracedGradient],
) -> None:
    """Work out the gradients inside a graph function's call, and add them to the recording or note why not.

    Args:
        recording: what to add to.
        call: the call of the graph function.
        traced: the gradients by the name of the function that holds them.
        called_again: those whose function was called more than once.
    """
    roots = {name: set().union(*(gradient.roots() for gradient in gradients)) for name, gradients in traced.items()}
    inliner = Inliner(call, roots)
    try:
        inliner.run()
    except CannotInline as reason:
        for gradient in (gradient for gradients in traced.values() for gradient in gradients):
            recording.note(f"The {gradient.request.kind} at {gradient.request.place} was not checked: {reason}")
        return
    for name, op_type in inliner.hidden.items():
        for request in (gradient.request for gradient in traced[name]):
            recording.note(
                f"The {request.kind} at {request.place} was not checked: {op_type} calls the function that it is "
                "traced in, and shows no values from inside."
            )
    for name, visit in inliner.visits.items():
        for gradient in traced[name]:
            _add(recording, gradient, visit)
            if gradient in called_again:
                recording.note(
                    f"The {gradient.request.kind} at {gradient.request.place}, inside a tf.function, was followed in "
                    "the function's first call only."
                )


def _add(recording: Recording, gradient: TracedGradient, visit: Visit) -> None:
    request = gradient.request.mapped(lambda reference: _value(reference, visit))
    unknown = [tensor for tensor in request.tensors() if isinstance(tensor, UnknownTensor)]
    if unknown:
        recording.note(
            f"The {request.kind} at {request.place} was not checked: it depends on {unknown[0].reason}, whose value is "
            'not recorded; use functions="eager" to check it.'
        )
        return
    given = [(op, record) for op, group in visit.records.items() for record in group if record.outputs]
    forward = [record for op, record in given if gradient.is_recorded(op)]
    # The lists in which loops keep values for their gradients came into the graph with these.
    lists = records_making_containers([record for _, record in given], forward)
    needed = {id(record) for record in (*forward, *lists)}
    forward = [record for _, record in given if id(record) in needed]
    backward = [record for op, record in given if gradient.is_later(op)]
    call = request.call(forward, backward, request.results)
    if request.needs_story:
        call = replace(call, story=_story(gradient, request, visit))
    recording.calls.append(call)


def _story(gradient: TracedGradient, request: GradientRequest, visit: Visit) -> Story:
    log = TapeLog(gradient.accesses_watched)
    log.watched_at = {
        source._id: place for source, place in zip(request.sources, gradient.watched, strict=True) if place is not None
    }
    events, place = [], 0
    for op, group in visit.records.items():
        # TensorFlow's own passes may have added ops.
        place = gradient.positions.get(op, place)
        tapes = (log,) if gradient.is_recorded(op) else ()
        events += [event_of(record, place, tapes) for record in group]
    return Story(
        events,
        log,
        (),
        gradient.intervals,
        gradient.watched,
        request.trainable,
        gradient.accesses_watched,
        gradient.end,
    )


def _value(reference: Any, visit: Visit) -> Any:
    """The value that a reference stands for; what was eager already stands for itself."""
    if isinstance(reference, ArgumentReference):
        return visit.values[visit.body.arguments[reference.position]]
    if isinstance(reference, OutputReference):
        return visit.values[visit.body.output_name(reference.op, reference.index)]
    return reference
