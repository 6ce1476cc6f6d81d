"""Softmax, normalisation and their like: one tensor in, a tensor of its shape out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axes_argument, axis_argument
from tfgrad_lint.api.defaults import LAST, ONE
from tfgrad_lint.api.ranks import check_least_rank, check_rank
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE, Tensor, Value
from tfgrad_lint.shapes.broadcasting import broadcast_all
from tfgrad_lint.shapes.conflicts import MatchConflict
from tfgrad_lint.shapes.dims import equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


@model("tf.nn.softmax", "tf.math.softmax", "tf.nn.log_softmax", "tf.math.log_softmax")
def softmax(operation: Operation, logits: Value, axis: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/softmax."""
    operand = operation.tensor(logits)
    check_least_rank("logits", operand.shape, 1)
    place = axis_argument(operation, LAST if operation.is_none(axis) else axis, operand.shape)
    operation.normalized(operand, None if place is None else (place,))
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.nn.l2_normalize", "tf.math.l2_normalize", "tf.linalg.l2_normalize")
def l2_normalize(
    operation: Operation,
    x: Value,
    axis: Value = NONE,
    epsilon: Value = NONE,
    name: Value = NONE,
    dim: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/l2_normalize."""
    operand = operation.tensor(x)
    operation.normalized(operand, axes_argument(operation, axis, operand.shape))
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.nn.dropout")
def dropout(
    operation: Operation,
    x: Value,
    rate: Value,
    noise_shape: Value = NONE,
    seed: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/dropout."""
    operand = operation.tensor(x)
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.nn.bias_add")
def bias_add(operation: Operation, value: Value, bias: Value, data_format: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/bias_add: a vector along the channels."""
    operand = operation.tensor(value)
    vector = operation.tensor(bias, operand.dtype)
    check_rank("bias", vector.shape, 1)
    check_least_rank("value", operand.shape, 2)
    layout = operation.text(data_format)
    first = layout is not None and layout.startswith("NC")
    if operand.shape.dims and vector.shape.dims and (operation.is_none(data_format) or layout is not None):
        channel = 1 if first else len(operand.shape.dims) - 1
        if equal(operand.shape.dims[channel], vector.shape.dims[0]) is False:
            raise MatchConflict("value", operand.shape, "bias", vector.shape, channel, 0)
    return operation.derived(operand.shape, operand.dtype, operand, vector)


@model("tf.nn.batch_normalization")
def batch_normalization(
    operation: Operation,
    x: Value,
    mean: Value,
    variance: Value,
    offset: Value,
    scale: Value,
    variance_epsilon: Value,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/batch_normalization: all broadcast with ``x``."""
    operand = operation.tensor(x)
    given = [operation.tensor(value) for value in (mean, variance, offset, scale) if not operation.is_none(value)]
    shape = broadcast_all((operand.shape, *(parameter.shape for parameter in given)))
    return operation.derived(shape, operand.dtype, operand, *given)


@model("tf.nn.local_response_normalization", "tf.nn.lrn")
def local_response_normalization(
    operation: Operation,
    input: Value,
    depth_radius: Value = NONE,
    bias: Value = ONE,
    alpha: Value = ONE,
    beta: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/local_response_normalization."""
    operand = operation.tensor(input)
    check_rank("input", operand.shape, 4)
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.nn.crelu")
def crelu(operation: Operation, features: Value, axis: Value = LAST, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/crelu: positive and negative part side by side."""
    operand = operation.tensor(features)
    place = axis_argument(operation, axis, operand.shape)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE
    if dims is not None and place is not None:
        shape = Shape((*dims[:place], dims[place] * 2, *dims[place + 1 :]))
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.clip_by_norm")
def clip_by_norm(operation: Operation, t: Value, clip_norm: Value, axes: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/clip_by_norm."""
    operand = operation.tensor(t)
    axes_argument(operation, axes, operand.shape, "axes")
    return operation.derived(operand.shape, operand.dtype, operand, operation.tensor(clip_norm, operand.dtype))
