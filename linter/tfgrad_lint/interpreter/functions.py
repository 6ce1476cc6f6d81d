"""Calls of the program's own functions: their bodies run with the values of the call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.domain.objects import YIELDED, Function, Instance, Scope
from tfgrad_lint.domain.values import (
    DATA,
    ELEMENT,
    GENERATOR,
    NONE,
    PARAMETER,
    ApiObject,
    External,
    Integer,
    Mapping,
    Node,
    OfType,
    Sequence,
    Site,
    Unknown,
    Value,
    node_of,
)
from tfgrad_lint.interpreter import (
    custom_gradients,
    expressions,
    hints,
    iteration,
    models,
    signatures,
    statements,
    syntax,
)
from tfgrad_lint.interpreter.freezing import forget_contents, new_dict
from tfgrad_lint.interpreter.joining import join_at
from tfgrad_lint.interpreter.state import MAX_DEPTH, Activation, Frame
from tfgrad_lint.shapes.dims import symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.arguments import Arguments
    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.store import Layer


_MODEL: Final = "tf.keras.Model"
_STEPS: Final = frozenset({"train_step", "test_step"})


def call(state: State, node: cst.CSTNode, function: Function, arguments: Arguments) -> Value:
    """Return what ``function`` returns for ``arguments``; unknown for coroutines, recursion and deep nesting."""
    definition = function.definition
    # Two functions that one decorator made have one definition, and are not one function.
    running = any(each.definition is definition and each.closure is function.scope for each in state.activations)
    too_far = len(state.activations) > MAX_DEPTH or _is_beyond_budget(state, function)
    is_coroutine = type(definition) is cst.FunctionDef and definition.asynchronous is not None
    if running or too_far or is_coroutine:
        forget_contents(state, arguments.every())
        return models.unknown_result(state, function.name, node, arguments.every())
    if not state.muted:
        state.note_called(definition)
    if function.signature is not None:
        signatures.check(state, node, function, arguments)
        arguments = signatures.converted(function, arguments)

    def run() -> Value:
        return _run(state, function, parameters)

    parameters = dict(_bind(state, function, arguments))
    hints.check_call(state, node, function, parameters)
    with state.within(Frame(state.site(node)), graph=function.graph):
        if function.custom_gradient:
            return custom_gradients.called(state, node, function, arguments, run)
        return run()


def _is_beyond_budget(state: State, function: Function) -> bool:
    return state.foreign_steps <= 0 and function.scope.module is not state.module


def _is_generator(state: State, function: Function) -> bool:
    # Kept with the module: one that many files import is walked once.
    module = function.scope.module
    known = module.generators.get(function.definition)
    if known is None:
        may_yield = state.project.trees.may_mention(state.trees.get(module.path), "yield")
        known = module.generators[function.definition] = syntax.is_generator(function.definition, may_yield=may_yield)
    return known


def run_symbolically(state: State, function: Function, receiver: Value | None = None) -> Value:
    """Run ``function`` for arguments of which nothing is known, as any caller might call it."""
    before, state.run_since = state.run_since, Node("run").number
    parameters = dict(_unknown_parameters(state, function, receiver))
    try:
        with state.maybe_in_graph(certain=function.graph):
            if function.custom_gradient:
                inputs = _inputs(function, parameters, receiver)
                return custom_gradients.examined(state, function, inputs, lambda: _run(state, function, parameters))
            return _run(state, function, parameters)
    finally:
        state.run_since = before


def _inputs(function: Function, parameters: dict[str, Value], receiver: Value | None) -> tuple[Value, ...] | None:
    """Return what a caller of a decorated function has to give by position; None if it may give more, or by name."""
    definition = function.definition.params
    if type(definition.star_arg) is cst.Param or definition.kwonly_params or definition.star_kwarg is not None:
        return None
    every = [*definition.posonly_params, *definition.params]
    if any(parameter.default is not None for parameter in every):
        return None
    own = every[1:] if receiver is not None else every
    return tuple(parameters[parameter.name.value] for parameter in own)


def look_at(state: State, function: Function, receiver: Value | None = None) -> None:
    """Run ``function`` for unknown arguments and forget what it wrote, so that no other function meets it."""
    before = state.store
    state.store = before.fork()
    try:
        run_symbolically(state, function, receiver)
    finally:
        state.store = before


def _run(state: State, function: Function, parameters: dict[str, Value]) -> Value:
    base, scope = state.store, state.scope
    loops, state.loops = state.loops, []
    activation = Activation(base, function.definition, function.scope)
    activation.self_class = function.owner
    activation.self_value = next(iter(parameters.values()), None)
    state.activations.append(activation)
    state.store = base.fork()
    local = state.scope = Scope("function", function.scope)
    for name, value in parameters.items():
        state.store.set((local, name), value)
    hints.assume_parameters(state, function, parameters)
    yields = _is_generator(state, function)
    if yields:
        state.store.set((activation, YIELDED), Sequence((), "list"))
    try:
        _run_body(state, function.definition, activation)
        outcomes = activation.returned
        if function.custom_gradient:
            _leave_gradients_to_caller(state, activation)
        if outcomes and not state.muted:
            _look_at_uncalled(state, activation)
    finally:
        state.activations.pop()
        state.store, state.scope, state.loops = base, scope, loops
    result = _leave(state, local, activation)
    return _generator(state, activation) if yields else result


def _generator(state: State, activation: Activation) -> Value:
    """Return the generator whose items are like what was yielded; the body has run as far as it can."""
    items = activation.yielded
    ends = [layer.get((activation, YIELDED)) for _, layer in activation.returned]
    every = join_at((activation, YIELDED), ends) if ends else None
    node = Node("generator", tuple(step for item in items for step in node_of(item)), opaque=True)
    if isinstance(every, Sequence):
        return iteration.generator(state, node, every.items)
    element = join_at((activation, "yielded"), [*items]) if items else Unknown(node)
    return ApiObject(GENERATOR, node, {ELEMENT: element})


def _run_body(state: State, definition: cst.FunctionDef | cst.Lambda, activation: Activation) -> None:
    value: Value = NONE
    if isinstance(definition, cst.Lambda):
        value = expressions.evaluate(state, definition.body)
    elif not statements.execute_block(state, definition.body):
        return
    activation.returned.append((value, state.store.written_since(activation.base)))


def _leave_gradients_to_caller(state: State, activation: Activation) -> None:
    """Note that the gradient functions which a decorated function returns are called, with the upstream's shape."""
    for value, _ in activation.returned:
        for item in value.items if isinstance(value, Sequence) else ():
            if isinstance(item, Function):
                state.note_called(item.definition)


