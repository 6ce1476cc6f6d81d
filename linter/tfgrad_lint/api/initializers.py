"""Initializers: objects that make a tensor of a shape when they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.creation import filled
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import NONE, ApiObject, Tensor, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_TYPE = "tf.Initializer"


def initializer(operation: Operation, *_parameters: Value) -> ApiObject:
    """Model the constructor of an initializer."""
    return ApiObject(_TYPE, operation.node())


@model("tf.Initializer.__call__")
def initial_tensor(
    operation: Operation, receiver: Value, shape: Value, dtype: Value = NONE, **_options: Value
) -> Tensor:
    """Return a tensor of ``shape``, of 32 bits unless told."""
    return filled(operation, shape, operation.dtype(dtype, "float32"))


add_family("tf.zeros_initializer tf.ones_initializer", initializer, "")
add_family("tf.constant_initializer", initializer, "value support_partition", value=NONE, support_partition=NONE)
add_family("tf.random_normal_initializer", initializer, "mean stddev seed", mean=NONE, stddev=NONE, seed=NONE)
add_family("tf.random_uniform_initializer", initializer, "minval maxval seed", minval=NONE, maxval=NONE, seed=NONE)
