"""Arrays as one vector of real coordinates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pytest_tfgrad.numeric import Budget, Outcome, Problem, Settings, check
from pytest_tfgrad.numeric.coordinates import Coordinates, norm

ARRAYS = st.lists(
    st.one_of(
        hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)),
        hnp.arrays(np.complex128, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)),
    ),
    min_size=1,
    max_size=4,
)


@given(ARRAYS)
def test_packing_loses_nothing(arrays: list[np.ndarray]) -> None:
    coordinates = Coordinates.of(arrays)
    for array, back in zip(arrays, coordinates.unpack(coordinates.pack(arrays)), strict=True):
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)


@given(ARRAYS)
def test_every_coordinate_is_located_where_it_came_from(arrays: list[np.ndarray]) -> None:
    coordinates = Coordinates.of(arrays)
    vector = coordinates.pack(arrays)
    for position in range(coordinates.size):
        source, index, part = coordinates.locate(position)
        value = arrays[source][index]
        expected = getattr(value, part) if part else value
        np.testing.assert_equal(vector[position], expected)


def test_an_array_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^array 1 has shape \(3,\), expected \(2,\)$"):
        Coordinates.of([np.zeros(1), np.zeros(2)]).pack([np.zeros(1), np.zeros(3)])


MIXED = Coordinates.of([np.zeros((2, 3)), np.zeros(2, complex), np.zeros((0, 4)), np.zeros((), complex), np.zeros(())])


def test_complex_arrays_take_two_coordinates_an_entry() -> None:
    assert MIXED.offsets == (0, 6, 10, 10, 12, 13)
    assert MIXED.size == 13
    assert [MIXED.span(i) for i in range(5)] == [
        slice(0, 6), slice(6, 10), slice(10, 10), slice(10, 12), slice(12, 13)
    ]  # fmt: skip
    assert Coordinates.of([]).size == 0


def test_coordinates_are_located_in_their_array_entry_and_part() -> None:
    assert MIXED.locate(0) == (0, (0, 0), "")
    assert MIXED.locate(5) == (0, (1, 2), "")
    assert [MIXED.locate(position) for position in range(6, 10)] == [
        (1, (0,), "real"), (1, (0,), "imag"), (1, (1,), "real"), (1, (1,), "imag")
    ]  # fmt: skip
    assert [MIXED.locate(position) for position in (10, 11, 12)] == [(3, (), "real"), (3, (), "imag"), (4, (), "")]


def test_entries_are_located_by_plain_integers() -> None:
    source, index, _ = MIXED.locate(5)
    assert [type(number) for number in (source, *index)] == [int] * 3


def test_a_real_array_may_stand_for_a_complex_one() -> None:
    packed = Coordinates.of([np.zeros(2, complex)]).pack([np.array([1, 2])])
    np.testing.assert_array_equal(packed, [1, 0, 2, 0])
    assert packed.dtype == np.float64


def test_single_precision_is_packed_as_double() -> None:
    packed = Coordinates.of([np.zeros(1, complex)]).pack([np.array([1 + 2j], np.complex64)])
    np.testing.assert_array_equal(packed, [1, 2])


def test_unpacked_arrays_are_parts_of_the_vector() -> None:
    vector = np.arange(13.0)
    assert all(np.shares_memory(vector, array) for array in MIXED.unpack(vector) if array.size)


def test_the_norm_is_that_of_all_numbers() -> None:
    assert norm(np.array([3.0, -4.0])) == 5
    assert type(norm(np.zeros(0))) is float


Z = np.array([1 + 2j, -0.5 + 1j, 3 - 1j])


@pytest.mark.parametrize(
    ("f", "gradient", "outcome"),
    [
        pytest.param(lambda z: z**2, np.conj(2 * Z), Outcome.AGREES, id="conjugate of the derivative"),
        pytest.param(lambda z: z**2, 2 * Z, Outcome.DISAGREES, id="the derivative itself"),
        pytest.param(lambda z: abs(z) ** 2, 2 * Z, Outcome.AGREES, id="real target"),
        pytest.param(lambda z: abs(z) ** 2, np.conj(2 * Z), Outcome.DISAGREES, id="real target, conjugated"),
        pytest.param(np.imag, np.full(3, 1j), Outcome.AGREES, id="imaginary part"),
    ],
)
def test_complex_gradients_follow_tensorflows_conjugate_convention(
    f: object, gradient: np.ndarray, outcome: Outcome
) -> None:
    target = f(Z)  # type: ignore[operator]
    problem = Problem(lambda p: (f(p[0]),), (Z,), (np.ones_like(target),), (gradient,))  # type: ignore[operator]
    (finding,), _ = check(problem, Settings(), Budget())
    assert finding.outcome is outcome


def test_a_wrong_imaginary_part_is_named() -> None:
    gradient = np.conj(2 * Z)
    gradient[1] += 0.25j
    (finding,), _ = check(Problem(lambda p: (p[0] ** 2,), (Z,), (np.ones(3),), (gradient,)), Settings(), Budget())
    assert [(e.index, e.part) for e in finding.wrong] == [((1,), "imag")]
