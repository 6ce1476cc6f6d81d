"""Images: resizing, cropping, colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, Tensor, Value
from tfgrad_lint.shapes.conflicts import LengthConflict, WindowConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet, of_rank
from tfgrad_lint.shapes.windows import window_count

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


def image_rank(parameter: str, shape: Shape) -> None:
    """Check that this is an image or a batch of them.

    Raises:
        RankConflict: it has neither 3 nor 4 axes.
    """
    check_rank(parameter, shape, 3, 4)


def resized_shape(shape: Shape, height: Dim, width: Dim) -> Shape:
    """Return the shape of an image or a batch of them in another size."""
    if shape.dims is None:
        return UNKNOWN_SHAPE
    return Shape((*shape.dims[:-3], height, width, shape.dims[-1]))


@model("tf.image.resize")
def resize(
    operation: Operation,
    images: Value,
    size: Value,
    method: Value = NONE,
    preserve_aspect_ratio: Value = FALSE,
    antialias: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/resize: real numbers unless the nearest entry is taken."""
    operand = operation.tensor(images)
    image_rank("images", operand.shape)
    target = operation.dims(size)
    if target is not None and len(target) != 2:
        raise LengthConflict("size", operand.shape, len(target), 2)
    plain = operation.boolean(preserve_aspect_ratio) is False
    height, width = target if target is not None and plain else (UNKNOWN, UNKNOWN)
    smooth = operation.is_none(method) or operation.text(method) == "bilinear"
    dtype = "float32" if smooth and operand.dtype is not None and not _same_size(operand.shape, height, width) else None
    if operand.dtype == "float32":
        dtype = "float32"
    return operation.tensor_result(resized_shape(operand.shape, height, width), dtype, operand)


def _same_size(shape: Shape, height: Dim, width: Dim) -> bool:
    # An image that has the size already is returned as it is, in its own dtype.
    dims = shape.dims
    return dims is None or (equal(dims[-3], height) is not False and equal(dims[-2], width) is not False)


@model("tf.image.resize_with_crop_or_pad")
def resize_with_crop_or_pad(operation: Operation, image: Value, target_height: Value, target_width: Value) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/resize_with_crop_or_pad."""
    operand = operation.tensor(image)
    image_rank("image", operand.shape)
    shape = resized_shape(operand.shape, operation.integer(target_height), operation.integer(target_width))
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.image.resize_with_pad")
def resize_with_pad(
    operation: Operation,
    image: Value,
    target_height: Value,
    target_width: Value,
    method: Value = NONE,
    antialias: Value = FALSE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/resize_with_pad."""
    operand = operation.tensor(image)
    image_rank("image", operand.shape)
    shape = resized_shape(operand.shape, operation.integer(target_height), operation.integer(target_width))
    return operation.tensor_result(shape, operand.dtype if operand.dtype == "float32" else None, operand)


