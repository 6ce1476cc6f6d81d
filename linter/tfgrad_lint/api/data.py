"""``tf.data``: what the elements of a dataset look like.

A dataset is an ``ApiObject`` that holds one value, ``element``: a structure of tensors that stands for any of its
elements. https://www.tensorflow.org/api_docs/python/tf/data/Dataset
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.defaults import ZERO
from tfgrad_lint.api.registry import add_class, attribute, model
from tfgrad_lint.domain.values import (
    DATASET,
    ELEMENT,
    FALSE,
    NONE,
    ApiObject,
    Mapping,
    Node,
    Sequence,
    Tensor,
    Unknown,
    Value,
)
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, join

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

add_class(DATASET)


def dataset(operation: Operation, element: Value, *inputs: Value) -> ApiObject:
    """Return a dataset of elements like ``element``."""
    return ApiObject(DATASET, operation.node(*inputs), {ELEMENT: element})


def element_of(value: Value) -> Value | None:
    """Return what stands for any element of a dataset, None if ``value`` is no dataset that is known."""
    return value.attributes.get(ELEMENT) if isinstance(value, ApiObject) and value.type == DATASET else None


def _mapped(value: Value, change: Callable[[Tensor], Value]) -> Value:
    """Apply ``change`` to each tensor of a structure; what is no tensor stays unknown."""
    if isinstance(value, Sequence):
        return Sequence(tuple(_mapped(item, change) for item in value.items), value.kind)
    if isinstance(value, Mapping):
        return Mapping({key: _mapped(item, change) for key, item in value.items.items()})
    return change(value) if isinstance(value, Tensor) else value


def _tensors(operation: Operation, value: Value) -> Value:
    """Return a structure of tensors: to a dataset only tuples and dicts are structures, lists are tensors."""
    if isinstance(value, Sequence) and value.kind == "tuple":
        return Sequence(tuple(_tensors(operation, item) for item in value.items))
    if isinstance(value, Mapping):
        return Mapping({key: _tensors(operation, item) for key, item in value.items.items()})
    operand = operation.tensor(value)
    return Tensor(operand.shape, operand.dtype, operation.node(operand))


@model("tf.data.Dataset.from_tensor_slices")
def from_tensor_slices(operation: Operation, tensors: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#from_tensor_slices: one element a row."""

    def row(value: Tensor) -> Value:
        shape = Shape(value.shape.dims[1:]) if value.shape.dims else UNKNOWN_SHAPE
        return operation.tensor_result(shape, value.dtype, value)

    return dataset(operation, _mapped(_tensors(operation, tensors), row), tensors)


