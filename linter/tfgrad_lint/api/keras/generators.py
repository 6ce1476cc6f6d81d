"""What gives a model its data batch by batch: images from folders and arrays, windows of a time series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.data import dataset
from tfgrad_lint.api.defaults import ONE
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
_INT: Final = Constant("int")
_INFERRED: Final = Constant("inferred")
_BATCH: Final = Constant(32)

add_class(_GENERATOR)


@model(_GENERATOR)
def image_data_generator(operation: Operation, *arguments: Value, **options: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator."""
    return ApiObject(_GENERATOR, operation.node(), options)


def _batch(operation: Operation) -> Dim:
    return Node("batch", (), operation.site).dim(0, "batch")


def _class_count(operation: Operation, classes: Value) -> Dim:
    """Return how many classes there are: one alone would be nothing to learn."""
    names = operation.items(classes)
    return Node("classes", (), operation.site).dim(0, "other_classes") + 2 if names is None else len(names)


def _images(operation: Operation, size: Value, color_mode: Value) -> Tensor:
    dims = operation.dims(size)
    channels = _CHANNELS.get(operation.text(color_mode) or "", UNKNOWN)
    known = dims is not None and len(dims) == 2
    return operation.tensor_result(
        Shape((_batch(operation), *dims, channels)) if known and dims is not None else UNKNOWN_SHAPE, "float32"
    )


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
    moved = isinstance(self, ApiObject) and "data_format" in self.attributes
    images = operation.tensor_result(UNKNOWN_SHAPE, "float32") if moved else _images(operation, target_size, color_mode)
    batch = images.shape.dims[0] if images.shape.dims else _batch(operation)
    forms = {
        "categorical": Shape((batch, _class_count(operation, classes))),
        "binary": Shape((batch,)),
        "sparse": Shape((batch,)),
    }
    form = forms.get(operation.text(class_mode) or "")
    if form is None:
        element = images if operation.is_none(class_mode) else operation.unknown()
        return dataset(operation, element)
    return dataset(operation, Sequence((images, operation.tensor_result(form, "float32"))))


@model(f"{_GENERATOR}.flow_from_dataframe")
def flow_from_dataframe(
    operation: Operation,
    self: Value,
    dataframe: Value,
    directory: Value = NONE,
    x_col: Value = NONE,
    y_col: Value = NONE,
    weight_col: Value = NONE,
    target_size: Value = _SIZE,
    color_mode: Value = _RGB,
    classes: Value = NONE,
    class_mode: Value = _CATEGORICAL,
    **options: Value,
) -> Value:
    """Return a dataset of the images that a table names; several columns or weights are left unknown."""
    if not operation.is_none(weight_col):
        return dataset(operation, operation.unknown())
    return flow_from_directory(operation, self, directory, target_size, color_mode, classes, class_mode)


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
    operand = operation.array(value)
    dims = operand.shape.dims
    return operation.tensor_result(Shape((batch, *dims[1:])) if dims else UNKNOWN_SHAPE, None, operand)


@model(f"{_GENERATOR}.fit")
def fit(operation: Operation, self: Value, x: Value, *rest: Value, **options: Value) -> Value:
    """Learn the mean of images."""
    return NONE


@model("tf.keras.utils.image_dataset_from_directory", "tf.keras.preprocessing.image_dataset_from_directory")
def image_dataset_from_directory(
    operation: Operation,
    directory: Value,
    labels: Value = _INFERRED,
    label_mode: Value = _INT,
    class_names: Value = NONE,
    color_mode: Value = _RGB,
    batch_size: Value = _BATCH,
    image_size: Value = _SIZE,
    **options: Value,
) -> Value:
    """https://keras.io/api/data_loading/image: both subsets at once are a pair of datasets."""
    if operation.is_none(batch_size) or operation.text(options.get("subset", NONE)) == "both":
        return operation.unknown()
    images = _images(operation, image_size, color_mode)
    return _labelled(operation, images, label_mode, class_names)


@model("tf.keras.utils.text_dataset_from_directory", "tf.keras.preprocessing.text_dataset_from_directory")
def text_dataset_from_directory(
    operation: Operation,
    directory: Value,
    labels: Value = _INFERRED,
    label_mode: Value = _INT,
    class_names: Value = NONE,
    batch_size: Value = _BATCH,
    **options: Value,
) -> Value:
    """https://keras.io/api/data_loading/text."""
    if operation.is_none(batch_size) or operation.text(options.get("subset", NONE)) == "both":
        return operation.unknown()
    texts = operation.tensor_result(Shape((_batch(operation),)), "string")
    return _labelled(operation, texts, label_mode, class_names)


def _labelled(operation: Operation, examples: Tensor, label_mode: Value, class_names: Value) -> Value:
    if operation.is_none(label_mode):
        return dataset(operation, examples)
    batch = examples.shape.dims[0] if examples.shape.dims else UNKNOWN
    count = _class_count(operation, class_names)
    forms = {"int": Shape((batch,)), "binary": Shape((batch, 1)), "categorical": Shape((batch, count))}
    form = forms.get(operation.text(label_mode) or "", UNKNOWN_SHAPE)
    dtype = "int32" if operation.text(label_mode) == "int" else "float32"
    return dataset(operation, Sequence((examples, operation.tensor_result(form, dtype))))


@model("tf.keras.preprocessing.sequence.TimeseriesGenerator")
def timeseries_generator(
    operation: Operation,
    data: Value,
    targets: Value,
    length: Value,
    sampling_rate: Value = ONE,
    *rest: Value,
    **options: Value,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/sequence/TimeseriesGenerator."""
    batch = _batch(operation)
    series, labels = operation.array(data), operation.array(targets)
    steps = _steps(operation.integer(length), operation.integer(sampling_rate))
    windows = Shape((batch, steps, *series.shape.dims[1:])) if series.shape.dims else UNKNOWN_SHAPE
    rows = Shape((batch, *labels.shape.dims[1:])) if labels.shape.dims else UNKNOWN_SHAPE
    pair = operation.tensor_result(windows, None, series), operation.tensor_result(rows, None, labels)
    return dataset(operation, Sequence(pair), series, labels)


def _steps(length: Dim, rate: Dim) -> Dim:
    return -(-length // rate)


@model("tf.keras.utils.timeseries_dataset_from_array", "tf.keras.preprocessing.timeseries_dataset_from_array")
def timeseries_dataset(
    operation: Operation,
    data: Value,
    targets: Value,
    sequence_length: Value,
    sequence_stride: Value = ONE,
    sampling_rate: Value = ONE,
    batch_size: Value = _BATCH,
    **options: Value,
) -> Value:
    """https://keras.io/api/data_loading/timeseries."""
    if operation.is_none(batch_size):
        return operation.unknown(data, targets)
    batch = _batch(operation)
    series = operation.array(data)
    dims = series.shape.dims
    windows = Shape((batch, operation.integer(sequence_length), *dims[1:])) if dims else UNKNOWN_SHAPE
    examples = operation.tensor_result(windows, None, series)
    if operation.is_none(targets):
        return dataset(operation, examples, series)
    return dataset(operation, Sequence((examples, _batch_of(operation, targets, batch))), series)