@model("tf.image.crop_to_bounding_box", "tf.image.pad_to_bounding_box")
def bounding_box(
    operation: Operation,
    image: Value,
    offset_height: Value,
    offset_width: Value,
    target_height: Value,
    target_width: Value,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/crop_to_bounding_box."""
    return resize_with_crop_or_pad(operation, image, target_height, target_width)


def keeping(operation: Operation, image: Value) -> Tensor:
    """Model a function that keeps the shape of images."""
    operand = operation.tensor(image)
    return operation.derived(operand.shape, operand.dtype, operand)


def adjusting(operation: Operation, image: Value, *parameters: Value) -> Tensor:
    """Model a function that keeps the shape of images and takes further numbers."""
    operand = operation.tensor(image)
    given = [operation.tensor(value) for value in parameters if isinstance(value, Tensor)]
    return operation.derived(operand.shape, operand.dtype, operand, *given)


@model("tf.image.convert_image_dtype")
def convert_image_dtype(
    operation: Operation, image: Value, dtype: Value, saturate: Value = FALSE, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/convert_image_dtype."""
    operand = operation.tensor(image)
    return operation.derived(operand.shape, operation.dtype(dtype), operand)


def _channels(operation: Operation, images: Value, made: int) -> Tensor:
    operand = operation.tensor(images)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if not dims else Shape((*dims[:-1], made))
    return operation.tensor_result(shape, operand.dtype, operand, explicit=made == 1)


@model("tf.image.rgb_to_grayscale")
def rgb_to_grayscale(operation: Operation, images: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/rgb_to_grayscale."""
    return _channels(operation, images, 1)


@model("tf.image.grayscale_to_rgb")
def grayscale_to_rgb(operation: Operation, images: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/grayscale_to_rgb."""
    return _channels(operation, images, 3)


@model("tf.image.rot90")
def rot90(operation: Operation, image: Value, k: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/rot90."""
    operand = operation.tensor(image)
    image_rank("image", operand.shape)
    turns = 1 if operation.is_none(k) else operation.integer(k)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if dims is None else of_rank(len(dims))
    if dims is not None and isinstance(turns, int):
        height, width = (dims[-2], dims[-3]) if turns % 2 else (dims[-3], dims[-2])
        shape = resized_shape(operand.shape, height, width)
    return operation.derived(shape, operand.dtype, operand)


@model("tf.image.transpose")
def transpose(operation: Operation, image: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/transpose."""
    operand = operation.tensor(image)
    image_rank("image", operand.shape)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if dims is None else resized_shape(operand.shape, dims[-2], dims[-3])
    return operation.derived(shape, operand.dtype, operand)


@model("tf.image.total_variation")
def total_variation(operation: Operation, images: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/total_variation: a number for each image."""
    operand = operation.tensor(images)
    image_rank("images", operand.shape)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE if dims is None else Shape(dims[:-3])
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.image.psnr")
def psnr(operation: Operation, a: Value, b: Value, max_val: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/psnr: a number for each image."""
    return _similarity(operation, a, b)


@model("tf.image.ssim")
def ssim(
    operation: Operation,
    img1: Value,
    img2: Value,
    max_val: Value,
    filter_size: Value = NONE,
    filter_sigma: Value = NONE,
    k1: Value = NONE,
    k2: Value = NONE,
    return_index_map: Value = FALSE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/ssim: a number for each image."""
    result = _similarity(operation, img1, img2)
    if operation.boolean(return_index_map) is not False:
        return operation.tensor_result(UNKNOWN_SHAPE, "float32", result)
    return result


def _similarity(operation: Operation, a: Value, b: Value) -> Tensor:
    left, right = operation.tensor(a), operation.tensor(b)
    both = meet(left.shape, right.shape)
    shape = UNKNOWN_SHAPE
    if both is not None and both.dims is not None and len(both.dims) >= 3:
        shape = Shape(both.dims[:-3])
    return operation.tensor_result(shape, "float32", left, right)


@model("tf.image.sobel_edges")
def sobel_edges(operation: Operation, image: Value) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/sobel_edges: two gradients, on a new last axis."""
    operand = operation.tensor(image)
    dims = operand.shape.dims
    shape = Shape((*dims, 2)) if dims is not None and len(dims) == 4 else UNKNOWN_SHAPE
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.image.crop_and_resize")
def crop_and_resize(
    operation: Operation,
    image: Value,
    boxes: Value,
    box_indices: Value,
    crop_size: Value,
    method: Value = NONE,
    extrapolation_value: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/crop_and_resize: a crop for each box."""
    images, corners = operation.tensor(image), operation.tensor(boxes)
    size, rows = operation.dims(crop_size), corners.shape.dims
    dims = images.shape.dims
    shape = of_rank(4)
    if size is not None and len(size) == 2 and dims is not None and len(dims) == 4 and rows:
        shape = Shape((rows[0], *size, dims[3]))
    return operation.tensor_result(shape, "float32", images, corners)


@model("tf.image.extract_patches")
def extract_patches(
    operation: Operation, images: Value, sizes: Value, strides: Value, rates: Value, padding: Value, name: Value = NONE
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/image/extract_patches: each patch flat, along the last axis.

    Raises:
        RankConflict: this is no batch of images.
        WindowConflict: they are certainly smaller than a patch.
    """
    operand = operation.tensor(images)
    dims = operand.shape.dims
    check_rank("images", operand.shape, 4)
    told = [operation.dims(value) for value in (sizes, strides, rates)]
    kind = operation.text(padding)
    if dims is None or kind is None or not all(each is not None and len(each) == 4 for each in told):
        return operation.tensor_result(of_rank(4), operand.dtype, operand)
    window, stride, rate = (each or () for each in told)
    places = [_patches(operand.shape, axis, window[axis], stride[axis], rate[axis], kind) for axis in (1, 2)]
    shape = Shape((dims[0], *places, window[1] * window[2] * dims[3]))
    return operation.tensor_result(shape, operand.dtype, operand)


def _patches(images: Shape, axis: int, window: Dim, stride: Dim, rate: Dim, padding: str) -> Dim:
    count = window_count((images.dims or ())[axis], window, stride, padding, rate)
    if padding == "SAME":
        return count
    if isinstance(count, int) and count < 0:
        raise WindowConflict(images, axis, window)
    # Of a symbolic size it is not known whether there is a place at all.
    return count if isinstance(count, int) else UNKNOWN


add_family("tf.image.flip_left_right tf.image.flip_up_down tf.image.per_image_standardization", keeping, "image")
add_family("tf.image.rgb_to_yiq tf.image.rgb_to_yuv tf.image.yiq_to_rgb tf.image.yuv_to_rgb", keeping, "images")
add_family("tf.image.rgb_to_hsv tf.image.hsv_to_rgb", adjusting, "images name", name=NONE)
add_family("tf.image.random_flip_left_right tf.image.random_flip_up_down", adjusting, "image seed", seed=NONE)
add_family("tf.image.stateless_random_flip_left_right tf.image.stateless_random_flip_up_down", adjusting, "image seed")
add_family("tf.image.adjust_brightness", adjusting, "image delta")
add_family("tf.image.adjust_contrast", adjusting, "images contrast_factor")
add_family("tf.image.adjust_gamma", adjusting, "image gamma gain", gamma=NONE, gain=NONE)
add_family("tf.image.adjust_hue", adjusting, "image delta name", name=NONE)
add_family("tf.image.adjust_saturation", adjusting, "image saturation_factor name", name=NONE)
add_family("tf.image.random_brightness tf.image.random_hue", adjusting, "image max_delta seed", seed=NONE)
add_family("tf.image.random_contrast tf.image.random_saturation", adjusting, "image lower upper seed", seed=NONE)
add_family("tf.image.stateless_random_brightness tf.image.stateless_random_hue", adjusting, "image max_delta seed")
add_family("tf.image.stateless_random_contrast", adjusting, "image lower upper seed")
add_family("tf.image.stateless_random_saturation", adjusting, "image lower upper seed", seed=NONE)
