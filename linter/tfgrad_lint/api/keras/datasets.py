"""The data sets that come with Keras, and helpers that shape labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.defaults import LAST, TWO
from tfgrad_lint.api.keras.layer import set_data_format
from tfgrad_lint.api.keras.texts import numbers_of_texts
from tfgrad_lint.api.registry import Model, add_model, model
from tfgrad_lint.domain.values import NONE, Constant, Sequence, Value
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule

# Shape of an example and of a label, dtypes, and how many there are to train and to test on.
# https://keras.io/api/datasets
_SETS: Final[dict[str, tuple[tuple[int, ...], tuple[int, ...], str, str, int, int]]] = {
    "mnist": ((28, 28), (), "uint8", "uint8", 60_000, 10_000),
    "fashion_mnist": ((28, 28), (), "uint8", "uint8", 60_000, 10_000),
    "cifar10": ((32, 32, 3), (1,), "uint8", "uint8", 50_000, 10_000),
    "cifar100": ((32, 32, 3), (1,), "uint8", "int64", 50_000, 10_000),
    "boston_housing": ((13,), (), "float64", "float64", 404, 102),
    "california_housing": ((8,), (), "float32", "float32", 16_512, 4_128),
}
# Lists of word numbers, each as long as its text; how they are split is an argument.
_TEXTS: Final = ("imdb", "reuters")


def _loader(name: str) -> Rule:
    def load_data(operation: Operation, *arguments: Value, **keywords: Value) -> Value:
        """https://keras.io/api/datasets."""
        example, label, dtype, label_dtype, train, test = _SETS[name]
        # An argument may choose another split (``test_split``, ``version``).
        other = any(key in {"test_split", "version"} for key in keywords) or len(arguments) > 1
        return Sequence(
            tuple(
                Sequence(
                    (
                        operation.array_result(Shape((UNKNOWN if other else count, *example)), dtype),
                        operation.array_result(Shape((UNKNOWN if other else count, *label)), label_dtype),
                    )
                )
                for count in (train, test)
            )
        )

    return load_data


def _text_loader(operation: Operation, *arguments: Value, **keywords: Value) -> Value:
    """https://keras.io/api/datasets/imdb."""
    part = tuple(
        Sequence((numbers_of_texts(operation), operation.array_result(Shape((UNKNOWN,)), "int64")))
        for _ in ("train", "test")
    )
    return Sequence(part)


for _name in _SETS:
    add_model(Model(f"tf.keras.datasets.{_name}.load_data", _loader(_name), (), {}, variadic="arguments", open=True))
for _name in _TEXTS:
    add_model(Model(f"tf.keras.datasets.{_name}.load_data", _text_loader, (), {}, variadic="arguments", open=True))


@model("tf.keras.utils.to_categorical")
def to_categorical(operation: Operation, x: Value, num_classes: Value = NONE, dtype: Value = NONE) -> Value:
    """https://keras.io/api/utils/python_utils/#tocategorical-function: one-hot rows; a last axis of 1 is dropped."""
    operand = operation.array(x)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE
    if dims is not None:
        classes: Dim = UNKNOWN if operation.is_none(num_classes) else operation.integer(num_classes)
        inner = dims[:-1] if len(dims) > 1 and dims[-1] == 1 else dims
        certain = not inner or len(dims) < 2 or isinstance(dims[-1], int)
        shape = Shape((*inner, classes)) if certain else UNKNOWN_SHAPE
    return operation.array_result(shape, None, operand)


@model("tf.keras.utils.normalize")
def normalize(operation: Operation, x: Value, axis: Value = LAST, order: Value = TWO) -> Value:
    """https://keras.io/api/utils/python_utils/#normalize-function."""
    operand = operation.array(x)
    return operation.array_result(operand.shape, None, operand)


@model("tf.keras.backend.set_image_data_format")
def set_image_data_format(operation: Operation, data_format: Value) -> Value:
    """https://keras.io/api/utils/config_utils: what convolution layers take the channels' axis to be."""
    set_data_format(operation, data_format)
    return NONE


@model("tf.keras.backend.set_image_dim_ordering")
def set_image_dim_ordering(operation: Operation, dim_ordering: Value) -> Value:
    """Model the name that Keras 1 had for it."""
    order = operation.text(dim_ordering)
    named = {"th": "channels_first", "tf": "channels_last"}.get(order or "")
    set_data_format(operation, operation.unknown() if named is None else Constant(named))
    return NONE
