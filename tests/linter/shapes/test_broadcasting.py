"""Broadcasting of shapes is NumPy's, and never claims more than is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tfgrad_lint.shapes.broadcasting import broadcast, broadcast_all, certainly_broadcasts, expand
from tfgrad_lint.shapes.conflicts import BroadcastConflict, ExpansionConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, symbol
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

from tests.linter.shapes.strategies import Values, dims, number, values

sizes = st.lists(st.integers(0, 4), max_size=4).map(tuple)
shapes = st.lists(st.one_of(dims, st.just(1)), max_size=3).map(lambda each: Shape(tuple(each)))


def _concrete(shape: Shape, given_values: Values) -> tuple[int, ...]:
    return tuple(number(dim, given_values) for dim in shape.dims or ())


def _aligned(shape: Shape, result: Shape) -> list[Dim]:
    """The dims from the last one on, with ones up to the rank of the result."""
    dims = shape.dims or ()
    return [*reversed(dims), *[1] * (len(result.dims or ()) - len(dims))]


@given(sizes, sizes)
def test_static_shapes_broadcast_as_in_numpy(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    try:
        expected = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(BroadcastConflict):
            broadcast(Shape(a), Shape(b))
        return
    assert broadcast(Shape(a), Shape(b)) == Shape(expected)


@given(shapes, shapes, values)
def test_symbolic_shapes_broadcast_as_their_numbers_do(a: Shape, b: Shape, given_values: Values) -> None:
    left, right = _concrete(a, given_values), _concrete(b, given_values)
    try:
        expected: tuple[int, ...] | None = np.broadcast_shapes(left, right) if min((0, *left, *right)) >= 0 else None
    except ValueError:
        assert certainly_broadcasts(a, b) is not True
        return
    if expected is None:
        return
    result = broadcast(a, b)
    for dim, size in zip(result.dims or (), expected, strict=True):
        assert dim is UNKNOWN or number(dim, given_values) == size


@given(sizes, sizes)
def test_whether_static_shapes_broadcast_is_known(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    fits = all(1 in (p, q) or p == q for p, q in zip(reversed(a), reversed(b), strict=False))
    assert certainly_broadcasts(Shape(a), Shape(b)) is fits


@given(shapes, shapes)
def test_broadcasting_is_commutative(a: Shape, b: Shape) -> None:
    try:
        first = broadcast(a, b)
    except BroadcastConflict:
        with pytest.raises(BroadcastConflict):
            broadcast(b, a)
        return
    # Of two different sizes above one, which fit only where they are equal, either may be the answer.
    answers = zip(first.dims or (), broadcast(b, a).dims or (), strict=True)
    for (p, q), left, right in zip(reversed(list(answers)), _aligned(a, first), _aligned(b, first), strict=True):
        assert p == q or UNKNOWN in (p, q) or {p, q} == {left, right}


@given(sizes, sizes, sizes)
def test_broadcasting_is_associative(a: tuple[int, ...], b: tuple[int, ...], c: tuple[int, ...]) -> None:
    parts = Shape(a), Shape(b), Shape(c)
    try:
        left = broadcast(broadcast(parts[0], parts[1]), parts[2])
    except BroadcastConflict:
        with pytest.raises(BroadcastConflict):
            broadcast(parts[0], broadcast(parts[1], parts[2]))
        return
    assert left == broadcast(parts[0], broadcast(parts[1], parts[2])) == broadcast_all(parts)


@given(sizes, sizes)
def test_a_shape_expands_where_numpy_broadcasts_it_to_the_target(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    fits = len(a) <= len(b) and all(p in (1, q) for p, q in zip(reversed(a), reversed(b), strict=False))
    if fits:
        assert expand(Shape(a), Shape(b)) == Shape(b)
    else:
        with pytest.raises(ExpansionConflict) as caught:
            expand(Shape(a), Shape(b))
        assert (caught.value.shape, caught.value.target) == (Shape(a), Shape(b))


@pytest.mark.parametrize(
    ("shape", "target"),
    [((3,), (2,)), ((2, 3), (3,)), ((1, 3), (3, 1)), ((symbol("n") + 2,), (1,)), ((1, 2), (1, symbol("n") + 3))],
)
def test_what_certainly_does_not_fit_does_not_expand(shape: tuple[Dim, ...], target: tuple[Dim, ...]) -> None:
    with pytest.raises(ExpansionConflict) as caught:
        expand(Shape(shape), Shape(target))
    assert (caught.value.shape, caught.value.target) == (Shape(shape), Shape(target))


def test_a_size_one_and_an_equal_one_expand() -> None:
    assert expand(Shape((1, 3)), Shape((4, 2, 3))) == Shape((4, 2, 3))


def test_what_is_not_known_may_expand() -> None:
    assert expand(UNKNOWN_SHAPE, Shape((2,))) == Shape((2,))
    assert expand(Shape((2,)), UNKNOWN_SHAPE) == UNKNOWN_SHAPE
    assert expand(Shape((symbol("n"),)), Shape((3,))) == Shape((3,))


def test_whether_symbolic_shapes_broadcast_is_known_where_their_sizes_tell() -> None:
    n, m = symbol("n"), symbol("m")
    assert certainly_broadcasts(Shape((n, 1)), Shape((3, n, m))) is True
    assert certainly_broadcasts(Shape((n,)), Shape((m,))) is None
    assert certainly_broadcasts(Shape((n,)), Shape((2,))) is None
    assert certainly_broadcasts(Shape((n + 2,)), Shape((n + 3,))) is False


def test_of_unknown_ranks_only_a_scalar_certainly_broadcasts() -> None:
    assert certainly_broadcasts(UNKNOWN_SHAPE, Shape(())) is True
    assert certainly_broadcasts(Shape(()), UNKNOWN_SHAPE) is True
    assert certainly_broadcasts(UNKNOWN_SHAPE, Shape((2,))) is None
    assert certainly_broadcasts(Shape((2,)), UNKNOWN_SHAPE) is None
    assert certainly_broadcasts(UNKNOWN_SHAPE, UNKNOWN_SHAPE) is None


def test_a_size_above_one_is_the_result_whatever_the_other_is() -> None:
    n = symbol("n")
    assert broadcast(Shape((n,)), Shape((3,))) == Shape((3,))
    assert broadcast(Shape((n + 2,)), Shape((symbol("m"),))) == Shape((n + 2,))
    m = symbol("m") + 2
    assert broadcast(Shape((n + 2,)), Shape((m,))) == Shape((m,))


def test_two_unrelated_sizes_give_an_unknown_one() -> None:
    assert broadcast(Shape((symbol("n"),)), Shape((symbol("m"),))) == Shape((UNKNOWN,))


def test_a_scalar_leaves_even_an_unknown_rank_as_it_is() -> None:
    assert broadcast(Shape(()), UNKNOWN_SHAPE) == UNKNOWN_SHAPE == broadcast(UNKNOWN_SHAPE, Shape(()))
    assert broadcast(Shape((2,)), UNKNOWN_SHAPE) == UNKNOWN_SHAPE == broadcast(UNKNOWN_SHAPE, Shape((2,)))


def test_the_conflict_tells_the_axis_from_the_end() -> None:
    with pytest.raises(BroadcastConflict) as caught:
        broadcast(Shape((2, 3, 4)), Shape((5, 4)))
    assert (caught.value.left, caught.value.right) == (Shape((2, 3, 4)), Shape((5, 4)))
    assert (caught.value.axis, caught.value.left_dim, caught.value.right_dim) == (-2, 3, 5)


def test_of_two_conflicts_the_first_axis_is_told() -> None:
    with pytest.raises(BroadcastConflict) as caught:
        broadcast(Shape((2, 3)), Shape((9, 4, 5)))
    assert (caught.value.axis, caught.value.left_dim, caught.value.right_dim) == (-2, 2, 4)
