"""``compile``, ``fit``, ``evaluate``, ``predict``: data against the model, labels against its output and its loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.data import element_of
from tfgrad_lint.api.keras.losses import takes_logits, tell_comparison
from tfgrad_lint.api.keras.memory import output_of
from tfgrad_lint.api.keras.models import call_object, input_spec
from tfgrad_lint.api.keras.operands import DECLARED, OUTPUTS
from tfgrad_lint.api.keras.targets import aligned, check_labels, loss_name
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.events import Conflicted, Trained
from tfgrad_lint.domain.objects import BoundMethod, Instance
from tfgrad_lint.domain.values import (
    ARRAY,
    NONE,
    OUTSIDE,
    ApiObject,
    Constant,
    External,
    Mapping,
    Node,
    Sequence,
    Tensor,
    Unknown,
    Value,
)
from tfgrad_lint.shapes.conflicts import Conflict, LayerConflict, SampleConflict, TargetConflict
from tfgrad_lint.shapes.dims import UNKNOWN, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_LOSS: Final = "loss"


@model("tf.keras.Model.compile")
def compile_model(
    operation: Operation, self: Value, optimizer: Value = NONE, loss: Value = NONE, *rest: Value, **keywords: Value
) -> Value:
    """https://keras.io/api/models/model_training_apis/#compile-method."""
    operation.remember(self, _LOSS, loss)
    outputs = output_of(operation, self)
    if isinstance(outputs, Tensor):
        _tell_comparison(operation, loss, outputs)
    return NONE


@model("tf.keras.Model.fit")
def fit(operation: Operation, self: Value, x: Value = NONE, y: Value = NONE, *rest: Value, **keywords: Value) -> Value:
    """https://keras.io/api/models/model_training_apis/#fit-method."""
    _check(operation, self, x, y, trains="sample_weight" not in keywords)
    _check_held_out(operation, self, keywords.get("validation_data", NONE))
    return operation.unknown(self, x, y)


@model("tf.keras.Model.fit_generator", "tf.keras.Model.evaluate_generator")
def fit_generator(operation: Operation, self: Value, generator: Value, *rest: Value, **keywords: Value) -> Value:
    """Model what ``fit`` was called for generators until TensorFlow 2.1."""
    _check(operation, self, generator, NONE, trains=operation.name.endswith("fit_generator"))
    _check_held_out(operation, self, keywords.get("validation_data", NONE))
    return operation.unknown(self, generator)


def _check_held_out(operation: Operation, receiver: Value, data: Value) -> None:
    if isinstance(data, Sequence) and len(data.items) >= 2:
        _check(operation, receiver, data.items[0], data.items[1], "validation_data")
    elif element_of(data) is not None:
        _check(operation, receiver, data, NONE, "validation_data")


@model("tf.keras.Model.evaluate", "tf.keras.Model.train_on_batch", "tf.keras.Model.test_on_batch")
def evaluate(
    operation: Operation, self: Value, x: Value = NONE, y: Value = NONE, *rest: Value, **keywords: Value
) -> Value:
    """https://keras.io/api/models/model_training_apis/#evaluate-method."""
    _check(operation, self, x, y, trains=operation.name.endswith("train_on_batch"))
    return operation.unknown(self, x, y)


@model("tf.keras.Sequential.predict_classes", "tf.keras.Sequential.predict_proba")
def predict_classes(operation: Operation, self: Value, x: Value, *rest: Value, **keywords: Value) -> Value:
    """Model what Keras 2 had until TensorFlow 2.6."""
    predict(operation, self, x)
    return operation.unknown(self, x)


@model("tf.keras.Model.predict", "tf.keras.Model.predict_on_batch")
def predict(operation: Operation, self: Value, x: Value, *rest: Value, **keywords: Value) -> Value:
    """https://keras.io/api/models/model_training_apis/#predict-method: an array with a row for each example."""
    x = _arrays(operation, x)
    element = _element(operation, x)
    if element is not None:
        x = element.items[0] if isinstance(element, Sequence) and element.items else element
    try:
        outputs = _outputs(operation, self, x)
    except LayerConflict as conflict:
        _tell(operation, self, conflict, x, NONE)
        return _array(operation, self, x)
    count = x.shape.dims[0] if element is None and isinstance(x, Tensor) and x.shape.dims else UNKNOWN
    if not isinstance(outputs, Tensor):
        return _array(operation, self, x)
    dims = outputs.shape.dims
    shape = Shape((count, *dims[1:])) if dims else UNKNOWN_SHAPE
    return operation.array_result(shape, None, outputs)


