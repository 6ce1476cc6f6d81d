"""Checks the vector-Jacobian product of one op, or of one custom gradient, by itself."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from pytest_tfgrad.diagnosis.own_claim import base_of, claim_of_call, claim_of_op, handle_value
from pytest_tfgrad.diagnosis.pattern import Surroundings, pattern_of
from pytest_tfgrad.diagnosis.surroundings import gathered
from pytest_tfgrad.numeric import Outcome, Problem, Settings, check, rounding_for
from pytest_tfgrad.replay.claims import symmetric_sources
from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.reference import reference_gradients
from pytest_tfgrad.replay.running import Start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.diagnosis.own_claim import OwnClaim
    from pytest_tfgrad.diagnosis.units import Unit
    from pytest_tfgrad.numeric import Budget, Finding
    from pytest_tfgrad.replay.operation import Values

    Array = NDArray[Any]

# Their gradients are those of functions that do not depend on the free phases of the vectors they return, so an
# arbitrary upstream gradient asks them for what they do not promise.
_UP_TO_A_PHASE = frozenset({"Eig", "SelfAdjointEig", "SelfAdjointEigV2", "Svd"})
# They hand on what they get.
_HAND_ON = frozenset({"Identity", "IdentityN", "Snapshot", "EnsureShape", "CheckNumerics", "CheckNumericsV2"})
# Two directions tell right from wrong (errors above rounding show along each); a wrong op is looked at more closely.
_DIRECTIONS = 2
# Of arguments, as soon as a reader has to be told which of them is meant.
_SEVERAL = 2


class Own(enum.Enum):
    """What a check of its own says about a unit."""

    PASSED = "passed"
    WRONG = "wrong"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class OwnResult:
    """What a check of its own says about a unit.

    Attributes:
        outcome: passed, wrong or unchecked.
        inputs: identities of the inputs whose gradients are wrong.
        size: of the worst error, relative to the larger of gradient and estimate.
        detail: what is wrong, as one clause; empty if nothing fits.
    """

    outcome: Own
    inputs: frozenset[int] = frozenset()
    size: float = 0.0
    detail: str = ""


def check_unit(unit: Unit, values: Values, seed: str, budget: Budget) -> OwnResult:
    """Compare what a unit's gradient gives with differences of the unit itself.

    Args:
        unit: what to check.
        values: all varying tensors at the recorded values of the sources.
        seed: of the upstream gradient, where none is recorded, and of the directions.
        budget: for it.
    """
    if not unit.is_custom and not unit.last.gradient and unit.last.op_type in _HAND_ON:
        return OwnResult(Own.PASSED)
    if unit.last.op_type in _UP_TO_A_PHASE:
        return OwnResult(Own.UNCHECKED)
    with tf.init_scope():
        try:
            result = _checked(unit, values, seed, budget, 1.0)
            if result.outcome is Own.PASSED and not unit.is_custom and any(map(_is_complex, unit.last.outputs)):
                return _checked(unit, values, seed, budget, 1j)
            return result
        except (CannotReplay, tf.errors.OpError, TypeError, ValueError, KeyError, LookupError, AttributeError):
            # Gradients of single ops are run outside of what they were written for; one that fails decides nothing.
            return OwnResult(Own.UNCHECKED)


def _is_complex(tensor: Any) -> bool:
    return bool(tensor.dtype.is_complex)


def _checked(unit: Unit, values: Values, seed: str, budget: Budget, turn: complex) -> OwnResult:
    sources = tuple(base_of(unit, identity, values) for identity in unit.inputs)
    outputs = tuple(np.asarray(values[identity].numpy()) for identity in unit.outputs)
    if not all(np.issubdtype(array.dtype, np.inexact) for array in (*sources, *outputs)) or not outputs:
        return OwnResult(Own.UNCHECKED)
    claim = claim_of_call(unit, outputs) if unit.is_custom else claim_of_op(unit, values, outputs, seed, turn)
    if claim is None:
        return OwnResult(Own.UNCHECKED)
    misfit = _misfit(unit, sources, claim)
    if misfit is not None:
        return misfit
    problem = Problem(
        evaluate=_Evaluation(unit, values, sources),
        sources=sources,
        weights=claim.upstream,
        gradients=tuple(
            np.zeros_like(source) if gradient is None else gradient.astype(source.dtype)
            for gradient, source in zip(claim.gradients, sources, strict=True)
        ),
        precision=max(operation.epsilon for operation in unit.operations),
        rounding=tuple(map(rounding_for, claim.dtypes)),
        symmetric=symmetric_sources((operation.record.op_type for operation in unit.operations), sources),
        reference=partial(_reference, unit, sources, claim) if unit.is_custom else None,
    )
    findings, _ = check(problem, Settings("projection", _DIRECTIONS, seed), budget)
    return _verdict(unit, problem, claim, findings)


def _reference(unit: Unit, sources: Sequence[Array], claim: OwnClaim) -> tuple[Array | None, ...]:
    """Gradients of the ops in a custom gradient, from which a wrong entry among thousands cannot hide."""
    tensors = {t._id: t for operation in unit.operations for t in (*operation.record.inputs, *operation.record.outputs)}
    bases = [(tensors[i], tf.constant(source)) for i, source in zip(unit.inputs, sources, strict=True)]
    outputs = [tensors[identity] for identity in unit.outputs]
    return reference_gradients(unit.operations, Start(bases, frozenset()), outputs, claim.upstream)


def _verdict(unit: Unit, problem: Problem, claim: OwnClaim, findings: Sequence[Finding]) -> OwnResult:
    wrong = [position for position, finding in enumerate(findings) if finding.outcome is Outcome.DISAGREES]
    if not wrong:
        passed = all(finding.outcome is Outcome.AGREES for finding in findings)
        return OwnResult(Own.PASSED if passed else Own.UNCHECKED)
    entries = [entry for position in wrong for entry in findings[position].wrong]
    sizes = [entry.mismatch / max(abs(entry.tape), abs(entry.numeric)) for entry in entries]
    details = (_detail(unit, problem, claim, findings, position) for position in wrong)
    detail = next(filter(None, details), "")
    return OwnResult(Own.WRONG, frozenset(unit.inputs[p] for p in wrong), max(sizes, default=1.0), detail)


def _detail(unit: Unit, problem: Problem, claim: OwnClaim, findings: Sequence[Finding], position: int) -> str:
    """What is wrong with the gradient for one input, as one clause; empty if nothing fits."""
    if claim.gradients[position] is None:
        return _withheld(unit, position)
    rows = gathered((operation.record for operation in unit.operations), unit.inputs[position])
    around = Surroundings(source="its input", rows=rows)
    pattern = pattern_of(problem.gradients[position], problem.sources[position], findings[position], around)
    arguments = [tensor._id for tensor in unit.pullback.inputs] if unit.pullback is not None else []
    if not pattern or len(arguments) < _SEVERAL or unit.inputs[position] not in arguments:
        return pattern
    return f"gradient {arguments.index(unit.inputs[position]) + 1} of {len(arguments)}: {pattern}"


def _withheld(unit: Unit, position: int) -> str:
    """Why an input gets no gradient although the output depends on it."""
    pullback = unit.pullback
    if pullback is None or unit.inputs[position] in [tensor._id for tensor in pullback.inputs]:
        return "it gives None for an input on which its result depends"
    return "its result depends on a tensor captured from outside its arguments, which gets no gradient"


def _misfit(unit: Unit, sources: Sequence[Array], claim: OwnClaim) -> OwnResult | None:
    """The verdict on a gradient that has not the shape of its input, None if all have."""
    for identity, source, gradient in zip(unit.inputs, sources, claim.gradients, strict=True):
        if gradient is not None and gradient.shape != source.shape:
            detail = f"its gradient for an input of shape {source.shape} has shape {gradient.shape}"
            return OwnResult(Own.WRONG, frozenset({identity}), 1.0, detail)
    return None


class _Evaluation:
    """The unit as a function of its inputs."""

    def __init__(self, unit: Unit, values: Values, sources: Sequence[Array]) -> None:
        self._unit = unit
        needed = {identity for operation in unit.operations for identity in operation.inputs}
        self._values = {identity: values[identity] for identity in needed if identity in values}
        self._sources = sources

    def __call__(self, points: Sequence[Array]) -> tuple[Array, ...]:
        with tf.init_scope():
            values = dict(self._values)
            for identity, point, source in zip(self._unit.inputs, points, self._sources, strict=True):
                is_handle = handle_value(self._unit, identity) is not None
                values[identity] = tf.constant(point - source if is_handle else point, source.dtype)
            for operation in self._unit.operations:
                operation.run(values)
            return tuple(np.asarray(values[identity].numpy()) for identity in self._unit.outputs)
