"""``ImageDataGenerator``: batches of images with labels, as a dataset of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.data import dataset
from tfgrad_lint.api.registry import add_class, model
from tfgrad_lint.domain.values import NONE, ApiObject, Constant, Node, Sequence, Tensor, Value
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

_GENERATOR: Final = "tf.keras.preprocessing.image.ImageDataGenerator"
_CHANNELS: Final = {"rgb": 3, "rgba": 4, "grayscale": 1}
_SIZE: Final = Sequence((Constant(256), Constant(256)))
_RGB: Final = Constant("rgb")
_CATEGORICAL: Final = Constant("categorical")

add_class(_GENERATOR)


@model(_GENERATOR)
def image_data_generator(operation: Operation, *arguments: Value, **options: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator."""
    return ApiObject(_GENERATOR, operation.node(), options)


def _batch(operation: Operation) -> Dim:
    return Node("batch", (), operation.site).dim(0, "batch")


@model(f"{_GENERATOR}.flow_from_directory")
def flow_from_directory(
    operation: Operation,
    self: Value,
    directory: Value,
    target_size: Value = _SIZE,
    color_mode: Value = _RGB,
    classes: Value = NONE,
    class_mode: Value = _CATEGORICAL,
    **options: Value,
) -> Value:
    """Return a dataset of images and labels of the form that ``class_mode`` says."""
    size = operation.dims(target_size)
    channels = _CHANNELS.get(operation.text(color_mode) or "", UNKNOWN)
    batch = _batch(operation)
    moved = isinstance(self, ApiObject) and "data_format" in self.attributes
    shape = Shape((batch, *size, channels)) if size is not None and len(size) == 2 and not moved else UNKNOWN_SHAPE
    images = operation.tensor_result(shape, "float32")
    names = operation.items(classes)
    count: Dim = UNKNOWN if names is None else len(names)
    forms = {"categorical": Shape((batch, count)), "binary": Shape((batch,)), "sparse": Shape((batch,))}
    form = forms.get(operation.text(class_mode) or "")
    if form is None:
        element = images if operation.is_none(class_mode) else operation.unknown()
        return dataset(operation, element)
    return dataset(operation, Sequence((images, operation.tensor_result(form, "float32"))))


@model(f"{_GENERATOR}.flow")
def flow(operation: Operation, self: Value, x: Value, y: Value = NONE, *rest: Value, **options: Value) -> Value:
    """Return a dataset of batches of ``x`` and ``y``."""
    batch = _batch(operation)
    images = _batch_of(operation, x, batch)
    if operation.is_none(y):
        return dataset(operation, images, x)
    if "sample_weight" in options or len(rest) > 2:
        return dataset(operation, operation.unknown(x, y), x, y)
    return dataset(operation, Sequence((images, _batch_of(operation, y, batch))), x, y)


def _batch_of(operation: Operation, value: Value, batch: Dim) -> Value:
    if not isinstance(value, Tensor):
        return operation.unknown(value)
    dims = value.shape.dims
    return operation.tensor_result(Shape((batch, *dims[1:])) if dims else UNKNOWN_SHAPE, None, value)
