"""Where a wrong gradient comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_tfgrad.recording.trace import records_between
from pytest_tfgrad.results import Culprit, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.recording import GradientCall, Location
    from pytest_tfgrad.replay import Step


@dataclass(frozen=True)
class _PathStep:
    op_type: str
    custom_gradient: str | None
    place: Place | None


def suspects_of(call: GradientCall, index: int, steps: Sequence[Step]) -> tuple[Culprit, ...]:
    """The custom gradients between one source and the targets; without any, the op if there is only one.

    TensorFlow's own gradients have been used by everyone; one that was written for this code is the suspect.

    Args:
        call: in which the gradient with respect to source ``index`` is wrong.
        index: position of the source.
        steps: the replayed ops of all sources, in order, for calls of graph functions, which the trace does not open.
    """
    path = _path(call, index, steps)
    first: dict[tuple[str, Place | None], int] = {}
    for position, step in enumerate(path, 1):
        if step.custom_gradient is not None:
            first.setdefault((step.custom_gradient, step.place), position)
    found: dict[str, Culprit] = {}
    for (name, place), position in first.items():
        found.setdefault(name, Culprit(name, "custom gradient", place, position, len(path)))
    if not found and len(path) == 1:
        return (Culprit(path[0].op_type, "op", path[0].place, 1, 1, cleared=True),)
    return tuple(found.values())


def _path(call: GradientCall, index: int, steps: Sequence[Step]) -> list[_PathStep]:
    trace = call.trace
    records = records_between(trace.records, [trace.sources[index].tensor], trace.targets)
    if not records or any(record.function is not None for record in records):
        return [_PathStep(step.op_type, step.custom_gradient, _place(step.location)) for step in steps]
    return [
        _PathStep(
            record.op_type,
            record.scope.function if record.scope is not None else None,
            _place(record.site.location() if record.site is not None else None),
        )
        for record in records
    ]


def _place(location: Location | None) -> Place | None:
    return None if location is None else Place(location.path, location.line, location.function, location.text)
