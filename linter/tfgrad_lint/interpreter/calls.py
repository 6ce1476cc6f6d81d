"""Calls: evaluating the arguments and finding out who is called."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from tfgrad_lint.api import registry
from tfgrad_lint.domain.events import GradientsApplied, GraphGradients, Minimized
from tfgrad_lint.domain.objects import (
    BoundMethod,
    Class,
    ContainerMethod,
    DictObject,
    Function,
    Instance,
    ListObject,
    Partial,
    RecordMethod,
    TapeMethod,
)
from tfgrad_lint.domain.values import (
    ApiObject,
    External,
    Mapping,
    Method,
    Node,
    Sequence,
    Tensor,
    Unknown,
    Value,
    node_of,
)
from tfgrad_lint.interpreter import (
    attributes,
    builtins,
    classes,
    containers,
    expressions,
    functions,
    iteration,
    models,
    named_tuples,
    names,
    special_methods,
    tapes,
)
from tfgrad_lint.interpreter.arguments import Arguments
from tfgrad_lint.interpreter.freezing import forget_contents, freeze, note_use, thaw
from tfgrad_lint.shapes.dtypes import FLOATING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.interpreter.state import State

# A call of something so named tells that the functions and the block it is given are expected to raise.
# Gradients as TensorFlow 1 had them, of what is in a graph.
_GRAPH_GRADIENTS = frozenset({"tf.gradients", "tf.hessians", "tf.compat.v1.gradients", "tf.keras.backend.gradients"})

# Where the optimizers of TensorFlow are.
_OPTIMIZERS = ("tf.keras.optimizers.", "tf.compat.v1.train.", "tf.train.")

# Methods of layers and models that never make variables of layers.
_BUILDS_NOTHING = frozenset({"__init__", "add", "add_weight", "add_variable", "compile", "pop"})

_EXPECTS_ERROR = ("raises", "suppress", "assertraisesregex", "assertraiseswithpredicatematch")


def evaluate_call(state: State, node: cst.Call) -> Value:
    """Return the result of a call expression."""
    callee = expressions.evaluate(state, node.func)
    arguments = _arguments(state, node)
    if expects_error(node.func):
        _guard(state, arguments)
    method = _method(node, callee)
    if method == "minimize":
        _note_minimized(state, node, _owner(callee), arguments)
    if method == "apply_gradients" and len(arguments.positional) == 1:
        state.emit(GradientsApplied(state.site(node), _pairs(state, arguments.positional[0]), _owner(callee)))
    return call(state, node, callee, arguments)


def _method(node: cst.Call, callee: Value) -> str | None:
    """Return the name by which a call names a method that the program does not define itself, None if it names none."""
    return node.func.attr.value if type(node.func) is cst.Attribute and type(callee) is not BoundMethod else None


def _note_minimized(state: State, node: cst.Call, optimizer: Node | None, arguments: Arguments) -> None:
    """Tell what is minimised; a function that computes the loss is called, as optimizers of TensorFlow do."""
    loss = arguments.get(0, "loss") if arguments.complete else None
    if loss is None:
        return
    start = None
    if isinstance(loss, Function) and optimizer is not None and optimizer.what.startswith(_OPTIMIZERS):
        start = Node("minimize").number
        loss = functions.call(state, node, loss, Arguments(()))
    state.visit(node)
    state.emit(Minimized(state.site(node), freeze(state, loss), optimizer, "tape" in arguments.keywords, start))


def _owner(method: Value) -> Node | None:
    """Return the step that made the object of which ``method`` is an attribute."""
    if isinstance(method, Unknown):
        return method.node.inputs[0] if method.node.inputs else None
    return next(iter(node_of(method)), None)


def _pairs(state: State, value: Value) -> Value:
    if isinstance(value, ApiObject):
        frozen = {name: freeze(state, part) for name, part in value.attributes.items()}
        return ApiObject(value.type, value.node, frozen)
    return freeze(state, value)


def expects_error(function: cst.BaseExpression) -> bool:
    """Tell whether a callee's name (``assertRaises``, ``pytest.raises``) says that an error is expected."""
    name = function.attr if type(function) is cst.Attribute else function
    return type(name) is cst.Name and _says_error(name.value)


@lru_cache(maxsize=4096)
def _says_error(name: str) -> bool:
    lowered = name.lower()
    return any(word in lowered for word in _EXPECTS_ERROR)


def _guard(state: State, arguments: Arguments) -> None:
    for value in arguments.every():
        if isinstance(value, BoundMethod):
            value = value.function  # noqa: PLW2901
        if isinstance(value, Function):
            state.note_called(value.definition)


def _arguments(state: State, node: cst.Call) -> Arguments:
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    complete = True
    for argument in node.args:
        value = expressions.evaluate(state, argument.value)
        if argument.star == "*":
            items = iteration.items(state, special_methods.iterated(state, argument, value))
            complete = complete and items is not None
            positional.extend(items or ())
        elif argument.star == "**":
            frozen = freeze(state, value)
            known = isinstance(frozen, Mapping) and all(isinstance(key, str) for key in frozen.items)
            complete = complete and known
            keywords.update(frozen.items if known and isinstance(frozen, Mapping) else {})
        elif argument.keyword is not None:
            keywords[argument.keyword.value] = value
        else:
            positional.append(value)
    return Arguments(tuple(positional), keywords, complete)


def call(state: State, node: cst.CSTNode, callee: Value, arguments: Arguments) -> Value:
    """Return the result of calling ``callee``; unknown if it is not known what that does."""
    handler = _HANDLERS.get(type(callee))
    if handler is None:
        return _call_unknown(state, "call", node, callee, arguments)
    return handler(state, node, callee, arguments)


