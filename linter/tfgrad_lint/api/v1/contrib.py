"""``tf.contrib.layers`` and ``slim``: layers whose defaults a scope around them may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import add, alias
from tfgrad_lint.api.v1.layers import applied
from tfgrad_lint.domain.values import NONE, OfType, Tensor, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_HOME: Final = "tf.compat.v1.contrib."
# What a scope set is not known.
_SET_BY_SCOPE: Final = OfType("int")


def fully_connected(
    operation: Operation, inputs: Value, num_outputs: Value, activation_fn: Value = NONE, **options: Value
) -> Value:
    """Model ``tf.contrib.layers.fully_connected``."""
    return applied(operation, "Dense", inputs, {"units": num_outputs})


def conv2d(
    operation: Operation,
    inputs: Value,
    num_outputs: Value,
    kernel_size: Value,
    stride: Value = _SET_BY_SCOPE,
    padding: Value = _SET_BY_SCOPE,
    data_format: Value = NONE,
    rate: Value = NONE,
    **options: Value,
) -> Value:
    """Model ``tf.contrib.layers.conv2d``, which is ``SAME`` unless a scope says otherwise."""
    class_name = "Conv2DTranspose" if operation.name.endswith("transpose") else "Conv2D"
    given = {"filters": num_outputs, "kernel_size": kernel_size, "strides": stride, "padding": padding}
    if not operation.is_none(data_format):
        return operation.unknown(inputs)
    if not operation.is_none(rate):
        given["dilation_rate"] = rate
    return applied(operation, class_name, inputs, given)


def pool2d(
    operation: Operation,
    inputs: Value,
    kernel_size: Value,
    stride: Value = _SET_BY_SCOPE,
    padding: Value = _SET_BY_SCOPE,
    **options: Value,
) -> Value:
    """Model ``tf.contrib.layers.max_pool2d`` and ``avg_pool2d``."""
    class_name = "MaxPooling2D" if "max_pool" in operation.name else "AveragePooling2D"
    if "data_format" in options:
        return operation.unknown(inputs)
    return applied(operation, class_name, inputs, {"pool_size": kernel_size, "strides": stride, "padding": padding})


def flatten(operation: Operation, inputs: Value, **options: Value) -> Value:
    """Model ``tf.contrib.layers.flatten``."""
    return applied(operation, "Flatten", inputs, {})


def keeping(operation: Operation, inputs: Value, *rest: Value, **options: Value) -> Tensor:
    """Model ``dropout``, ``batch_norm`` and ``softmax``."""
    operand = operation.tensor(inputs)
    return operation.derived(operand.shape, operand.dtype, operand)


_RULES: Final = (
    ("fully_connected linear relu", fully_connected),
    ("conv2d conv2d_transpose convolution2d convolution2d_transpose", conv2d),
    ("max_pool2d avg_pool2d", pool2d),
    ("flatten", flatten),
    ("dropout batch_norm layer_norm softmax", keeping),
)
for _names, _rule in _RULES:
    for _name in _names.split():
        add(f"{_HOME}layers.{_name}", _rule)
        if _name not in {"linear", "relu"}:
            alias(f"{_HOME}layers.{_name}", f"{_HOME}slim.{_name}")
