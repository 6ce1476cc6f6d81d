"""Descriptions of tensors, and checks that return nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.defaults import FLOAT32
from tfgrad_lint.api.registry import add_family, attribute, model
from tfgrad_lint.domain.values import NONE, ApiObject, DType, TensorShape, Value
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


@model("tf.TensorSpec")
def tensor_spec(operation: Operation, shape: Value, dtype: Value = FLOAT32, name: Value = NONE) -> ApiObject:
    """https://www.tensorflow.org/api_docs/python/tf/TensorSpec."""
    node = operation.node()
    declared = TensorShape(UNKNOWN_SHAPE if operation.is_none(shape) else operation.shape(shape), node)
    kind = operation.dtype(dtype)
    known: dict[str, Value] = {"shape": declared, "name": name}
    if kind is not None:
        known["dtype"] = DType(kind)
    return ApiObject("tf.TensorSpec", node, known)


@model("tf.python.framework.tensor_spec.BoundedTensorSpec")
def bounded_tensor_spec(
    operation: Operation, shape: Value, dtype: Value, minimum: Value, maximum: Value, name: Value = NONE
) -> ApiObject:
    """Describe a tensor whose entries are bounded, as reinforcement learning libraries do."""
    return tensor_spec(operation, shape, dtype, name)


@attribute("tf.TensorSpec.shape", "tf.TensorSpec.dtype", "tf.TensorSpec.name")
def spec_attribute(operation: Operation, receiver: ApiObject) -> Value:
    """Return what the description was made from."""
    known = receiver.attributes.get(operation.name.rpartition(".")[2])
    return operation.unknown(receiver) if known is None else known


def check(operation: Operation, *_arguments: Value, **_options: Value) -> Value:
    """Model a check: it returns nothing, or raises for the values."""
    return NONE


_PAIRS = (
    "tf.assert_equal tf.debugging.assert_equal tf.assert_greater tf.debugging.assert_greater tf.assert_less "
    "tf.debugging.assert_less tf.debugging.assert_greater_equal tf.debugging.assert_less_equal"
)
_SIGNS = (
    "tf.debugging.assert_negative tf.debugging.assert_non_negative tf.debugging.assert_non_positive "
    "tf.debugging.assert_positive"
)
add_family(_PAIRS, check, "x y message summarize name", message=NONE, summarize=NONE, name=NONE)
add_family(
    "tf.debugging.assert_none_equal", check, "x y summarize message name", summarize=NONE, message=NONE, name=NONE
)
add_family(
    "tf.debugging.assert_near",
    check,
    "x y rtol atol message summarize name",
    rtol=NONE,
    atol=NONE,
    message=NONE,
    summarize=NONE,
    name=NONE,
)
add_family(_SIGNS, check, "x message summarize name", message=NONE, summarize=NONE, name=NONE)
add_family("tf.assert_rank tf.debugging.assert_rank", check, "x rank message name", message=NONE, name=NONE)
add_family("tf.debugging.assert_rank_at_least", check, "x rank message name", message=NONE, name=NONE)
add_family("tf.debugging.assert_rank_in", check, "x ranks message name", message=NONE, name=NONE)
add_family("tf.debugging.assert_scalar", check, "tensor message name", message=NONE, name=NONE)
add_family("tf.debugging.assert_integer", check, "x message name", message=NONE, name=NONE)
add_family("tf.debugging.assert_type", check, "tensor tf_type message name", message=NONE, name=NONE)
add_family(
    "tf.debugging.assert_shapes",
    check,
    "shapes data summarize message name",
    data=NONE,
    summarize=NONE,
    message=NONE,
    name=NONE,
)
add_family("tf.Assert tf.debugging.Assert", check, "condition data summarize name", summarize=NONE, name=NONE)
add_family("tf.summary.scalar", check, "name data step description", step=NONE, description=NONE)
add_family(
    "tf.summary.histogram", check, "name data step buckets description", step=NONE, buckets=NONE, description=NONE
)


@model("tf.print")
def printed(operation: Operation, *inputs: Value, **kwargs: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/print."""
    return NONE


@model("tf.group")
def group(operation: Operation, *inputs: Value, **kwargs: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/group."""
    return NONE


@model("tf.no_op")
def no_op(operation: Operation, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/no_op."""
    return NONE
