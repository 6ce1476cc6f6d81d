"""``tf.losses`` of TensorFlow 1: a scalar, from targets and predictions of one shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import Model, add_model, lookup, model
from tfgrad_lint.domain.values import NONE, TRUE, Value
from tfgrad_lint.shapes.conflicts import MatchConflict
from tfgrad_lint.shapes.dims import equal
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, meet

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule

_LAST: Final = "scope loss_collection reduction".split()
# Parameters between the predictions and the weights' end.
_LOSSES: Final = {
    "softmax_cross_entropy": "onehot_labels logits weights label_smoothing",
    "sigmoid_cross_entropy": "multi_class_labels logits weights label_smoothing",
    "mean_squared_error": "labels predictions weights",
    "absolute_difference": "labels predictions weights",
    "huber_loss": "labels predictions weights delta",
    "log_loss": "labels predictions weights epsilon",
}


def _loss(name: str, parameters: tuple[str, ...]) -> Rule:
    def rule(operation: Operation, targets: Value, predictions: Value, *rest: Value) -> Value:
        """https://www.tensorflow.org/api_docs/python/tf/compat/v1/losses.

        Raises:
            MatchConflict: the shapes certainly differ.
        """
        outputs = operation.tensor(predictions)
        wanted = operation.tensor(targets, outputs.dtype)
        if meet(wanted.shape, outputs.shape) is None:
            raise MatchConflict(parameters[0], wanted.shape, parameters[1], outputs.shape)
        if name == "softmax_cross_entropy" and outputs.shape.dims:
            operation.normalized(outputs, (len(outputs.shape.dims) - 1,))
        shape = SCALAR if operation.is_none(rest[-1]) else UNKNOWN_SHAPE
        return operation.tensor_result(shape, None, outputs, wanted, *(v for v in rest if not operation.is_none(v)))

    return rule


for _name, _text in _LOSSES.items():
    _parameters = (*_text.split(), *_LAST)
    _rule = _loss(_name, _parameters)
    add_model(Model(f"tf.compat.v1.losses.{_name}", _rule, _parameters, dict.fromkeys(_parameters[2:], NONE)))


@model("tf.losses.mean_squared_error")
def mean_squared_error(operation: Operation, *arguments: Value, **keywords: Value) -> Value:
    """Model the only name of which TensorFlow 1 made a scalar, and TensorFlow 2 makes a value for each example.

    https://www.tensorflow.org/api_docs/python/tf/compat/v1/losses/mean_squared_error
    https://www.tensorflow.org/api_docs/python/tf/keras/losses/mean_squared_error
    """
    older = lookup("tf.compat.v1.losses.mean_squared_error")
    assert older is not None
    if operation.builds_graph or "labels" in keywords or "predictions" in keywords:
        return older.call(operation, arguments, keywords)
    return operation.tensor_result(UNKNOWN_SHAPE, None, *map(operation.tensor, (*arguments, *keywords.values())))


@model("tf.compat.v1.losses.sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy(
    operation: Operation,
    labels: Value,
    logits: Value,
    weights: Value = NONE,
    scope: Value = NONE,
    loss_collection: Value = NONE,
    reduction: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/losses/sparse_softmax_cross_entropy.

    Raises:
        MatchConflict: there are not as many labels as rows of logits; a last axis of size 1 is dropped.
    """
    outputs, targets = operation.tensor(logits), operation.tensor(labels)
    rows, wanted = outputs.shape.dims, targets.shape.dims
    if rows:
        operation.normalized(outputs, (len(rows) - 1,))
    if rows and wanted is not None:
        if len(wanted) == len(rows) and wanted and equal(wanted[-1], 1) is not False:
            wanted = wanted[:-1]
        if meet(Shape(wanted), Shape(rows[:-1])) is None:
            raise MatchConflict("labels", targets.shape, "logits", outputs.shape)
    shape = SCALAR if operation.is_none(reduction) else UNKNOWN_SHAPE
    return operation.tensor_result(shape, outputs.dtype, outputs, targets)


@model("tf.compat.v1.contrib.seq2seq.sequence_loss")
def sequence_loss(
    operation: Operation,
    logits: Value,
    targets: Value,
    weights: Value,
    average_across_timesteps: Value = TRUE,
    average_across_batch: Value = TRUE,
    **options: Value,
) -> Value:
    """Model ``tf.contrib.seq2seq.sequence_loss``: logits of the words of sequences against their numbers.

    Raises:
        RankConflict: logits do not have 3 axes, or targets or weights do not have 2.
    """
    tensors = operation.tensor(logits), operation.tensor(targets), operation.tensor(weights)
    for name, tensor, rank in zip(("logits", "targets", "weights"), tensors, (3, 2, 2), strict=True):
        check_rank(name, tensor.shape, rank)
    whole = operation.boolean(average_across_timesteps) and operation.boolean(average_across_batch) and not options
    return operation.tensor_result(SCALAR if whole else UNKNOWN_SHAPE, tensors[0].dtype, *tensors)
