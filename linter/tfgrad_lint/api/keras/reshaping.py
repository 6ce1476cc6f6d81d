"""Layers that rearrange, pad, crop or repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.keras.layer import Call, ShapeRule, Takes, layer
from tfgrad_lint.api.keras.windows import along_space
from tfgrad_lint.api.layout import reshaped
from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.domain.values import Constant, Integer, Sequence
from tfgrad_lint.shapes.conflicts import PermutationConflict, ReshapeConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, product
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.domain.values import Value


@layer("Flatten", "data_format=None", Takes(min_rank=1))
def flatten(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/reshaping_layers/flatten: all axes but the batch become one."""
    if shape.dims is None:
        return of_rank(2)
    return Shape((shape.dims[0], product(shape.dims[1:])))


@layer("Reshape", "target_shape")
def reshape(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/reshaping_layers/reshape: the batch is not part of the target.

    Raises:
        ReshapeConflict: the number of elements of an example certainly differs.
    """
    target = call.operation.dims(call.argument("target_shape"))
    if target is None:
        return UNKNOWN_SHAPE
    if not shape.dims:
        return of_rank(len(target) + 1)
    try:
        inner = reshaped(Shape(shape.dims[1:]), target).dims or ()
    except ReshapeConflict as conflict:
        # Told as the user wrote it: without the batch.
        raise ReshapeConflict(Shape(shape.dims[1:]), target) from conflict
    return Shape((shape.dims[0], *inner))


@layer("Permute", "dims")
def permute(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/reshaping_layers/permute: axes count from 1, the batch stays.

    Raises:
        RankConflict: the input has another rank than there are axes named.
        PermutationConflict: the argument does not name each axis once.
    """
    order = call.operation.dims(call.argument("dims"))
    if order is None:
        return UNKNOWN_SHAPE
    if shape.dims is None:
        return of_rank(len(order) + 1)
    check_rank("inputs", shape, len(order) + 1)
    known = tuple(axis for axis in order if isinstance(axis, int))
    if len(known) < len(order):
        return of_rank(len(shape.dims))
    if sorted(known) != list(range(1, len(known) + 1)):
        raise PermutationConflict(shape, known)
    return Shape((shape.dims[0], *(shape.dims[axis] for axis in known)))


@layer("RepeatVector", "n", Takes(rank=2))
def repeat_vector(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/reshaping_layers/repeat_vector."""
    batch, features = shape.dims or (UNKNOWN, UNKNOWN)
    return Shape((batch, call.integer("n"), features))


def _ends(call: Call, value: Value, rank: int) -> tuple[tuple[Dim, Dim], ...]:
    """Read an amount for both ends of all axes, of each axis, or of each end of each axis."""
    unknown = ((UNKNOWN, UNKNOWN),) * rank
    if isinstance(value, Constant | Integer):
        amount = call.operation.integer(value)
        return ((amount, amount),) * rank
    if not isinstance(value, Sequence):
        return unknown
    if rank == 1:
        given = call.operation.dims(value) or ()
        return ((given[0], given[1]),) if len(given) == 2 else unknown
    rows = [call.operation.dims(item) for item in value.items]
    if len(rows) != rank:
        return unknown
    return tuple((row[0], row[-1]) if row is not None and len(row) <= 2 else (UNKNOWN, UNKNOWN) for row in rows)


def _padding(rank: int) -> ShapeRule:
    def rule(call: Call, shape: Shape) -> Shape:
        """https://keras.io/api/layers/reshaping_layers/zero_padding2d."""
        ends = _ends(call, call.argument("padding"), rank)
        first = rank > 1 and call.channels_first()

        def size(index: int, dim: Dim) -> Dim:
            return dim + ends[index][0] + ends[index][1]

        return along_space(shape, first=first, channels=None, size=size)

    return rule


def _cropping(rank: int) -> ShapeRule:
    def rule(call: Call, shape: Shape) -> Shape:
        """https://keras.io/api/layers/reshaping_layers/cropping2d."""
        ends = _ends(call, call.argument("cropping"), rank)
        first = rank > 1 and call.channels_first()

        def size(index: int, dim: Dim) -> Dim | None:
            rest = dim - ends[index][0] - ends[index][1]
            return None if isinstance(rest, int) and rest <= 0 else rest

        return along_space(shape, first=first, channels=None, size=size)

    return rule


def _upsampling(rank: int) -> ShapeRule:
    def rule(call: Call, shape: Shape) -> Shape:
        """https://keras.io/api/layers/reshaping_layers/up_sampling2d."""
        factors = call.window("size", rank)
        first = rank > 1 and call.channels_first()

        def size(index: int, dim: Dim) -> Dim:
            return dim * factors[index]

        return along_space(shape, first=first, channels=None, size=size)

    return rule


def _register(rank: int) -> None:
    takes, form = Takes(rank=rank + 2), ", data_format=None"
    padding = {1: "1", 2: "(1, 1)", 3: "((1, 1), (1, 1), (1, 1))"}[rank]
    cropping = {1: "(1, 1)", 2: "((0, 0), (0, 0))", 3: "((1, 1), (1, 1), (1, 1))"}[rank]
    upsampling = {1: "size=2", 2: "size=(2, 2), data_format=None, interpolation='nearest'",
                  3: "size=(2, 2, 2), data_format=None"}[rank]  # fmt: skip
    layer(f"ZeroPadding{rank}D", f"padding={padding}{form}", takes)(_padding(rank))
    layer(f"Cropping{rank}D", f"cropping={cropping}{form if rank > 1 else ''}", takes)(_cropping(rank))
    layer(f"UpSampling{rank}D", upsampling, takes)(_upsampling(rank))


for _rank in (1, 2, 3):
    _register(_rank)
