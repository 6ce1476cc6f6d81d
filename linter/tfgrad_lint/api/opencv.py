"""OpenCV: images read, resized and recoloured on their way to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import add_class, model
from tfgrad_lint.domain.values import FALSE, NONE, ApiObject, Constant, External, OfType, Sequence, Tensor, Value
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_CAPTURE: Final = "cv2.VideoCapture"
_COLOUR: Final = Shape((UNKNOWN, UNKNOWN, 3))
_GREY: Final = Shape((UNKNOWN, UNKNOWN))
# How many channels a conversion leaves, by the last part of its name; one is no axis.
_CHANNELS: Final = {"GRAY": None, "BGRA": 4, "RGBA": 4}
_COLOUR_FLAG: Final = Constant(1)

add_class(_CAPTURE)


def _read_shape(flags: Value) -> Shape:
    name = flags.name.rpartition(".")[2] if isinstance(flags, External) else flags
    if name in ("IMREAD_COLOR", "IMREAD_COLOR_RGB", _COLOUR_FLAG):
        return _COLOUR
    return _GREY if name in ("IMREAD_GRAYSCALE", Constant(0), FALSE) else UNKNOWN_SHAPE


@model("cv2.imread")
def imread(operation: Operation, filename: Value, flags: Value = _COLOUR_FLAG) -> Tensor:
    """https://docs.opencv.org/4.x/d4/da8/group__imgcodecs.html: in colour unless told otherwise."""
    return operation.array_result(_read_shape(flags), "uint8" if _read_shape(flags).dims else None)


@model("cv2.imdecode")
def imdecode(operation: Operation, buf: Value, flags: Value) -> Tensor:
    """https://docs.opencv.org/4.x/d4/da8/group__imgcodecs.html."""
    return operation.array_result(_read_shape(flags), "uint8" if _read_shape(flags).dims else None)


@model("cv2.resize")
def resize(operation: Operation, src: Value, dsize: Value, *rest: Value, **others: Value) -> Tensor:
    """https://docs.opencv.org/4.x/da/d54/group__imgproc__transform.html: to (width, height); a single channel goes."""
    operand = operation.array(src)
    return operation.array_result(_in_size(operation, operand.shape, dsize), operand.dtype, operand)


def _in_size(operation: Operation, image: Shape, size: Value) -> Shape:
    """Return the shape of ``image`` in a ``size`` that is given as (width, height)."""
    named = None if operation.is_none(size) else operation.dims(size)
    width, height = named if named is not None and len(named) == 2 else (UNKNOWN, UNKNOWN)
    channels = None if image.dims is None else image.dims[2:]
    if channels is None or UNKNOWN in channels:
        return UNKNOWN_SHAPE
    return Shape((height, width, *(() if channels == (1,) else channels)))


@model("cv2.warpAffine", "cv2.warpPerspective")
def warped(operation: Operation, src: Value, M: Value, dsize: Value, *rest: Value, **others: Value) -> Tensor:  # noqa: N803
    """https://docs.opencv.org/4.x/da/d54/group__imgproc__transform.html."""
    return resize(operation, src, dsize)


@model("cv2.cvtColor")
def converted(operation: Operation, src: Value, code: Value, *rest: Value, **others: Value) -> Tensor:
    """https://docs.opencv.org/4.x/d8/d01/group__imgproc__color__conversions.html: grey images have no channels."""
    operand = operation.array(src)
    name = code.name.rpartition(".")[2] if isinstance(code, External) else ""
    if not name.startswith("COLOR_") or "YUV" in name or "Bayer" in name:
        return operation.array_result(UNKNOWN_SHAPE, operand.dtype, operand)
    size = operand.shape.dims[:2] if operand.shape.dims and len(operand.shape.dims) > 1 else (UNKNOWN, UNKNOWN)
    channels = _CHANNELS.get(name.rpartition("2")[2], 3)
    shape = Shape(size if channels is None else (*size, channels))
    return operation.array_result(shape, operand.dtype, operand)


@model(
    "cv2.GaussianBlur",
    "cv2.medianBlur",
    "cv2.blur",
    "cv2.bilateralFilter",
    "cv2.fastNlMeansDenoising",
    "cv2.fastNlMeansDenoisingColored",
    "cv2.equalizeHist",
    "cv2.adaptiveThreshold",
    "cv2.dilate",
    "cv2.erode",
    "cv2.morphologyEx",
    "cv2.flip",
    "cv2.bitwise_not",
)
def filtered(operation: Operation, src: Value, *rest: Value, **others: Value) -> Tensor:
    """https://docs.opencv.org/4.x/d4/d86/group__imgproc__filter.html: a single channel as last axis goes."""
    operand = operation.array(src)
    dims = operand.shape.dims
    certain = dims is not None and (len(dims) == 2 or (len(dims) == 3 and isinstance(dims[2], int) and dims[2] > 1))
    return operation.array_result(operand.shape if certain else UNKNOWN_SHAPE, operand.dtype, operand)


@model("cv2.Canny")
def edges(operation: Operation, image: Value, *rest: Value, **others: Value) -> Tensor:
    """https://docs.opencv.org/4.x/dd/d1a/group__imgproc__feature.html: one number for each pixel."""
    operand = operation.array(image)
    dims = operand.shape.dims
    return operation.array_result(Shape(dims[:2]) if dims and len(dims) > 1 else _GREY, "uint8", operand)


@model("cv2.threshold")
def threshold(operation: Operation, src: Value, *rest: Value, **others: Value) -> Value:
    """https://docs.opencv.org/4.x/d7/d1b/group__imgproc__misc.html: the threshold used, and the image."""
    return Sequence((OfType("float"), filtered(operation, src)))


@model(_CAPTURE)
def capture(operation: Operation, *arguments: Value, **options: Value) -> Value:
    """https://docs.opencv.org/4.x/d8/dfe/classcv_1_1VideoCapture.html."""
    return ApiObject(_CAPTURE, operation.node())


@model(f"{_CAPTURE}.read")
def frame(operation: Operation, self: Value, image: Value = NONE) -> Value:
    """Return whether there was a frame, and the frame in colour."""
    return Sequence((OfType("bool"), operation.array_result(_COLOUR, "uint8", self)))
