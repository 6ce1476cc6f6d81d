"""Gradient flow: which way, if any, a gradient takes from a target back to a source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tfgrad_lint.domain.objects import Tape
from tfgrad_lint.domain.values import ITEM, OUTSIDE, PARAMETER, Tensor, Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tfgrad_lint.domain.events import GradientTaken
    from tfgrad_lint.domain.values import Node


class Break(Enum):
    """Why a gradient is certainly None, by what is missing first on the way from the target to the source."""

    INDEPENDENT = "the target was not computed from the source"
    LEFT_TENSORFLOW = "the path leaves TensorFlow"
    NOT_DIFFERENTIABLE = "the path passes an operation without gradient"
    NOT_RECORDED = "the path passes an operation that the tape did not record"
    NOT_WATCHED = "the tape does not watch the source"


@dataclass(frozen=True)
class BrokenFlow:
    """A certain break, and the step at which the path ends; None where no path exists or the source is not watched."""

    reason: Break
    step: Node | None = None


def find_break(event: GradientTaken, targets: list[Tensor], source: Tensor | Weights) -> BrokenFlow | None:
    """Tell why the gradient of ``targets`` with respect to ``source`` is None, or None if it may well not be.

    Of weights it is told only if every one of their gradients is None. A step that may depend on anything makes every
    answer uncertain; arguments of the function are taken for data, but may be the source under another name.
    """
    tape, start = event.tape, [target.node for target in targets]
    if not isinstance(tape, Tape) or (isinstance(source, Tensor) and source.kind == "array"):
        return None
    origins = source.owners if isinstance(source, Weights) else frozenset([source.node])
    open_steps: list[Node] = []
    differentiable = _reach(start, lambda node: True, open_steps)
    if differentiable is None:
        return None
    if origins.isdisjoint(differentiable):
        return _not_differentiable(start, origins, open_steps)
    unrecorded: list[Node] = []
    recorded = _reach(start, lambda node: _is_recorded(node, tape), unrecorded)
    if recorded is None:
        return None
    if origins.isdisjoint(recorded):
        at_fault = next((node for node in unrecorded if _leads_to(node, origins)), None)
        return BrokenFlow(Break.NOT_RECORDED, at_fault) if at_fault is not None else None
    return BrokenFlow(Break.NOT_WATCHED) if isinstance(source, Tensor) and _is_unwatched(event, tape, source) else None


def _not_differentiable(start: list[Node], origins: frozenset[Node], stopped: list[Node]) -> BrokenFlow | None:
    everything = _reach(start, lambda node: True, [], through_cuts=True)
    if everything is None:
        return None
    if origins.isdisjoint(everything):
        return None if any(map(_is_given, everything)) else BrokenFlow(Break.INDEPENDENT)
    step = next((node for node in stopped if _leads_to(node, origins)), None)
    if step is None:
        return None
    return BrokenFlow(Break.LEFT_TENSORFLOW if step.cut == OUTSIDE else Break.NOT_DIFFERENTIABLE, step)


def _reach(
    start: Iterable[Node], passes: Callable[[Node], bool], stopped: list[Node], *, through_cuts: bool = False
) -> set[Node] | None:
    """Return the steps that a walk back from ``start`` reaches, None if one may depend on anything.

    The walk ends at steps that no gradient passes and at those that ``passes`` refuses; both are put into ``stopped``.
    """
    found: set[Node] = set()
    pending = list(start)
    while pending:
        node = pending.pop()
        if node in found:
            continue
        found.add(node)
        if node.cut is not None and not through_cuts:
            stopped.append(node)
        elif _is_given(node):
            continue
        elif node.opaque:
            return None
        elif passes(node):
            pending.extend(node.inputs)
        else:
            stopped.append(node)
    return found


def _is_given(node: Node) -> bool:
    """Tell whether a step only hands on an argument of a function: it was there before the function made its tape."""
    if node.what == ITEM:
        return bool(node.inputs) and all(map(_is_given, node.inputs))
    return node.what.startswith(PARAMETER)


def _is_recorded(node: Node, tape: Tape) -> bool:
    # Where paths join, nothing is computed.
    return node.is_join or tape in node.tapes


def _leads_to(node: Node, origins: frozenset[Node]) -> bool:
    reached = _reach([node], lambda each: True, [], through_cuts=True)
    return reached is not None and node not in origins and not origins.isdisjoint(reached)


def _is_unwatched(event: GradientTaken, tape: Tape, source: Tensor) -> bool:
    if event.watched is None or source.node in event.watched:
        return False
    if source.kind == "variable":
        return not source.trainable or tape.watch_accessed_variables is False
    # A tensor made while the tape recorded is an intermediate result, which needs no watching.
    made_before = source.node.site is not None and tape not in source.node.tapes and not source.node.is_join
    return made_before and not source.node.opaque
