"""Pillow: images as NumPy and Keras read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import add_class, model
from tfgrad_lint.domain.values import ARRAY, NONE, ApiObject, Constant, Tensor, Value
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

IMAGE: Final = "PIL.Image.Image"
# Axes of the colours, by the mode of the image.
_COLOURS: Final[dict[str, tuple[int, ...]]] = {
    "1": (),
    "L": (),
    "P": (),
    "I": (),
    "F": (),
    "LA": (2,),
    "RGB": (3,),
    "HSV": (3,),
    "YCbCr": (3,),
    "LAB": (3,),
    "RGBA": (4,),
    "CMYK": (4,),
}
_RGB: Final = Constant("RGB")

add_class(IMAGE)


def image(operation: Operation, size: tuple[Dim, Dim], mode: str | None, *inputs: Value) -> ApiObject:
    """Return an image of ``size`` (height, width); ``mode`` is None if it is not known which colours it has."""
    colours = _COLOURS.get(mode or "")
    return _with(operation, UNKNOWN_SHAPE if colours is None else Shape((*size, *colours)), size, *inputs)


def _with(operation: Operation, shape: Shape, size: tuple[Dim, Dim], *inputs: Value) -> ApiObject:
    dtype = "uint8" if shape.rank == 3 else None
    known = Tensor(Shape(size), None, operation.node())
    return ApiObject(IMAGE, operation.node(*inputs), {ARRAY: operation.array_result(shape, dtype), "of size": known})


def _known(value: Value) -> tuple[tuple[Dim, Dim], tuple[Dim, ...] | None]:
    """Return the height and width of an image, and the axes of its colours, None if these are not known."""
    whole = value.attributes[ARRAY] if isinstance(value, ApiObject) and ARRAY in value.attributes else None
    size = value.attributes["of size"] if isinstance(value, ApiObject) and "of size" in value.attributes else None
    height, width = size.shape.dims if isinstance(size, Tensor) and size.shape.dims else (UNKNOWN, UNKNOWN)
    colours = whole.shape.dims[2:] if isinstance(whole, Tensor) and whole.shape.dims is not None else None
    return (height, width), colours


@model("PIL.Image.open")
def open_image(operation: Operation, fp: Value, mode: Value = NONE, formats: Value = NONE) -> Value:
    """https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.open: as the file has it."""
    return image(operation, (UNKNOWN, UNKNOWN), None)


@model("PIL.Image.new")
def new_image(operation: Operation, mode: Value, size: Value, color: Value = NONE) -> Value:
    """https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.new: (width, height)."""
    return image(operation, _turned(operation, size), operation.text(mode))


def _turned(operation: Operation, size: Value) -> tuple[Dim, Dim]:
    named = operation.dims(size)
    return (named[1], named[0]) if named is not None and len(named) == 2 else (UNKNOWN, UNKNOWN)


@model(f"{IMAGE}.convert")
def convert(operation: Operation, self: Value, mode: Value = NONE, *rest: Value, **options: Value) -> Value:
    """https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.convert."""
    return image(operation, _known(self)[0], operation.text(mode), self)


@model(f"{IMAGE}.resize")
def resize(operation: Operation, self: Value, size: Value, *rest: Value, **options: Value) -> Value:
    """https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.resize: to (width, height)."""
    target, colours = _turned(operation, size), _known(self)[1]
    return _with(operation, UNKNOWN_SHAPE if colours is None else Shape((*target, *colours)), target, self)


@model(f"{IMAGE}.rotate", f"{IMAGE}.crop", f"{IMAGE}.transpose", f"{IMAGE}.filter", f"{IMAGE}.copy")
def changed(operation: Operation, self: Value, *arguments: Value, **options: Value) -> Value:
    """https://pillow.readthedocs.io/en/stable/reference/Image.html: the colours stay."""
    colours = _known(self)[1]
    size: tuple[Dim, Dim] = _known(self)[0] if operation.name.endswith((".copy", ".filter")) else (UNKNOWN, UNKNOWN)
    return _with(operation, UNKNOWN_SHAPE if colours is None else Shape((*size, *colours)), size, self)
