"""``tf.io`` and ``tf.image``: tensors from bytes and records, and bytes from tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.ranks import check_least_rank, check_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import NONE, TRUE, ApiObject, Constant, DType, Mapping, Sequence, Tensor, Value
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_UINT8: Final = Constant("uint8")
# The class of descriptions of features that all records have, in one shape.
_FIXED: Final = "tf.io.FixedLenFeature"


def text(operation: Operation, value: Value, parameter: str) -> Tensor:
    """Return ``value`` as the one string that an operation reads.

    Raises:
        RankConflict: it is certainly no scalar.
    """
    operand = operation.tensor(value)
    check_rank(parameter, operand.shape, 0)
    return operand


@model("tf.io.read_file")
def read_file(operation: Operation, filename: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/io/read_file."""
    return operation.tensor_result(SCALAR, "string", text(operation, filename, "filename"))


def _channels(operation: Operation, channels: Value) -> Dim:
    # 0 and None stand for as many channels as the file has.
    count = operation.integer(channels)
    return count if isinstance(count, int) and count > 0 else UNKNOWN


def decoded(operation: Operation, contents: Value, channels: Value, dtype: str | None) -> Tensor:
    """Return an image of unknown size, as the bytes of a file tell it."""
    file = text(operation, contents, "contents")
    return operation.tensor_result(Shape((UNKNOWN, UNKNOWN, _channels(operation, channels))), dtype, file)


def decode_bytes(operation: Operation, contents: Value, channels: Value, *_options: Value) -> Tensor:
    """Model ``decode_jpeg`` and ``decode_bmp``: 8 bits for each channel."""
    return decoded(operation, contents, channels, "uint8")


