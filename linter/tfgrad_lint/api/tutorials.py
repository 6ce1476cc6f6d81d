"""``tensorflow.examples.tutorials.mnist``: the reader of MNIST that programs for TensorFlow 1 use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import add_class, attribute, model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, ApiObject, Constant, Sequence, Value
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

_SETS: Final = "tf.examples.tutorials.mnist.Datasets"
_SET: Final = "tf.examples.tutorials.mnist.DataSet"
# How many images each part has; 5,000 of the 60,000 to train on are held out.
_COUNTS: Final = {"train": 55_000, "validation": 5_000, "test": 10_000}

add_class(_SETS)
add_class(_SET)


@model("tf.examples.tutorials.mnist.input_data.read_data_sets")
def read_data_sets(
    operation: Operation,
    train_dir: Value = NONE,
    fake_data: Value = FALSE,
    one_hot: Value = FALSE,
    dtype: Value = NONE,
    reshape: Value = TRUE,
    **options: Value,
) -> Value:
    """https://www.tensorflow.org/versions/r1.15/api_docs/python/tf/contrib/learn/datasets/mnist/read_data_sets."""
    return ApiObject(_SETS, operation.node(), {"one_hot": one_hot, "reshape": reshape, **options})


@attribute(f"{_SETS}.train", f"{_SETS}.validation", f"{_SETS}.test")
def part(operation: Operation, receiver: ApiObject) -> Value:
    """Return one part of the data."""
    name = operation.name.rpartition(".")[2]
    count: Dim = UNKNOWN if "validation_size" in receiver.attributes else _COUNTS[name]
    known = Constant(count) if isinstance(count, int) else operation.unknown()
    return ApiObject(_SET, receiver.node, {**receiver.attributes, "count": known})


@attribute(f"{_SET}.images")
def images(operation: Operation, receiver: ApiObject) -> Value:
    """Return all images."""
    return _images(operation, receiver, operation.integer(receiver.attributes["count"]))


@attribute(f"{_SET}.labels")
def labels(operation: Operation, receiver: ApiObject) -> Value:
    """Return all labels."""
    return _labels(operation, receiver, operation.integer(receiver.attributes["count"]))


@attribute(f"{_SET}.num_examples")
def num_examples(operation: Operation, receiver: ApiObject) -> Value:
    """Return how many there are."""
    return receiver.attributes["count"]


@model(f"{_SET}.next_batch")
def next_batch(
    operation: Operation, self: Value, batch_size: Value, fake_data: Value = FALSE, shuffle: Value = TRUE
) -> Value:
    """Return images and labels."""
    if not isinstance(self, ApiObject):
        return operation.unknown(self)
    count = operation.integer(batch_size)
    return Sequence((_images(operation, self, count), _labels(operation, self, count)))


def _images(operation: Operation, data: ApiObject, count: Dim) -> Value:
    flat = operation.boolean(data.attributes["reshape"])
    if flat is None:
        return operation.unknown(data)
    return operation.array_result(Shape((count, 784) if flat else (count, 28, 28, 1)), "float32")


def _labels(operation: Operation, data: ApiObject, count: Dim) -> Value:
    one_hot = operation.boolean(data.attributes["one_hot"])
    if one_hot is None:
        return operation.unknown(data)
    if one_hot:
        return operation.array_result(Shape((count, 10)), "float64")
    return operation.array_result(Shape((count,)), "uint8")