@model("tf.data.Dataset.from_tensors")
def from_tensors(operation: Operation, tensors: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#from_tensors: one element."""
    return dataset(operation, _tensors(operation, tensors), tensors)


@model("tf.data.Dataset.range")
def range_of(operation: Operation, *args: Value, **kwargs: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#range."""
    return dataset(operation, operation.tensor_result(SCALAR, "int64", *args), *args)


@model("tf.data.Dataset.from_generator")
def from_generator(
    operation: Operation,
    generator: Value,
    output_types: Value = NONE,
    output_shapes: Value = NONE,
    args: Value = NONE,
    output_signature: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#from_generator: the elements are not known."""
    return dataset(operation, Unknown(operation.node(generator, opaque=True)), generator)


@model("tf.data.Dataset.zip")
def zip_together(operation: Operation, *args: Value, datasets: Value = NONE, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#zip."""
    given: Value = datasets
    if len(args) == 1:
        given = args[0]
    elif args:
        given = Sequence(args)
    return dataset(operation, _elements(operation, given), given)


def _elements(operation: Operation, value: Value) -> Value:
    if isinstance(value, Sequence):
        return Sequence(tuple(_elements(operation, item) for item in value.items))
    if isinstance(value, Mapping):
        return Mapping({key: _elements(operation, item) for key, item in value.items.items()})
    known = element_of(value)
    return operation.unknown(value) if known is None else known


@model("tf.data.Dataset.batch", "tf.data.Dataset.padded_batch")
def batch(operation: Operation, self: Value, batch_size: Value, *rest: Value, **others: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#batch: the last batch may be smaller."""
    padded = operation.name.endswith("padded_batch")
    place = 2 if padded else 0
    drop_remainder = others.get("drop_remainder", rest[place] if len(rest) > place else FALSE)
    size: Dim = operation.integer(batch_size)
    if operation.boolean(drop_remainder) is not True:
        size = Node("batch", (), operation.site).dim(0, "batch")

    def together(value: Tensor) -> Value:
        dims = value.shape.dims
        inner = dims
        if padded and dims is not None:
            # Sizes that vary are padded to the longest of the batch, or to what is asked for.
            kept = not rest and "padded_shapes" not in others
            inner = tuple(dim if kept and isinstance(dim, int) else UNKNOWN for dim in dims)
        shape = UNKNOWN_SHAPE if inner is None else Shape((size, *inner))
        return operation.tensor_result(shape, value.dtype, value)

    element = element_of(self)
    return dataset(operation, operation.unknown(self) if element is None else _mapped(element, together), self)


@model("tf.data.Dataset.unbatch")
def unbatch(operation: Operation, self: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#unbatch."""

    def row(value: Tensor) -> Value:
        shape = Shape(value.shape.dims[1:]) if value.shape.dims else UNKNOWN_SHAPE
        return operation.tensor_result(shape, value.dtype, value)

    element = element_of(self)
    return dataset(operation, operation.unknown(self) if element is None else _mapped(element, row), self)


@model("tf.data.Dataset.map")
def map_elements(operation: Operation, self: Value, map_func: Value, *rest: Value, **others: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#map: tuples come as several arguments."""
    element = element_of(self)
    if element is None:
        return dataset(operation, operation.unknown(self), self)
    arguments = element.items if isinstance(element, Sequence) else (element,)
    return dataset(operation, _tensors(operation, operation.call(map_func, *arguments)), self)


@model(
    "tf.data.Dataset.shuffle",
    "tf.data.Dataset.repeat",
    "tf.data.Dataset.prefetch",
    "tf.data.Dataset.take",
    "tf.data.Dataset.skip",
    "tf.data.Dataset.cache",
    "tf.data.Dataset.filter",
    "tf.data.Dataset.shard",
    "tf.data.Dataset.take_while",
    "tf.data.Dataset.with_options",
    "tf.data.Dataset.unique",
    "tf.data.Dataset.ignore_errors",
)
def alike(operation: Operation, self: Value, *rest: Value, **others: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset: the elements look as before."""
    element = element_of(self)
    return dataset(operation, operation.unknown(self) if element is None else element, self)


@model("tf.data.Dataset.concatenate")
def concatenate(operation: Operation, self: Value, dataset: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#concatenate: elements of either."""
    first, second = element_of(self), element_of(dataset)
    known = first is not None and second is not None
    element = _either(operation, first, second) if known else operation.unknown(self, dataset)
    return ApiObject(DATASET, operation.node(self, dataset), {ELEMENT: element})


def _either(operation: Operation, a: Value | None, b: Value | None) -> Value:
    """Return what stands for elements of two datasets."""
    if isinstance(a, Sequence) and isinstance(b, Sequence) and len(a.items) == len(b.items):
        return Sequence(tuple(_either(operation, p, q) for p, q in zip(a.items, b.items, strict=True)))
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return operation.tensor_result(join(a.shape, b.shape), a.dtype if a.dtype == b.dtype else None, a, b)
    return operation.unknown(*(each for each in (a, b) if each is not None))


@model("tf.data.Dataset.enumerate")
def enumerated(operation: Operation, self: Value, start: Value = ZERO, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#enumerate."""
    element = element_of(self)
    number = operation.tensor_result(SCALAR, "int64")
    return dataset(operation, Sequence((number, operation.unknown(self) if element is None else element)), self)


@model("tf.data.Dataset.as_numpy_iterator")
def as_numpy(operation: Operation, self: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#as_numpy_iterator: the elements as arrays."""
    element = element_of(self)
    if element is None:
        return operation.unknown(self)
    return dataset(operation, _mapped(element, operation.array), self)


@attribute("tf.data.Dataset.element_spec")
def element_spec(operation: Operation, receiver: Value) -> Value:
    """Return what the elements look like, which is told by tensors that look so."""
    element = element_of(receiver)
    return operation.unknown(receiver) if element is None else element
