"""Interprets one module: its body, then every function and method that nobody called."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientTaken, Reduced
from tfgrad_lint.domain.values import Node, Tensor, Unknown, Value
from tfgrad_lint.interpreter import classes, functions, statements
from tfgrad_lint.interpreter.freezing import freeze
from tfgrad_lint.interpreter.project import LoadedModule, Project
from tfgrad_lint.interpreter.state import BudgetExhausted, Seen, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfgrad_lint.domain.objects import Class, Instance

AnyEvent = TypeVar("AnyEvent", bound=Event)


@dataclass(frozen=True)
class Program:
    """What was seen in a module.

    ``visits`` tells, by the ``id`` of its syntax node, in how many contexts an operation was evaluated; ``complete``
    is False if the step budget ended before the module did; ``variables`` are the module's own at its end, lists and
    dicts with their contents; ``trees`` are those of the module and of all it imported, by path; ``bindings`` tell what
    each assignment to a name bound, in all contexts together, where that is a tensor; ``unmodelled`` counts the calls
    of functions that have no model, by name.
    """

    seen: tuple[Seen, ...]
    visits: Mapping[int, int]
    complete: bool
    variables: Mapping[str, Value]
    trees: Mapping[str, cst.Module] = field(default_factory=dict)
    bindings: Mapping[cst.CSTNode, Tensor] = field(default_factory=dict)
    unmodelled: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def reductions(self) -> Mapping[Node, Reduced]:
        """The reductions, by the step that each made: rules ask of many steps whether a reduction made them."""
        return {event.node: event for event in self.events_of(Reduced)}

    @cached_property
    def gradients(self) -> Mapping[Node, GradientTaken]:
        """What tapes were asked for, by the step that each question made."""
        return {event.step: event for event in self.events_of(GradientTaken)}

    def events_of(self, kind: type[AnyEvent]) -> list[AnyEvent]:
        """Return the events of one kind, in order."""
        return [cast("AnyEvent", seen.event) for seen in self.seen_of(kind)]

    def seen_of(self, kind: type[Event]) -> list[Seen]:
        """Return the events of one kind with what led to them, in order."""
        return self._by_kind.get(kind, [])

    @cached_property
    def _by_kind(self) -> Mapping[type[Event], list[Seen]]:
        # Rules ask for each event: looking through all of them each time grows with the square of a file's length.
        found: dict[type[Event], list[Seen]] = {}
        for seen in self.seen:
            found.setdefault(type(seen.event), []).append(seen)
        return found


def run_imported(project: Project, module: cst.Module, path: str) -> LoadedModule | None:
    """Run the body of a module that another one imports; its own functions run only where they are called.

    Returns:
        What it binds, None if the step budget ended before it did.
    """
    state = State(path, project)
    try:
        with state.silently():
            statements.execute_all(state, module.body)
    except BudgetExhausted:
        return None
    _forget_globals(state)
    bindings = {**state.imported.written, **state.store.written}
    return LoadedModule(path, state.module, bindings, {**state.trees, path: module})


def interpret(module: cst.Module, path: str, project: Project | None = None, *, shape_comments: bool = True) -> Program:
    """Interpret ``module``, the file at ``path``; its imports are looked up in ``project``.

    ``shape_comments`` tells whether comments and docstrings count as hints.
    """
    state = State(path, project or Project(), shape_comments=shape_comments)
    state.trees[path] = module
    complete = True
    variables: dict[str, Value] = {}
    try:
        statements.execute_all(state, module.body)
        variables = _variables(state)
        _look_at_uncalled(state)
    except BudgetExhausted:
        complete = False
    unmodelled = {name: len(nodes) for name, nodes in state.unmodelled.items()}
    bindings = {target: value for target, value in state.bindings.items() if isinstance(value, Tensor)}
    return Program((*state.seen, *state.certain), state.visits, complete, variables, state.trees, bindings, unmodelled)


def _variables(state: State) -> dict[str, Value]:
    bound = state.store.written.items()
    return {name: freeze(state, value) for (owner, name), value in bound if owner is state.scope}


def _look_at_uncalled(state: State) -> None:
    """Run what the module defines but does not call, as its users would.

    Callers mostly stand after what they call, and public methods before the private ones that they call: in this order
    most helpers run with the shapes of their callers, and not for unknown arguments as well.
    """
    _forget_globals(state)
    for cls in reversed(tuple(state.methods)):
        _look_at_methods(state, cls)
    for function in reversed(tuple(state.activation.created)):
        if type(function.definition) is cst.FunctionDef and function.definition not in state.called:
            state.note_called(function.definition)
            functions.look_at(state, function)
    for cls in tuple(state.methods):
        # Those that functions define when they run.
        _look_at_methods(state, cls)


def _forget_globals(state: State) -> None:
    """Make the variables unknown that functions declare global: they may have changed them at any time."""
    for name in state.declared_global:
        state.store.set((state.scope, name), Unknown(Node(f"global {name}", (), None, opaque=True)))


def _look_at_methods(state: State, cls: Class) -> None:
    for method in sorted(state.methods[cls], key=lambda method: method.name.startswith("_")):
        if method.definition in state.called:
            continue
        receiver: Class | Instance | None = None
        if method.kind == "classmethod":
            receiver = cls
        elif method.kind != "staticmethod":
            receiver = classes.any_instance(state, cls)
        if method.definition not in state.called:
            state.note_called(method.definition)
            functions.look_at(state, method, receiver)
