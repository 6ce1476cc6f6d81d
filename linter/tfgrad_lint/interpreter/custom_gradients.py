"""``tf.custom_gradient``: what a decorated function returns, and what its gradient function makes of an upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.domain.events import CustomGradient
from tfgrad_lint.domain.objects import Function
from tfgrad_lint.domain.values import ANEW, Node, Sequence, Tensor, Unknown, Value, node_of
from tfgrad_lint.interpreter import functions, models, tapes
from tfgrad_lint.interpreter.arguments import Arguments
from tfgrad_lint.interpreter.freezing import freeze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfgrad_lint.interpreter.state import State

# Layers that have trainable variables whatever their arguments are, unless they are frozen.
WEIGHTED: Final = frozenset(
    f"tf.keras.layers.{name}"
    for name in (
        "Dense Embedding LSTM GRU SimpleRNN Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose "
        "DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D"
    ).split()
)

# What a decorated function returns: the value, and the function from the upstream gradients to those of the inputs.
_PAIR: Final = 2


def called(
    state: State, node: cst.CSTNode, function: Function, arguments: Arguments, run: Callable[[], Value]
) -> Value:
    """Return the result of a call of a decorated function, whose body ``run`` runs: the first of the pair.

    The gradient function is run for an upstream of the value's shape, and the rules are told what came of it.
    """
    receiver = 1 if function.owner is not None and function.kind != "staticmethod" else 0
    inputs = arguments.positional[receiver:] if arguments.complete else None
    result = examined(state, function, inputs, run)
    if not isinstance(result, Sequence) or len(result.items) != _PAIR:
        return models.unknown_result(state, "custom_gradient", node, (result,))
    return _value(state, node, result.items[0], arguments)


def examined(state: State, function: Function, inputs: tuple[Value, ...] | None, run: Callable[[], Value]) -> Value:
    """Run a decorated function with ``run``, tell the rules what it returned for ``inputs``, and return that."""
    start = Node("custom gradient").number
    result = freeze(state, run())
    if state.muted or function.scope.module is not state.module:
        return result
    known = None if inputs is None else tuple(leaf for each in inputs for leaf in tapes.leaves(freeze(state, each)))
    pair = result.items if isinstance(result, Sequence) and len(result.items) == _PAIR else None
    gradient = pair[1] if pair is not None and isinstance(pair[1], Function) else None
    upstream = tuple(_upstream(state, function, leaf) for leaf in tapes.leaves(pair[0])) if pair is not None else ()
    returned = _gradients(state, function, gradient, upstream) if gradient is not None else None
    given = {step for each in known or () for step in node_of(each)}
    used = tuple(_variables(pair[0], start, given)) if pair is not None and known is not None else ()
    place = function.definition.name if isinstance(function.definition, cst.FunctionDef) else function.definition
    state.visit(place)
    state.emit(
        CustomGradient(
            state.site(place),
            function,
            known,
            result,
            gradient,
            tuple(step for each in upstream for step in node_of(each)),
            returned,
            used,
        )
    )
    return result


def _value(state: State, node: cst.CSTNode, value: Value, arguments: Arguments) -> Value:
    """Return ``value`` as the call's result: of its shape, but with a gradient that may depend on anything."""
    if isinstance(value, Sequence):
        return Sequence(tuple(_value(state, node, item, arguments) for item in value.items), value.kind)
    if not isinstance(value, Tensor):
        return models.unknown_result(state, "custom_gradient", node, (value, *arguments.every()))
    inputs = (value.node, *(step for each in arguments.every() for step in node_of(freeze(state, each))))
    step = Node("custom_gradient", inputs, state.site(node), opaque=True, tapes=state.tapes)
    return Tensor(value.shape, value.dtype, step, explicit=value.explicit)


def _upstream(state: State, function: Function, value: Value) -> Value:
    """Return the gradient that comes from above for one result of the function."""
    step = Node("upstream gradient", (), state.site(function.definition))
    if isinstance(value, Tensor):
        return Tensor(value.shape, value.dtype, step)
    step.opaque = True
    return Unknown(step)


def _gradients(state: State, function: Function, gradient: Function, upstream: tuple[Value, ...]) -> Value:
    open_tapes, state.tapes = state.tapes, ()
    try:
        return freeze(state, functions.call(state, function.definition, gradient, Arguments(upstream)))
    finally:
        state.tapes = open_tapes


def _variables(value: Value, start: int, given: set[Node]) -> Iterator[Node]:
    """Yield what was made elsewhere and holds variables that the steps since ``start`` read on the way to ``value``.

    That is a variable itself, or a layer of Keras that has some.
    """
    pending = list(node_of(value))
    found: set[Node] = set()
    while pending:
        node = pending.pop()
        if node in found:
            continue
        found.add(node)
        if node.number > start:
            pending.extend(node.inputs)
        elif (node.cut == ANEW or node.what in WEIGHTED) and node not in given:
            yield node
