"""Functions whose result is their argument, in shape at least: identity, stop_gradient, checks, casts of structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.events import PromotionEnabled
from tfgrad_lint.domain.values import FALSE, NONE, Constant, DType, Mapping, OfType, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


def identity(operation: Operation, input: Value, _name: Value) -> Value:
    """Model ``tf.identity``, which takes structures too."""
    return _mapped(operation, input, None)


def _mapped(operation: Operation, value: Value, cut: str | None) -> Value:
    if isinstance(value, Sequence) and any(isinstance(item, Tensor | Sequence | Mapping) for item in value.items):
        return Sequence(tuple(_mapped(operation, item, cut) for item in value.items), value.kind)
    if isinstance(value, Mapping):
        return Mapping({key: _mapped(operation, item, cut) for key, item in value.items.items()})
    operand = operation.tensor(value)
    return operation.derived(operand.shape, operand.dtype, operand, cut=cut, content=operand.content)


@model("tf.stop_gradient")
def stop_gradient(operation: Operation, input: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/stop_gradient."""
    return _mapped(operation, input, "tf.stop_gradient")


def checked(operation: Operation, tensor: Value, _message: Value, _name: Value) -> Value:
    """Model ``tf.debugging.check_numerics``."""
    return _mapped(operation, tensor, None)


@model("tf.identity_n")
def identity_n(operation: Operation, input: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/identity_n."""
    return _mapped(operation, input, None)


@model("tf.tuple")
def grouped(operation: Operation, tensors: Value, control_inputs: Value = NONE, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/tuple."""
    return _mapped(operation, tensors, None)


@model("tf.is_tensor")
def is_tensor(operation: Operation, x: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/is_tensor."""
    if isinstance(x, Tensor):
        return Constant(x.kind != "array")
    return FALSE if isinstance(x, Constant | Sequence | Mapping) else OfType("bool")


@model("tf.as_dtype", "tf.dtypes.as_dtype")
def as_dtype(operation: Operation, type_value: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/dtypes/as_dtype."""
    name = operation.dtype(type_value)
    return operation.unknown(type_value) if name is None or name not in dtypes.ALL else DType(name)


@model("tf.executing_eagerly", "tf.inside_function")
def executing_eagerly(operation: Operation) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/executing_eagerly: either, inside a ``tf.function``."""
    return OfType("bool")


@model("tf.experimental.numpy.experimental_enable_numpy_behavior")
def numpy_behavior(operation: Operation, prefer_float32: Value = FALSE, dtype_conversion_mode: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/experimental/numpy/experimental_enable_numpy_behavior."""
    operation.emit(PromotionEnabled(operation.site))
    return NONE


add_family("tf.identity tf.guarantee_const", identity, "input name", name=NONE)
add_family("tf.debugging.check_numerics", checked, "tensor message name", name=NONE)
add_family("tf.debugging.assert_all_finite", checked, "x message name", name=NONE)
