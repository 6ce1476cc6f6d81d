"""Losses: which targets fit which predictions, and what a loss gives back.

Keras 2 and Keras 3 differ in when they drop or add a last axis of size 1. What is refused here is refused, or
computes something else than is meant, in both.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import Conflict, TargetConflict
from tfgrad_lint.shapes.dims import Dim, can_be_one, equal, product
from tfgrad_lint.shapes.shape import Shape


class Kind(Enum):
    """How a loss compares targets with predictions."""

    ONE_HOT = "one probability for each class, in targets and predictions alike"
    SPARSE = "the class's number against one probability for each class"
    BINARY = "one target for each probability"
    ELEMENTWISE = "target and prediction broadcast against each other"


# By the names of the loss functions; classes have the same in another case.
_KINDS: Final[dict[str, Kind]] = {
    "categorical_crossentropy": Kind.ONE_HOT,
    "categorical_focal_crossentropy": Kind.ONE_HOT,
    "sparse_categorical_crossentropy": Kind.SPARSE,
    "binary_crossentropy": Kind.BINARY,
    "binary_focal_crossentropy": Kind.BINARY,
    **dict.fromkeys(
        "mean_squared_error mean_absolute_error mean_absolute_percentage_error mean_squared_logarithmic_error "
        "huber log_cosh poisson kl_divergence cosine_similarity hinge squared_hinge categorical_hinge".split(),
        Kind.ELEMENTWISE,
    ),
}
_SHORT: Final = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "logcosh": "log_cosh",
    "huber_loss": "huber",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "cosine_proximity": "cosine_similarity",
}


def loss_name(name: str) -> str | None:
    """Return the full name of the loss that ``name`` (of a function or class, or short) stands for, None if unknown.

    Example:
        >>> loss_name("MSE"), loss_name("SparseCategoricalCrossentropy")
        ('mean_squared_error', 'sparse_categorical_crossentropy')
    """
    for candidate in (name, name.lower(), _snake(name)):
        full = _SHORT.get(candidate, candidate)
        if full in _KINDS:
            return full
    return None


def _snake(name: str) -> str:
    parts = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    return {"k_l_divergence": "kl_divergence"}.get(parts, parts)


def kind_of(loss: str) -> Kind:
    """Return how the loss with the full name ``loss`` compares; one that is not known does so element by element."""
    return _KINDS.get(loss, Kind.ELEMENTWISE)


def chooses_class(loss: str) -> bool:
    """Tell whether the loss with the full name ``loss`` weighs classes along the last axis of the predictions."""
    return kind_of(loss) in {Kind.ONE_HOT, Kind.SPARSE}


def check_targets(loss: str, targets: Shape, predictions: Shape) -> None:
    """Check the arguments of the loss with the full name ``loss``.

    Raises:
        TargetConflict: they do not fit.
    """
    if _refuses(kind_of(loss), targets, predictions):
        raise TargetConflict(loss, targets, predictions)


def check_labels(loss: str, labels: Shape, predictions: Shape) -> None:
    """Check the labels that a model compiled with ``loss`` is trained on: ``(n,)`` stands for ``(n, 1)`` too.

    Raises:
        TargetConflict: they do not fit.
    """
    column = labels if labels.dims is None or len(labels.dims) != 1 else Shape((*labels.dims, 1))
    kind = kind_of(loss)
    refused = _refuses(kind, labels, predictions) and _refuses(kind, column, predictions)
    if refused or (kind is Kind.ELEMENTWISE and _mixes_axes(column, predictions)):
        raise TargetConflict(loss, labels, predictions)


def _mixes_axes(targets: Shape, predictions: Shape) -> bool:
    """Tell whether broadcasting would set the batch of one against another axis of the other, which is not 1."""
    left, right = (shape.dims for shape in aligned(targets, predictions))
    if not left or not right or len(left) == len(right):
        return False
    shorter, longer = sorted((left, right), key=len)
    return not can_be_one(longer[-len(shorter)])


def _refuses(kind: Kind, targets: Shape, predictions: Shape) -> bool:
    if targets.dims is None or predictions.dims is None or not predictions.dims:
        return False
    if kind is Kind.SPARSE:
        return _refuses_sparse(targets.dims, predictions.dims)
    left, right = aligned(targets, predictions)
    if kind is Kind.ELEMENTWISE:
        return not _broadcast(targets, predictions) and not _broadcast(left, right)
    return not _agree(left.dims or (), right.dims or ())


def aligned(targets: Shape, predictions: Shape) -> tuple[Shape, Shape]:
    """Return both shapes with one rank where a last axis of size 1 is all that one has more than the other."""
    left, right = targets.dims, predictions.dims
    if left is None or right is None:
        return targets, predictions
    if len(left) == len(right) + 1 and equal(left[-1], 1):
        return (targets, Shape((*right, 1))) if len(right) == 1 else (Shape(left[:-1]), predictions)
    if len(right) == len(left) + 1 and equal(right[-1], 1):
        return (Shape((*left, 1)), predictions) if len(left) == 1 else (targets, Shape(right[:-1]))
    return targets, predictions


def _refuses_sparse(targets: tuple[Dim, ...], predictions: tuple[Dim, ...]) -> bool:
    # Keras 2 flattens both, Keras 3 compares their axes: what has another number of targets is refused by both.
    wanted = predictions[:-1]
    if not targets:
        return equal(product(wanted), 1) is False
    if not wanted:
        return len(targets) > 1 and not can_be_one(product(targets[1:]))
    pairs = [(product(targets[1:]), product(wanted[1:])), (product(targets), product(wanted))]
    if len(targets) == len(wanted):
        pairs.append((targets[0], wanted[0]))
    return any(equal(*pair) is False for pair in pairs)


def _agree(left: tuple[Dim, ...], right: tuple[Dim, ...]) -> bool:
    return len(left) == len(right) and all(equal(p, q) is not False for p, q in zip(left, right, strict=True))


def _broadcast(left: Shape, right: Shape) -> bool:
    try:
        broadcast(left, right)
    except Conflict:
        return False
    return True
