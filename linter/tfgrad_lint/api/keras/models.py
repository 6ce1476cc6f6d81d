"""Models: ``Sequential``, the functional API, and what all layers and models have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.conversion import is_python
from tfgrad_lint.api.keras import layer as layers
from tfgrad_lint.api.keras.inputs import INPUT_LAYER, conformed, declared_input
from tfgrad_lint.api.keras.layer import Call, is_layer
from tfgrad_lint.api.keras.memory import INPUTS, LAYERS, OUTPUTS, RUNNING, SEQUENTIAL, USED, output_of
from tfgrad_lint.api.registry import add_class, attribute, model
from tfgrad_lint.domain.events import Conflicted
from tfgrad_lint.domain.values import (
    ANEW,
    FALSE,
    NONE,
    TRUE,
    ApiObject,
    Mapping,
    Node,
    Repeated,
    Sequence,
    Tensor,
    TensorShape,
    Value,
    node_of,
)
from tfgrad_lint.shapes.conflicts import Conflict, LayerConflict
from tfgrad_lint.shapes.dims import Polynomial, Symbol, substitute, symbols_of
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

MODEL: Final = "tf.keras.Model"

add_class(layers.BASE, "tf.Module")
add_class(MODEL, layers.BASE)
add_class(SEQUENTIAL, MODEL)
add_class(INPUT_LAYER, layers.BASE)


@model("tf.keras.layers.Layer.__call__")
def call_layer(operation: Operation, self: Value, inputs: Value = NONE, *rest: Value, **keywords: Value) -> Value:
    """https://keras.io/api/layers/base_layer: the first argument may be given by any name."""
    if operation.is_none(inputs) and keywords:
        inputs = keywords.pop(next(iter(keywords)))
    result = call_object(operation, self, inputs, rest, keywords)
    if isinstance(self, ApiObject) and self.type == MODEL and isinstance(result, Sequence) and len(result.items) == 1:
        # Keras 3 gives a list of one output, Keras 2 the output itself.
        return operation.unknown(*result.items)
    return result


def call_object(
    operation: Operation,
    callee: Value,
    inputs: Value,
    rest: tuple[Value, ...] = (),
    keywords: dict[str, Value] | None = None,
) -> Value:
    """Return the result of a call of a layer, a model or any function.

    Raises:
        LayerConflict: a layer or model made by the API refuses the inputs.
    """
    if isinstance(callee, ApiObject):
        operation.remember(callee, USED, TRUE)
        if is_layer(callee):
            return layers.run(Call(operation, callee, inputs, rest, keywords))
        if callee.type == SEQUENTIAL:
            return _call_sequential(operation, callee, inputs)
        if callee.type == MODEL:
            return _call_functional(operation, callee, inputs)
        return operation.unknown(callee, inputs)
    return operation.call(callee, inputs)


# Sequential.


@model("tf.keras.Sequential")
def sequential(operation: Operation, layers: Value = NONE, trainable: Value = TRUE, name: Value = NONE) -> Value:
    """https://keras.io/api/models/sequential: a layer that does not fit the one before is told at that layer."""
    result = ApiObject(SEQUENTIAL, operation.node(layers))
    operation.remember(result, LAYERS, Sequence((), "list"))
    if operation.is_none(layers):
        return result
    items = operation.items(layers)
    if items is None:
        operation.remember(result, LAYERS, operation.unknown(layers))
        return result
    for item in items:
        before = output_of(operation, result)
        try:
            _append(operation.at(item.node.site if isinstance(item, ApiObject) else None), result, item)
        except LayerConflict as conflict:
            site = item.node.site if isinstance(item, ApiObject) else None
            operands = (("before", before),) if isinstance(before, Tensor) else ()
            operation.emit(Conflicted(site or operation.site, operation.name, conflict, operands))
            operation.remember(result, LAYERS, operation.unknown(layers))
            break
    return result


@model("tf.keras.Sequential.add")
def add(operation: Operation, self: Value, layer: Value, rebuild: Value = TRUE) -> Value:
    """https://keras.io/api/models/sequential/#add-method."""
    if not isinstance(self, ApiObject):
        return NONE
    before = output_of(operation, self)
    try:
        _append(operation, self, layer)
    except LayerConflict as conflict:
        operation.remember(self, LAYERS, operation.unknown(layer))
        operands = (("before", before),) if isinstance(before, Tensor) else ()
        operation.emit(Conflicted(operation.site, operation.name, conflict, operands))
    return NONE


@model("tf.keras.Sequential.pop")
def pop(operation: Operation, self: Value, rebuild: Value = TRUE) -> Value:
    """https://keras.io/api/models/sequential/#pop-method."""
    operation.remember(self, LAYERS, operation.unknown(self))
    return NONE


