"""``tf.layers``: the layers of Keras as functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api import registry
from tfgrad_lint.api.keras import areas  # noqa: F401  registers the layers
from tfgrad_lint.api.keras import layer as layers
from tfgrad_lint.api.keras.models import call_object
from tfgrad_lint.api.registry import Model, add_model
from tfgrad_lint.domain.values import ApiObject, Constant, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule

_CLASSES: Final = {
    "dense": "Dense",
    "conv1d": "Conv1D",
    "conv2d": "Conv2D",
    "conv3d": "Conv3D",
    "conv2d_transpose": "Conv2DTranspose",
    "conv3d_transpose": "Conv3DTranspose",
    "separable_conv1d": "SeparableConv1D",
    "separable_conv2d": "SeparableConv2D",
    "max_pooling1d": "MaxPooling1D",
    "max_pooling2d": "MaxPooling2D",
    "max_pooling3d": "MaxPooling3D",
    "average_pooling1d": "AveragePooling1D",
    "average_pooling2d": "AveragePooling2D",
    "average_pooling3d": "AveragePooling3D",
    "batch_normalization": "BatchNormalization",
    "flatten": "Flatten",
    "dropout": "Dropout",
}
# Parameters that only Keras has, in front of others that both have.
_NEWER: Final = frozenset({"groups", "output_padding"})


def applied(operation: Operation, class_name: str, inputs: Value, given: Mapping[str, Value]) -> Value:
    """Return the result of a new layer of the class ``class_name``, made from ``given``.

    Raises:
        LayerConflict: the layer refuses the inputs.
    """
    name = layers.PREFIX + class_name
    made = registry.lookup(name)
    defaults = {} if made is None else made.defaults
    own = {**defaults, "data_format": Constant("channels_last"), **given}
    return call_object(operation, ApiObject(name, operation.node(), own), inputs)


def _function(class_name: str, parameters: tuple[str, ...]) -> Rule:
    def rule(operation: Operation, inputs: Value, *rest: Value, **keywords: Value) -> Value:
        """https://www.tensorflow.org/api_docs/python/tf/compat/v1/layers."""
        given = {**dict(zip(parameters, rest, strict=False)), **keywords}
        return applied(operation, class_name, inputs, given)

    return rule


for _name, _class_name in _CLASSES.items():
    _made = registry.lookup(layers.PREFIX + _class_name)
    _own = () if _made is None or _name == "flatten" else tuple(p for p in _made.parameters if p not in _NEWER)
    add_model(
        Model(f"tf.compat.v1.layers.{_name}", _function(_class_name, _own), ("inputs",), {}, variadic="rest", open=True)
    )
