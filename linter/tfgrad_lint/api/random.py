"""Random tensors: the first argument is the shape; parameters of a distribution broadcast against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.creation import filled, filled_shape
from tfgrad_lint.api.defaults import FLOAT32, INT32, INT64, ONE_FLOAT, TWO, ZERO, ZERO_FLOAT
from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import NONE, Constant, Tensor, Value
from tfgrad_lint.shapes.broadcasting import broadcast, broadcast_all
from tfgrad_lint.shapes.conflicts import ExpansionConflict
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

AUTO = Constant("auto_select")


def sample(operation: Operation, shape: Value, *parameters: Value, dtype: Value = FLOAT32) -> Tensor:
    """Return a sample whose parameters (mean, bounds) broadcast with ``shape``, as ``x * stddev + mean`` does.

    Raises:
        BroadcastConflict: a parameter certainly does not fit.
    """
    kind = operation.dtype(dtype)
    target = filled_shape(operation.dims(shape))
    made = filled(operation, shape, kind)
    given = [operation.tensor(value, kind) for value in parameters if not operation.is_none(value)]
    result = target
    for parameter in given:
        result = broadcast(result, parameter.shape)
    return operation.tensor_result(result, kind, *given, explicit=made.explicit)


@model("tf.random.normal", "tf.random.truncated_normal")
def normal(
    operation: Operation,
    shape: Value,
    mean: Value = ZERO_FLOAT,
    stddev: Value = ONE_FLOAT,
    dtype: Value = FLOAT32,
    seed: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/normal."""
    return sample(operation, shape, mean, stddev, dtype=dtype)