def _look_at_uncalled(state: State, activation: Activation) -> None:
    """Run the functions that this one defined and nobody called, with the variables as they are at its end.

    Those of other files are left alone: of such only what a call from this file leads to is told.
    """
    outer = state.store
    for _, layer in activation.returned[-1:]:
        state.store = activation.base.fork()
        state.store.written.update(layer)
        for function in activation.created:
            uncalled = function.definition not in state.called and type(function.definition) is not cst.Lambda
            if uncalled and function.scope.module is state.module:
                state.note_called(function.definition)
                look_at(state, function)
    state.store = outer


def _leave(state: State, local: Scope, activation: Activation) -> Value:
    """Join the ways out of a function into the caller's store, and return the join of their values."""
    if not activation.returned:
        return Unknown(Node("no return", opaque=True))
    escapes = bool(activation.created)
    layers = [layer if escapes else _without(layer, local) for _, layer in activation.returned]
    state.store.merge(layers, join_at)
    return join_at((local, "return"), [value for value, _ in activation.returned])


def _without(layer: Layer, local: Scope) -> Layer:
    # Nothing closes over these variables, so nothing can read them any more.
    return {location: value for location, value in layer.items() if location[0] is not local}


def _bind(state: State, function: Function, arguments: Arguments) -> Iterator[tuple[str, Value]]:
    """Match arguments to parameters; what does not fit, or may come from ``*``, is unknown."""
    parameters = function.definition.params
    positional = [*parameters.posonly_params, *parameters.params]
    given = arguments.positional
    left = dict(arguments.keywords)
    for index, parameter in enumerate(positional):
        name = parameter.name.value
        if index < len(given) and (arguments.complete or index == 0):
            yield name, given[index]
        elif name in left:
            yield name, left.pop(name)
        else:
            yield name, _default(function, parameter, arguments.complete)
    for parameter in parameters.kwonly_params:
        name = parameter.name.value
        yield name, left.pop(name) if name in left else _default(function, parameter, arguments.complete)
    if type(parameters.star_arg) is cst.Param:
        rest = Sequence(given[len(positional) :])
        yield parameters.star_arg.name.value, rest if arguments.complete else _parameter(function, parameters.star_arg)
    if parameters.star_kwarg is not None:
        extra = Mapping(left)
        made = new_dict(state, extra, Node("keywords", node_of(extra)))
        others = made if arguments.complete else _parameter(function, parameters.star_kwarg)
        yield parameters.star_kwarg.name.value, others


def _default(function: Function, parameter: cst.Param, complete: bool) -> Value:
    value = function.defaults.get(parameter.name.value) if complete else None
    return value if value is not None else _parameter(function, parameter)


def _unknown_parameters(state: State, function: Function, receiver: Value | None) -> Iterator[tuple[str, Value]]:
    parameters = function.definition.params
    every = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
    for star in (parameters.star_arg, parameters.star_kwarg):
        if type(star) is cst.Param:
            every.append(star)
    for index, parameter in enumerate(every):
        if index == 0 and receiver is not None:
            yield parameter.name.value, receiver
        elif index == 1 and _is_step_of_keras(function, receiver):
            node = Node(f"{DATA}{parameter.name.value}", (), _place(function, parameter), opaque=True)
            yield parameter.name.value, Unknown(node)
        else:
            yield parameter.name.value, _parameter(function, parameter)


def _is_step_of_keras(function: Function, receiver: Value | None) -> bool:
    """Tell whether ``function`` is the method of a model that Keras calls for each batch of ``fit`` or ``evaluate``."""
    bases = receiver.cls.lineage() if isinstance(receiver, Instance) else []
    return function.name in _STEPS and any(isinstance(each, External) and each.name == _MODEL for each in bases)


def _place(function: Function, parameter: cst.Param) -> Site:
    """Return where a parameter stands: in the file of its function, whichever file calls that."""
    return Site(function.scope.path, parameter)


def _parameter(function: Function, parameter: cst.Param) -> Value:
    name = parameter.name.value
    annotation = parameter.annotation.annotation if parameter.annotation is not None else None
    kind = annotation.value if type(annotation) is cst.Name else None
    if kind == "int":
        return Integer(symbol(name), told=True)
    if kind in {"float", "bool", "str"}:
        return OfType(kind, told=True)
    return Unknown(Node(f"{PARAMETER}{name}", (), _place(function, parameter), opaque=True))
