"""Gradient flow: which way, if any, a gradient takes from a target back to a source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.objects import Tape
from tfgrad_lint.domain.values import ANEW, DATA, ITEM, OUTSIDE, PARAMETER, VARIABLE_LISTS, Tensor, Unknown, Weights
from tfgrad_lint.shapes.dtypes import is_differentiable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tfgrad_lint.domain.events import GradientTaken
    from tfgrad_lint.domain.values import Node

# Steps of Keras: a layer or model that is made, or called.
_KERAS: Final = "tf.keras."


class Break(Enum):
    """Why a gradient is certainly None, by what is missing first on the way from the target to the source."""

    INDEPENDENT = "the target was not computed from the source"
    THROUGH_STATE = "the path passes an assignment to a variable"
    LEFT_TENSORFLOW = "the path leaves TensorFlow"
    NOT_DIFFERENTIABLE = "the path passes an operation without gradient"
    NOT_RECORDED = "the path passes an operation that the tape did not record"
    NOT_WATCHED = "the tape does not watch the source"
    WATCHED_LATE = "the tape watches the source since after it was used"


@dataclass(frozen=True)
class BrokenFlow:
    """A certain break, and the step at which the path ends; None where no path exists or the source is not watched."""

    reason: Break
    step: Node | None = None


# The step of a call of a layer or model, whose results are tensors.
_LAYER_CALL: Final = "tf.keras.layers.Layer.__call__"


def find_break(event: GradientTaken, targets: list[Tensor] | None, source: Tensor | Unknown) -> BrokenFlow | None:
    """Tell why the gradient of ``targets`` with respect to ``source`` is None, or None if it may well not be.

    ``targets`` are None where they are not known. Of weights it is told only if every one of their gradients is None. A
    step that may depend on anything makes every answer uncertain; arguments of the function are taken for data, but may
    be the source under another name.
    """
    tape = event.tape
    if not isinstance(tape, Tape) or (isinstance(source, Tensor) and source.kind == "array"):
        return None
    if targets is None:
        return _never_watched(event, tape, source)
    start = [target.node for target in targets]
    if isinstance(source, Unknown) and not isinstance(source, Weights):
        if source.node.what in VARIABLE_LISTS:
            return _find_break_of_list(tape, start, source.node)
        return _never_watched(event, tape, source) or _find_cut_before_variables(start, source.node)
    origins = source.owners if isinstance(source, Weights) else _alternatives(source.node)
    open_steps: list[Node] = []
    differentiable = _reach(start, lambda node: True, open_steps)
    if differentiable is None:
        return _never_watched(event, tape, source)
    if origins.isdisjoint(differentiable):
        return _not_differentiable(tape, start, origins, open_steps)
    if isinstance(source, Tensor) and is_differentiable(source.dtype) is False:
        return BrokenFlow(Break.NOT_DIFFERENTIABLE, source.node)
    unrecorded: list[Node] = []
    recorded = _reach(start, lambda node: _is_recorded(node, tape), unrecorded)
    if recorded is None:
        return None
    if origins.isdisjoint(recorded):
        at_fault = next((node for node in unrecorded if _leads_to(node, origins)), None)
        return BrokenFlow(Break.NOT_RECORDED, at_fault) if at_fault is not None else None
    if isinstance(source, Tensor):
        return _unwatched(event, tape, source, recorded)
    watches = tape.watch_accessed_variables is not False or event.watched is None
    return None if watches or not origins.isdisjoint(event.watched or ()) else BrokenFlow(Break.NOT_WATCHED)


def _alternatives(node: Node) -> frozenset[Node]:
    """Return ``node`` and, where paths join in it, the steps that the value may come from instead."""
    found: set[Node] = set()
    pending = [node]
    while pending:
        each = pending.pop()
        if each not in found:
            found.add(each)
            pending.extend(each.inputs if each.is_join else ())
    return frozenset(found)


def _not_differentiable(
    tape: Tape, start: list[Node], origins: frozenset[Node], stopped: list[Node]
) -> BrokenFlow | None:
    everything = _reach(start, lambda node: True, [], through_cuts=True)
    if everything is not None and origins.isdisjoint(everything):
        step = _assignment(tape, everything, origins)
        if step is not None:
            return BrokenFlow(Break.THROUGH_STATE, step)
        if any(map(_may_be_source, everything)) or (
            any(map(_is_parameter, origins)) and any(map(_may_have_variables, everything))
        ):
            return None
        return BrokenFlow(Break.INDEPENDENT)
    return _at_cut(stopped, lambda node: _leads_to(node, origins))


def _at_cut(stopped: list[Node], leads: Callable[[Node], bool]) -> BrokenFlow | None:
    step = next((node for node in stopped if leads(node)), None)
    if step is None:
        return None
    if step.cut != OUTSIDE:
        return BrokenFlow(Break.NOT_DIFFERENTIABLE, step)
    # What is computed with arrays later on is no news: the first step that made one is.
    seen = {step}
    while before := next((each for each in step.inputs if each.cut == OUTSIDE and leads(each)), None):
        if before in seen:
            break
        seen.add(before)
        step = before
    return BrokenFlow(Break.LEFT_TENSORFLOW, step)


def _assignment(tape: Tape, reached: set[Node], origins: frozenset[Node]) -> Node | None:
    """Return the assignment that the tape saw by which a variable of ``reached`` got its value from ``origins``."""
    assignments = (step for node in reached for step in node.assigned if tape in step.tapes)
    return next((step for step in assignments if _leads_to(step, origins)), None)


def _reach(
    start: Iterable[Node], passes: Callable[[Node], bool], stopped: list[Node], *, through_cuts: bool = False
) -> set[Node] | None:
    """Return the steps that a walk back from ``start`` reaches, None if one may depend on anything.

    The walk ends at steps that no gradient passes and at those that ``passes`` refuses; both are put into ``stopped``.
    """
    found: set[Node] = set()
    pending = list(start)
    for node in _each_once(pending, found):
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


def _may_be_source(node: Node) -> bool:
    """Tell whether a step hands on an argument that may be a variable under another name."""
    if node.what == ITEM:
        return _is_given(node) and any(map(_may_be_source, node.inputs))
    return _is_given(node) and not node.what.startswith(DATA)


def _is_recorded(node: Node, tape: Tape) -> bool:
    # Where paths join, nothing is computed.
    return node.is_join or tape in node.tapes


def _leads_to(node: Node, origins: frozenset[Node]) -> bool:
    return node not in origins and not origins.isdisjoint(steps_before(node))


def _never_watched(event: GradientTaken, tape: Tape, source: Tensor | Unknown) -> BrokenFlow | None:
    """Tell if ``source`` is certainly a tensor that the tape does not watch: no path matters then."""
    is_tensor = source.node.what == _LAYER_CALL or (isinstance(source, Tensor) and source.kind == "tensor")
    return _unwatched(event, tape, source, set()) if is_tensor and not _is_given(source.node) else None


def _unwatched(event: GradientTaken, tape: Tape, source: Tensor | Unknown, reached: set[Node]) -> BrokenFlow | None:
    if event.watched is None:
        return None
    if isinstance(source, Tensor) and source.kind == "variable":
        watched_anyway = source.trainable and tape.watch_accessed_variables is not False
    else:
        watched_anyway = not _is_apart(source.node, tape, event.watched)
    if watched_anyway:
        return None
    if source.node not in event.watched:
        return BrokenFlow(Break.NOT_WATCHED)
    uses = [node for node in reached if source.node in node.inputs]
    if not uses or any(node.is_join or node.number > event.watched[source.node] for node in uses):
        return None
    return BrokenFlow(Break.WATCHED_LATE, max(uses, key=lambda node: node.number))


def _is_apart(node: Node, tape: Tape, watched: Mapping[Node, int]) -> bool:
    """Tell whether a tensor is no intermediate result: made before the tape recorded, or from nothing watched."""
    if node.site is None or node.is_join or (node.opaque and node.what != _LAYER_CALL):
        return False
    return tape not in node.tapes or _is_made_of_constants(node, watched)


def _is_made_of_constants(start: Node, watched: Mapping[Node, int]) -> bool:
    """Tell whether no way back from ``start`` leads to a variable, a layer, an argument, or what is watched."""
    stopped = _ends_before_variables([start], lambda node: False)
    if stopped is None:
        return False
    return not any(_is_given(node) or (node in watched and node is not start) for node in steps_before(start))


def _find_cut_before_variables(start: list[Node], source: Node) -> BrokenFlow | None:
    """Tell at which step all ways from the target end, if one of those has something in common with ``source``."""
    stopped = _ends_before_variables(start, lambda node: False)
    if stopped is None:
        return None
    before = steps_before(source)
    return _at_cut(stopped, lambda node: not before.isdisjoint(steps_before(node)))


def _find_break_of_list(tape: Tape, start: list[Node], source: Node) -> BrokenFlow | None:
    """Tell why all gradients with respect to the variables of a model are None, of which only the name is known.

    ``source`` reads their list. All ways from the target must end before they reach any layer or variable, and one of
    those that end has to come from the model.
    """
    owners = set(source.inputs)

    def is_unrecorded(node: Node) -> bool:
        return not _is_recorded(node, tape) and (not node.opaque or _is_call_of(node, owners))

    stopped = _ends_before_variables(start, is_unrecorded)
    if stopped is None:
        return None

    def comes_from_owner(node: Node) -> bool:
        return not owners.isdisjoint(steps_before(node))

    unrecorded = next((node for node in stopped if node.cut is None and comes_from_owner(node)), None)
    return _at_cut(stopped, comes_from_owner) if unrecorded is None else BrokenFlow(Break.NOT_RECORDED, unrecorded)


def find_break_of_training(loss: Tensor) -> BrokenFlow | None:
    """Tell why no variable of any layer has a gradient of ``loss``, which Keras minimises; None if one may have.

    All ways from the loss must end before they reach any layer or variable, and one of those that end has to come from
    a layer.
    """
    stopped = _ends_before_variables([loss.node], lambda node: False)
    if stopped is None:
        return None
    return _at_cut(stopped, lambda node: any(_may_have_variables(each) for each in steps_before(node)))


def _ends_before_variables(start: list[Node], is_end: Callable[[Node], bool]) -> list[Node] | None:
    """Return where all ways back from ``start`` end, None if one may reach a layer or a variable."""
    stopped: list[Node] = []
    pending = list(start)
    for node in _each_once(pending, set()):
        if node.cut == ANEW or _may_have_variables(node):
            return None
        if node.cut is not None:
            stopped.append(node)
        elif _is_given(node):
            continue
        elif is_end(node):
            stopped.append(node)
        elif node.opaque:
            return None
        else:
            pending.extend(node.inputs)
    return stopped


def _is_parameter(node: Node) -> bool:
    """Tell whether ``node`` is what a function was given, which may be a layer or model under another name."""
    return node.opaque and node.what.startswith(PARAMETER)


def _may_have_variables(node: Node) -> bool:
    """Tell whether ``node`` is the step that made a layer or model."""
    return not node.inputs and node.what.startswith(_KERAS)


def _is_call_of(node: Node, owners: set[Node]) -> bool:
    """Tell whether ``node`` is the result of calling a model of which nothing is known but its name."""
    return node.what == "call" and any(each in owners for each in node.inputs)


def steps_before(*steps: Node) -> set[Node]:
    """Return ``steps`` with all that they were made from."""
    found: set[Node] = set()
    pending = list(steps)
    for node in _each_once(pending, found):
        pending.extend(node.inputs)
    return found


def _each_once(pending: list[Node], found: set[Node]) -> Iterator[Node]:
    """Take each step from ``pending``, into which the caller puts what to go on to, and put it into ``found``."""
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            yield node