def _append(operation: Operation, receiver: ApiObject, item: Value) -> None:
    before = operation.recall(receiver, LAYERS)
    if not isinstance(before, Sequence):
        return
    operation.remember(receiver, LAYERS, Sequence((*before.items, item), "list"))
    output = operation.recall(receiver, OUTPUTS)
    if not before.items:
        start = item if isinstance(item, Tensor) else _input_of(operation, item)
        if start is None:
            return
        operation.remember(receiver, INPUTS, start)
        operation.remember(receiver, OUTPUTS, start)
        output = start
        if _is_input(item):
            return
    if output is None:
        return
    operation.remember(receiver, OUTPUTS, operation.unknown(receiver))
    operation.remember(receiver, OUTPUTS, call_object(operation, item, output))


def _is_input(item: Value) -> bool:
    return isinstance(item, Tensor) or (isinstance(item, ApiObject) and item.type == INPUT_LAYER)


def _input_of(operation: Operation, item: Value) -> Tensor | None:
    if not isinstance(item, ApiObject):
        return None
    if item.type in {SEQUENTIAL, MODEL}:
        known = input_spec(operation, item)
        return known if isinstance(known, Tensor) else None
    return declared_input(operation, item)


def _call_sequential(operation: Operation, receiver: ApiObject, inputs: Value) -> Value:
    items = operation.recall(receiver, LAYERS)
    if not isinstance(items, Sequence):
        return operation.unknown(receiver, inputs)
    spec = operation.recall(receiver, INPUTS)
    value = inputs
    if isinstance(value, Sequence) and len(value.items) == 1 and not is_python(value):
        value = value.items[0]
    if isinstance(spec, Tensor) and isinstance(value, Tensor):
        value = _fitted(operation, value, spec, "Sequential") or value
    if operation.recall(receiver, RUNNING) is TRUE:
        # A model that holds itself.
        return operation.unknown(receiver, inputs)
    operation.remember(receiver, RUNNING, TRUE)
    try:
        for item in items.items:
            if not _is_input(item):
                value = call_object(operation, item, value)
    except LayerConflict as conflict:
        conflict.within = "Sequential"
        raise
    finally:
        operation.remember(receiver, RUNNING, FALSE)
    return value


def _fitted(operation: Operation, given: Tensor, spec: Tensor, name: str) -> Tensor | None:
    try:
        return conformed(given, spec.shape, operation.keras_version)
    except Conflict as cause:
        raise LayerConflict(name, (given.shape,), cause) from None


# The functional API.


@model("tf.keras.Model")
def functional(operation: Operation, *arguments: Value, **keywords: Value) -> Value:
    """https://keras.io/api/models/model: from inputs to outputs."""
    given = dict(zip(("inputs", "outputs"), arguments, strict=False))
    for name, old in (("inputs", "input"), ("outputs", "output")):
        value = keywords.get(name, keywords.get(old))
        if value is not None:
            given[name] = value
    node = operation.node()
    node.inputs.extend(_sources(given.get("outputs", NONE)))
    return ApiObject(MODEL, node, given)


def _sources(outputs: Value) -> list[Node]:
    """Return the layers and variables that symbolic outputs were made from: each call of the model reads them anew."""
    found: list[Node] = []
    seen: set[Node] = set()
    pending = list(node_of(outputs))
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.inputs and not node.opaque and node.cut is None:
            pending.extend(node.inputs)
        else:
            found.append(node)
    return found


def _call_functional(operation: Operation, receiver: ApiObject, inputs: Value) -> Value:
    specs, outputs = receiver.attributes.get("inputs"), receiver.attributes.get("outputs")
    if specs is None or outputs is None:
        return operation.unknown(receiver, inputs)
    pairs = _paired(specs, inputs)
    if pairs is None:
        return _replaced(operation, outputs, None, receiver, inputs)
    sizes: dict[Symbol, Dim] = {}
    for spec, given in pairs:
        fitted = _fitted(operation, given, spec, "Model")
        if fitted is None:
            return _replaced(operation, outputs, None, receiver, inputs)
        for own, actual in zip(spec.shape.dims or (), fitted.shape.dims or (), strict=False):
            if isinstance(own, Polynomial):
                sizes.update(dict.fromkeys(symbols_of(own), actual))
    return _replaced(operation, outputs, sizes, receiver, inputs)


def _paired(specs: Value, inputs: Value) -> list[tuple[Tensor, Tensor]] | None:
    wanted = specs.items if isinstance(specs, Sequence) else (specs,)
    given = inputs.items if isinstance(inputs, Sequence) else (inputs,)
    if isinstance(specs, Mapping) or isinstance(inputs, Mapping) or len(wanted) != len(given):
        return None
    pairs = [(p, q) for p, q in zip(wanted, given, strict=True) if isinstance(p, Tensor) and isinstance(q, Tensor)]
    return pairs if len(pairs) == len(wanted) else None