@model("tf.random.uniform")
def uniform(
    operation: Operation,
    shape: Value,
    minval: Value = ZERO,
    maxval: Value = NONE,
    dtype: Value = FLOAT32,
    seed: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/uniform."""
    return sample(operation, shape, minval, maxval, dtype=dtype)


@model("tf.random.stateless_normal", "tf.random.stateless_truncated_normal")
def stateless_normal(
    operation: Operation,
    shape: Value,
    seed: Value,
    mean: Value = ZERO_FLOAT,
    stddev: Value = ONE_FLOAT,
    dtype: Value = FLOAT32,
    name: Value = NONE,
    alg: Value = AUTO,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/stateless_normal."""
    return sample(operation, shape, mean, stddev, dtype=dtype)


@model("tf.random.stateless_uniform")
def stateless_uniform(
    operation: Operation,
    shape: Value,
    seed: Value,
    minval: Value = ZERO,
    maxval: Value = NONE,
    dtype: Value = FLOAT32,
    name: Value = NONE,
    alg: Value = AUTO,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/stateless_uniform."""
    return sample(operation, shape, minval, maxval, dtype=dtype)


def prepended(operation: Operation, shape: Value, parameters: tuple[Value, ...], dtype: Value) -> Tensor:
    """Return samples of ``shape`` for each entry of the broadcast ``parameters``: the shapes are put in a row.

    Raises:
        BroadcastConflict: the parameters certainly do not fit each other.
    """
    kind = operation.dtype(dtype)
    dims = operation.dims(shape)
    given = [operation.tensor(value, kind) for value in parameters if not operation.is_none(value)]
    inner = broadcast_all(tuple(parameter.shape for parameter in given)).dims
    result = UNKNOWN_SHAPE if dims is None or inner is None else filled_shape(dims + inner)
    return operation.tensor_result(result, kind, *given, explicit=dims is not None and 1 in dims)


@model("tf.random.gamma")
def gamma(
    operation: Operation,
    shape: Value,
    alpha: Value,
    beta: Value = NONE,
    dtype: Value = FLOAT32,
    seed: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/gamma."""
    return prepended(operation, shape, (alpha, beta), dtype)


@model("tf.random.poisson")
def poisson(
    operation: Operation,
    shape: Value,
    lam: Value,
    dtype: Value = FLOAT32,
    seed: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/poisson: the rate passes no gradient."""
    rate = operation.cut_off(lam, "tf.random.poisson has no gradient")
    return prepended(operation, shape, (rate,), dtype)


def stateless_sample(operation: Operation, shape: Value, parameters: tuple[Value, ...], dtype: Value) -> Tensor:
    """Return samples of the full ``shape``, which must end with the shape that the parameters broadcast to.

    Raises:
        BroadcastConflict: the parameters certainly do not fit each other.
        ExpansionConflict: ``shape`` certainly ends otherwise.
    """
    kind = operation.dtype(dtype)
    target = filled_shape(operation.dims(shape))
    given = [operation.tensor(value, kind) for value in parameters if not operation.is_none(value)]
    inner = broadcast_all(tuple(parameter.shape for parameter in given))
    if inner.dims is not None and target.dims is not None:
        ending = Shape(target.dims[max(0, len(target.dims) - len(inner.dims)) :])
        if meet(ending, inner) is None:
            raise ExpansionConflict(inner, target)
    return operation.tensor_result(target, kind, *given, explicit=target.dims is not None and 1 in target.dims)


@model("tf.random.stateless_gamma")
def stateless_gamma(
    operation: Operation,
    shape: Value,
    seed: Value,
    alpha: Value,
    beta: Value = NONE,
    dtype: Value = FLOAT32,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/stateless_gamma."""
    return stateless_sample(operation, shape, (alpha, beta), dtype)


@model("tf.random.stateless_poisson")
def stateless_poisson(
    operation: Operation,
    shape: Value,
    seed: Value,
    lam: Value,
    dtype: Value = INT32,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/stateless_poisson."""
    rate = operation.cut_off(lam, "tf.random.stateless_poisson has no gradient")
    return stateless_sample(operation, shape, (rate,), dtype)


@model("tf.random.stateless_binomial")
def stateless_binomial(
    operation: Operation,
    shape: Value,
    seed: Value,
    counts: Value,
    probs: Value,
    output_dtype: Value = INT32,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/stateless_binomial."""
    given = [operation.cut_off(value, "tf.random.stateless_binomial has no gradient") for value in (counts, probs)]
    target = filled_shape(operation.dims(shape))
    return operation.tensor_result(target, operation.dtype(output_dtype), *given)


def categorical_shape(operation: Operation, logits: Tensor, num_samples: Value) -> Shape:
    """Return ``[batch, num_samples]`` for ``logits`` of ``[batch, classes]``.

    Raises:
        RankConflict: ``logits`` is no matrix.
    """
    check_rank("logits", logits.shape, 2)
    rows = (logits.shape.dims or (UNKNOWN,))[0]
    return Shape((rows, operation.integer(num_samples)))


@model("tf.random.categorical")
def categorical(
    operation: Operation,
    logits: Value,
    num_samples: Value,
    dtype: Value = INT64,
    seed: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/categorical."""
    operand = operation.tensor(logits)
    shape = categorical_shape(operation, operand, num_samples)
    return operation.tensor_result(shape, operation.dtype(dtype, "int64"), operand, cut="sampling has no gradient")


@model("tf.random.stateless_categorical")
def stateless_categorical(
    operation: Operation,
    logits: Value,
    num_samples: Value,
    seed: Value,
    dtype: Value = INT64,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/stateless_categorical."""
    operand = operation.tensor(logits)
    shape = categorical_shape(operation, operand, num_samples)
    return operation.tensor_result(shape, operation.dtype(dtype, "int64"), operand, cut="sampling has no gradient")


@model("tf.random.shuffle")
def shuffle(operation: Operation, value: Value, seed: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/shuffle: its gradient is not registered."""
    operand = operation.tensor(value)
    return operation.derived(operand.shape, operand.dtype, operand, cut="tf.random.shuffle has no gradient")


@model("tf.image.random_crop")
def random_crop(operation: Operation, value: Value, size: Value, seed: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/random_crop."""
    operand = operation.tensor(value)
    return operation.tensor_result(operation.shape(size), operand.dtype, operand)


@model("tf.random.experimental.stateless_split", "tf.random.split")
def stateless_split(operation: Operation, seed: Value, num: Value = TWO, alg: Value = AUTO) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/split."""
    return operation.tensor_result(Shape((operation.integer(num), 2)), operation.tensor(seed).dtype)


@model("tf.random.experimental.stateless_fold_in", "tf.random.fold_in")
def stateless_fold_in(operation: Operation, seed: Value, data: Value, alg: Value = AUTO) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/fold_in."""
    return operation.tensor_result(Shape((2,)), operation.tensor(seed).dtype)


def nothing(operation: Operation, *_arguments: Value) -> Value:
    """Model a function that returns None."""
    return NONE


add_family("tf.random.set_seed", nothing, "seed")
