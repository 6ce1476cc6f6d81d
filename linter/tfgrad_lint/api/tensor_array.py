"""``tf.TensorArray``: what its entries look like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import add_class, model
from tfgrad_lint.api.structures import joined
from tfgrad_lint.domain.values import ELEMENT, NONE, TRUE, ApiObject, Tensor, Unknown, Value
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

_ARRAY: Final = "tf.TensorArray"

add_class(_ARRAY)


@model(_ARRAY)
def tensor_array(
    operation: Operation,
    dtype: Value,
    size: Value = NONE,
    dynamic_size: Value = NONE,
    clear_after_read: Value = NONE,
    tensor_array_name: Value = NONE,
    handle: Value = NONE,
    flow: Value = NONE,
    infer_shape: Value = TRUE,
    element_shape: Value = NONE,
    colocate_with_first_write_call: Value = TRUE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray: entries are known once one is written."""
    entry: Value = NONE
    if not operation.is_none(element_shape):
        entry = operation.tensor_result(operation.shape(element_shape), operation.dtype(dtype))
    return ApiObject(_ARRAY, operation.node(), {ELEMENT: entry})


def _entry(array: Value) -> Value | None:
    """Return what stands for any entry, None if nothing is known of them."""
    found = array.attributes.get(ELEMENT) if isinstance(array, ApiObject) else None
    return found if isinstance(found, Tensor) else None


def _holding(operation: Operation, array: Value, entry: Value) -> Value:
    """Return ``array`` after entries like ``entry`` were written; its old ones may be left."""
    if not isinstance(array, ApiObject):
        return operation.unknown(array, entry)
    before = array.attributes.get(ELEMENT, NONE)
    after = entry if operation.is_none(before) or isinstance(before, Unknown) else joined(operation, before, entry)
    node = operation.node(array, entry)
    return ApiObject(_ARRAY, node, {ELEMENT: after})


@model(f"{_ARRAY}.write")
def write(operation: Operation, self: Value, index: Value, value: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#write: the array with the entry in it."""
    return _holding(operation, self, operation.tensor(value))


@model(f"{_ARRAY}.unstack")
def unstack(operation: Operation, self: Value, value: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#unstack: an entry for each row."""
    return _holding(operation, self, _row(operation, value))


@model(f"{_ARRAY}.scatter")
def scatter(operation: Operation, self: Value, indices: Value, value: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#scatter: an entry for each row."""
    return _holding(operation, self, _row(operation, value))


def _row(operation: Operation, value: Value) -> Tensor:
    operand = operation.tensor(value)
    shape = Shape(operand.shape.dims[1:]) if operand.shape.dims else UNKNOWN_SHAPE
    return operation.tensor_result(shape, operand.dtype, operand)


@model(f"{_ARRAY}.split")
def split(operation: Operation, self: Value, value: Value, lengths: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#split: entries of any number of rows."""
    operand = operation.tensor(value)
    shape = Shape((UNKNOWN, *operand.shape.dims[1:])) if operand.shape.dims else UNKNOWN_SHAPE
    return _holding(operation, self, operation.tensor_result(shape, operand.dtype, operand))


@model(f"{_ARRAY}.read")
def read(operation: Operation, self: Value, index: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#read: an entry."""
    return _made_of(operation, self, ())


@model(f"{_ARRAY}.stack")
def stack(operation: Operation, self: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#stack: all entries."""
    return _made_of(operation, self, (UNKNOWN,))


@model(f"{_ARRAY}.gather")
def gather(operation: Operation, self: Value, indices: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#gather: some entries."""
    chosen = operation.tensor(indices).shape.dims
    return _made_of(operation, self, (UNKNOWN,) if chosen is None else chosen[:1])


@model(f"{_ARRAY}.concat")
def concat(operation: Operation, self: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#concat: all entries, joined."""
    entry = _entry(self)
    dims = entry.shape.dims if isinstance(entry, Tensor) else None
    if not isinstance(entry, Tensor):
        return operation.unknown(self)
    return operation.tensor_result(Shape((UNKNOWN, *dims[1:])) if dims else UNKNOWN_SHAPE, entry.dtype, self)


def _made_of(operation: Operation, array: Value, outer: tuple[Dim, ...]) -> Value:
    entry = _entry(array)
    if not isinstance(entry, Tensor):
        return operation.unknown(array)
    dims = entry.shape.dims
    return operation.tensor_result(UNKNOWN_SHAPE if dims is None else Shape((*outer, *dims)), entry.dtype, array)


@model(f"{_ARRAY}.identity")
def identity(operation: Operation, self: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#identity."""
    return self


@model(f"{_ARRAY}.size", f"{_ARRAY}.close")
def size(operation: Operation, self: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/TensorArray#size: how many entries there are."""
    return operation.tensor_result(Shape(()), "int32", self, cut="sizes carry no gradient")
