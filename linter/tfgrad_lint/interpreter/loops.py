"""Loops: unrolled where the items are few and known, else run to a fixpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.values import LOOP, Node, Tensor, Unknown, Value
from tfgrad_lint.interpreter import (
    assignment,
    expressions,
    iteration,
    operators,
    refinement,
    special_methods,
    statements,
)
from tfgrad_lint.interpreter.joining import join, join_at, nodes_within, same
from tfgrad_lint.interpreter.state import Frame, LoopExits

if TYPE_CHECKING:
    from collections.abc import Callable

    import libcst as cst

    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.store import Layer, Location

# Loops over more items run to a fixpoint: layers of a network are listed in fewer, epochs are counted in more.
_MAX_UNROLLED: Final = 8

# Passes that look for the fixpoint; what still changes after them is unknown. Two settle nearly every loop.
_MAX_PASSES: Final = 3


def execute_for(state: State, node: cst.For) -> bool:
    """Run ``for target in iterable``."""
    source = special_methods.iterated(state, node.iter, expressions.evaluate(state, node.iter))
    items = iteration.items(state, source)
    if items is not None and len(items) <= _MAX_UNROLLED and node.asynchronous is None:
        return _unrolled(state, node, items)

    def enter() -> bool:
        assignment.bind(state, node.target, iteration.item(state, node, source))
        return True

    at_least_once = items is not None and len(items) > 0
    return _fixpoint(state, node, enter, may_skip=not at_least_once, may_end=True)


def execute_while(state: State, node: cst.While) -> bool:
    """Run ``while test``."""
    first = operators.truth(state, expressions.evaluate(state, node.test))
    if first is False:
        return _else(state, node)

    def enter() -> bool:
        expressions.evaluate(state, node.test)
        refinement.assume(state, node.test, True)
        return True

    return _fixpoint(state, node, enter, may_skip=first is None, may_end=not _is_endless(node))


def _is_endless(node: cst.While) -> bool:
    return getattr(node.test, "value", None) in {"True", "1"}


def _unrolled(state: State, node: cst.For, items: tuple[Value, ...]) -> bool:
    left_by_break: list[Layer] = []
    base = state.store
    state.store = base.fork()
    alive = True
    for number, item in enumerate(items, start=1):
        start = state.store
        exits = LoopExits(start)
        state.loops.append(exits)
        state.store = start.fork()
        try:
            with state.within(Frame(state.site(node), number)), state.around(node):
                assignment.bind(state, node.target, item)
                ended = statements.execute_block(state, node.body)
            outcomes = [*([state.store.written_since(start)] if ended else []), *exits.continued]
        finally:
            state.loops.pop()
            state.store = start
        left_by_break.extend({**start.written_since(base), **layer} for layer in exits.broken)
        if not outcomes:
            alive = False
            break
        start.merge(outcomes, join_at)
    if alive:
        alive = _else(state, node)
    outcomes = [*([state.store.written_since(base)] if alive else []), *left_by_break]
    state.store = base
    if outcomes:
        base.merge(outcomes, join_at)
    return bool(outcomes)


def _else(state: State, node: cst.For | cst.While) -> bool:
    return node.orelse is None or statements.execute_block(state, node.orelse.body)


def _fixpoint(
    state: State, node: cst.For | cst.While, enter: Callable[[], bool], *, may_skip: bool, may_end: bool
) -> bool:
    """Run the body until what holds at its start holds at its end too; the rules are told of the last pass alone."""
    base = state.store
    head: Layer = {}
    ends, broken = _last_pass(state, node, enter, head)
    _close_cycles(head, ends)
    outcomes: list[Layer] = []
    if may_end:
        outcomes.extend([{}] if may_skip else [])
        outcomes.extend(ends)
    state.store = base.fork()
    ended = bool(outcomes)
    if ended:
        state.store.merge(outcomes, join_at)
        ended = _else(state, node)
    finished = [*([state.store.written_since(base)] if ended else []), *broken]
    state.store = base
    if finished:
        base.merge(finished, join_at)
    return bool(finished)


def _last_pass(
    state: State, node: cst.For | cst.While, enter: Callable[[], bool], head: Layer
) -> tuple[list[Layer], list[Layer]]:
    """Make ``head`` what holds at the start of any iteration; return what the pass from there gave, as `_pass` does."""
    for attempt in range(1, _MAX_PASSES + 1):
        returned, yielded = len(state.activation.returned), len(state.activation.yielded)
        with state.on_trial() as trial:
            ends, broken = _pass(state, node, enter, head)
            trial.kept = not _grow(state, head, ends, widen=attempt == _MAX_PASSES)
        if trial.kept:
            return ends, broken
        del state.activation.returned[returned:]
        del state.activation.yielded[yielded:]
    return _pass(state, node, enter, head)


def _pass(
    state: State, node: cst.For | cst.While, enter: Callable[[], bool], head: Layer
) -> tuple[list[Layer], list[Layer]]:
    """Run the body once from ``head``; return what it wrote on the ways to the next iteration and out by break."""
    base = state.store
    exits = LoopExits(base)
    state.loops.append(exits)
    state.store = base.fork()
    state.store.written.update(head)
    try:
        with state.around(node):
            enter()
            ended = statements.execute_block(state, node.body)
        ends = [*([state.store.written_since(base)] if ended else []), *exits.continued]
    finally:
        state.loops.pop()
        state.store = base
    return ends, exits.broken


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
