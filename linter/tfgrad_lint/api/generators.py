"""``tf.random.Generator``: random tensors as methods of an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.defaults import FLOAT32, INT32, ONE, ONE_FLOAT, ZERO, ZERO_FLOAT
from tfgrad_lint.api.random import sample, stateless_sample
from tfgrad_lint.api.registry import add_class, model
from tfgrad_lint.domain.values import NONE, ApiObject, Constant, Tensor, Value
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_GENERATOR: Final = "tf.random.Generator"
_UINT64: Final = Constant("uint64")
add_class(_GENERATOR)


@model(_GENERATOR)
def generator(operation: Operation, copy_from: Value = NONE, state: Value = NONE, alg: Value = NONE) -> ApiObject:
    """https://www.tensorflow.org/api_docs/python/tf/random/Generator."""
    return ApiObject(_GENERATOR, operation.node())


@model(f"{_GENERATOR}.from_seed")
def from_seed(operation: Operation, seed: Value, alg: Value = NONE) -> ApiObject:
    """https://www.tensorflow.org/api_docs/python/tf/random/Generator#from_seed."""
    return ApiObject(_GENERATOR, operation.node())


@model(f"{_GENERATOR}.from_non_deterministic_state")
def from_non_deterministic_state(operation: Operation, alg: Value = NONE) -> ApiObject:
    """https://www.tensorflow.org/api_docs/python/tf/random/Generator#from_non_deterministic_state."""
    return ApiObject(_GENERATOR, operation.node())


@model("tf.random.get_global_generator")
def get_global_generator(operation: Operation) -> ApiObject:
    """https://www.tensorflow.org/api_docs/python/tf/random/get_global_generator."""
    return ApiObject(_GENERATOR, operation.node())


@model(f"{_GENERATOR}.normal", f"{_GENERATOR}.truncated_normal")
def normal(
    operation: Operation,
    self: Value,
    shape: Value,
    mean: Value = ZERO_FLOAT,
    stddev: Value = ONE_FLOAT,
    dtype: Value = FLOAT32,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/Generator#normal."""
    return sample(operation, shape, mean, stddev, dtype=dtype)


@model(f"{_GENERATOR}.uniform")
def uniform(
    operation: Operation,
    self: Value,
    shape: Value,
    minval: Value = ZERO,
    maxval: Value = NONE,
    dtype: Value = FLOAT32,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/Generator#uniform."""
    return sample(operation, shape, minval, maxval, dtype=dtype)


@model(f"{_GENERATOR}.uniform_full_int")
def uniform_full_int(
    operation: Operation, self: Value, shape: Value, dtype: Value = _UINT64, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/Generator#uniform_full_int."""
    return sample(operation, shape, dtype=dtype)


@model(f"{_GENERATOR}.binomial")
def binomial(
    operation: Operation,
    self: Value,
    shape: Value,
    counts: Value,
    probs: Value,
    dtype: Value = INT32,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/Generator#binomial."""
    given = tuple(operation.cut_off(value, "sampling has no gradient") for value in (counts, probs))
    return stateless_sample(operation, shape, given, dtype)


@model(f"{_GENERATOR}.make_seeds")
def make_seeds(operation: Operation, self: Value, count: Value = ONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/random/Generator#make_seeds: a column for each seed."""
    return operation.tensor_result(Shape((2, operation.integer(count))), "int64")
