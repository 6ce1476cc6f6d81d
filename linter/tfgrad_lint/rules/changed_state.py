"""Which variables a custom gradient reads anew, after they were assigned since its forward part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfgrad_lint.domain.values import Sequence, node_of
from tfgrad_lint.interpreter.flow import steps_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.events import CustomGradient
    from tfgrad_lint.domain.values import Node, Site, Value
    from tfgrad_lint.interpreter.program import Program


@dataclass(frozen=True)
class ChangedState:
    """Where a gradient function reads a variable, and where that was assigned since the forward part read it."""

    read: Site
    assigned: Site


def changed_state(event: CustomGradient, program: Program) -> ChangedState | None:
    """Return a variable's value that the forward part and the gradient function see differently.

    The assignment stands in the function itself, after its result, or between its call and that of the tape.
    """
    if not isinstance(event.result, Sequence) or event.returned is None or not event.upstream:
        return None
    value, start = event.result.items[0], min(step.number for step in event.upstream)
    last_reads = {variable: step.number for variable, step in _reads_of_variables(value, since=0)}
    end = max((start, *_asked_about(value, program)))
    for variable, read in _reads_of_variables(event.returned, since=start):
        for assignment in variable.assigned:
            is_between = variable in last_reads and last_reads[variable] < assignment.number < end
            if is_between and read.site is not None and assignment.site is not None:
                return ChangedState(read.site, assignment.site)
    return None


def _reads_of_variables(value: Value, since: int) -> Iterator[tuple[Node, Node]]:
    """Yield, in order, the steps after ``since`` on the way to ``value`` that read a variable that is assigned."""
    for step in sorted(steps_before(*node_of(value)), key=lambda step: step.number):
        for each in step.inputs:
            if each.assigned and step.number > since:
                yield each, step


def _asked_about(value: Value, program: Program) -> Iterator[int]:
    """Yield the numbers of the steps at which tapes are asked for gradients of what was computed from ``value``."""
    for taken in program.gradients.values():
        if not steps_before(*node_of(taken.target)).isdisjoint(node_of(value)):
            yield taken.step.number
