"""Random directions and how far they move each coordinate."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from pytest_tfgrad.numeric.directions import generator, random_direction, random_factors, scales

from .functions import objective_of


def total(*sources: np.ndarray) -> np.ndarray:
    return np.asarray(sum(np.sum(np.real(s)) for s in sources))


def test_a_generator_depends_on_the_text_alone() -> None:
    digest = hashlib.sha256("kinks µ".encode()).hexdigest()
    assert generator("kinks µ").random() == np.random.default_rng(int(digest[:32], 16)).random()
    assert generator("a").random() == generator("a").random() != generator("b").random()


def test_each_coordinate_moves_with_its_magnitude_or_a_thousandth_of_its_sources() -> None:
    unit = scales(objective_of(total, [3.0, -4.0, 1e-6, 0.0], 2 - 0.5j))
    np.testing.assert_allclose(unit, [3, 4, 2.5e-3, 2.5e-3, 2, 0.5])


def test_zeros_move_by_one() -> None:
    np.testing.assert_allclose(scales(objective_of(total, np.zeros(2), np.zeros(0), [1e-150])), [1, 1, 1e-150])


def test_scales_leave_the_base_point_as_it_is() -> None:
    objective = objective_of(total, [-3.0, 1e-6])
    scales(objective)
    np.testing.assert_array_equal(objective.base, [-3, 1e-6])


def test_factors_have_both_signs_and_magnitudes_from_a_half_to_one() -> None:
    factors = random_factors(generator("factors"), 1_000)
    magnitudes = np.abs(factors)
    assert 0.5 <= magnitudes.min() < 0.51
    assert 0.99 < magnitudes.max() <= 1
    assert np.mean(magnitudes) == pytest.approx(0.75, abs=0.01)
    assert np.mean(factors > 0) == pytest.approx(0.5, abs=0.05)
    assert np.corrcoef(magnitudes, factors > 0)[0, 1] == pytest.approx(0, abs=0.1)


def test_magnitudes_and_signs_of_a_seed_stay_what_they_are() -> None:
    random = generator("seed")
    magnitudes, minus = random.uniform(0.5, 1.0, 5), random.integers(0, 2, 5) == 0
    np.testing.assert_array_equal(random_factors(generator("seed"), 5), np.where(minus, -magnitudes, magnitudes))


def test_a_direction_moves_each_coordinate_by_factors_of_its_unit() -> None:
    objective = objective_of(total, [1.0, 2.0], np.ones((2, 2)))
    unit = np.array([1.0, 10, 0, 2, 3, 4])
    direction = random_direction(objective, unit, generator("seed"))
    np.testing.assert_array_equal(direction, random_factors(generator("seed"), 6) * unit)


def test_symmetric_sources_are_moved_symmetrically_with_the_factors_of_the_lower_triangle() -> None:
    objective = objective_of(total, [1.0], np.ones((4, 3, 3)), np.ones((2, 2)), symmetric=frozenset({1}))
    unit = np.arange(1.0, 42.0)
    first, batch, other = objective.coordinates.unpack(random_direction(objective, unit, generator("seed")))
    free_first, free, free_other = objective.coordinates.unpack(random_factors(generator("seed"), 41) * unit)
    np.testing.assert_array_equal(first, free_first)
    np.testing.assert_array_equal(other, free_other)
    np.testing.assert_array_equal(batch, np.swapaxes(batch, -1, -2))
    np.testing.assert_array_equal(np.tril(batch), np.tril(free))


def test_hermitian_sources_are_moved_so() -> None:
    objective = objective_of(total, np.ones((2, 2)) + 0j, symmetric=frozenset({0}))
    (moved,) = objective.coordinates.unpack(random_direction(objective, np.ones(8), generator("seed")))
    (free,) = objective.coordinates.unpack(random_factors(generator("seed"), 8))
    np.testing.assert_array_equal(np.tril(moved), np.tril(free))
    assert moved[0, 1] == np.conj(free[1, 0])
