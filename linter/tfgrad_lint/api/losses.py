"""Cross-entropies and other losses of ``tf.nn``: labels against logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axis_argument
from tfgrad_lint.api.defaults import LAST, ONE
from tfgrad_lint.api.promotion import operands
from tfgrad_lint.api.ranks import check_least_rank, check_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.events import Compared
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, Tensor, Value
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import ArgumentConflict, MatchConflict
from tfgrad_lint.shapes.dims import UNKNOWN, can_be_one, equal, product
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim


@model("tf.nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy(
    operation: Operation, labels: Value = NONE, logits: Value = NONE, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/sigmoid_cross_entropy_with_logits: one shape, no broadcast."""
    predictions = operation.tensor(logits)
    targets = operation.tensor(labels, predictions.dtype)
    shape = meet(targets.shape, predictions.shape)
    if shape is None:
        raise mismatch(targets, predictions)
    _tell(operation, targets, predictions)
    return operation.derived(shape, predictions.dtype, predictions, targets)


def _tell(operation: Operation, labels: Tensor, logits: Tensor) -> None:
    operation.emit(Compared(operation.site, operation.name.rpartition(".")[2], labels, logits, True, operation.site))


def mismatch(labels: Tensor, logits: Tensor) -> MatchConflict:
    """Return the conflict between labels and logits that have no shape in common."""
    return MatchConflict("labels", labels.shape, "logits", logits.shape)