def _call_function(state: State, node: cst.CSTNode, callee: Function, arguments: Arguments) -> Value:
    return functions.call(state, node, callee, arguments)


def _call_class(state: State, node: cst.CSTNode, callee: Class, arguments: Arguments) -> Value:
    return classes.instantiate(state, node, callee, arguments)


def _call_tape(state: State, node: cst.CSTNode, callee: TapeMethod, arguments: Arguments) -> Value:
    return tapes.call_method(state, node, callee, arguments)


def _call_container(state: State, node: cst.CSTNode, callee: ContainerMethod, arguments: Arguments) -> Value:
    return containers.call_method(state, node, callee, arguments)


def _call_bound(state: State, node: cst.CSTNode, callee: BoundMethod, arguments: Arguments) -> Value:
    return functions.call(state, node, callee.function, arguments.after(callee.receiver))


def _call_partial(state: State, node: cst.CSTNode, callee: Partial, arguments: Arguments) -> Value:
    keywords = {**callee.keywords, **arguments.keywords}
    merged = Arguments(callee.positional + arguments.positional, keywords, arguments.complete)
    return call(state, node, callee.function, merged)


def _call_record(state: State, node: cst.CSTNode, callee: RecordMethod, arguments: Arguments) -> Value:
    result = named_tuples.call_method(state, node, callee, arguments)
    return result or _call_unknown(state, callee.name, node, callee.record, arguments)


def _call_method(state: State, node: cst.CSTNode, callee: Method, arguments: Arguments) -> Value:
    if callee.name.rpartition(".")[2] not in _BUILDS_NOTHING:
        note_use(state, callee.receiver)
    return _call_model(state, node, callee.name, arguments.after(callee.receiver))


def _call_object(state: State, node: cst.CSTNode, callee: ApiObject, arguments: Arguments) -> Value:
    found = registry.find(callee.type, "__call__")
    name = f"{callee.type}.__call__" if found is None else found.name
    return _call_model(state, node, name, arguments.after(callee))


def _call_external(state: State, node: cst.CSTNode, callee: External, arguments: Arguments) -> Value:
    name = callee.name
    if tapes.is_tape_class(name):
        return tapes.make(state, node, arguments)
    if name in _GRAPH_GRADIENTS:
        state.emit(GraphGradients(state.site(node), name, state.eager))
    builtin = builtins.lookup(name)
    if builtin is not None and arguments.complete:
        result = builtin(state, node, arguments)
        if result is not None:
            return result
    return _call_model(state, node, name, arguments)


def _call_model(state: State, node: cst.CSTNode, name: str, arguments: Arguments) -> Value:
    if arguments.complete and state.project.model(name) is not None:
        result = models.apply(state, name, node, arguments.positional, arguments.keywords)
        if result is not None:
            return result
    if names.is_modelled(name) and registry.lookup(name) is None:
        state.note_unmodelled(name, node)
    if names.leaves_tensorflow(name):
        return models.outside_result(state, name, node, arguments.every())
    return _call_unknown(state, name, node, None, arguments)


def _call_instance(state: State, node: cst.CSTNode, instance: Instance, arguments: Arguments) -> Value:
    note_use(state, instance)
    for name in ("__call__", "call"):
        method = attributes.get(state, instance, name, node)
        if isinstance(method, BoundMethod):
            if name == "call":
                classes.build(state, node, instance, arguments)
                arguments = _cast_to_layer(state, arguments)
            return call(state, node, method, arguments)
    return _call_unknown(state, "call", node, instance, arguments)


def _cast_to_layer(state: State, arguments: Arguments) -> Arguments:
    """Return what the ``call`` of a Keras layer gets: arrays as tensors, real numbers in the dtype of the layer."""
    keywords = {name: _cast_real(state, value) for name, value in arguments.keywords.items()}
    positional = tuple(_cast_real(state, value) for value in arguments.positional)
    return Arguments(positional, keywords, arguments.complete)


def _cast_real(state: State, value: Value) -> Value:
    if isinstance(value, ListObject | DictObject):
        # Keras makes lists and dicts anew, of what it cast.
        contents = freeze(state, value)
        return (
            thaw(state, _cast_real(state, contents), value.node) if isinstance(contents, Sequence | Mapping) else value
        )
    if isinstance(value, Sequence):
        return Sequence(tuple(_cast_real(state, item) for item in value.items), value.kind)
    if isinstance(value, Mapping):
        return Mapping({key: _cast_real(state, item) for key, item in value.items.items()})
    if not isinstance(value, Tensor) or value.dtype not in FLOATING:
        return value
    kind = "tensor" if value.kind == "array" else value.kind
    return Tensor(value.shape, None, value.node, kind, value.content, value.explicit, value.trainable)


def _call_unknown(state: State, what: str, node: cst.CSTNode, callee: Value | None, arguments: Arguments) -> Value:
    every = arguments.every() if callee is None else (callee, *arguments.every())
    result = models.unknown_result(state, what, node, every)
    forget_contents(state, arguments.every())
    return result


_HANDLERS: Final[dict[type[Value], Callable[[State, cst.CSTNode, Any, Arguments], Value]]] = {
    External: _call_external,
    Function: _call_function,
    BoundMethod: _call_bound,
    Class: _call_class,
    Partial: _call_partial,
    TapeMethod: _call_tape,
    ContainerMethod: _call_container,
    RecordMethod: _call_record,
    Method: _call_method,
    ApiObject: _call_object,
    Instance: _call_instance,
}
