"""Ragged tensors: rows of different lengths, so they have none of the shapes that are inferred here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.defaults import INT64, ONE
from tfgrad_lint.api.registry import add_family
from tfgrad_lint.domain.values import NONE, TRUE, ApiObject, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


RAGGED: Final = "tf.RaggedTensor"


def ragged(operation: Operation, *given: Value) -> ApiObject:
    """Return a ragged tensor made from ``given``; ``tf.shape`` of it is no vector."""
    return ApiObject(RAGGED, operation.node(*given))


_FROM_ROWS = f"{RAGGED}.from_"

add_family(
    "tf.ragged.constant",
    ragged,
    "pylist dtype ragged_rank inner_shape name row_splits_dtype",
    dtype=NONE,
    ragged_rank=NONE,
    inner_shape=NONE,
    name=NONE,
    row_splits_dtype=INT64,
)
add_family(
    "tf.ragged.range",
    ragged,
    "starts limits deltas dtype name row_splits_dtype",
    limits=NONE,
    deltas=ONE,
    dtype=NONE,
    name=NONE,
    row_splits_dtype=INT64,
)
for _how in ("row_lengths", "row_limits", "row_splits", "row_starts"):
    add_family(_FROM_ROWS + _how, ragged, f"values {_how} name validate", name=NONE, validate=TRUE)
for _how in ("nested_row_lengths", "nested_row_splits"):
    add_family(_FROM_ROWS + _how, ragged, f"flat_values {_how} name validate", name=NONE, validate=TRUE)
add_family(
    f"{_FROM_ROWS}value_rowids",
    ragged,
    "values value_rowids nrows name validate",
    nrows=NONE,
    name=NONE,
    validate=TRUE,
)
add_family(
    f"{_FROM_ROWS}tensor",
    ragged,
    "tensor lengths padding ragged_rank name row_splits_dtype",
    lengths=NONE,
    padding=NONE,
    ragged_rank=ONE,
    name=NONE,
    row_splits_dtype=INT64,
)
