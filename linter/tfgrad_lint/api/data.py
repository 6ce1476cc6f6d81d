"""``tf.data``: what the elements of a dataset look like.

A dataset is an ``ApiObject`` that holds one value, ``element``: a structure of tensors that stands for any of its
elements. https://www.tensorflow.org/api_docs/python/tf/data/Dataset
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.defaults import INT64, ONE, ZERO
from tfgrad_lint.api.registry import add_class, attribute, model
from tfgrad_lint.domain.events import Batched
from tfgrad_lint.domain.values import (
    DATASET,
    ELEMENT,
    FALSE,
    GENERATOR,
    NONE,
    ApiObject,
    DType,
    Mapping,
    Node,
    Sequence,
    Tensor,
    TensorShape,
    Value,
    as_dim,
    of_dim,
)
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, join

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

# The attribute of a dataset that holds the number of its elements, as far as it is known.
_COUNT: Final = "count"

add_class(DATASET)


def dataset(operation: Operation, element: Value, *inputs: Value, count: Dim = UNKNOWN) -> ApiObject:
    """Return a dataset of ``count`` elements like ``element``."""
    return ApiObject(DATASET, operation.node(*inputs), {ELEMENT: element, _COUNT: of_dim(count)})


def _count_of(value: Value) -> Dim:
    known = value.attributes.get(_COUNT) if isinstance(value, ApiObject) else None
    return UNKNOWN if known is None else as_dim(known) or UNKNOWN


def element_of(value: Value) -> Value | None:
    """Return what stands for any element of a dataset or generator, None if ``value`` is none that is known."""
    known = isinstance(value, ApiObject) and value.type in {DATASET, GENERATOR}
    return value.attributes.get(ELEMENT) if known and isinstance(value, ApiObject) else None


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

    rows = _tensors(operation, tensors)
    return dataset(operation, _mapped(rows, row), tensors, count=_length(rows))


def _length(value: Value) -> Dim:
    """Return the size of the first axis of the first tensor in a structure."""
    if isinstance(value, Sequence | Mapping):
        items = value.items.values() if isinstance(value, Mapping) else value.items
        return _length(next(iter(items), Sequence(()))) if items else UNKNOWN
    return value.shape.dims[0] if isinstance(value, Tensor) and value.shape.dims else UNKNOWN


@model("tf.data.Dataset.from_tensors")
def from_tensors(operation: Operation, tensors: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#from_tensors: one element."""
    return dataset(operation, _tensors(operation, tensors), tensors)


