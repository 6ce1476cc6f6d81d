"""Variables of training in TensorFlow 1: the global step, and rows of a variable that are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.api.variables import new_variable
from tfgrad_lint.domain.values import FALSE, NONE, Value
from tfgrad_lint.shapes.shape import SCALAR

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.domain.values import Tensor


@model("tf.compat.v1.train.get_or_create_global_step", "tf.compat.v1.train.create_global_step")
def global_step(operation: Operation, graph: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/get_or_create_global_step."""
    start = operation.tensor_result(SCALAR, "int64")
    return new_variable(operation, SCALAR, start, "int64", FALSE)


def scattered(operation: Operation, ref: Value, *_arguments: Value) -> Value:
    """Model ``tf.compat.v1.scatter_update`` and its like: the variable."""
    return ref


add_family(
    "tf.compat.v1.scatter_update tf.compat.v1.scatter_add tf.compat.v1.scatter_sub",
    scattered,
    "ref indices updates use_locking name",
    use_locking=NONE,
    name=NONE,
)
