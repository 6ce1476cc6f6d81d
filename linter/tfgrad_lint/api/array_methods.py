"""Methods of NumPy arrays: the functions of the same name with the array as first argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api import np_elementwise, np_layout, np_products, np_reductions  # noqa: F401  register first
from tfgrad_lint.api.np_creation import retyped
from tfgrad_lint.api.registry import Model, add_model, lookup, model
from tfgrad_lint.domain.values import NONE, TRUE, Sequence, Tensor, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

# A method takes what its function takes, without the array itself.
_SAME = (
    "sum prod max min mean std var all any argmax argmin cumsum cumprod argsort ravel squeeze swapaxes repeat take "
    "diagonal trace dot clip round nonzero"
)


def _add_methods() -> None:
    for name in _SAME.split():
        function = lookup(f"np.{name}")
        assert function is not None
        add_model(Model(f"Array.{name}", function.rule, function.parameters, function.defaults, function.keyword_only))


_add_methods()


@model("Array.reshape")
def reshape(operation: Operation, receiver: Value, *shape: Value, order: Value = NONE, copy: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.ndarray.reshape.html: one shape, or its sizes."""
    target = shape[0] if len(shape) == 1 else Sequence(shape)
    return np_layout.reshaped_array(operation, operation.array(receiver), target)


@model("Array.transpose")
def transpose(operation: Operation, receiver: Value, *axes: Value) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.ndarray.transpose.html."""
    order = NONE if not axes else axes[0] if len(axes) == 1 else Sequence(axes)
    return np_layout.transpose(operation, receiver, order)


@model("Array.astype")
def astype(
    operation: Operation,
    receiver: Value,
    dtype: Value,
    order: Value = NONE,
    casting: Value = NONE,
    subok: Value = TRUE,
    copy: Value = TRUE,
) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.ndarray.astype.html."""
    return retyped(operation, operation.array(receiver), dtype)


@model("Array.copy", "Array.conj", "Array.conjugate")
def copied(operation: Operation, receiver: Value, order: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.ndarray.copy.html."""
    return retyped(operation, operation.array(receiver), NONE)


@model("Array.flatten")
def flatten(operation: Operation, receiver: Value, order: Value = NONE) -> Tensor:
    """https://numpy.org/doc/stable/reference/generated/numpy.ndarray.flatten.html."""
    return np_layout.ravel(operation, receiver, order)


@model("Array.sort", "Array.fill", "Array.itemset", "Array.setflags")
def in_place(operation: Operation, receiver: Value, value: Value = NONE, kind: Value = NONE) -> Value:
    """Change the array and return None."""
    return NONE
