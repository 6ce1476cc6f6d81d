"""Functions with hand-written gradients, in the arithmetic of any NumPy type: what the checker is tried on.

Each takes the dtype that the gradient is computed in; the function itself is evaluated in float64 by the checker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pytest_tfgrad.numeric import Budget, Problem, rounding_for
from pytest_tfgrad.numeric.problem import Objective

Arrays = tuple[np.ndarray, ...]
Evaluate = Callable[[Sequence[np.ndarray]], Arrays]


@dataclass(frozen=True)
class Case:
    evaluate: Evaluate
    sources: Arrays
    gradient: Callable[..., Arrays]

    def problem(self, dtype: str = "float64") -> Problem:
        """The right gradient, as arithmetic of ``dtype`` computes it at sources of that type."""
        sources = tuple(s.astype(dtype) for s in self.sources)
        gradients = tuple(np.asarray(g) for g in self.gradient(*sources))
        assert all(g.dtype == dtype for g in gradients), [g.dtype for g in gradients]
        base = tuple(s.astype(np.float64) for s in sources)
        return Problem(
            evaluate=self.evaluate,
            sources=base,
            weights=tuple(np.ones_like(t) for t in self.evaluate(base)),
            gradients=tuple(g.astype(np.float64) for g in gradients),
            rounding=tuple(rounding_for(dtype) for _ in gradients),
        )


def objective_of(
    f: Callable[..., Any], *sources: Any, claims: Sequence[Any] = (), budget: Budget | None = None, **known: Any
) -> Objective:
    """Of one target with weights of one; claims are zero if none are given, `known` are other fields of the problem."""
    points = tuple(np.asarray(s, complex if np.iscomplexobj(s) else float) for s in sources)
    problem = Problem(
        evaluate=lambda p: (np.asarray(f(*p)),),
        sources=points,
        weights=(np.ones(np.shape(f(*points))),),
        gradients=tuple(map(np.asarray, claims)) or tuple(map(np.zeros_like, points)),
        **known,
    )
    return Objective(problem, budget or Budget())


def entrywise(f: Callable[[Any], Any], derivative: Callable[[Any], Any], x: np.ndarray) -> Case:
    return Case(lambda p: (f(p[0]),), (x,), lambda a: (derivative(a),))


def dense_net(random: np.random.Generator, activation: str = "tanh") -> Case:
    """32 rows of 8 inputs, 64 hidden units, one output, mean square loss."""
    x, y = random.normal(size=(32, 8)), random.normal(size=(32, 1))
    sources = (random.normal(size=(8, 64)) * 0.35, np.zeros(64), random.normal(size=(64, 1)) * 0.12, np.zeros(1))

    def act(z: np.ndarray) -> np.ndarray:
        return np.tanh(z) if activation == "tanh" else np.maximum(z, 0)

    def evaluate(p: Sequence[np.ndarray]) -> Arrays:
        hidden = act(x @ p[0] + p[1])
        return (np.mean((hidden @ p[2] + p[3] - y) ** 2),)

    def gradient(w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray) -> Arrays:
        xs, ys = x.astype(w1.dtype), y.astype(w1.dtype)
        z = xs @ w1 + b1
        hidden = act(z)
        upstream = (hidden @ w2 + b2 - ys) * w1.dtype.type(2 / 32)
        slope = 1 - hidden**2 if activation == "tanh" else (z > 0).astype(w1.dtype)
        inner = (upstream @ w2.T) * slope
        return xs.T @ inner, inner.sum(0), hidden.T @ upstream, upstream.sum(0)

    return Case(evaluate, sources, gradient)


def softmax_cross_entropy(random: np.random.Generator) -> Case:
    labels = np.eye(10)[random.integers(0, 10, 16)]

    def evaluate(p: Sequence[np.ndarray]) -> Arrays:
        z = p[0] - p[0].max(-1, keepdims=True)
        return (np.log(np.exp(z).sum(-1)) - (labels * z).sum(-1),)

    def gradient(x: np.ndarray) -> Arrays:
        e = np.exp(x - x.max(-1, keepdims=True))
        return (e / e.sum(-1, keepdims=True) - labels.astype(x.dtype),)

    return Case(evaluate, (random.normal(size=(16, 10)) * 3,), gradient)


def layer_norm(random: np.random.Generator) -> Case:
    weight = random.normal(size=(8, 32))

    def evaluate(p: Sequence[np.ndarray]) -> Arrays:
        centred = p[0] - p[0].mean(-1, keepdims=True)
        return (weight * centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-3),)

    def gradient(x: np.ndarray) -> Arrays:
        w = weight.astype(x.dtype)
        centred = x - x.mean(-1, keepdims=True)
        inverse = 1 / np.sqrt((centred**2).mean(-1, keepdims=True) + x.dtype.type(1e-3))
        normal = centred * inverse
        return (inverse * (w - w.mean(-1, keepdims=True) - normal * (w * normal).mean(-1, keepdims=True)),)

    return Case(evaluate, (random.normal(size=(8, 32)),), gradient)


def cases(seed: int) -> dict[str, Case]:
    """The functions on which other checkers raise false alarms or miss errors, at random points."""
    random = np.random.default_rng(seed)
    return {
        "tanh net": dense_net(random),
        "relu net": dense_net(random, "relu"),
        "softmax cross-entropy": softmax_cross_entropy(random),
        "layer norm": layer_norm(random),
        "exp": entrywise(np.exp, np.exp, 3 * random.normal(size=50)),
        "cube": entrywise(lambda x: x**3, lambda x: 3 * x**2, 100 * random.normal(size=50)),
        "log": entrywise(np.log, lambda x: 1 / x, random.uniform(1e-3, 1, 50)),
        "relu": entrywise(lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(x.dtype), random.normal(size=300)),
        "sum of squares": Case(lambda p: (np.sum(p[0] ** 2),), (random.normal(size=1000),), lambda x: (2 * x,)),
        "sqrt": entrywise(np.sqrt, lambda x: np.asarray(0.5, x.dtype) / np.sqrt(x), random.uniform(0.5e-4, 1e-4, 50)),
        "sin 50x": entrywise(lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x), random.normal(size=50)),
        "mean square near 1e6": Case(
            lambda p: (np.mean(p[0] ** 2),),
            (1e6 + random.normal(size=100),),
            lambda x: (2 * x / np.asarray(x.size, x.dtype),),
        ),
    }


def with_gradients(problem: Problem, *gradients: np.ndarray) -> Problem:
    """The same problem with other claims."""
    return replace(problem, gradients=tuple(np.asarray(g, np.float64) for g in gradients))


def one_entry_off(problem: Problem, amount: float, random: np.random.Generator) -> tuple[Problem, int, tuple[int, ...]]:
    """The problem with one entry off by ``amount`` times the largest entry of its source; which source and entry."""
    source = int(random.integers(len(problem.gradients)))
    claims = [g.copy() for g in problem.gradients]
    index = tuple(int(random.integers(n)) for n in claims[source].shape)
    claims[source][index] += amount * np.abs(claims[source]).max()
    return with_gradients(problem, *claims), source, index
