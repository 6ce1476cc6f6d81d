"""Metrics, as objects and as functions: what they compare, and that objects give a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.keras.losses import takes_logits
from tfgrad_lint.api.keras.signature import parse
from tfgrad_lint.api.registry import Model, add_class, add_model, model
from tfgrad_lint.domain.events import Compared
from tfgrad_lint.domain.values import NONE, ApiObject, Tensor, Value
from tfgrad_lint.shapes.shape import SCALAR

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule
    from tfgrad_lint.domain.values import Site

BASE: Final = "tf.keras.metrics.Metric"
# Metrics of values that are not compared with any others.
_REDUCTION: Final = "tf.keras.metrics.Reduction"
_MODULE: Final = "tf.keras.metrics."

# Classes by the names of what they average, and their own parameters.
_CLASSES: Final = {
    "Accuracy": ("accuracy", ""),
    "BinaryAccuracy": ("binary_accuracy", "name=None, dtype=None, threshold=0.5"),
    "CategoricalAccuracy": ("categorical_accuracy", ""),
    "SparseCategoricalAccuracy": ("sparse_categorical_accuracy", ""),
    "MeanSquaredError": ("mean_squared_error", ""),
    "RootMeanSquaredError": ("mean_squared_error", ""),
    "MeanAbsoluteError": ("mean_absolute_error", ""),
    "BinaryCrossentropy": ("binary_crossentropy", "name=None, dtype=None, from_logits=False"),
    "CategoricalCrossentropy": ("categorical_crossentropy", "name=None, dtype=None, from_logits=False"),
    "SparseCategoricalCrossentropy": ("sparse_categorical_crossentropy", "name=None, dtype=None, from_logits=False"),
}
_FUNCTIONS: Final = "binary_accuracy categorical_accuracy sparse_categorical_accuracy"


@model("tf.keras.metrics.Metric.update_state")
def update(operation: Operation, self: Value, y_true: Value, y_pred: Value, sample_weight: Value = NONE) -> Value:
    """https://keras.io/api/metrics/base_metric."""
    if isinstance(self, ApiObject):
        name = _CLASSES[self.type.removeprefix(_MODULE)][0]
        _tell(operation, name, y_true, y_pred, takes_logits(operation, name, self.attributes), self.node.site)
    return operation.unknown(self, y_true, y_pred, sample_weight)


@model("tf.keras.metrics.Metric.__call__")
def call(operation: Operation, self: Value, y_true: Value, y_pred: Value, sample_weight: Value = NONE) -> Value:
    """https://keras.io/api/metrics/base_metric: what ``result`` gives after an update."""
    update(operation, self, y_true, y_pred, sample_weight)
    return _number(operation, self, y_true, y_pred, sample_weight)


@model("tf.keras.metrics.Reduction.__call__")
def call_reduction(operation: Operation, self: Value, values: Value, sample_weight: Value = NONE) -> Value:
    """https://keras.io/api/metrics/reduction_metrics: a number, made of all values so far."""
    return _number(operation, self, values, sample_weight)


@model("tf.keras.metrics.Metric.result", "tf.keras.metrics.Reduction.result")
def result(operation: Operation, self: Value) -> Value:
    """https://keras.io/api/metrics/base_metric."""
    return _number(operation, self)


def _number(operation: Operation, *inputs: Value) -> Tensor:
    # It is computed from variables that were assigned, so what reaches them is not known.
    return Tensor(SCALAR, None, operation.node(*inputs, opaque=True))


def _function(operation: Operation, y_true: Value, y_pred: Value, *rest: Value, **keywords: Value) -> Value:
    """https://keras.io/api/metrics: a value for each example."""
    _tell(operation, operation.name.rpartition(".")[2], y_true, y_pred, None, operation.site)
    return operation.unknown(y_true, y_pred)


def _tell(
    operation: Operation, name: str, y_true: Value, y_pred: Value, logits: bool | None, told: Site | None
) -> None:
    predictions = operation.tensor(y_pred)
    targets = operation.tensor(y_true, predictions.dtype)
    operation.emit(Compared(operation.site, name, targets, predictions, logits, told))


def _constructor(class_name: str, parameters: tuple[str, ...]) -> Rule:
    def make(operation: Operation, *arguments: Value, **keywords: Value) -> Value:
        return ApiObject(class_name, operation.node(), {**dict(zip(parameters, arguments, strict=False)), **keywords})

    return make


def _register() -> None:
    add_class(BASE)
    for name, (_, text) in _CLASSES.items():
        signature = parse(text)
        add_class(_MODULE + name, BASE)
        make = _constructor(_MODULE + name, signature.parameters)
        add_model(Model(_MODULE + name, make, signature.parameters, signature.defaults, variadic="rest", open=True))
    add_class(_REDUCTION)
    for name in ("Mean", "Sum"):
        add_class(_MODULE + name, _REDUCTION)
        make = _constructor(_MODULE + name, ("name", "dtype"))
        add_model(Model(_MODULE + name, make, ("name", "dtype"), {"name": NONE, "dtype": NONE}, open=True))
    for name in _FUNCTIONS.split():
        add_model(Model(_MODULE + name, _function, ("y_true", "y_pred"), {}, variadic="rest", open=True))


_register()
