"""NumPy's broadcasting rule over symbolic shapes, https://numpy.org/doc/stable/user/basics.broadcasting.html."""

from __future__ import annotations

from tfgrad_lint.shapes.conflicts import BroadcastConflict
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
    if same is False and not can_be_one(a) and not can_be_one(b):
        return None
    # One of the two may still be 1. An integer above 1 can't be enlarged, so it is the size of the result.
    if isinstance(a, int):
        return a
    return b if isinstance(b, int) else UNKNOWN


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
    rank = max(len(a.dims), len(b.dims))
    left = (1,) * (rank - len(a.dims)) + a.dims
    right = (1,) * (rank - len(b.dims)) + b.dims
    result: list[Dim] = []
    for axis, (p, q) in enumerate(zip(left, right, strict=True)):
        dim = broadcast_dims(p, q)
        if dim is None:
            raise BroadcastConflict(a, b, axis - rank, p, q)
        result.append(dim)
    return Shape(tuple(result))
