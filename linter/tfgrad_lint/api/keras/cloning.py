"""Copies of models: the same layers, with weights of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfgrad_lint.api.keras.memory import INPUTS, LAYERS, OUTPUTS, SEQUENTIAL, layers_of
from tfgrad_lint.api.keras.models import MODEL
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import ApiObject, Mapping, Node, Sequence, Tensor, Unknown, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

# The copies of the steps that were met so far.
_Copies = dict[Node, Node]


@model("tf.keras.models.clone_model", "tf.keras.clone_model")
def clone_model(operation: Operation, model: Value, *arguments: Value, **options: Value) -> Value:
    """https://keras.io/api/models/model_saving_apis/model_saving_and_loading: layers of the same configuration.

    Functions that choose other layers or inputs make the result unknown.
    """
    if arguments or options or not isinstance(model, ApiObject):
        return operation.unknown(model)
    copies: _Copies = {}
    if model.type == MODEL and {"inputs", "outputs"} <= set(model.attributes):
        attributes = {name: _copied(value, copies) for name, value in model.attributes.items()}
        return ApiObject(MODEL, _copy_of(model.node, copies), attributes)
    layers = layers_of(operation, model) if model.type == SEQUENTIAL else None
    if layers is None or not all(isinstance(each, ApiObject | Tensor) for each in layers):
        return operation.unknown(model)
    if any(isinstance(each, ApiObject) and each.type in {MODEL, SEQUENTIAL} for each in layers):
        return operation.unknown(model)
    result = ApiObject(SEQUENTIAL, _copy_of(model.node, copies))
    operation.remember(result, LAYERS, Sequence(tuple(_copied(each, copies) for each in layers), "list"))
    for name in (INPUTS, OUTPUTS):
        known = operation.recall(model, name)
        if known is not None:
            operation.remember(result, name, _copied(known, copies))
    return result


def _copied(value: Value, copies: _Copies) -> Value:
    """Return ``value`` as it comes from copies of the steps that made it."""
    if isinstance(value, Tensor | Unknown | ApiObject):
        return replace(value, node=_copy_of(value.node, copies))
    if isinstance(value, Sequence):
        return Sequence(tuple(_copied(item, copies) for item in value.items), value.kind)
    if isinstance(value, Mapping):
        return Mapping({key: _copied(item, copies) for key, item in value.items.items()})
    return value


def _copy_of(node: Node, copies: _Copies) -> Node:
    if node not in copies:
        copy = Node(node.what, (), node.site, opaque=node.opaque, cut=node.cut, tapes=node.tapes)
        copy.shape = node.shape
        copies[node] = copy
        copy.inputs.extend(_copy_of(each, copies) for each in node.inputs)
    return copies[node]
