"""What statements do. Each handler returns whether control reaches the statement after it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from tfgrad_lint.domain.objects import ITEMS, BoundMethod, Instance, ListObject, Tape
from tfgrad_lint.domain.values import NONE, ApiObject, Method, Node, Sequence, Unknown, Value, node_of
from tfgrad_lint.interpreter import (
    assignment,
    attributes,
    calls,
    definitions,
    expressions,
    hints,
    imports,
    loops,
    operators,
    patterns,
    refinement,
    special_methods,
    tapes,
)
from tfgrad_lint.interpreter.arguments import Arguments
from tfgrad_lint.interpreter.joining import join_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.store import Layer


def execute_block(state: State, block: cst.BaseSuite) -> bool:
    """Run the statements of an indented block or of a one-line suite; return whether control leaves at its end."""
    return execute_all(state, block.body)


def execute_all(state: State, body: Iterable[cst.CSTNode]) -> bool:
    """Run statements in order until one does not end normally; return whether all do.

    Raises:
        BudgetExhausted: the file's step budget is spent.
    """
    for statement in body:
        if type(statement) is cst.SimpleStatementLine:
            ended = execute_all(state, statement.body)
            if statement.trailing_whitespace.comment is not None:
                hints.read_comment(state, statement)
        else:
            state.step()
            handler = _HANDLERS.get(type(statement))
            ended = handler is None or handler(state, statement)
        if not ended:
            return False
    return True


def _expression(state: State, node: cst.Expr) -> bool:
    value = expressions.evaluate(state, node.value)
    if type(node.value) is cst.Call:
        tapes.note_dropped(state, node.value, value)
        hints.told_by_call(state, node.value)
    return True


def _assign(state: State, node: cst.Assign) -> bool:
    value = expressions.evaluate(state, node.value)
    if type(node.value) is cst.Call and len(node.targets) == 1:
        tapes.note_named(state, node.value, node.targets[0].target, value)
    for target in node.targets:
        assignment.bind(state, target.target, value)
    return True


def _annotated(state: State, node: cst.AnnAssign) -> bool:
    if node.value is not None:
        assignment.bind(state, node.target, expressions.evaluate(state, node.value))
    return True


def _augmented(state: State, node: cst.AugAssign) -> bool:
    current = expressions.evaluate(state, node.target)
    value = expressions.evaluate(state, node.value)
    if isinstance(current, ListObject) and type(node.operator) is cst.AddAssign:
        _extend(state, current, value)
        return True
    name = operators.AUGMENTED[type(node.operator)]
    result = special_methods.augmented(state, node, name, current, value)
    if result is None:
        result = operators.binary(state, node, name, current, value)
    assignment.bind(state, node.target, result)
    return True


def _extend(state: State, target: ListObject, value: Value) -> None:
    contents = state.store.get((target, ITEMS))
    more = state.store.get((value, ITEMS)) if isinstance(value, ListObject) else value
    if isinstance(contents, Sequence) and isinstance(more, Sequence):
        state.store.set((target, ITEMS), Sequence(contents.items + more.items, "list"))
    else:
        nodes = (*(node_of(contents) if contents is not None else ()), *node_of(value))
        state.store.set((target, ITEMS), Unknown(Node("contents", nodes, opaque=True)))


def _return(state: State, node: cst.Return) -> bool:
    value = NONE if node.value is None else expressions.evaluate(state, node.value)
    activation = state.activation
    activation.returned.append((value, state.store.written_since(activation.base)))
    return False


def _raise(state: State, node: cst.Raise) -> bool:
    if node.exc is not None:
        expressions.evaluate(state, node.exc)
    return False


def _assert(state: State, node: cst.Assert) -> bool:
    state.visit(node)
    if expressions.holds(state, node.test) is False:
        hints.assertion_failed(state, node)
        return False
    refinement.assume(state, node.test, True)
    return True


def _if(state: State, node: cst.If) -> bool:
    known = expressions.holds(state, node.test)
    if known is True:
        return execute_block(state, node.body)
    if known is False:
        return _otherwise(state, node.orelse)

    def body() -> bool:
        refinement.assume(state, node.test, True)
        return execute_block(state, node.body)

    def otherwise() -> bool:
        refinement.assume(state, node.test, False)
        return _otherwise(state, node.orelse)

    return state.alternatives(body, otherwise)


def _otherwise(state: State, node: cst.If | cst.Else | None) -> bool:
    if node is None:
        return True
    return _if(state, node) if type(node) is cst.If else execute_block(state, node.body)


def _with(state: State, node: cst.With) -> bool:
    with ExitStack() as stack:
        for item in node.items:
            manager = expressions.evaluate(state, item.item)
            if type(item.item) is cst.Call and calls.expects_error(item.item.func):
                stack.enter_context(state.guarded())
            stack.enter_context(tapes.entered(state, manager))
            if item.asname is not None:
                assignment.bind(state, item.asname.name, _entered(state, node, manager))
        return execute_block(state, node.body)


def _entered(state: State, node: cst.With, manager: Value) -> Value:
    """Return what ``as`` binds: what the manager's ``__enter__`` gives."""
    if isinstance(manager, Tape):
        return manager
    own = isinstance(manager, ApiObject) or (
        isinstance(manager, Instance) and attributes.find(state, manager, "__enter__") is not None
    )
    enter = attributes.get(state, manager, "__enter__", node) if own else None
    if isinstance(enter, Method | BoundMethod):
        return calls.call(state, node, enter, Arguments(()))
    return state.unknown("with", node, *node_of(manager))


