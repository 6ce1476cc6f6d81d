"""Boxes of detected objects, and sets held in the last axis of tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.ranks import check_least_rank, check_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE, TRUE, Constant, Tensor, Value
from tfgrad_lint.shapes.conflicts import MatchConflict, SizeConflict
from tfgrad_lint.shapes.dims import UNKNOWN, equal
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_HALF: Final = Constant(0.5)
_CHOSEN: Final = "choosing boxes has no gradient"


def _check_boxes(boxes: Tensor, scores: Tensor) -> None:
    """Check that there is one score for each box of four corners.

    Raises:
        RankConflict: the boxes are no matrix, or the scores are no vector.
        SizeConflict: a box has not four numbers.
        MatchConflict: there are not as many scores as boxes.
    """
    check_rank("boxes", boxes.shape, 2)
    check_rank("scores", scores.shape, 1)
    if boxes.shape.dims is None:
        return
    if equal(boxes.shape.dims[1], 4) is False:
        raise SizeConflict(boxes.shape, -1, 4)
    if scores.shape.dims is not None and equal(boxes.shape.dims[0], scores.shape.dims[0]) is False:
        raise MatchConflict("boxes", boxes.shape, "scores", scores.shape, 0, 0)


@model("tf.image.non_max_suppression")
def non_max_suppression(
    operation: Operation,
    boxes: Value,
    scores: Value,
    max_output_size: Value,
    iou_threshold: Value = _HALF,
    score_threshold: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/non_max_suppression: the numbers of the boxes kept."""
    corners, marks = operation.tensor(boxes), operation.tensor(scores)
    _check_boxes(corners, marks)
    return operation.tensor_result(Shape((UNKNOWN,)), "int32", corners, marks, cut=_CHOSEN)


def _sets(operation: Operation, a: Value, b: Value) -> Value:
    """Return a sparse tensor, of which nothing is known.

    Raises:
        RankConflict: a tensor has fewer axes.
    """
    for name, value in (("a", a), ("b", b)):
        if isinstance(value, Tensor):
            check_least_rank(name, value.shape, 2)
    return operation.unknown(a, b)


@model("tf.sets.intersection", "tf.sets.union")
def set_operation(operation: Operation, a: Value, b: Value, validate_indices: Value = TRUE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/sets: sets are rows of the last axis, so there are two or more."""
    return _sets(operation, a, b)


@model("tf.sets.difference")
def set_difference(
    operation: Operation, a: Value, b: Value, aminusb: Value = TRUE, validate_indices: Value = TRUE
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/sets/difference."""
    return _sets(operation, a, b)
