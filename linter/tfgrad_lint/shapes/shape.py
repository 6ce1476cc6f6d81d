"""Shapes: a rank with a dimension per axis, or a rank that is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal, product

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a tensor; ``dims`` is None if not even the rank is known.

    Example:
        >>> Shape((2, 3)).rank
        2
        >>> print(Shape((2, 3)), UNKNOWN_SHAPE)
        [2, 3] [...]
    """

    dims: tuple[Dim, ...] | None

    @property
    def rank(self) -> int | None:
        """Return the number of axes, or None if it is not known."""
        return None if self.dims is None else len(self.dims)

    @property
    def size(self) -> Dim:
        """Return the number of elements."""
        return UNKNOWN if self.dims is None else product(self.dims)

    @property
    def is_static(self) -> bool:
        """Tell whether every dimension is an integer."""
        return self.dims is not None and all(isinstance(dim, int) for dim in self.dims)

    def __str__(self) -> str:
        if self.dims is None:
            return "[...]"
        return "[" + ", ".join(repr(dim) for dim in self.dims) + "]"


UNKNOWN_SHAPE: Final = Shape(None)
SCALAR: Final = Shape(())


def of_rank(rank: int) -> Shape:
    """Return the shape with ``rank`` unknown dimensions."""
    return Shape((UNKNOWN,) * rank)


def join_dims(a: Dim, b: Dim) -> Dim:
    """Return the dimension that stands for either of two: itself where they are equal, else unknown."""
    return a if equal(a, b) else UNKNOWN


def join(a: Shape, b: Shape) -> Shape:
    """Return the shape that stands for either of two, as after a branch."""
    if a.dims is None or b.dims is None or len(a.dims) != len(b.dims):
        return UNKNOWN_SHAPE
    return Shape(tuple(map(join_dims, a.dims, b.dims)))


def meet_dims(a: Dim, b: Dim) -> Dim | None:
    """Return what is known of a dimension that is both ``a`` and ``b``, or None if it can't be both."""
    same = equal(a, b)
    if same is False:
        return None
    if isinstance(a, int):
        return a
    return b if isinstance(b, int) or a is UNKNOWN else a


def meet(a: Shape, b: Shape) -> Shape | None:
    """Return what is known of a tensor that has both shapes, or None if it can't have both."""
    if a.dims is None:
        return b
    if b.dims is None:
        return a
    if len(a.dims) != len(b.dims):
        return None
    dims = tuple(_met(a.dims, b.dims))
    return None if None in dims else Shape(tuple(dim for dim in dims if dim is not None))


def _met(a: tuple[Dim, ...], b: tuple[Dim, ...]) -> Iterator[Dim | None]:
    return map(meet_dims, a, b)
