"""List, set, dict comprehensions and generator expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.domain.objects import Scope
from tfgrad_lint.domain.values import Constant, Mapping, Node, Sequence, Unknown, Value, node_of
from tfgrad_lint.interpreter import assignment, expressions, iteration, special_methods
from tfgrad_lint.interpreter.freezing import new_dict, new_list
from tfgrad_lint.interpreter.joining import joined_items

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.interpreter.state import State

# Longer ones are evaluated once, for any one item.
_MAX_UNROLLED: Final = 16


def evaluate_list(state: State, node: cst.ListComp) -> Value:
    """Return the list that ``[elt for ...]`` makes, item by item where the number of items is known."""
    results: list[Value] = []
    exact = _run(state, node.for_in, lambda: results.append(expressions.evaluate(state, node.elt)))
    contents: Value = Sequence(tuple(results), "list") if exact else joined_items(tuple(results))
    return new_list(state, contents, Node("list", node_of(contents), state.site(node)))


def evaluate_other(state: State, node: cst.SetComp | cst.GeneratorExp) -> Value:
    """Return what a set comprehension or generator expression gives: a tuple of its items where they are known."""
    results: list[Value] = []
    exact = _run(state, node.for_in, lambda: results.append(expressions.evaluate(state, node.elt)))
    if exact and isinstance(node, cst.GeneratorExp):
        return Sequence(tuple(results))
    return _any_of(state, node, results)


def evaluate_dict(state: State, node: cst.DictComp) -> Value:
    """Return the dict that ``{k: v for ...}`` makes, its keys where they are constants."""
    keys: list[Value] = []
    values: list[Value] = []

    def body() -> None:
        keys.append(expressions.evaluate(state, node.key))
        values.append(expressions.evaluate(state, node.value))

    exact = _run(state, node.for_in, body)
    contents: Value = _any_of(state, node, values)
    if exact and all(isinstance(key, Constant) for key in keys):
        pairs = zip(keys, values, strict=True)
        contents = Mapping({key.value: value for key, value in pairs if isinstance(key, Constant)})
    return new_dict(state, contents, Node("dict", node_of(contents), state.site(node)))


def _any_of(state: State, node: cst.CSTNode, results: list[Value]) -> Unknown:
    nodes = tuple(step for value in results for step in node_of(value))
    return state.unknown("comprehension", node, *nodes)


def _run(state: State, clause: cst.CompFor, body: Callable[[], None]) -> bool:
    """Run ``body`` for each item; return whether it ran exactly as often as the program runs it."""
    source = special_methods.iterated(state, clause.iter, expressions.evaluate(state, clause.iter))
    outer = state.scope
    state.scope = Scope("comprehension", outer)
    state.scope.own.update(assignment.names_in(clause.target))
    try:
        items = iteration.items(state, source)
        exact = items is not None and len(items) <= _MAX_UNROLLED
        if not exact or items is None:
            items = (iteration.item(state, clause, source),)
        for item in items:
            assignment.bind(state, clause.target, item)
            exact = _guarded_body(state, clause, body) and exact
        return exact
    finally:
        state.scope = outer


def _guarded_body(state: State, clause: cst.CompFor, body: Callable[[], None]) -> bool:
    exact = True
    for condition in clause.ifs:
        known = expressions.holds(state, condition.test)
        if known is False:
            return exact
        exact = exact and known is True
    if clause.inner_for_in is not None:
        return _run(state, clause.inner_for_in, body) and exact
    body()
    return exact
