"""Gradients in coarse types: the formula is judged in float64, rounding is allowed for and measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, Mode, Outcome, Problem, Settings, check, rounding_for
from pytest_tfgrad.numeric.formula import ROUNDED

from .functions import Case, with_gradients

FLOAT32 = rounding_for("float32")


def normalised(bias: np.ndarray, kernel: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A loss over batch-normalised features: it does not change with the bias at all."""
    z = x @ kernel + bias
    return np.mean(np.tanh((z - z.mean(0)) / np.sqrt(z.var(0) + 1e-3) - 0.3) ** 2)


@pytest.mark.parametrize("size", [8, 400])
@pytest.mark.parametrize(("residue", "outcome"), [(1e-8, Outcome.AGREES), (1e-2, Outcome.DISAGREES)])
def test_the_residue_of_an_invariant_is_zero_and_more_than_a_residue_is_wrong(
    size: int, residue: float, outcome: Outcome
) -> None:
    random = np.random.default_rng(0)
    x, kernel = random.normal(size=(16, 5)), random.normal(size=(5, size))
    problem = Problem(
        evaluate=lambda p: (normalised(p[0], kernel, x),),
        sources=(np.zeros(size),),
        weights=(np.ones(()),),
        gradients=(residue * random.normal(size=size),),
        rounding=(FLOAT32,),
    )
    (finding,), _ = check(problem, Settings(), Budget())
    assert finding.outcome is outcome


def test_a_derivative_a_few_roundings_off_zero_is_zero_too() -> None:
    problem = Problem(
        evaluate=lambda p: (1.0 + 3e-8 * np.sum(p[0]),),
        sources=(np.ones(4),),
        weights=(np.ones(()),),
        gradients=(np.full(4, -5e-8),),
        rounding=(FLOAT32,),
    )
    assert check(problem, Settings(), Budget())[0][0].outcome is Outcome.AGREES


def test_an_entry_that_should_be_zero_is_compared_to_its_own_source() -> None:
    random = np.random.default_rng(0)
    x = np.abs(random.normal(size=300)) + 0.1
    x[7] = -1.0
    claim = (x > 0) * 1.0
    claim[7] = 1e-3
    problem = Problem(lambda p: (np.maximum(p[0], 0),), (x,), (np.ones(300),), (claim,), rounding=(FLOAT32,))
    (finding,), _ = check(problem, Settings(), Budget())
    assert [entry.index for entry in finding.wrong] == [(7,)]


def offset_regression() -> Case:
    """Residuals of order 1 between predictions and labels of order 10,000: float32 keeps three digits of them."""
    random = np.random.default_rng(4)
    x, y = random.normal(size=(200, 5)), (1e4 + random.normal(size=(200, 1)))

    def gradient(w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
        xs, ys = x.astype(w.dtype), y.astype(w.dtype)
        upstream = (xs @ w + b - ys) * w.dtype.type(2 / 200)
        return xs.T @ upstream, upstream.sum(0)

    sources = (random.normal(size=(5, 1)), np.array([1e4]))
    return Case(lambda p: (np.mean((x @ p[0] + p[1] - y.astype("float32")) ** 2),), sources, gradient)


def test_digits_lost_to_cancellation_are_named_not_called_wrong() -> None:
    problem = offset_regression().problem("float32")
    findings, _ = check(problem, Settings(), Budget())
    assert [f.outcome for f in findings] == [Outcome.AGREES] * 2
    doubled = with_gradients(problem, *(2 * g for g in problem.gradients))
    findings, _ = check(doubled, Settings(), Budget())
    assert Outcome.DISAGREES in {f.outcome for f in findings}


def shifted_cubes(factor: float) -> Problem:
    """Cubes of deviations from a mean of 10,000, whose float32 gradient keeps four digits, times a factor."""
    random = np.random.default_rng(0)
    x = (1e4 + random.normal(size=(40, 3))).astype("float32")

    def gradient(x: np.ndarray) -> np.ndarray:
        squares = (x - x.mean(0)) ** 2
        return np.asarray(factor * 3 * (squares - squares.mean(0)), x.dtype)

    wide = x.astype(float)
    return Problem(
        evaluate=lambda p: (np.sum((p[0] - p[0].mean(0)) ** 3),),
        sources=(wide,),
        weights=(np.ones(()),),
        gradients=(gradient(x).astype(float),),
        rounding=(FLOAT32,),
        exact=lambda: (gradient(wide),),
    )


@pytest.mark.parametrize("mode", ["auto", "projection", "full"])
def test_where_digits_are_lost_the_formula_is_checked_in_place_of_each_entry(mode: Mode) -> None:
    (finding,), evaluations = check(shifted_cubes(1.0), Settings(mode), Budget())
    assert (finding.outcome, finding.reason) == (Outcome.AGREES, ROUNDED)
    assert evaluations <= (1_200 if mode == "full" else 60)
    (finding,), _ = check(shifted_cubes(1.1), Settings(mode), Budget())
    assert finding.outcome is Outcome.DISAGREES


def test_a_right_formula_excuses_no_other_source() -> None:
    lost = shifted_cubes(1.0)
    other = np.linspace(0.5, 2.0, 40)
    joined = Problem(
        evaluate=lambda p: (lost.evaluate(p[:1])[0] + np.sum(p[1] ** 2),),
        sources=(*lost.sources, other),
        weights=lost.weights,
        gradients=(*lost.gradients, 2.002 * other),
        rounding=(FLOAT32, FLOAT32),
        exact=lambda: (lost.exact()[0], 2.002 * other),
    )
    findings, _ = check(joined, Settings(), Budget())
    assert [f.outcome for f in findings] == [Outcome.AGREES, Outcome.DISAGREES]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "complex64"])
