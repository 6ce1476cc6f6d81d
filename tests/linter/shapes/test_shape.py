"""Joining and meeting of shapes."""

from __future__ import annotations

from tfgrad_lint.shapes.dims import UNKNOWN, symbol
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, join, meet, of_rank

N = symbol("n")


def test_a_join_keeps_what_both_have() -> None:
    assert join(Shape((2, N)), Shape((2, N))) == Shape((2, N))
    assert join(Shape((2, 3)), Shape((4, 3))) == Shape((UNKNOWN, 3))
    assert join(Shape((2,)), Shape((2, 3))) == UNKNOWN_SHAPE
    assert join(Shape((2,)), UNKNOWN_SHAPE) == UNKNOWN_SHAPE == join(UNKNOWN_SHAPE, Shape((2,)))


def test_a_meet_has_what_either_tells() -> None:
    assert meet(Shape((2, UNKNOWN)), Shape((UNKNOWN, 3))) == Shape((2, 3))
    assert meet(Shape((N,)), Shape((3,))) == Shape((3,))
    assert meet(UNKNOWN_SHAPE, Shape((1,))) == Shape((1,))
    assert meet(Shape((1,)), UNKNOWN_SHAPE) == Shape((1,))
    assert meet(Shape((UNKNOWN,)), Shape((N,))) == Shape((N,)) == meet(Shape((N,)), Shape((UNKNOWN,)))
    assert meet(Shape((3,)), Shape((N,))) == Shape((3,))
    # Of two names for one size, the first stays.
    assert meet(Shape((N,)), Shape((symbol("m"),))) == Shape((N,))


def test_a_meet_of_what_differs_is_none() -> None:
    assert meet(Shape((2,)), Shape((3,))) is None
    assert meet(Shape((2,)), Shape((2, 1))) is None
    assert meet(Shape((N,)), Shape((N + 1,))) is None


def test_a_shape_tells_its_rank_and_size() -> None:
    assert Shape((2, N)).rank == 2
    assert Shape((2, N)).size == 2 * N
    assert Shape(()).size == 1
    assert UNKNOWN_SHAPE.rank is None
    assert UNKNOWN_SHAPE.size is UNKNOWN
    assert not Shape((2, N)).is_static
    assert Shape((2, 3)).is_static
    assert of_rank(2) == Shape((UNKNOWN, UNKNOWN))
    assert str(Shape((2, N))) == "[2, n]"
    assert str(UNKNOWN_SHAPE) == "[...]"
