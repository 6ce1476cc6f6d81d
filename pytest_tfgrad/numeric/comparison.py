"""A claimed gradient against one directional derivative: do they agree, disagree, or can it not be told?"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.coordinates import norm
from pytest_tfgrad.numeric.derivative import Derivative, Slopes, differentiate
from pytest_tfgrad.numeric.sensitivity import lost_to_rounding
from pytest_tfgrad.numeric.tolerance import FLOAT64

if TYPE_CHECKING:
    from pytest_tfgrad.numeric.coordinates import Vector
    from pytest_tfgrad.numeric.problem import Objective
    from pytest_tfgrad.numeric.tolerance import Rounding

# How many of its estimated errors an estimate may be off: 3 gave 2 false alarms in 880 right gradients, 5 none.
_ERRORS_ALLOWED = 5.0
# An estimate that cannot see a gradient that is 1 % off decides nothing; one that sees 1e-5 needs no smaller step.
_COARSEST_USEFUL = 1e-2
_FINE_ENOUGH = 1e-5
# Rounding error of an extrapolated estimate, relative to that of a difference with the largest step of its sequence: 8
# for the smallest step, times a few for the spread of four of them.
_ROUNDINGS_LEFT = 32.0
# A gradient this many roundings of the target's terms large may be the residue of terms that cancel exactly (a bias
# before a batch normalisation, a shift before a softmax); up to the second number nobody can tell.
_RESIDUE = 64.0
NEARLY_ZERO = 16.0
_MAYBE_RESIDUE = 4096.0
ZERO = "zero, up to the rounding of the terms that cancel"


class Outcome(enum.Enum):
    """What a comparison tells."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Typical:
    """What an entry is measured by beside its own size: it carries the rounding of larger terms that cancel in it.

    Attributes:
        term: slope of a typical entry of the same source, moved as far as this one.
        usual: the same, moved as far as a typical one.
    """

    term: float = 0.0
    usual: float = 0.0


_ALONE = Typical()


@dataclass(frozen=True)
class Comparison:
    """One claimed slope against one derivative.

    Attributes:
        outcome: what it tells.
        claimed: inner product of the claimed gradient and the direction.
        derivative: the numerical estimate of the same number.
        tolerance: how far the two may be apart.
        scale: 2-norm of the terms of the inner product.
        note: why it is undecided, or what was taken into account, as one clause; else empty.
        rounded: whether it agrees only because the gradient's own precision loses that much.
        direction: along which; empty for one at first sight.
    """

    outcome: Outcome
    claimed: float
    derivative: Derivative
    tolerance: float
    scale: float
    note: str = ""
    rounded: bool = False
    direction: Vector = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)

    @property
    def mismatch(self) -> float:
        """Distance of claim and estimate."""
        return abs(self.claimed - self.derivative.value)