def test_a_gradient_rounded_to_its_type_is_right_and_one_off_by_eight_roundings_of_it_more_is_not(dtype: str) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=300)
    rounding = rounding_for(dtype)
    rounded = np.cos(x) * (1 + rounding.epsilon / 2 * random.uniform(-1, 1, 300))
    problem = Problem(lambda p: (np.sin(p[0]),), (x,), (np.ones(300),), (rounded,), rounding=(rounding,))
    assert check(problem, Settings(), Budget())[0][0].outcome is Outcome.AGREES
    off = with_gradients(problem, rounded * (1 + 100 * rounding.epsilon))
    assert check(off, Settings(), Budget())[0][0].outcome is Outcome.DISAGREES


def test_gradients_flushed_to_zero_are_right() -> None:
    x = np.full(40, 1e-6)
    problem = Problem(
        lambda p: (np.sum(p[0]) * 1e-5,), (x,), (np.ones(()),), (np.zeros(40),), rounding=(rounding_for("float16"),)
    )
    assert check(problem, Settings(), Budget())[0][0].outcome is Outcome.AGREES


@pytest.mark.parametrize(
    ("dtype", "precision", "epsilon"),
    [
        ("float64", 0.0, 2.0**-52),
        ("complex128", 0.0, 2.0**-52),
        ("float32", 0.0, 2.0**-23),
        ("float32", 2.0**-52, 2.0**-23),
        ("float32", 2.0**-10, 2.0**-10),
        ("float32", 2.0**-7, 2.0**-7),
        ("float16", 2.0**-23, 2.0**-10),
        ("half", 0.0, 2.0**-10),
    ],
)
def test_the_coarser_of_type_and_arithmetic_decides(dtype: str, precision: float, epsilon: float) -> None:
    assert rounding_for(dtype, precision).epsilon == epsilon


def test_integers_have_no_rounding() -> None:
    with pytest.raises(KeyError):
        rounding_for("int32")


def stairs(x: np.ndarray, seed: int | None = None) -> np.ndarray:
    """The cube of 1 - sigmoid, whose differences are zero; with a seed, each result a rounding off."""
    random = np.random.default_rng(seed)

    def rounded(value: np.ndarray) -> np.ndarray:
        return value if seed is None else value * (1 + 2.0**-52 * random.choice((-1.0, 1.0), value.shape))

    return rounded((1 - rounded(1 / (1 + np.exp(-x)))) ** 3)


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, Outcome.UNDECIDED), (1e3, Outcome.DISAGREES)])
def test_differences_that_are_zero_for_rounding_accuse_nobody(factor: float, outcome: Outcome) -> None:
    x = np.array([31.0])
    problem = Problem(
        evaluate=lambda p: (stairs(p[0]),),
        sources=(x,),
        weights=(np.ones(1),),
        gradients=(-3 * np.exp(-3 * x) * factor,),
        jittered=lambda random: (stairs(x, int(random.integers(100))),),
    )
    (finding,), _ = check(problem, Settings(), Budget())
    assert finding.outcome is outcome
    without = replace(problem, jittered=None)
    assert check(without, Settings(), Budget())[0][0].outcome is Outcome.DISAGREES


@pytest.mark.parametrize(("slope", "outcome"), [(2.0, Outcome.AGREES), (2.002, Outcome.DISAGREES)])
def test_how_much_rounding_there_is_is_looked_at_once_and_only_on_suspicion(slope: float, outcome: Outcome) -> None:
    looks = 0

    def jittered(random: np.random.Generator) -> tuple[np.ndarray, ...]:
        nonlocal looks
        looks += 1
        return (2 * np.ones(9) + 2.0**-52 * random.choice((-1.0, 1.0), 9),)

    problem = Problem(lambda p: (2 * p[0],), (np.ones(9),), (np.ones(9),), (np.full(9, slope),), jittered=jittered)
    assert check(problem, Settings(), Budget())[0][0].outcome is outcome
    assert looks == (0 if outcome is Outcome.AGREES else 4)


@pytest.mark.parametrize("position", [3, 40])
def test_an_entry_far_below_its_neighbours_is_judged_as_they_are(position: int) -> None:
    x = np.random.default_rng(5).normal(size=1000)
    x[position] = 0.01
    claim = 2 * x
    claim[position] += 1e-3 * np.abs(claim).max()
    problem = Problem(lambda p: (np.sum(p[0] ** 2),), (x,), (np.ones(()),), (claim,), rounding=(FLOAT32,))
    (finding,), _ = check(problem, Settings(mode="full"), Budget())
    assert [entry.index for entry in finding.wrong] == [(position,)]