def _replaced(
    operation: Operation, value: Value, sizes: dict[Symbol, Dim] | None, receiver: ApiObject, inputs: Value
) -> Value:
    """Return symbolic outputs for actual inputs; without ``sizes`` nothing is known of their shapes."""
    if isinstance(value, Sequence):
        return Sequence(tuple(_replaced(operation, item, sizes, receiver, inputs) for item in value.items), value.kind)
    if isinstance(value, Mapping):
        return Mapping({key: _replaced(operation, item, sizes, receiver, inputs) for key, item in value.items.items()})
    if not isinstance(value, Tensor):
        return operation.unknown(receiver, inputs)
    dims = value.shape.dims
    shape = UNKNOWN_SHAPE if dims is None or sizes is None else Shape(tuple(substitute(dim, sizes) for dim in dims))
    node = operation.node(inputs)
    node.inputs.extend(receiver.node.inputs)
    node.shape = shape
    return Tensor(shape, value.dtype, _ended_by(value.node, node))


def _ended_by(last: Node, node: Node) -> Node:
    """Return ``node``, the call of a model, with the layer and activation after it that ``last``, its output, has."""
    made = [each for each in last.inputs if each.what.startswith(layers.PREFIX) and not each.inputs]
    if last.what.startswith(layers.ACTIVATION) and last.inputs:
        ended = Node(last.what, (_ended_by(last.inputs[0], node),), node.site, tapes=node.tapes)
    elif made and not last.opaque:
        ended = Node(last.what, (node, *made), node.site, tapes=node.tapes)
    else:
        return node
    ended.shape = node.shape
    return ended


# What layers and models have in common.


def input_spec(operation: Operation, receiver: Value) -> Value | None:
    """Return the symbolic inputs of a model, None if they are not known."""
    if not isinstance(receiver, ApiObject):
        return None
    if receiver.type == SEQUENTIAL:
        return operation.recall(receiver, INPUTS)
    return receiver.attributes.get("inputs")


@attribute("tf.keras.Model.input", "tf.keras.Model.inputs")
def model_inputs(operation: Operation, receiver: Value) -> Value:
    """Return the symbolic input or inputs."""
    known = input_spec(operation, receiver)
    return operation.unknown(receiver) if known is None else _listed(operation, known)


@attribute("tf.keras.Model.output", "tf.keras.Model.outputs")
def model_outputs(operation: Operation, receiver: Value) -> Value:
    """Return the symbolic output or outputs."""
    known = output_of(operation, receiver)
    return operation.unknown(receiver) if known is None else _listed(operation, known)


def _listed(operation: Operation, value: Value) -> Value:
    plural = operation.name.endswith("s")
    return Sequence((value,), "list") if plural and not isinstance(value, Sequence) else value


@attribute("tf.keras.Model.layers")
def model_layers(operation: Operation, receiver: Value) -> Value:
    """Return the layers of a Sequential, the input left out."""
    known = operation.recall(receiver, LAYERS)
    if not isinstance(known, Sequence):
        return operation.unknown(receiver)
    return Sequence(tuple(item for item in known.items if not _is_input(item)), "list")


@model("tf.keras.layers.Layer.__init__")
def initialize(operation: Operation, self: Value, *arguments: Value, **keywords: Value) -> Value:
    """Model ``super().__init__(name=...)``."""
    return NONE


@model("tf.keras.layers.Layer.build")
def build(operation: Operation, self: Value, input_shape: Value = NONE) -> Value:
    """Model ``super().build(input_shape)``."""
    return NONE


@model("tf.keras.layers.Layer.add_weight", "tf.keras.layers.Layer.add_variable")
def add_weight(operation: Operation, self: Value, *arguments: Value, **keywords: Value) -> Value:
    """https://keras.io/api/layers/base_layer/#addweight-method: Keras 2 takes the name first, Keras 3 the shape."""
    given = (each for each in arguments if isinstance(each, Sequence | TensorShape))
    shape = keywords.get("shape") or next(given, NONE if arguments else Sequence(()))
    dims = None if operation.is_none(shape) else operation.dims(shape)
    dtype = operation.dtype(keywords.get("dtype", NONE))
    trainable = operation.boolean(keywords.get("trainable", TRUE)) is not False
    node = operation.node(cut=ANEW)
    return Tensor(Shape(dims), dtype, node, "variable", explicit=dims is not None and 1 in dims, trainable=trainable)


@model("tf.keras.layers.Layer.get_weights")
def get_weights(operation: Operation, self: Value) -> Value:
    """https://keras.io/api/layers/base_layer/#get_weights-method: copies of the variables, as arrays."""
    return Repeated(operation.node(self), operation.array_result(UNKNOWN_SHAPE, None, self))


@model("tf.keras.layers.Layer.compute_output_shape")
def compute_output_shape(operation: Operation, self: Value, input_shape: Value) -> Value:
    """https://keras.io/api/layers/base_layer."""
    dims = operation.dims(input_shape)
    if dims is None or not isinstance(self, ApiObject):
        return operation.unknown(self, input_shape)
    result = call_object(operation, self, Tensor(Shape(dims), None, operation.node(input_shape)))
    if not isinstance(result, Tensor):
        return operation.unknown(self, input_shape)
    return TensorShape(result.shape, result.node)
