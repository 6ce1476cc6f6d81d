"""NumPy's broadcasting rule over symbolic shapes, https://numpy.org/doc/stable/user/basics.broadcasting.html."""

from __future__ import annotations

from itertools import zip_longest

from tfgrad_lint.shapes.conflicts import BroadcastConflict, ExpansionConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, can_be_one, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape


def broadcast_dims(a: Dim, b: Dim) -> Dim | None:
    """Return the size that two aligned axes broadcast to, or None if they certainly do not fit."""
    if isinstance(a, int) and a == 1:
        return b
    if isinstance(b, int) and b == 1:
        return a
    same = equal(a, b)
    if same:
        return a
    fixed = not can_be_one(a), not can_be_one(b)
    if same is False and all(fixed):
        return None
    # A size that can't be 1 can't be enlarged, so it is the size of the result.
    if fixed[0] and (isinstance(a, int) or not fixed[1]):
        return a
    return b if fixed[1] else UNKNOWN


def broadcast(a: Shape, b: Shape) -> Shape:
    """Return the shape of an elementwise operation on ``a`` and ``b``.

    Raises:
        BroadcastConflict: an aligned pair of axes certainly does not fit.

    Example:
        >>> print(broadcast(Shape((4, 1)), Shape((3,))))
        [4, 3]
    """
    if a.dims is None or b.dims is None:
        return UNKNOWN_SHAPE
    if a.dims == b.dims:
        return a
    pairs = _aligned(a.dims, b.dims)
    result: list[Dim] = []
    for axis, (p, q) in enumerate(pairs, start=-len(pairs)):
        dim = broadcast_dims(p, q)
        if dim is None:
            raise BroadcastConflict(a, b, axis, p, q)
        result.append(dim)
    return Shape(tuple(result))


def _aligned(a: tuple[Dim, ...], b: tuple[Dim, ...]) -> list[tuple[Dim, Dim]]:
    """Pair the axes of two shapes from the last one on; the shorter has ones in front."""
    return [*zip_longest(reversed(a), reversed(b), fillvalue=1)][::-1]


def certainly_broadcasts(a: Shape, b: Shape) -> bool | None:
    """Tell whether two shapes broadcast (True), certainly do not (False) or may (None)."""
    try:
        broadcast(a, b)
    except BroadcastConflict:
        return False
    if a.dims is None or b.dims is None:
        return True if () in (a.dims, b.dims) else None
    return True if all(1 in (p, q) or equal(p, q) for p, q in _aligned(a.dims, b.dims)) else None


def broadcast_all(shapes: tuple[Shape, ...]) -> Shape:
    """Return the shape that all of ``shapes`` broadcast to; of none, that of a scalar.

    Raises:
        BroadcastConflict: an aligned pair of axes certainly does not fit.
    """
    result = Shape(())
    for shape in shapes:
        result = broadcast(result, shape)
    return result


def expand(shape: Shape, target: Shape) -> Shape:
    """Return ``target`` if ``shape`` may be broadcast to it, as ``tf.broadcast_to`` does.

    Raises:
        ExpansionConflict: an axis certainly does not fit, or ``target`` has fewer axes.
    """
    if shape.dims is None or target.dims is None:
        return target
    if len(shape.dims) > len(target.dims):
        raise ExpansionConflict(shape, target)
    for dim, goal in _aligned(shape.dims, target.dims):
        if equal(dim, goal) is False and not can_be_one(dim):
            raise ExpansionConflict(shape, target)
    return target
