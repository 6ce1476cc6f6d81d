"""What holds at the start of any iteration of a loop, whichever it is: passes over its body until nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.events import Conflicted
from tfgrad_lint.domain.values import LOOP, Node, Tensor, Unknown, Value
from tfgrad_lint.interpreter import statements
from tfgrad_lint.interpreter.joining import join, nodes_within, same
from tfgrad_lint.interpreter.state import LoopExits

if TYPE_CHECKING:
    from collections.abc import Callable

    import libcst as cst

    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.store import Layer, Location

# Passes that look for the fixpoint; what still changes after them is unknown. Two settle nearly every loop.
_MAX_PASSES: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A loop that runs any number of times.

    Attributes:
        node: Where it stands.
        enter: Starts an iteration, whichever it is.
        first: Start the first iterations, which may be told apart from the others.
        may_skip: Whether it may run not at all.
        may_end: Whether it may end without a ``break``.
    """

    node: cst.For | cst.While
    enter: Callable[[], object]
    first: tuple[Callable[[], object], ...]
    may_skip: bool
    may_end: bool


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """What a pass over the body wrote on the ways to the next iteration, and out by ``break``."""

    ends: list[Layer]
    broken: list[Layer]


def settle(state: State, loop: Loop) -> Passed | None:
    """Run the body until what holds at its start holds at its end too; the rules are told of the last pass alone.

    Returns:
        What the last pass gave; None, and nothing is told, if the first iterations are worth a look of their own.
    """
    head: Layer = {}
    for attempt in range(1, _MAX_PASSES + 1):
        returned, yielded, seen = len(state.activation.returned), len(state.activation.yielded), len(state.seen)
        with state.on_trial() as trial:
            passed = _pass(state, loop, head)
            trial.kept = not _grow(state, head, passed.ends, widen=attempt == _MAX_PASSES)
            differs = attempt == 1 and not trial.kept and _first_differs(state, loop, head, seen)
        if trial.kept:
            break
        del state.activation.returned[returned:]
        del state.activation.yielded[yielded:]
        if differs:
            return None
    else:
        passed = _pass(state, loop, head)
    _close_cycles(head, passed.ends)
    return passed


def _first_differs(state: State, loop: Loop, head: Layer, since: int) -> bool:
    """Tell whether the first iterations may show what gets lost at the head: a conflict, or tensors that change."""
    if not loop.first:
        return False
    if any(isinstance(seen.event, Conflicted) for seen in state.seen[since:]):
        return True
    befores = ((state.store.get(location), after) for location, after in head.items() if isinstance(after, Tensor))
    return len(loop.first) > 1 and any(isinstance(each, Tensor) and not same(each, after) for each, after in befores)


def _pass(state: State, loop: Loop, head: Layer) -> Passed:
    base = state.store
    exits = LoopExits(base)
    state.loops.append(exits)
    state.store = base.fork()
    state.store.written.update(head)
    try:
        with state.around(loop.node):
            loop.enter()
            ended = statements.execute_block(state, loop.node.body)
        ends = [*([state.store.written_since(base)] if ended else []), *exits.continued]
    finally:
        state.loops.pop()
        state.store = base
    return Passed(ends, exits.broken)


def _grow(state: State, head: Layer, ends: list[Layer], *, widen: bool) -> bool:
    """Join what the body wrote into ``head``; return whether anything there changed."""
    grown = False
    for location in {location for end in ends for location in end}:
        before = head.get(location) or state.store.get(location)
        if before is None:
            # First bound in the body: nothing carries it from one iteration to the next but what is written again.
            continue
        after = before
        for end in ends:
            after = join(after, end.get(location, before))
        if location in head and same(after, head[location]):
            continue
        head[location] = _widened(after) if widen else _carried(after)
        grown = True
    return grown


def _carried(value: Value) -> Value:
    """Give a value that goes round the loop a step of its own, to which the end of the body is tied later."""
    if isinstance(value, Tensor):
        node = Node(LOOP, (value.node,), tapes=value.node.tapes)
        return Tensor(value.shape, value.dtype, node, value.kind, value.content, value.explicit, value.trainable)
    return value


def _widened(value: Value) -> Value:
    return Unknown(Node(LOOP, nodes_within(value), opaque=True))


def _close_cycles(head: Layer, ends: list[Layer]) -> None:
    """Make each value at the head depend on what the body leaves there."""
    for location, value in head.items():
        if isinstance(value, Tensor):
            for end in ends:
                value.node.inputs.extend(_nodes_at(end, location))


def _nodes_at(layer: Layer, location: Location) -> tuple[Node, ...]:
    value = layer.get(location)
    return () if value is None else nodes_within(value)
