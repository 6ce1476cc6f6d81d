"""A recorded gradient call and its replay as a problem for the numerical half."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric import ROUNDINGS, Problem, rounding_for
from pytest_tfgrad.numeric.directions import generator
from pytest_tfgrad.replay import CannotReplay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.recording import GradientCall
    from pytest_tfgrad.replay import Replay

    Array = NDArray[Any]

# Ops that read one triangle of a matrix and whose gradients assume that the other moves with it.
_SYMMETRIC_OPS = frozenset({"Cholesky", "SelfAdjointEigV2", "SelfAdjointEig"})


@dataclass(frozen=True, eq=False)
class Claims:
    """A problem together with what its sources are in the call.

    Attributes:
        problem: what is to be checked.
        indices: position in the call of each source of the problem.
        weights: one array per target: what the targets were multiplied with before they were summed.
    """

    problem: Problem
    indices: tuple[int, ...]
    weights: tuple[Array, ...]


def claims_of(call: GradientCall, replay: Replay, usable: Sequence[int], seed: str, arithmetic: float) -> Claims:
    """The claims of a call about some of its sources; all others stay where they are.

    For jacobians the targets are weighted at random, and so is the claim: the weighted sum of the jacobian's rows is
    the gradient of the weighted sum of the targets.

    Args:
        call: with results of the right shapes.
        replay: of the same call.
        usable: positions in the call of the sources to check, among those that the replay can change.
        seed: for the random weights.
        arithmetic: the call's `recorded_precision`.
    """
    slots = [slot for slot, index in enumerate(replay.source_index) if index in usable]
    indices = tuple(replay.source_index[slot] for slot in slots)
    weights = _weights(call, replay, seed)

    def evaluate(points: Sequence[Array]) -> tuple[Array, ...]:
        full = list(replay.sources)
        for slot, point in zip(slots, points, strict=True):
            full[slot] = point
        return replay.evaluate(full)

    sources = tuple(replay.sources[slot] for slot in slots)
    gradients = tuple(_claim(call, index, weights) for index in indices)
    exact = cache(lambda: _exact(replay, slots))
    known = _are_registered_gradients(call)
    problem = Problem(
        evaluate=evaluate,
        sources=sources,
        weights=weights,
        gradients=gradients,
        precision=replay.precision,
        rounding=tuple(rounding_for(call.sources[index].dtype, arithmetic) for index in indices),
        summed=() if call.kind == "gradient" else tuple(_summed(call, index, weights) for index in indices),
        symmetric=symmetric_sources((op.record.op_type for op in replay.operations), sources),
        centre=replay.targets,
        reference=cache(lambda: gradients if known else _reference(replay.recorded_reference, slots, weights)),
        exact=exact,
        exact_reference=cache(lambda: exact() if known else _reference(replay.reference, slots, weights)),
        jittered=lambda random: _jittered(replay, random),
        accelerate=replay.compile,
        worth_accelerating=replay.compilation_cost,
    )
    return Claims(problem, indices, weights)


def _jittered(replay: Replay, random: np.random.Generator) -> tuple[Array, ...] | None:
    try:
        return replay.jittered_targets(random)
    except CannotReplay:
        return None


def _are_registered_gradients(call: GradientCall) -> bool:
    """Whether the claims are what the gradient functions of single ops gave: they are their own reference then."""
    records = call.trace.records
    return call.kind == "gradient" and all(r.scope is None and r.function is None and not r.gradient for r in records)


def _exact(replay: Replay, slots: Sequence[int]) -> tuple[Array | None, ...]:
    gradients = replay.gradients()
    fitting = ((gradients[slot], replay.sources[slot].shape) for slot in slots)
    return tuple(g if g is not None and g.shape == shape and np.isfinite(g).all() else None for g, shape in fitting)


def _reference(
    ask: Callable[[Sequence[Array]], tuple[Array | None, ...]], slots: Sequence[int], weights: tuple[Array, ...]
) -> tuple[Array | None, ...]:
    gradients = ask(weights)
    return tuple(gradients[slot] for slot in slots)


def _weights(call: GradientCall, replay: Replay, seed: str) -> tuple[Array, ...]:
    if call.kind == "gradient":
        given = zip(call.output_gradients, replay.targets, strict=True)
        return tuple(_wide(target, weight) for weight, target in given)
    random = generator(f"{seed}:weights")
    shape = replay.targets[0].shape
    if call.kind == "batch_jacobian":
        # One weight for all rows: the tape sums over rows that depend on each other, which is documented.
        shape = (1, *shape[1:])
    weight = random.choice((-1.0, 1.0), shape) * random.uniform(0.5, 1.0, shape)
    return (np.broadcast_to(weight, replay.targets[0].shape).astype(replay.targets[0].dtype),)


def _wide(target: Array, weight: Array | None) -> Array:
    if weight is None:
        return np.ones_like(target)
    return np.broadcast_to(weight, target.shape).astype(target.dtype)


def _claim(call: GradientCall, index: int, weights: tuple[Array, ...]) -> Array:
    wide = _wide_result(call, index)
    return wide if call.kind == "gradient" else _contracted(call, index, np.conj(weights[0]), wide)


def _summed(call: GradientCall, index: int, weights: tuple[Array, ...]) -> Array:
    """2-norm of the terms of each entry of a jacobian's claim."""
    wide = _wide_result(call, index)
    norm: Array = np.sqrt(_contracted(call, index, np.abs(weights[0]) ** 2, np.abs(wide) ** 2))
    # Both parts of a complex entry carry the rounding of both.
    return norm * (1 + 1j) if np.iscomplexobj(wide) else norm


def _wide_result(call: GradientCall, index: int) -> Array:
    result = call.results[index]
    assert result is not None
    wide: Array = result.astype(np.complex128 if np.iscomplexobj(result) else np.float64)
    return wide


def _contracted(call: GradientCall, index: int, factors: Array, jacobian: Array) -> Array:
    """Sum of ``factors`` times a jacobian over the target's axes, in a batch jacobian row by row."""
    if call.kind != "batch_jacobian":
        return np.tensordot(factors, jacobian, axes=factors.ndim)
    rows = factors.shape[0]
    flat = jacobian.reshape(rows, factors[0].size, -1)
    contracted: Array = np.einsum("bt,bts->bs", factors.reshape(rows, -1), flat).reshape(call.sources[index].shape)
    return contracted


def recorded_precision(call: GradientCall, replay: Replay) -> float:
    """Machine epsilon of the coarsest arithmetic between the sources and the targets, as the test itself ran it."""
    names = {call.sources[index].dtype for index in replay.source_index}
    # A trace has thousands of tensors and few types.
    names |= {dtype.name for dtype in {tensor.dtype for record in call.trace.records for tensor in record.outputs}}
    return max((rounding_for(name).epsilon for name in names if name in ROUNDINGS), default=0.0)


def symmetric_sources(op_types: Iterable[str], sources: Sequence[Array]) -> frozenset[int]:
    """Positions of the sources that are symmetric matrices and go into ops which take them to stay so."""
    if _SYMMETRIC_OPS.isdisjoint(op_types):
        return frozenset()
    return frozenset(index for index, source in enumerate(sources) if _is_symmetric(source))


def _is_symmetric(source: Array) -> bool:
    square = source.ndim >= 2 and source.shape[-1] == source.shape[-2]
    return square and bool(np.array_equal(source, np.conj(np.swapaxes(source, -1, -2))))
