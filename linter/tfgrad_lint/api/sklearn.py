"""The helpers of scikit-learn through which data passes on its way to a model: splitting, shuffling, scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import add_class, model
from tfgrad_lint.domain.values import NONE, ApiObject, Sequence, Tensor, Value
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

# Transformers that keep the shape of what they transform.
_SCALERS: Final = tuple(
    f"sklearn.preprocessing.{name}"
    for name in "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Normalizer PowerTransformer Binarizer".split()
)
_BASE: Final = "sklearn.preprocessing.Scaler"

for _name in _SCALERS:
    add_class(_name, _BASE)


@model("sklearn.model_selection.train_test_split", "sklearn.cross_validation.train_test_split")
def train_test_split(operation: Operation, *arrays: Value, **options: Value) -> Value:
    """https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html."""
    return Sequence(tuple(_rows(operation, array) for array in arrays for _ in ("train", "test")), "list")


def _rows(operation: Operation, array: Value) -> Value:
    # How many rows fall to each part is rounded; only their form is known.
    if not isinstance(array, Tensor):
        return operation.unknown(array)
    dims = array.shape.dims
    return operation.array_result(Shape((UNKNOWN, *dims[1:])) if dims else UNKNOWN_SHAPE, array.dtype, array)


@model("sklearn.utils.shuffle")
def shuffle(operation: Operation, *arrays: Value, random_state: Value = NONE, n_samples: Value = NONE) -> Value:
    """https://scikit-learn.org/stable/modules/generated/sklearn.utils.shuffle.html."""
    whole = operation.is_none(n_samples)
    results = tuple(
        operation.array_result(each.shape, each.dtype, each)
        if whole and isinstance(each, Tensor)
        else _rows(operation, each)
        for each in arrays
    )
    return results[0] if len(results) == 1 else Sequence(results, "list")


@model(*_SCALERS)
def scaler(operation: Operation, *arguments: Value, **options: Value) -> Value:
    """https://scikit-learn.org/stable/modules/preprocessing.html."""
    return ApiObject(operation.name, operation.node())


@model(f"{_BASE}.fit_transform", f"{_BASE}.transform", f"{_BASE}.inverse_transform")
def transform(operation: Operation, self: Value, X: Value, *rest: Value, **options: Value) -> Value:  # noqa: N803
    """https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.StandardScaler.html."""
    if not isinstance(X, Tensor):
        return operation.unknown(X)
    return operation.array_result(X.shape, None, X)


@model(f"{_BASE}.fit", f"{_BASE}.partial_fit")
def fit(operation: Operation, self: Value, X: Value, *rest: Value, **options: Value) -> Value:  # noqa: N803
    """Return the scaler itself."""
    return self