@dataclass(frozen=True, eq=False)
class Comparer:
    """Compares the claimed gradient of an objective along directions.

    Args:
        objective: the function and the claim.
        unit: how far one unit of a step moves each coordinate.
        relative: tolerance relative to the gradient's terms in place of the table's; None for the table's.
        absolute: tolerance of each entry, in units of the gradient.
    """

    objective: Objective
    unit: Vector
    relative: float | None = None
    absolute: float = 0.0

    @property
    def everything(self) -> float:
        """Scale of all terms that may cancel: those of the targets, those of the gradient."""
        return max(self.objective.magnitude, self._terms)

    @cached_property
    def _terms(self) -> float:
        return norm(self.objective.gradient * self.unit)

    def rounding(self, index: int) -> Rounding:
        """Rounding of source ``index`` with the tolerance in force."""
        own = self.objective.problem.rounding_of(index)
        return own if self.relative is None else replace(own, relative=self.relative)

    def typical(self, position: int) -> Typical:
        """What the entry at a coordinate is measured by."""
        gradient, unit = self._usual[self.objective.coordinates.locate(position)[0]]
        return Typical(gradient * float(self.unit[position]), gradient * unit)

    @cached_property
    def _usual(self) -> list[tuple[float, float]]:
        """Per source, the root mean squares of its gradient and of its units."""
        spans = [self.objective.coordinates.span(i) for i in range(len(self.objective.coordinates.shapes))]
        return [(_rms(self.objective.gradient[span]), _rms(self.unit[span])) for span in spans]

    def compare(self, direction: Vector, typical: Typical = _ALONE, slopes: Slopes | None = None) -> Comparison:
        """Compare along ``direction``; 8 to 32 evaluations, 4 more for a coarse type that disagrees.

        Args:
            direction: over all coordinates.
            typical: terms of the source of a single entry.
            slopes: along the direction, if some of them are known already.
        """
        slopes = slopes or Slopes(self.objective, direction)
        terms = self.objective.gradient * direction
        claimed, scale = float(np.sum(terms)), max(norm(terms), typical.term)
        slack = self.slack(direction, typical.term)

        noise = self.objective.noise

        def tolerance(estimate: Derivative) -> float:
            return _ERRORS_ALLOWED * estimate.error + slack

        def expected(estimate: Derivative) -> bool:
            return abs(claimed - estimate.value) <= tolerance(estimate)

        def precise(estimate: Derivative) -> bool:
            useful = _ERRORS_ALLOWED * estimate.error <= _FINE_ENOUGH * max(scale, abs(estimate.value))
            # Where rounding is all that is left of the error, smaller steps only make it worse.
            return useful or estimate.error <= _ROUNDINGS_LEFT * noise / estimate.step

        derivative = differentiate(slopes, expected, precise)
        found = Comparison(Outcome.DISAGREES, claimed, derivative, tolerance(derivative), scale, direction=direction)
        if not np.isfinite(derivative.value):
            return replace(found, outcome=Outcome.UNDECIDED, note="the target is not finite around this point")
        return self._zero(found, direction, typical) or self._nonzero(found, slopes)

    def slack(self, direction: Vector, typical: float = 0.0) -> float:
        """What rounding may do along ``direction``, plus the user's absolute tolerance."""
        terms = self.objective.rounded * direction
        total = 0.0
        for index in range(len(self.objective.coordinates.shapes)):
            span = self.objective.coordinates.span(index)
            total += self.slack_of(index, terms[span], direction[span]) ** 2
        return float(np.sqrt(total)) + (self._coarsest(direction).relative * typical if typical else 0.0)

    def slack_of(self, index: int, terms: Vector, direction: Vector) -> float:
        """What rounding may do to some terms of source ``index``, plus the user's absolute tolerance.

        Args:
            index: of the source.
            terms: products of its claim and a direction, where that is not zero.
            direction: there.
        """
        rounding = self.rounding(index)
        return rounding.relative * norm(terms) + (rounding.tiny + self.absolute) * norm(direction)

    def _nonzero(self, found: Comparison, slopes: Slopes) -> Comparison:
        """Decide by the distance of claim and estimate."""
        blur = _ERRORS_ALLOWED * found.derivative.error
        if found.mismatch <= found.tolerance:
            useful = _COARSEST_USEFUL * max(found.scale, abs(found.derivative.value))
            if blur > max(useful, found.tolerance - blur):
                return replace(found, outcome=Outcome.UNDECIDED, note=_blurred(found))
            return replace(found, outcome=Outcome.AGREES)
        lost = lost_to_rounding(slopes, self._coarsest(slopes.direction).epsilon)
        if found.mismatch <= found.tolerance + lost:
            note = "the formula is right, but the test's own precision loses digits of it to cancellation"
            return replace(found, outcome=Outcome.AGREES, tolerance=found.tolerance + lost, note=note, rounded=True)
        return found

    def _zero(self, found: Comparison, direction: Vector, typical: Typical) -> Comparison | None:
        """Decide about a derivative that is zero while the claim is small; None if it is not such a case.

        The derivative itself is a few roundings off zero where the function contains a recorded value that only nearly
        cancels: the mean of a batch normalisation that is held constant, for one.
        """
        blur = _ERRORS_ALLOWED * found.derivative.error
        cancelled = self._cancelled(typical)
        one_rounding = self._coarsest(direction).epsilon * cancelled
        size, slope = abs(found.claimed), abs(found.derivative.value)
        vanishes = slope <= blur + _COARSEST_USEFUL * size
        if not vanishes and slope > NEARLY_ZERO * one_rounding:
            return None
        largest = (_RESIDUE if vanishes else NEARLY_ZERO) * one_rounding
        if size <= largest and found.scale <= max(_MAYBE_RESIDUE * one_rounding, typical.term):
            note = ZERO if size > 0 else ""
            seen = blur <= _COARSEST_USEFUL * cancelled
            return replace(found, outcome=Outcome.AGREES if seen else Outcome.UNDECIDED, note=note)
        if found.mismatch > found.tolerance and found.scale <= _MAYBE_RESIDUE * one_rounding:
            note = "numerically zero; the tape's value is small enough to be rounding of terms that cancel"
            return replace(found, outcome=Outcome.UNDECIDED, note=note)
        return None

    def _cancelled(self, typical: Typical) -> float:
        """Scale of the terms whose cancellation may leave a residue: of the entry's own source, else of everything."""
        everything = self.everything
        largest = max((self.rounding(i).epsilon for i in range(len(self.objective.coordinates.shapes))), default=0.0)
        return typical.term if typical.usual > _MAYBE_RESIDUE * largest * everything else everything

    def _coarsest(self, direction: Vector) -> Rounding:
        """Rounding of the coarsest source that ``direction`` moves."""
        spans = (self.objective.coordinates.span(i) for i in range(len(self.objective.coordinates.shapes)))
        moved = [self.rounding(i) for i, span in enumerate(spans) if np.any(direction[span])]
        return max(moved, key=lambda r: r.epsilon) if moved else FLOAT64


def _rms(vector: Vector) -> float:
    return norm(vector) / float(np.sqrt(vector.size)) if vector.size else 0.0


def _blurred(found: Comparison) -> str:
    size = max(found.scale, abs(found.derivative.value))
    return f"the numerical estimate is only good to {found.derivative.error / size:.0e} of the gradient"
