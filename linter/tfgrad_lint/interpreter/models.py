"""Applies API models: the one place where the interpreter meets the operations of TensorFlow and NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api import registry
from tfgrad_lint.domain.events import Conflicted
from tfgrad_lint.domain.values import OUTSIDE, Node, Sequence, Tensor, Unknown, Value, node_of
from tfgrad_lint.interpreter import calls
from tfgrad_lint.interpreter.arguments import Arguments
from tfgrad_lint.interpreter.freezing import freeze, freeze_apart, thaw
from tfgrad_lint.shapes.conflicts import Conflict, DtypeConflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst as cst

    from tfgrad_lint.interpreter.state import State


def apply(
    state: State,
    name: str,
    node: cst.CSTNode,
    positional: tuple[Value, ...],
    keywords: Mapping[str, Value] | None = None,
) -> Value | None:
    """Return the result of the API function ``name``, None if it has no model.

    A call that certainly raises is told to the rules; its result is unknown, so that one mistake is reported once.
    """
    model = state.project.model(name)
    if model is None:
        return None
    arguments = tuple(freeze(state, value) for value in positional)
    named = {key: freeze(state, value) for key, value in (keywords or {}).items()}
    state.visit(node)

    def call(function: Value, given: tuple[Value, ...]) -> Value:
        with state.maybe_in_graph():
            thawed = tuple(thaw(state, value, _step_of(value)) for value in given)
            return freeze_apart(state, calls.call(state, node, function, Arguments(thawed)))

    operation = state.operation(name, node, call)
    try:
        result = model.call(operation, arguments, named)
    except registry.UnboundArguments:
        return operation.unknown(*arguments, *named.values())
    except Conflict as conflict:
        if operation.rests_on_annotation and not isinstance(conflict, DtypeConflict):
            return operation.unknown(*arguments, *named.values())
        inputs = tuple(step for value in (*arguments, *named.values()) for step in node_of(value))
        state.emit(Conflicted(operation.site, name, conflict, _operands(model, arguments, named), inputs=inputs))
        return operation.unknown(*arguments, *named.values())
    return thaw(state, result, _step_of(result))


def _step_of(result: Value) -> Node:
    nodes = node_of(result)
    return nodes[0] if nodes else Node("list")


def _operands(
    model: registry.Model, positional: tuple[Value, ...], keywords: Mapping[str, Value]
) -> tuple[tuple[str, Tensor], ...]:
    rest = [(f"{model.variadic}[{i}]", value) for i, value in enumerate(positional[len(model.parameters) :])]
    named = [*zip(model.parameters, positional, strict=False), *rest, *keywords.items()]
    found: list[tuple[str, Tensor]] = []
    for name, value in named:
        if isinstance(value, Tensor):
            found.append((name, value))
        elif isinstance(value, Sequence):
            tensors = ((f"{name}[{i}]", item) for i, item in enumerate(value.items) if isinstance(item, Tensor))
            found.extend(tensors)
    return tuple(found)


def unknown_result(state: State, what: str, node: cst.CSTNode, inputs: tuple[Value, ...]) -> Unknown:
    """Return the result of something without a model: it may be anything and depend on anything."""
    nodes = [step for value in inputs for step in node_of(freeze(state, value))]
    return state.unknown(what, node, *nodes)


def outside_result(state: State, what: str, node: cst.CSTNode, inputs: tuple[Value, ...]) -> Unknown:
    """Return the result of a NumPy function without a model: made from ``inputs`` alone, and no gradient passes."""
    nodes = tuple([step for value in inputs for step in node_of(freeze(state, value))])
    return Unknown(Node(what, nodes, state.site(node), cut=OUTSIDE, tapes=state.tapes))