def _array(operation: Operation, *inputs: Value) -> Value:
    """Return one array or several, of which nothing is known but that no gradient reaches them."""
    return Unknown(operation.node(*inputs, cut=OUTSIDE))


def _check(
    operation: Operation, receiver: Value, x: Value, y: Value, subset: str = "", *, trains: bool = False
) -> None:
    """Check inputs and labels against a model, and tell what does not fit, and the loss if the model ``trains``."""
    x, y = _arrays(operation, x), _arrays(operation, y)
    element = _element(operation, x)
    if element is not None:
        if not isinstance(element, Sequence) or len(element.items) < 2:
            return
        x, y = element.items[:2]
    step = _own_step(operation, receiver) if trains else None
    if step is not None:
        _run_step(operation, step, x, y, element)
        return
    try:
        loss = _check_data(operation, receiver, x, y, batched=element is not None)
        if trains and isinstance(loss, Tensor):
            operation.emit(Trained(operation.site, loss))
    except (LayerConflict, SampleConflict, TargetConflict) as conflict:
        if isinstance(conflict, TargetConflict):
            conflict.subset = subset
        _tell(operation, receiver, conflict, x, y)


def _own_step(operation: Operation, receiver: Value) -> Value | None:
    """Return the ``train_step`` that the program's own model has, None if it has that of Keras."""
    if not isinstance(receiver, Instance):
        return None
    step = operation.call(External("builtins.getattr"), receiver, Constant("train_step"))
    return step if isinstance(step, BoundMethod) else None


def _run_step(operation: Operation, step: Value, x: Value, y: Value, element: Value | None) -> None:
    """Call a ``train_step`` with what ``fit`` gives it: a batch of a dataset, or of ``x`` with its labels, if any.

    Without labels Keras makes a tuple of a list of arrays only.
    """
    if element is None and isinstance(x, Tensor | Sequence | Mapping):
        batch = Node("batch", (), operation.site).dim(0, "batch")
        inputs = _batches(x, batch)
        if not operation.is_none(y):
            element = Sequence((inputs, _batches(y, batch)), "tuple")
        else:
            element = Sequence((inputs,), "tuple") if isinstance(x, Sequence) else inputs
    if element is not None:
        operation.call(step, element)


def _batches(value: Value, batch: object) -> Value:
    """Return a batch of arrays, alone or in lists, as the tensors that Keras makes of them."""
    if isinstance(value, Sequence):
        return Sequence(tuple(_batches(item, batch) for item in value.items), value.kind)
    if isinstance(value, Mapping):
        return Mapping({key: _batches(item, batch) for key, item in value.items.items()})
    fed = _batch_of(value, batch)
    if not isinstance(fed, Tensor):
        return fed
    return Tensor(fed.shape, "float32" if fed.dtype == "float64" else fed.dtype, fed.node)


def _arrays(operation: Operation, data: Value) -> Value:
    """Return data with its tables, alone or in a list, as the arrays that Keras makes of them."""
    if isinstance(data, ApiObject) and isinstance(data.attributes.get(ARRAY), Tensor):
        return operation.array(data)
    if isinstance(data, Sequence) and any(isinstance(item, ApiObject) for item in data.items):
        return Sequence(tuple(_arrays(operation, item) for item in data.items), data.kind)
    return data


def _tell(operation: Operation, receiver: Value, conflict: Conflict, x: Value, y: Value) -> None:
    """Tell the rules of a conflict, with the data and where the model came from."""
    declared, outputs = input_spec(operation, receiver), output_of(operation, receiver)
    known = (("x", x), ("y", y), (DECLARED, declared), (OUTPUTS, outputs))
    operands = tuple((name, value) for name, value in known if isinstance(value, Tensor))
    operation.emit(Conflicted(operation.site, operation.name, conflict, operands))


def _element(operation: Operation, data: Value) -> Value | None:
    """Return what stands for any batch of a dataset, a generator or a ``keras.utils.Sequence``, None for other data."""
    if isinstance(data, Instance):
        element = operation.call(External("builtins.next"), data)
        return None if isinstance(element, Unknown) else element
    return element_of(data)


def _check_data(operation: Operation, receiver: Value, x: Value, y: Value, *, batched: bool) -> Value | None:
    """Check inputs and labels against a model, and return the loss, None if not known; ``batched`` ones are one batch.

    Raises:
        LayerConflict: the model refuses the inputs.
        SampleConflict: there are not as many labels as inputs.
        TargetConflict: the labels do not fit the model's output and loss.
    """
    if batched:
        outputs = call_object(operation, receiver, x)
    else:
        if isinstance(x, Tensor) and isinstance(y, Tensor):
            _check_counts(x, y)
        outputs = _outputs(operation, receiver, x)
    loss = operation.recall(receiver, _LOSS)
    if loss is None:
        return None
    value = _check_loss(operation, loss, y, outputs)
    if isinstance(outputs, Tensor) and not isinstance(output_of(operation, receiver), Tensor):
        # ``compile`` could not tell yet.
        _tell_comparison(operation, loss, outputs)
    return value