@model("tf.image.decode_png", "tf.io.decode_png")
def decode_png(
    operation: Operation, contents: Value, channels: Value = NONE, dtype: Value = _UINT8, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/io/decode_png."""
    return decoded(operation, contents, channels, operation.dtype(dtype))


@model("tf.image.decode_and_crop_jpeg", "tf.io.decode_and_crop_jpeg")
def decode_and_crop_jpeg(
    operation: Operation,
    contents: Value,
    crop_window: Value,
    channels: Value = NONE,
    ratio: Value = NONE,
    fancy_upscaling: Value = NONE,
    try_recover_truncated: Value = NONE,
    acceptable_fraction: Value = NONE,
    dct_method: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/io/decode_and_crop_jpeg: ``[y, x, height, width]`` of the image."""
    window = operation.dims(crop_window)
    size = window[2:] if window is not None and len(window) == 4 else (UNKNOWN, UNKNOWN)
    file = text(operation, contents, "contents")
    return operation.tensor_result(Shape((*size, _channels(operation, channels))), "uint8", file)


@model("tf.image.decode_gif", "tf.io.decode_gif")
def decode_gif(operation: Operation, contents: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/io/decode_gif: all frames."""
    file = text(operation, contents, "contents")
    return operation.tensor_result(Shape((UNKNOWN, UNKNOWN, UNKNOWN, 3)), "uint8", file)


@model("tf.image.decode_image", "tf.io.decode_image")
def decode_image(
    operation: Operation,
    contents: Value,
    channels: Value = NONE,
    dtype: Value = _UINT8,
    name: Value = NONE,
    expand_animations: Value = TRUE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/io/decode_image: an animation has an axis more."""
    image = decoded(operation, contents, channels, operation.dtype(dtype))
    if operation.boolean(expand_animations) is False:
        return image
    return operation.tensor_result(UNKNOWN_SHAPE, image.dtype, image)


@model("tf.image.encode_png", "tf.io.encode_png")
def encode_png(operation: Operation, image: Value, compression: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/io/encode_png: a string for each image.

    Raises:
        RankConflict: it is no image.
    """
    operand = operation.tensor(image)
    dims = operand.shape.dims
    if dims is None:
        return operation.tensor_result(UNKNOWN_SHAPE, "string", operand)
    check_least_rank("image", operand.shape, 3)
    return operation.tensor_result(Shape(dims[:-3]), "string", operand)


def encode_jpeg(operation: Operation, image: Value, *_options: Value) -> Tensor:
    """Model ``encode_jpeg``: a string.

    Raises:
        RankConflict: it is no image.
    """
    operand = operation.tensor(image)
    check_rank("image", operand.shape, 3)
    return operation.tensor_result(SCALAR, "string", operand)


@model("tf.io.serialize_tensor")
def serialize_tensor(operation: Operation, tensor: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/io/serialize_tensor."""
    return operation.tensor_result(SCALAR, "string", operation.tensor(tensor))


@model("tf.io.parse_tensor")
def parse_tensor(operation: Operation, serialized: Value, out_type: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/io/parse_tensor."""
    source = text(operation, serialized, "serialized")
    return operation.tensor_result(UNKNOWN_SHAPE, operation.dtype(out_type), source)


@model("tf.io.decode_raw")
def decode_raw(
    operation: Operation,
    input_bytes: Value,
    out_type: Value,
    little_endian: Value = TRUE,
    fixed_length: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/io/decode_raw: the numbers of each string, along a new axis."""
    source = operation.tensor(input_bytes)
    shape = UNKNOWN_SHAPE if source.shape.dims is None else Shape((*source.shape.dims, UNKNOWN))
    return operation.tensor_result(shape, operation.dtype(out_type), source)


@model("tf.io.decode_csv")
def decode_csv(
    operation: Operation,
    records: Value,
    record_defaults: Value,
    field_delim: Value = NONE,
    use_quote_delim: Value = TRUE,
    na_value: Value = NONE,
    select_cols: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/io/decode_csv: a tensor for each column, of its default's dtype."""
    lines = operation.tensor(records)
    columns = operation.items(record_defaults)
    if columns is None:
        return operation.unknown(records)
    dtypes = [column.name if isinstance(column, DType) else operation.tensor(column).dtype for column in columns]
    return Sequence(tuple(operation.tensor_result(lines.shape, dtype, lines) for dtype in dtypes), "list")


@model(_FIXED)
def fixed_feature(operation: Operation, shape: Value, dtype: Value, default_value: Value = NONE) -> ApiObject:
    """https://www.tensorflow.org/api_docs/python/tf/io/FixedLenFeature."""
    return ApiObject(_FIXED, operation.node(), {"shape": shape, "dtype": dtype})


@model("tf.io.parse_single_example", "tf.io.parse_example")
def parse_example(
    operation: Operation, serialized: Value, features: Value, example_names: Value = NONE, name: Value = NONE
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/io/parse_example: of each record a tensor for each feature.

    Raises:
        RankConflict: one record is to be parsed, but several are given.
    """
    records = operation.tensor(serialized)
    if operation.name.endswith("parse_single_example"):
        check_rank("serialized", records.shape, 0)
    if not isinstance(features, Mapping):
        return operation.unknown(records)
    return Mapping({key: _parsed(operation, records, feature) for key, feature in features.items.items()})


def _parsed(operation: Operation, records: Tensor, feature: Value) -> Value:
    if not isinstance(feature, ApiObject) or feature.type != _FIXED:
        # Features of variable length become sparse tensors.
        return operation.unknown(records)
    dims = operation.dims(feature.attributes["shape"])
    whole = None if dims is None or records.shape.dims is None else (*records.shape.dims, *dims)
    return operation.tensor_result(Shape(whole), operation.dtype(feature.attributes["dtype"]), records)


_JPEG: Final = "contents channels ratio fancy_upscaling try_recover_truncated acceptable_fraction dct_method name"
_OPTIONS: Final = (
    "format quality progressive optimize_size chroma_downsampling density_unit x_density y_density xmp_metadata name"
)
add_family("tf.image.decode_jpeg tf.io.decode_jpeg", decode_bytes, _JPEG, **dict.fromkeys(_JPEG.split()[1:], NONE))
add_family("tf.image.decode_bmp tf.io.decode_bmp", decode_bytes, "contents channels name", channels=NONE, name=NONE)
add_family(
    "tf.image.encode_jpeg tf.io.encode_jpeg",
    encode_jpeg,
    f"image {_OPTIONS}",
    **dict.fromkeys(_OPTIONS.split(), NONE),
)