@model("tf.data.TextLineDataset", "tf.data.TFRecordDataset")
def of_files(
    operation: Operation,
    filenames: Value,
    compression_type: Value = NONE,
    buffer_size: Value = NONE,
    num_parallel_reads: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/TextLineDataset: a string for each line or record."""
    return dataset(operation, operation.tensor_result(SCALAR, "string"), filenames)


@model("tf.data.Dataset.list_files")
def list_files(
    operation: Operation, file_pattern: Value, shuffle: Value = NONE, seed: Value = NONE, name: Value = NONE
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#list_files: the names of files."""
    return dataset(operation, operation.tensor_result(SCALAR, "string"), file_pattern)


@model("tf.data.Dataset.counter", "tf.data.experimental.Counter")
def counter(
    operation: Operation, start: Value = ZERO, step: Value = ONE, dtype: Value = INT64, name: Value = NONE
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#counter."""
    return dataset(operation, operation.tensor_result(SCALAR, operation.dtype(dtype)))


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
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#from_generator: as the signature tells."""
    told: Value
    if not operation.is_none(output_signature):
        told = _of_spec(operation, output_signature)
    elif not operation.is_none(output_types):
        told = _of_types(operation, output_types, output_shapes)
    else:
        told = operation.unknown(generator)
    return dataset(operation, told, generator)


def _of_spec(operation: Operation, spec: Value) -> Value:
    """Return what stands for tensors that a structure of ``tf.TensorSpec`` describes."""
    if isinstance(spec, Sequence):
        return Sequence(tuple(_of_spec(operation, item) for item in spec.items))
    if isinstance(spec, Mapping):
        return Mapping({key: _of_spec(operation, item) for key, item in spec.items.items()})
    if not isinstance(spec, ApiObject) or spec.type != "tf.TensorSpec":
        return operation.unknown(spec)
    shape, dtype = spec.attributes.get("shape"), spec.attributes.get("dtype", NONE)
    declared = shape.shape if isinstance(shape, TensorShape) else UNKNOWN_SHAPE
    return operation.tensor_result(declared, operation.dtype(dtype))


def _of_types(operation: Operation, types: Value, shapes: Value) -> Value:
    """Return what stands for tensors of a structure of dtypes, whose shapes a like structure may tell."""
    if isinstance(types, Sequence):
        inner: tuple[Value, ...] = (NONE,) * len(types.items)
        if isinstance(shapes, Sequence) and len(shapes.items) == len(types.items):
            inner = shapes.items
        return Sequence(tuple(_of_types(operation, *pair) for pair in zip(types.items, inner, strict=True)))
    if isinstance(types, Mapping):
        told = shapes.items if isinstance(shapes, Mapping) else {}
        return Mapping({key: _of_types(operation, item, told.get(key, NONE)) for key, item in types.items.items()})
    dtype = operation.dtype(types)
    declared = UNKNOWN_SHAPE if operation.is_none(shapes) else operation.shape(shapes)
    return operation.unknown(types) if dtype is None else operation.tensor_result(declared, dtype)


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
        full, size = size, Node("batch", (), operation.site).dim(0, "batch")
        count = _count_of(self)
        keeps_last = operation.boolean(drop_remainder) is False
        if keeps_last and isinstance(full, int) and isinstance(count, int) and count > full > 0 and count % full:
            operation.emit(Batched(operation.site, count, full, size))

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
    return dataset(operation, _tensors(operation, operation.call(map_func, *arguments)), self, count=_count_of(self))


@model(
    "tf.data.Dataset.shuffle",
    "tf.data.Dataset.prefetch",
    "tf.data.Dataset.cache",
    "tf.data.Dataset.with_options",
)
def same(operation: Operation, self: Value, *rest: Value, **others: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset: the same elements."""
    element = element_of(self)
    return dataset(operation, operation.unknown(self) if element is None else element, self, count=_count_of(self))


@model(
    "tf.data.Dataset.repeat",
    "tf.data.Dataset.filter",
    "tf.data.Dataset.shard",
    "tf.data.Dataset.unique",
    "tf.data.Dataset.ignore_errors",
)
def alike(operation: Operation, self: Value, *rest: Value, **others: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset: elements that look as before, more or fewer."""
    element = element_of(self)
    return dataset(operation, operation.unknown(self) if element is None else element, self)


@model("tf.data.Dataset.take", "tf.data.Dataset.skip", "tf.data.Dataset.take_while")
def part(operation: Operation, self: Value, *rest: Value, **others: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/data/Dataset#take: the smaller last batch may be left out."""

    def any_batch(value: Tensor) -> Value:
        dims = value.shape.dims
        if not dims or isinstance(dims[0], int) or dims[0] is UNKNOWN:
            return value
        return Tensor(Shape((any_size, *dims[1:])), value.dtype, value.node)

    any_size = Node("batch", (), operation.site).dim(0, "batch")
    element = element_of(self)
    return dataset(operation, operation.unknown(self) if element is None else _mapped(element, any_batch), self)


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


# Iterators, with which programs for TensorFlow 1 read datasets.

_ITERATOR = "tf.data.Iterator"
add_class(_ITERATOR)


@model("tf.data.Dataset.make_one_shot_iterator", "tf.compat.v1.data.make_one_shot_iterator")
def make_one_shot_iterator(operation: Operation, dataset: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/data/make_one_shot_iterator."""
    return make_iterator(operation, dataset)


@model("tf.data.Dataset.make_initializable_iterator", "tf.compat.v1.data.make_initializable_iterator")
def make_iterator(operation: Operation, dataset: Value, shared_name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/data/make_initializable_iterator."""
    element = element_of(dataset)
    return ApiObject(
        _ITERATOR, operation.node(dataset), {ELEMENT: operation.unknown(dataset) if element is None else element}
    )


@model("tf.data.Iterator.from_structure", "tf.compat.v1.data.Iterator.from_structure")
def iterator_of(
    operation: Operation, output_types: Value, output_shapes: Value = NONE, *rest: Value, **others: Value
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/data/Iterator#from_structure."""
    return ApiObject(_ITERATOR, operation.node(), {ELEMENT: _of_types(operation, output_types, output_shapes)})


@model("tf.data.Iterator.get_next")
def get_next(operation: Operation, self: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/data/Iterator#get_next: each call gives another one."""
    element = self.attributes.get(ELEMENT) if isinstance(self, ApiObject) else None
    if element is None:
        return operation.unknown(self)
    return _mapped(element, lambda each: operation.tensor_result(each.shape, each.dtype, each))


@model("tf.data.Iterator.make_initializer")
def make_initializer(operation: Operation, self: Value, dataset: Value, name: Value = NONE) -> Value:
    """Return the operation that starts the iterator on a dataset."""
    return ApiObject("tf.Operation", operation.node())


@attribute("tf.data.Dataset.output_types", "tf.data.Dataset.output_shapes")
def output_structure(operation: Operation, receiver: Value) -> Value:
    """Return the dtypes or shapes of the elements, structured as these are."""
    element = element_of(receiver)
    if element is None:
        return operation.unknown(receiver)
    shapes = operation.name.endswith("shapes")

    def told(each: Tensor) -> Value:
        if shapes:
            return TensorShape(each.shape, each.node)
        return operation.unknown(each) if each.dtype is None else DType(each.dtype)

    return _mapped(element, told)