@model("tf.nn.weighted_cross_entropy_with_logits")
def weighted_cross_entropy(
    operation: Operation, labels: Value, logits: Value, pos_weight: Value, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/weighted_cross_entropy_with_logits."""
    predictions = operation.tensor(logits)
    targets, weight = (operation.tensor(value, predictions.dtype) for value in (labels, pos_weight))
    shape = meet(targets.shape, predictions.shape)
    if shape is None:
        raise mismatch(targets, predictions)
    _tell(operation, targets, predictions)
    return operation.derived(broadcast(shape, weight.shape), predictions.dtype, predictions, targets, weight)


@model("tf.nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy(
    operation: Operation, labels: Value, logits: Value, axis: Value = LAST, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/softmax_cross_entropy_with_logits: ``axis`` is summed over."""
    predictions = operation.tensor(logits)
    targets = operation.tensor(labels, predictions.dtype)
    for parameter, tensor in (("logits", predictions), ("labels", targets)):
        check_least_rank(parameter, tensor.shape, 1)
    place = axis_argument(operation, axis, predictions.shape)
    if predictions.shape.dims is None or place is None:
        _tell(operation, targets, predictions)
        return operation.tensor_result(UNKNOWN_SHAPE, predictions.dtype, predictions, targets)
    _check_moved(operation.integer(axis), targets.shape, predictions.shape)
    check_classes(targets.shape, predictions.shape, place)
    _tell(operation, targets, predictions)
    operation.normalized(predictions, (place,))
    shape = _examples(targets.shape, predictions.shape, place)
    return operation.tensor_result(shape, predictions.dtype, predictions, targets)


def _check_moved(axis: Dim, labels: Shape, logits: Shape) -> None:
    """Check what TensorFlow does to an ``axis`` other than -1: it is moved to the end by a permutation for ``logits``.

    Raises:
        ArgumentConflict: ``axis`` counts from the end; the permutation is counted from 0.
        MatchConflict: ``labels`` have another rank, so that the permutation does not fit them.
    """
    if not isinstance(axis, int) or axis == -1:
        return
    if axis < 0:
        raise ArgumentConflict("axis", "is neither -1 nor counted from 0")
    if labels.rank not in (None, logits.rank):
        raise MatchConflict("labels", labels, "logits", logits)


def _examples(labels: Shape, logits: Shape, axis: int) -> Shape:
    """Return the shape of a loss for each example: that of the logits without the classes on ``axis``."""
    dims = logits.dims or ()
    # As matrices the two are broadcast, so a size that the logits do not tell may be told by the labels.
    if len(dims) == labels.rank == 2:
        dims = broadcast(labels, logits).dims or ()
    return Shape(_without(dims, axis))


def check_classes(labels: Shape, logits: Shape, axis: int) -> None:
    """Check that labels and logits fit as the matrices that TensorFlow makes of them: a row for each example.

    One class is broadcast, as are the labels of one example; the loss takes the shape of the logits.

    Raises:
        MatchConflict: they certainly do not fit.
    """
    if labels.dims is None or logits.dims is None:
        return
    same_rank = len(labels.dims) == len(logits.dims)
    own_axis = axis if same_rank else len(labels.dims) - 1
    classes = labels.dims[own_axis], logits.dims[axis]
    if equal(*classes) is False and not any(map(can_be_one, classes)):
        place = axis if same_rank else None
        raise MatchConflict("labels", labels, "logits", logits, place, place)
    rows = product(_without(labels.dims, own_axis)), product(_without(logits.dims, axis))
    if equal(*rows) is False and not can_be_one(rows[0]):
        raise MatchConflict("labels", labels, "logits", logits)


def _without(dims: tuple[Dim, ...], axis: int) -> tuple[Dim, ...]:
    """Return the sizes that tell the examples where ``axis``, counted from 0, holds the classes."""
    return dims[:axis] + dims[axis + 1 :]


@model("tf.nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy(operation: Operation, labels: Value, logits: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/sparse_softmax_cross_entropy_with_logits."""
    predictions = operation.tensor(logits)
    targets = operation.cut_off(labels, "class indices carry no gradient")
    check_least_rank("logits", predictions.shape, 1)
    _tell(operation, targets, predictions)
    if predictions.shape.dims is None:
        return operation.tensor_result(targets.shape, predictions.dtype, predictions, targets)
    operation.normalized(predictions, (len(predictions.shape.dims) - 1,))
    batch = Shape(predictions.shape.dims[:-1])
    shape = meet(targets.shape, batch)
    if shape is None:
        raise mismatch(targets, predictions)
    return operation.tensor_result(shape, predictions.dtype, predictions, targets)


@model("tf.nn.ctc_loss")
def ctc_loss(
    operation: Operation,
    labels: Value,
    logits: Value,
    label_length: Value,
    logit_length: Value,
    logits_time_major: Value = TRUE,
    unique: Value = NONE,
    blank_index: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/ctc_loss: a loss for each example.

    Raises:
        MatchConflict: labels, logits and lengths are of batches of different sizes. One length for all is broadcast.
    """
    predictions = operation.tensor(logits)
    first = operation.boolean(logits_time_major)
    if first is None or predictions.shape.rank != 3 or not _is_matrix(labels):
        return operation.tensor_result(of_rank(1), predictions.dtype, predictions, labels)
    axis = 1 if first else 0
    batch = (predictions.shape.dims or ())[axis]
    for parameter, value in (("labels", labels), ("label_length", label_length), ("logit_length", logit_length)):
        dims = value.shape.dims if isinstance(value, Tensor) else None
        if dims and 1 not in (dims[0], batch) and equal(dims[0], batch) is False:
            raise MatchConflict(parameter, Shape(dims), "logits", predictions.shape, 0, axis)
    return operation.tensor_result(Shape((batch,)), predictions.dtype, predictions, labels)


def _is_matrix(labels: Value) -> bool:
    return isinstance(labels, Tensor) and labels.shape.rank == 2


@model("tf.nn.log_poisson_loss")
def log_poisson_loss(
    operation: Operation,
    targets: Value,
    log_input: Value,
    compute_full_loss: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/log_poisson_loss."""
    labels, predictions, dtype = operands(operation, targets, log_input)
    shape = meet(labels.shape, predictions.shape)
    if shape is None:
        raise MatchConflict("targets", labels.shape, "log_input", predictions.shape)
    return operation.derived(shape, dtype, labels, predictions)


@model("tf.nn.compute_average_loss")
def average_loss(
    operation: Operation,
    per_example_loss: Value,
    sample_weight: Value = NONE,
    global_batch_size: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/compute_average_loss: a scalar."""
    operand = operation.tensor(per_example_loss)
    result = operation.tensor_result(Shape(()), operand.dtype, operand, operation.tensor(sample_weight))
    return operation.reduced(operand, None, False, result, NONE)


@model("tf.nn.scale_regularization_loss")
def scale_regularization_loss(operation: Operation, regularization_loss: Value) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/scale_regularization_loss: a scalar."""
    operand = operation.tensor(regularization_loss)
    return operation.tensor_result(Shape(()), operand.dtype, operand)


@model("tf.nn.in_top_k", "tf.math.in_top_k")
def in_top_k(operation: Operation, targets: Value, predictions: Value, k: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/in_top_k: a boolean for each example."""
    classes, scores = operation.tensor(targets), operation.tensor(predictions)
    check_rank("predictions", scores.shape, 2)
    check_rank("targets", classes.shape, 1)
    if classes.shape.dims and scores.shape.dims and equal(classes.shape.dims[0], scores.shape.dims[0]) is False:
        raise MatchConflict("targets", classes.shape, "predictions", scores.shape, 0, 0)
    return operation.tensor_result(classes.shape, "bool", classes, scores, cut="tf.math.in_top_k has no gradient")


def sampled(
    operation: Operation, weights: Value, biases: Value, labels: Value, inputs: Value, *options: Value
) -> Tensor:
    """Model losses that draw some of the wrong classes: a value for each example.

    Raises:
        RankConflict: inputs or labels are no matrices.
        BroadcastConflict: there are certainly more or fewer labels than inputs.
    """
    features, targets = operation.tensor(inputs), operation.tensor(labels)
    for name, operand in (("inputs", features), ("labels", targets)):
        check_rank(name, operand.shape, 2)
    rows = [Shape((operand.shape.dims or (UNKNOWN,))[:1]) for operand in (features, targets)]
    # The labels carry no gradient, the parameters may be lists.
    return operation.tensor_result(broadcast(*rows), features.dtype, features, weights, biases)


_SAMPLED = "weights biases labels inputs num_sampled num_classes num_true sampled_values remove_accidental_hits"
add_family(
    "tf.nn.nce_loss",
    sampled,
    f"{_SAMPLED} name",
    num_true=ONE,
    sampled_values=NONE,
    remove_accidental_hits=FALSE,
    name=NONE,
)
add_family(
    "tf.nn.sampled_softmax_loss",
    sampled,
    f"{_SAMPLED} seed name",
    num_true=ONE,
    sampled_values=NONE,
    remove_accidental_hits=TRUE,
    seed=NONE,
    name=NONE,
)
