"""Losses called directly: as functions, which give a value for each example, and as objects, which reduce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.keras.signature import parse
from tfgrad_lint.api.keras.targets import Kind, check_targets, chooses_class, kind_of, loss_name
from tfgrad_lint.api.registry import Model, add_class, add_model, model
from tfgrad_lint.domain.events import Compared, Normalized
from tfgrad_lint.domain.values import FALSE, NONE, ApiObject, Value
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule
    from tfgrad_lint.domain.values import Site, Tensor

BASE: Final = "tf.keras.losses.Loss"
_MODULE: Final = "tf.keras.losses."
_METRICS: Final = "tf.keras.metrics."

# Classes with their own parameters; name, reduction and dtype follow in an order that differs between versions.
CLASSES: Final = {
    "BinaryCrossentropy": "from_logits=False, label_smoothing=0.0, axis=-1",
    "BinaryFocalCrossentropy": "apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False, "
    "label_smoothing=0.0, axis=-1",
    "CategoricalCrossentropy": "from_logits=False, label_smoothing=0.0, axis=-1",
    "CategoricalFocalCrossentropy": "alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1",
    "SparseCategoricalCrossentropy": "from_logits=False, ignore_class=None",
    "MeanSquaredError": "",
    "MeanAbsoluteError": "",
    "MeanAbsolutePercentageError": "",
    "MeanSquaredLogarithmicError": "",
    "Huber": "delta=1.0",
    "LogCosh": "",
    "Poisson": "",
    "KLDivergence": "",
    "CosineSimilarity": "axis=-1",
    "Hinge": "",
    "SquaredHinge": "",
    "CategoricalHinge": "",
}
# The names of the functions, those of short and old forms included.
FUNCTIONS: Final = (
    "binary_crossentropy binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy "
    "sparse_categorical_crossentropy mean_squared_error mean_absolute_error mean_absolute_percentage_error "
    "mean_squared_logarithmic_error huber log_cosh logcosh poisson kl_divergence cosine_similarity hinge squared_hinge "
    "categorical_hinge mse mae mape msle MSE MAE MAPE MSLE kld KLD kullback_leibler_divergence"
).split()


def _function(operation: Operation, y_true: Value, y_pred: Value, *rest: Value, **keywords: Value) -> Value:
    """https://keras.io/api/losses: the last axis is averaged over."""
    name = loss_name(operation.name.rpartition(".")[2])
    predictions = operation.tensor(y_pred)
    targets = operation.tensor(y_true, predictions.dtype)
    if name is None:
        return operation.unknown(targets, predictions)
    check_targets(name, targets.shape, predictions.shape)
    given = {**dict(zip(_parameters_after(name), rest, strict=False)), **keywords}
    tell_comparison(operation, name, targets, predictions, takes_logits(operation, name, given), operation.site)
    plain = not rest and "axis" not in keywords
    shape = _of_examples(name, targets.shape, predictions.shape) if plain else UNKNOWN_SHAPE
    return operation.tensor_result(shape, predictions.dtype, predictions, targets)


def _of_examples(loss: str, targets: Shape, predictions: Shape) -> Shape:
    """Return the shape of a loss that has a value for each example: that of the predictions without the last axis."""
    dims = predictions.dims
    # The classes of a single example are of rank 0 or 1, as the version of Keras has it.
    known = len(dims or ()) > 1 if kind_of(loss) is Kind.SPARSE else targets.rank == predictions.rank
    return Shape(dims[:-1]) if dims and known else UNKNOWN_SHAPE


@model("tf.keras.losses.Loss.__call__")
def call_loss(operation: Operation, self: Value, y_true: Value, y_pred: Value, sample_weight: Value = NONE) -> Value:
    """https://keras.io/api/losses: a scalar, unless the reduction is "none"."""
    predictions = operation.tensor(y_pred)
    targets = operation.tensor(y_true, predictions.dtype)
    if not isinstance(self, ApiObject):
        return operation.unknown(targets, predictions)
    name = loss_name(self.type.rpartition(".")[2])
    if name is not None:
        check_targets(name, targets.shape, predictions.shape)
        logits = takes_logits(operation, name, self.attributes)
        tell_comparison(operation, name, targets, predictions, logits, self.node.site)
    shape = SCALAR if _reduces(operation, self) else UNKNOWN_SHAPE
    weights = operation.tensor(sample_weight) if not operation.is_none(sample_weight) else None
    inputs = (predictions, targets) if weights is None else (predictions, targets, weights)
    return operation.tensor_result(shape, predictions.dtype, *inputs)


def _parameters_after(loss: str) -> tuple[str, ...]:
    """Return the names of what a loss function takes after targets and predictions, as far as they matter here."""
    return () if "focal" in loss else ("from_logits",)


def takes_logits(operation: Operation, loss: str, given: Mapping[str, Value]) -> bool | None:
    """Tell whether a loss takes its predictions for logits, None if that is not known or makes no difference to it."""
    return operation.boolean(given.get("from_logits", FALSE)) if "crossentropy" in loss else None


def tell_comparison(
    operation: Operation,
    loss: str,
    targets: Tensor | None,
    predictions: Tensor,
    logits: bool | None,
    told: Site | None,
) -> None:
    """Tell the rules of a comparison, and of the classes along the last axis of ``predictions`` if it has any."""
    operation.emit(Compared(operation.site, loss, targets, predictions, logits, told))
    if chooses_class(loss) and predictions.shape.dims:
        axis = len(predictions.shape.dims) - 1
        operation.emit(Normalized(operation.site, _MODULE + loss, predictions, (axis,)))


def _reduces(operation: Operation, loss: ApiObject) -> bool:
    reduction = loss.attributes.get("reduction")
    return reduction is None or operation.text(reduction) in {"sum", "sum_over_batch_size", "auto", "mean"}


def _constructor(class_name: str, parameters: tuple[str, ...]) -> Rule:
    def make(operation: Operation, *arguments: Value, **keywords: Value) -> Value:
        given = {**dict(zip(parameters, arguments, strict=False)), **keywords}
        return ApiObject(class_name, operation.node(), given)

    return make


def _register() -> None:
    add_class(BASE)
    for name, text in CLASSES.items():
        signature = parse(text)
        class_name = _MODULE + name
        add_class(class_name, BASE)
        make = _constructor(class_name, signature.parameters)
        add_model(Model(class_name, make, signature.parameters, signature.defaults, variadic="rest", open=True))
    for name in FUNCTIONS:
        for module in (_MODULE, _METRICS):
            add_model(Model(module + name, _function, ("y_true", "y_pred"), {}, variadic="rest", open=True))


_register()
