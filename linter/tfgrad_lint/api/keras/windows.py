"""How many positions a window has along an axis: the arithmetic of convolution and pooling layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.shapes.conflicts import ConvolutionConflict, WindowConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.api.keras.layer import Call


def along_space(
    shape: Shape, *, first: bool | None, channels: Dim | None, size: Callable[[int, Dim], Dim | None]
) -> Shape:
    """Return ``shape`` with each spatial axis resized by ``size(index, dim)`` and ``channels`` channels, if given.

    ``first`` tells whether the channels lie before the spatial axes; nothing is known of the sizes if it is None.

    Raises:
        WindowConflict: ``size`` gives None because no position is left on an axis.
    """
    if shape.dims is None:
        return shape
    rank = len(shape.dims)
    if first is None:
        return Shape((shape.dims[0], *((UNKNOWN,) * (rank - 1))))
    start = 2 if first else 1
    dims = list(shape.dims)
    for index in range(rank - 2):
        resized = size(index, dims[start + index])
        if resized is None:
            raise WindowConflict(shape, start + index, UNKNOWN)
        dims[start + index] = resized
    if channels is not None:
        dims[1 if first else -1] = channels
    return Shape(tuple(dims))


def slid(call: Call, shape: Shape, window: tuple[Dim, ...], strides: tuple[Dim, ...], channels: Dim | None) -> Shape:
    """Return the shape after a window has slid over the spatial axes of ``shape``.

    Raises:
        WindowConflict: the window is larger than an axis.
    """
    padding = (call.text("padding") or "").lower()
    first = call.channels_first()

    def size(index: int, dim: Dim) -> Dim | None:
        if padding in {"same", "causal"}:
            return (dim + strides[index] - 1) // strides[index]
        if padding != "valid":
            return UNKNOWN
        rest = dim - window[index]
        if isinstance(rest, int) and rest < 0:
            raise WindowConflict(shape, index + (2 if first else 1), window[index])
        return rest // strides[index] + 1

    return along_space(shape, first=first, channels=channels, size=size)


def dilated(kernel: tuple[Dim, ...], dilation: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """Return the extent of a kernel whose entries lie ``dilation`` apart."""
    return tuple((size - 1) * step + 1 for size, step in zip(kernel, dilation, strict=True))


def check_groups(call: Call, shape: Shape) -> None:
    """Check that the channels of the input divide into the groups of a convolution.

    Raises:
        ConvolutionConflict: they do not.
    """
    first, groups = call.channels_first(), call.integer("groups")
    if first is None or shape.dims is None or not isinstance(groups, int) or groups < 1:
        return
    channels = shape.dims[1 if first else -1]
    if isinstance(channels, int) and channels % groups:
        raise ConvolutionConflict(shape, Shape((groups,)), channels, groups)