def _tell_comparison(operation: Operation, loss: Value, outputs: Tensor) -> None:
    loss = _only(loss)
    name = _loss_name(loss)
    if name is not None:
        given, told = (loss.attributes, loss.node.site) if isinstance(loss, ApiObject) else ({}, None)
        tell_comparison(operation, name, None, outputs, takes_logits(operation, name, given), told)


def _check_counts(x: Tensor, y: Tensor) -> None:
    if x.shape.dims and y.shape.dims and equal(x.shape.dims[0], y.shape.dims[0]) is False:
        raise SampleConflict(x.shape, y.shape)


def _outputs(operation: Operation, receiver: Value, x: Value) -> Value:
    """Return what the model gives for a batch of ``x``, unknown if it is not known how the data is fed."""
    batch = Node("batch", (), operation.site).dim(0, "batch")
    spec = input_spec(operation, receiver)
    if isinstance(x, Sequence):
        items = tuple(_batch_of(item, batch) for item in x.items)
        if not all(isinstance(item, Tensor) for item in items):
            return operation.unknown(receiver, x)
        if isinstance(spec, Tensor) and len(items) == 1:
            return call_object(operation, receiver, items[0])
        return call_object(operation, receiver, Sequence(items, x.kind))
    fed = _batch_of(x, batch)
    if not isinstance(fed, Tensor):
        return operation.unknown(receiver, x)
    if fed.shape.rank == 1:
        # Keras 2 makes a column of it, Keras 3 where the model expects one.
        if not isinstance(spec, Tensor):
            return operation.unknown(receiver, x)
        fed = Tensor(Shape((*(fed.shape.dims or ()), 1)), fed.dtype, fed.node, fed.kind)
    return call_object(operation, receiver, fed)


def _batch_of(value: Value, batch: object) -> Value:
    if not isinstance(value, Tensor) or value.shape.dims is None:
        return value
    if not value.shape.dims:
        return Unknown(value.node)
    return Tensor(Shape((batch, *value.shape.dims[1:])), value.dtype, value.node)  # type: ignore[arg-type]


def _check_loss(operation: Operation, loss: Value, labels: Value, outputs: Value) -> Value | None:
    """Return the loss of a model with one output, or the predictions that a loss of Keras gets; None if not known."""
    if isinstance(loss, Sequence) and isinstance(outputs, Sequence) and isinstance(labels, Sequence):
        if len(loss.items) == len(outputs.items) == len(labels.items):
            for each in zip(loss.items, labels.items, outputs.items, strict=True):
                _check_loss(operation, *each)
        return None
    loss, labels, outputs = _only(loss), _only(labels), _only(outputs)
    if not isinstance(labels, Tensor) or not isinstance(outputs, Tensor):
        return None
    name = _loss_name(loss)
    shape = labels.shape
    if outputs.shape.dims and shape.dims:
        # Labels come in the same batches.
        shape = Shape((outputs.shape.dims[0], *shape.dims[1:]))
    if name is not None:
        check_labels(name, shape, outputs.shape)
        return outputs
    if not isinstance(loss, Constant | Mapping | Sequence | Unknown | ApiObject):
        targets, predictions = aligned(shape, outputs.shape)
        # Keras 3 casts labels to the dtype of its loss, Keras 2 only from one width to another.
        return operation.call(
            loss,
            Tensor(targets, outputs.dtype if operation.keras_version == 3 else None, labels.node),
            Tensor(predictions, outputs.dtype, outputs.node),
        )
    return None


def _only(value: Value) -> Value:
    """Return the item of a list of one, which stands for it in a model with one output."""
    return value.items[0] if isinstance(value, Sequence) and len(value.items) == 1 else value


def _loss_name(loss: Value) -> str | None:
    if isinstance(loss, Constant) and isinstance(loss.value, str):
        return loss_name(loss.value)
    if isinstance(loss, External) and loss.name.startswith(("tf.keras.losses.", "tf.keras.metrics.", "tf.losses.")):
        return loss_name(loss.name.rpartition(".")[2])
    if isinstance(loss, ApiObject) and loss.type.startswith("tf.keras.losses."):
        return loss_name(loss.type.rpartition(".")[2])
    return None
