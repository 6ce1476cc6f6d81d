"""Texts as lists of word numbers, and rows of one length made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.defaults import INT32
from tfgrad_lint.api.registry import add_class, model
from tfgrad_lint.domain.values import (
    NONE,
    ApiObject,
    Constant,
    Integer,
    OfType,
    Repeated,
    Sequence,
    Tensor,
    TensorShape,
    Value,
)
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, join

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

_TOKENIZER: Final = "tf.keras.preprocessing.text.Tokenizer"

add_class(_TOKENIZER)


def numbers_of_texts(operation: Operation) -> Value:
    """Return a list of texts, each a list of the numbers of its words."""
    return Repeated(operation.node(), _numbers(operation))


def _numbers(operation: Operation) -> Value:
    return Repeated(operation.node(), OfType("int"))


@model(_TOKENIZER)
def tokenizer(operation: Operation, *arguments: Value, **options: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/Tokenizer."""
    return ApiObject(_TOKENIZER, operation.node(), options)


@model(f"{_TOKENIZER}.texts_to_sequences")
def texts_to_sequences(operation: Operation, self: Value, texts: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/Tokenizer#texts_to_sequences."""
    return numbers_of_texts(operation)


@model("tf.keras.preprocessing.text.one_hot")
def one_hot(operation: Operation, input_text: Value, n: Value, *others: Value, **options: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/one_hot: a number for each word."""
    return _numbers(operation)


@model("tf.keras.preprocessing.sequence.pad_sequences", "tf.keras.utils.pad_sequences")
def pad_sequences(
    operation: Operation, sequences: Value, maxlen: Value = NONE, dtype: Value = INT32, **others: Value
) -> Value:
    """https://keras.io/api/data_loading/timeseries: rows of one length, of steps as each sequence has them."""
    element = _element(sequences)
    shape = UNKNOWN_SHAPE
    if element.dims:
        length: Dim = UNKNOWN if operation.is_none(maxlen) else operation.integer(maxlen)
        shape = Shape((_count(operation, sequences), length, *element.dims[1:]))
    return operation.array_result(shape, operation.dtype(dtype), sequences)


def _count(operation: Operation, sequences: Value) -> Dim:
    if isinstance(sequences, Tensor) and sequences.shape.dims:
        return TensorShape(sequences.shape, sequences.node).dim(0)
    return len(sequences.items) if isinstance(sequences, Sequence) else UNKNOWN


def _element(sequences: Value) -> Shape:
    """Return the shape that every one of ``sequences`` has, unknown if they may differ in rank."""
    if isinstance(sequences, Tensor):
        dims = sequences.shape.dims
        # An array of lists has one axis.
        return UNKNOWN_SHAPE if dims is None or len(dims) < 2 else Shape(dims[1:])
    if isinstance(sequences, Repeated):
        return _shape_of(sequences.item)
    if not isinstance(sequences, Sequence) or not sequences.items:
        return UNKNOWN_SHAPE
    shape, *others = map(_shape_of, sequences.items)
    for other in others:
        shape = join(shape, other)
    return shape


def _shape_of(value: Value) -> Shape:
    """Return the shape of a sequence: that of a list of numbers is known."""
    if isinstance(value, Tensor):
        return value.shape
    items = (value.item,) if isinstance(value, Repeated) else value.items if isinstance(value, Sequence) else ()
    plain = items and all(isinstance(item, Constant | Integer | OfType) for item in items)
    return Shape((UNKNOWN,)) if plain else UNKNOWN_SHAPE
