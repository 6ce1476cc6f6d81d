"""Loops: run item by item where these are few and known, else to a fixpoint."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.domain.values import Constant, Value
from tfgrad_lint.interpreter import (
    assignment,
    expressions,
    iteration,
    refinement,
    special_methods,
    statements,
)
from tfgrad_lint.interpreter.fixpoint import Loop, settle
from tfgrad_lint.interpreter.joining import join_at
from tfgrad_lint.interpreter.state import Frame, LoopExits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.store import Layer

# Loops over more items run to a fixpoint: layers of a network are listed in fewer, epochs are counted in more.
_MAX_UNROLLED: Final = 8

# Of a longer loop so many iterations are run as they are, where they may show more than the fixpoint does: what a body
# does to a shape fails in its second iteration, if not in its first.
_RUN_FIRST: Final = 2


def execute_for(state: State, node: cst.For) -> bool:
    """Run ``for target in iterable``."""
    source = special_methods.iterated(state, node.iter, expressions.evaluate(state, node.iter))
    items = iteration.items(state, source)
    if items is not None and len(items) <= _MAX_UNROLLED and node.asynchronous is None:
        return _each(state, node, _bindings(state, node, items), partial(_else, state, node))

    def enter() -> None:
        assignment.bind(state, node.target, iteration.item(state, node, source))

    first = iteration.first(source, _RUN_FIRST) if items is None else items[:_RUN_FIRST]
    starts = (enter,) if node.asynchronous is not None else tuple(_bindings(state, node, first)) or (enter,)
    return _any_number(state, Loop(node, enter, starts, may_skip=not first, may_end=True))


def _bindings(state: State, node: cst.For, items: tuple[Value, ...]) -> Iterator[Callable[[], None]]:
    return (partial(assignment.bind, state, node.target, item) for item in items)


def execute_while(state: State, node: cst.While) -> bool:
    """Run ``while test``."""
    return _each(state, node, _certain_iterations(state, node), partial(_uncertain_iterations, state, node))


def _certain_iterations(state: State, node: cst.While) -> Iterator[Callable[[], None]]:
    """Yield what starts each iteration, as long as the test certainly holds and approaches the end of the loop."""
    before: float | None = None
    for left in range(_MAX_UNROLLED, 0, -1):
        gap = _gap(state, node.test)
        if gap is None or expressions.holds(state, node.test) is not True:
            return
        if before is not None and gap > left * (before - gap):
            return
        before = gap
        yield partial(_enter_while, state, node)


def _gap(state: State, test: cst.BaseExpression) -> float | None:
    """Return how far apart two numbers are that a test compares, None if it does something else."""
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return None
    sides = (test.left, test.comparisons[0].comparator)
    if not all(isinstance(side, cst.Name | cst.Attribute | cst.Integer | cst.Float) for side in sides):
        return None
    left, right = (expressions.evaluate(state, side) for side in sides)
    if not isinstance(left, Constant) or not isinstance(right, Constant):
        return None
    if not isinstance(left.value, int | float) or not isinstance(right.value, int | float):
        return None
    return abs(left.value - right.value)


def _enter_while(state: State, node: cst.While) -> None:
    expressions.evaluate(state, node.test)
    refinement.assume(state, node.test, True)


def _uncertain_iterations(state: State, node: cst.While) -> bool:
    known = expressions.holds(state, node.test)
    if known is False:
        return _else(state, node)
    enter = partial(_enter_while, state, node)
    return _any_number(state, Loop(node, enter, (enter,), may_skip=known is None, may_end=not _is_endless(node)))


def _is_endless(node: cst.While) -> bool:
    return getattr(node.test, "value", None) in {"True", "1"}


def _each(
    state: State, node: cst.For | cst.While, starts: Iterable[Callable[[], object]], then: Callable[[], bool]
) -> bool:
    """Run the body after each of ``starts``, and ``then`` what follows where no ``break`` left the loop."""
    left_by_break: list[Layer] = []
    base = state.store
    state.store = base.fork()
    alive = True
    for number, enter in enumerate(starts, start=1):
        start = state.store
        exits = LoopExits(start)
        state.loops.append(exits)
        state.store = start.fork()
        try:
            with state.within(Frame(state.site(node), number)), state.around(node):
                enter()
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
        alive = then()
    outcomes = [*([state.store.written_since(base)] if alive else []), *left_by_break]
    state.store = base
    if outcomes:
        base.merge(outcomes, join_at)
    return bool(outcomes)


def _else(state: State, node: cst.For | cst.While) -> bool:
    return node.orelse is None or statements.execute_block(state, node.orelse.body)


def _any_number(state: State, loop: Loop) -> bool:
    passed = settle(state, loop)
    if passed is None:
        return _first_apart(state, loop)
    base = state.store
    outcomes: list[Layer] = []
    if loop.may_end:
        outcomes.extend([{}] if loop.may_skip else [])
        outcomes.extend(passed.ends)
    state.store = base.fork()
    ended = bool(outcomes)
    if ended:
        state.store.merge(outcomes, join_at)
        ended = _else(state, loop.node)
    finished = [*([state.store.written_since(base)] if ended else []), *passed.broken]
    state.store = base
    if finished:
        base.merge(finished, join_at)
    return bool(finished)


def _first_apart(state: State, loop: Loop) -> bool:
    """Run the first iterations as they are, and any number of others after them."""
    rest = replace(loop, first=(), may_skip=len(loop.first) < _RUN_FIRST)

    def run() -> bool:
        return _each(state, loop.node, loop.first, partial(_any_number, state, rest))

    return state.alternatives(partial(_else, state, loop.node), run) if loop.may_skip else run()
