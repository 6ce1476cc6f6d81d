"""Interprets one module: its body, then every function and method that nobody called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.interpreter import classes, functions, statements
from tfgrad_lint.interpreter.freezing import freeze
from tfgrad_lint.interpreter.state import BudgetExhausted, Seen, State
from tfgrad_lint.interpreter.values import Node, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfgrad_lint.interpreter.objects import Class, Instance


@dataclass(frozen=True, slots=True)
class Program:
    """What was seen in a module.

    ``visits`` tells, by the ``id`` of its syntax node, in how many contexts an operation was evaluated; ``complete``
    is False if the step budget ended before the module did; ``variables`` are the module's own at its end, lists and
    dicts with their contents.
    """

    seen: tuple[Seen, ...]
    visits: Mapping[int, int]
    complete: bool
    variables: Mapping[str, Value]


def interpret(module: cst.Module, path: str) -> Program:
    """Interpret ``module``, the file at ``path``."""
    state = State(path)
    complete = True
    variables: dict[str, Value] = {}
    try:
        statements.execute_all(state, module.body)
        variables = _variables(state)
        _look_at_uncalled(state)
    except BudgetExhausted:
        complete = False
    return Program(tuple(state.seen), state.visits, complete, variables)


def _variables(state: State) -> dict[str, Value]:
    bound = state.store.written.items()
    return {name: freeze(state, value) for (owner, name), value in bound if owner is state.scope}


def _look_at_uncalled(state: State) -> None:
    """Run what the module defines but does not call, as its users would."""
    for name in state.declared_global:
        # Functions may have changed these at any time.
        state.store.set((state.scope, name), Unknown(Node(f"global {name}", (), None, opaque=True)))
    for function in tuple(state.activation.created):
        if isinstance(function.definition, cst.FunctionDef) and function.definition not in state.called:
            state.called.add(function.definition)
            functions.look_at(state, function)
    for cls in tuple(state.methods):
        _look_at_methods(state, cls)


def _look_at_methods(state: State, cls: Class) -> None:
    for method in state.methods[cls]:
        if method.definition in state.called:
            continue
        receiver: Class | Instance | None = None
        if method.kind == "classmethod":
            receiver = cls
        elif method.kind != "staticmethod":
            receiver = classes.any_instance(state, cls)
        if method.definition not in state.called:
            state.called.add(method.definition)
            functions.look_at(state, method, receiver)
