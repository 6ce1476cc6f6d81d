"""Arrays as one vector of real coordinates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pytest_tfgrad.numeric import Budget, Outcome, Problem, Settings, check
from pytest_tfgrad.numeric.coordinates import Coordinates

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
    with pytest.raises(ValueError, match=r"array 1 has shape \(3,\), expected \(2,\)"):
        Coordinates.of([np.zeros(1), np.zeros(2)]).pack([np.zeros(1), np.zeros(3)])


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
