"""Images as Keras reads them from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api import pillow
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, Constant, Value
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

_MODES: Final = {"rgb": "RGB", "rgba": "RGBA"}
_RGB: Final = Constant("rgb")


@model("tf.keras.utils.load_img", "tf.keras.preprocessing.image.load_img")
def load_img(
    operation: Operation,
    path: Value,
    grayscale: Value = FALSE,
    color_mode: Value = _RGB,
    target_size: Value = NONE,
    interpolation: Value = NONE,
    keep_aspect_ratio: Value = FALSE,
) -> Value:
    """https://keras.io/api/data_loading/image: an image of Pillow's. Keras 3 has no ``grayscale``."""
    mode = _MODES.get(operation.text(color_mode) or "")
    if operation.boolean(grayscale) is not False or operation.text(color_mode) == "grayscale":
        # It keeps the depth of the file.
        mode = "L"
    dims = None if operation.is_none(target_size) else operation.dims(target_size)
    size: tuple[Dim, Dim] = (UNKNOWN, UNKNOWN)
    if dims is not None and len(dims) >= 2:
        size = (dims[0], dims[1])
    return pillow.image(operation, size, mode)


@model("tf.keras.utils.img_to_array", "tf.keras.preprocessing.image.img_to_array")
def img_to_array(operation: Operation, img: Value, data_format: Value = NONE, dtype: Value = NONE) -> Value:
    """https://keras.io/api/data_loading/image: a grey image gets an axis of one channel."""
    operand = operation.array(img)
    dims = operand.shape.dims
    if dims is None or len(dims) not in (2, 3) or not operation.is_none(data_format):
        return operation.array_result(UNKNOWN_SHAPE, None, operand)
    kind = operation.dtype(dtype, "float32")
    return operation.array_result(Shape((*dims, 1) if len(dims) == 2 else dims), kind, operand)


@model("tf.keras.utils.array_to_img", "tf.keras.preprocessing.image.array_to_img")
def array_to_img(
    operation: Operation, x: Value, data_format: Value = NONE, scale: Value = TRUE, dtype: Value = NONE
) -> Value:
    """https://keras.io/api/data_loading/image: an image of Pillow's."""
    dims = operation.array(x).shape.dims
    if dims is None or len(dims) != 3 or not operation.is_none(data_format):
        return pillow.image(operation, (UNKNOWN, UNKNOWN), None, x)
    mode = {3: "RGB", 1: "L", 4: "RGBA"}.get(dims[2]) if isinstance(dims[2], int) else None
    return pillow.image(operation, (dims[0], dims[1]), mode, x)