def _try(state: State, node: cst.Try | cst.TryStar) -> bool:
    base = state.store
    state.store = base.fork()
    with ExitStack() as stack:
        if node.handlers:
            stack.enter_context(state.guarded())
        ended = execute_block(state, node.body)
    written = state.store.written_since(base)
    outcomes: list[Layer] = []
    if ended and (node.orelse is None or execute_block(state, node.orelse.body)):
        outcomes.append(state.store.written_since(base))
    for handler in node.handlers:
        state.store = base.fork()
        # The body may have stopped anywhere: what it wrote may be there or not.
        state.store.merge([{}, written], join_at)
        if _handle(state, handler):
            outcomes.append(state.store.written_since(base))
    state.store = base
    if outcomes:
        base.merge(outcomes, join_at)
    if node.finalbody is not None and not execute_block(state, node.finalbody.body):
        return False
    return bool(outcomes)


def _handle(state: State, handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    if handler.name is not None:
        assignment.bind(state, handler.name.name, state.unknown("exception", handler))
    return execute_block(state, handler.body)


def _match(state: State, node: cst.Match) -> bool:
    subject = expressions.evaluate(state, node.subject)

    def run(case: cst.MatchCase) -> Callable[[], bool]:
        def path() -> bool:
            patterns.case_fits(state, case, subject)
            return execute_block(state, case.body)

        return path

    paths: list[Callable[[], bool]] = []
    for case in node.cases:
        base, state.store = state.store, state.store.fork()
        with state.silently():
            fits = patterns.case_fits(state, case, subject)
        state.store = base
        if fits is not False:
            paths.append(run(case))
        if fits is True:
            return state.alternatives(*paths)
    return state.alternatives(lambda: True, *paths)


def _delete(state: State, node: cst.Del) -> bool:
    assignment.delete(state, node.target)
    return True


def _break(state: State, node: cst.Break) -> bool:
    if state.loops:
        state.loops[-1].broken.append(state.store.written_since(state.loops[-1].base))
    return False


def _continue(state: State, node: cst.Continue) -> bool:
    if state.loops:
        state.loops[-1].continued.append(state.store.written_since(state.loops[-1].base))
    return False


def _global(state: State, node: cst.Global) -> bool:
    for item in node.names:
        state.scope.globals.add(item.name.value)
        state.declared_global.add(item.name.value)
    return True


def _nonlocal(state: State, node: cst.Nonlocal) -> bool:
    state.scope.nonlocals.update(item.name.value for item in node.names)
    return True


def _for(state: State, node: cst.For) -> bool:
    return loops.execute_for(state, node)


def _while(state: State, node: cst.While) -> bool:
    return loops.execute_while(state, node)


def _function(state: State, node: cst.FunctionDef) -> bool:
    definitions.define_function(state, node)
    return True


def _class(state: State, node: cst.ClassDef) -> bool:
    definitions.define_class(state, node)
    return True


def _import(state: State, node: cst.Import) -> bool:
    imports.execute_import(state, node)
    return True


def _import_from(state: State, node: cst.ImportFrom) -> bool:
    imports.execute_import_from(state, node)
    return True


_HANDLERS: Final[dict[type[cst.CSTNode], Callable[[State, Any], bool]]] = {
    cst.Expr: _expression,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Assert: _assert,
    cst.If: _if,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: _match,
    cst.Del: _delete,
    cst.Break: _break,
    cst.Continue: _continue,
    cst.Global: _global,
    cst.Nonlocal: _nonlocal,
    cst.For: _for,
    cst.While: _while,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
}
