"""Arguments of functions that rearrange, join or take apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw


def _factored(draw: Draw, size: int) -> list[int]:
    """Return sizes whose product is ``size``."""
    if size == 0:
        return [*draw.positive_dims(0, 2), 0]
    result: list[int] = []
    for factor in (2, 2, 3, 3, 5):
        if size % factor == 0 and draw.chance():
            result.append(factor)
            size //= factor
    result.insert(draw.integer(0, len(result)), size)
    return [*result, 1] if draw.chance(4) else result


def _shape_argument(draw: Draw, dims: list[int]) -> Any:
    if draw.chance(3):
        return tf.constant(dims, tf.int32)
    return dims if draw.chance() else tuple(dims)


@case("tf.reshape")
def reshape(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    target = draw.disturbed(_factored(draw, int(np.prod(dims))))
    if target and draw.chance():
        target[draw.integer(0, len(target) - 1)] = -1
    if target and draw.chance(12):
        target[draw.integer(0, len(target) - 1)] = -1
    return draw.tensor(dims), _shape_argument(draw, target)


@case("tf.transpose")
def transpose(draw: Draw) -> Call:
    tensor = draw.tensor()
    order = list(range(tensor.shape.rank))
    draw.rng.shuffle(order)
    if draw.chance(8) and order:
        order[0] = order[-1]
    return Call((tensor,), {} if draw.chance(3) else {"perm": _shape_argument(draw, draw.disturbed(order))})


@case("tf.linalg.matrix_transpose tf.linalg.adjoint")
def matrix_transpose(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(),)


@case("tf.expand_dims")
def expand_dims(draw: Draw) -> tuple[Any, ...]:
    tensor = draw.tensor()
    return tensor, draw.axis(tensor.shape.rank, extra=1)


@case("tf.squeeze")
def squeeze(draw: Draw) -> Call:
    dims = [1 if draw.chance() else dim for dim in draw.dims()]
    if draw.chance(4):
        return Call((draw.tensor(dims),))
    ones = [axis for axis, dim in enumerate(dims) if dim == 1]
    axis = draw.choice(ones) if ones and not draw.wrong() else draw.axis(len(dims))
    return Call((draw.tensor(dims),), {"axis": axis if draw.chance() else [axis]})


@case("tf.tile")
def tile(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(dims), _shape_argument(draw, draw.disturbed([draw.integer(0, 3) for _ in dims]))


@case("tf.repeat")
def repeat(draw: Draw) -> Call:
    dims = draw.dims(0, 3)
    return Call((draw.tensor(dims), draw.integer(0, 3)), {"axis": draw.axis(len(dims))} if draw.chance() else {})


@case("tf.pad")
def pad(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(1, 4)
    mode = draw.choice(["CONSTANT", "CONSTANT", "REFLECT", "SYMMETRIC"])
    count = len(draw.disturbed(dims))
    rows = [[draw.integer(0, 2), draw.integer(0, 2)] for _ in range(count)]
    return draw.tensor(dims), rows, mode


@case("tf.broadcast_to")
def broadcast_to(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(draw.partner(dims)), _shape_argument(draw, dims)


@case("tf.slice")
def slice_window(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(1, 4)
    begin = [draw.integer(0, dim) for dim in dims]
    size = [-1 if draw.chance(3) else draw.integer(0, dim - start) for dim, start in zip(dims, begin, strict=True)]
    if size and draw.wrong():
        size[0] = dims[0] + 1
    return draw.tensor(dims), draw.disturbed(begin), _shape_argument(draw, size)


@case("tf.reverse")
def reverse(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(dims), [draw.axis(len(dims)) for _ in range(draw.integer(0, max(1, min(2, len(dims)))))]


@case("tf.roll")
def roll(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(dims), 1, draw.axis(len(dims))


@case("tf.ensure_shape")
def ensure_shape(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(dims), [None if draw.chance(3) else dim for dim in draw.disturbed(dims)]


@case("tf.concat")
def concat(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(0 if draw.wrong() else 1, 4)
    axis = draw.axis(len(dims))
    parts = []
    for _ in range(draw.integer(2, 3)):
        own = list(dims)
        if -len(dims) <= axis < len(dims):
            own[axis] = draw.size()
        parts.append(draw.tensor(draw.disturbed(own)))
    return parts, axis


@case("tf.concat tf.stack", symbolic=False)
def joined_sizes(draw: Draw) -> tuple[Any, ...]:
    return [draw.tensor([draw.integer(1, 2)], "int32") for _ in range(2)] + [[1]], 0


@case("tf.stack")
def stack(draw: Draw) -> Call:
    dims = draw.dims()
    parts = [draw.tensor(draw.disturbed(dims)) for _ in range(draw.integer(1, 3))]
    return Call((parts,), {"axis": draw.axis(len(dims), extra=1)} if draw.chance() else {})


@case("tf.split")
def split(draw: Draw) -> Call:
    dims = draw.dims(1, 4)
    axis = draw.axis(len(dims))
    size = dims[axis] if -len(dims) <= axis < len(dims) else 2
    if draw.chance():
        return Call((draw.tensor(dims), draw.integer(1, 3) if draw.chance() else max(size, 1)), {"axis": axis})
    first = draw.integer(0, size)
    sizes = [first, size - first]
    if draw.chance(3):
        sizes[0] = -1
    if draw.wrong():
        sizes[1] += 1
    return Call((draw.tensor(dims), sizes), {"axis": axis})


@case("tf.unstack", symbolic=False)
def unstack(draw: Draw) -> Call:
    dims = draw.dims(0 if draw.wrong() else 1, 4)
    axis = draw.axis(len(dims))
    keywords: dict[str, Any] = {"axis": axis}
    if dims and draw.chance(3):
        keywords["num"] = dims[axis] if -len(dims) <= axis < len(dims) and not draw.wrong() else 7
    return Call((draw.tensor(dims),), keywords)


@case("tf.meshgrid")
def meshgrid(draw: Draw) -> Call:
    vectors = [draw.tensor(draw.dims(1, 1)) for _ in range(draw.integer(1, 3))]
    return Call(tuple(vectors), {"indexing": "ij"} if draw.chance() else {})


def _key(draw: Draw, dims: list[int]) -> Any:
    parts: list[Any] = []
    for dim in dims[: draw.integer(0, len(dims))]:
        kind = draw.integer(0, 5)
        if kind == 0:
            parts.append(draw.integer(-dim, dim - 1) if dim and not draw.wrong() else dim + 1)
        elif kind == 1:
            parts.append(slice(None))
        elif kind == 2:
            parts.append(slice(None, None, draw.choice([1, 2, -1])))
        else:
            ends = [None if draw.chance(3) else draw.integer(-2, 3) for _ in range(2)]
            parts.append(slice(*ends, draw.choice([None, None, 1, 2, -1])))
    if draw.chance(3):
        parts.append(Ellipsis)
    for _ in range(draw.integer(0, 1)):
        parts.insert(draw.integer(0, len(parts)), None)
    if draw.chance(12):
        parts += [0] * (len(dims) + 1)
    return parts[0] if len(parts) == 1 and draw.chance() else tuple(parts)


@case("operator.getitem", symbolic=False)
def getitem(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.tensor(dims), _key(draw, dims)


@case("operator.getitem", symbolic=False)
def array_getitem(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.array(dims), _key(draw, dims)


@case("operator.getitem")
def long_getitem(draw: Draw) -> tuple[Any, ...]:
    """Axes longer than what is cut off, as symbols are taken to be."""
    dims = [draw.integer(6, 8) for _ in range(draw.integer(1, 3))]
    return draw.tensor(dims), _key(draw, dims)


@case("operator.getitem", symbolic=False)
def mask_getitem(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(1, 4)
    mask = draw.disturbed(dims[: draw.integer(1, len(dims))])
    return draw.tensor(dims), draw.tensor(mask, "bool")


@case("operator.getitem", symbolic=False)
def advanced_getitem(draw: Draw) -> tuple[Any, ...]:
    dims = [3, 4, 3][: draw.integer(1, 3)]
    index = draw.array(draw.positive_dims(1, 2), "int64")
    keys: list[Any] = [index if draw.chance() else index.tolist(), slice(0, 2), draw.integer(0, 2)]
    draw.rng.shuffle(keys)
    chosen = keys[: draw.integer(1, len(dims))]
    return draw.array(dims), chosen[0] if len(chosen) == 1 else tuple(chosen)


@case("operator.getitem", symbolic=False)
def element_getitem(draw: Draw) -> tuple[Any, ...]:
    vector = draw.tensor([draw.integer(1, 4)], "int32")
    return vector, draw.integer(0, vector.shape[0] - 1) if draw.chance() else slice(draw.integer(0, 2), None)
