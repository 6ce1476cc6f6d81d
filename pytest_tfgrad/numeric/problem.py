"""What is to be checked: a function, a point, and the gradient that is claimed there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric.coordinates import Coordinates, norm
from pytest_tfgrad.numeric.directions import generator
from pytest_tfgrad.numeric.tolerance import FLOAT64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.numeric.budget import Budget
    from pytest_tfgrad.numeric.coordinates import Vector
    from pytest_tfgrad.numeric.tolerance import Rounding

    Array = NDArray[Any]


# One jittered value is by chance near the true one where two roundings cancel: half of the time for each.
_JITTERED = 4
# Jittered results move by a whole spacing of their type, as half of one is often rounded away; they are off by half.
_OFF = 0.5
# Estimates whose rounding is larger by less than this were made with a margin that covers it.
_MORE = 2.0


@dataclass(frozen=True, eq=False)
class Problem:
    """A claimed gradient of ``Re sum_k sum(conj(weights[k]) * evaluate(x)[k])`` at ``x = sources``.

    For complex sources the claim follows TensorFlow's convention: the change of that sum for a small change ``dx`` is
    ``Re sum(conj(gradient) * dx)``, so the gradient of ``z**2`` is ``conj(2 * z)``
    (https://www.tensorflow.org/api_docs/python/tf/GradientTape).

    Attributes:
        evaluate: the targets from the sources, in float64 or complex128 arithmetic.
        sources: the base point, float64 or complex128.
        weights: one array per target and of its shape: the output gradients.
        gradients: one array per source and of its shape: what is claimed.
        precision: machine epsilon of the arithmetic of ``evaluate``.
        rounding: what the arithmetic that produced ``gradients`` can be expected to lose, per source.
        summed: one array per source and of its shape: the 2-norm of the terms that were added up to each entry of the
            gradient; empty if the entries are no sums. What cancels in a sum leaves the rounding of its terms.
        symmetric: sources whose last two axes form a symmetric matrix that the function assumes to stay symmetric, as
            a Cholesky factorisation does; they are only moved symmetrically.
        centre: the targets at `sources`, if they are known already.
        reference: another way to the gradients, exact but for rounding, whose value for a source is None where there is
            none. It never decides: entries in which it differs from the claim are the ones worth an estimate.
        jittered: the targets at `sources` if every intermediate result of `evaluate` is a rounding off, which way the
            generator decides; None if there are none.
        accelerate: makes later calls of `evaluate` cheaper, at a cost, where that is possible; returns whether it did.
        worth_accelerating: number of evaluations that cost as much as `accelerate`; 0 if it gains nothing.
    """

    evaluate: Callable[[Sequence[Array]], tuple[Array, ...]]
    sources: tuple[Array, ...]
    weights: tuple[Array, ...]
    gradients: tuple[Array, ...]
    precision: float = float(np.finfo(np.float64).eps)
    rounding: tuple[Rounding, ...] = ()
    summed: tuple[Array, ...] = ()
    symmetric: frozenset[int] = frozenset()
    centre: tuple[Array, ...] | None = None
    reference: Callable[[], tuple[Array | None, ...]] | None = None
    jittered: Callable[[np.random.Generator], tuple[Array, ...] | None] | None = None
    accelerate: Callable[[], bool] | None = None
    worth_accelerating: int = 0

    def rounding_of(self, index: int) -> Rounding:
        """What the arithmetic behind the gradient of source ``index`` can be expected to lose."""
        return self.rounding[index] if self.rounding else FLOAT64


@dataclass(eq=False)
class Objective:
    """The scalar function whose derivatives are compared, over packed coordinates; counts its evaluations.

    Attributes:
        magnitude: size of the terms whose rounding one value carries: those of the targets, and after
            `measure_rounding` those that cancelled on the way to them.

    Raises:
        OutOfBudget: by every evaluation after the budget is spent.
    """

    problem: Problem
    budget: Budget
    evaluations: int = 0
    coordinates: Coordinates = field(init=False)
    base: Vector = field(init=False)
    gradient: Vector = field(init=False)
    rounded: Vector = field(init=False)

    def __post_init__(self) -> None:
        self.coordinates = Coordinates.of(self.problem.sources)
        self.base = self.coordinates.pack(self.problem.sources)
        self.gradient = self.coordinates.pack(self.problem.gradients)
        # The numbers whose rounding each entry of the gradient carries.
        self.rounded = np.abs(self.coordinates.pack(self.problem.summed or self.problem.gradients))
        self._accelerated = self._measured = False
        self._conjugates = tuple(map(np.conj, self.problem.weights))
        self._centre = self.targets(self.base) if self.problem.centre is None else self.problem.centre
        terms = [np.abs(w * f).ravel() for w, f in zip(self._conjugates, self._centre, strict=True)]
        # Rounding errors of separate terms are independent: their sum grows like the 2-norm.
        self.magnitude = float(np.sqrt(sum(norm(t) ** 2 for t in terms)))

    def targets(self, point: Vector) -> tuple[Array, ...]:
        """The targets at ``point``."""
        self._count()
        return self.problem.evaluate(self.coordinates.unpack(point))

    @property
    def noise(self) -> float:
        """Rounding error of one value."""
        return self.problem.precision * self.magnitude

    def measure_rounding(self) -> bool:
        """Look once how much rounding the intermediate results leave; whether it is more than was assumed.

        Four evaluations. A function whose large terms cancel (``1 - sigmoid(30)``) moves in stairs: differences of it
        may be zero, each and every one, without its derivative being so.
        """
        if self._measured or self.problem.jittered is None:
            return False
        self._measured = True
        random = generator("jitter")
        changes = [self.noise]
        for _ in range(_JITTERED):
            self._count()
            targets = self.problem.jittered(random)
            if targets is None:
                break
            changes.append(_OFF * abs(self._change(self._centre, targets)))
        largest = max(change for change in changes if np.isfinite(change))
        more = largest > _MORE * self.noise
        self.magnitude = largest / self.problem.precision
        return more

    def difference(self, start: Vector | None, end: Vector | None) -> float:
        """Objective at ``end`` minus objective at ``start``; None is the base point.

        Differences are taken entry by entry before they are summed, which loses less than the difference of two sums.
        A change of the targets' shapes counts as no value at all (NaN).
        """
        self._accelerate_if_worth_it()
        before = self._centre if start is None else self.targets(start)
        after = self._centre if end is None else self.targets(end)
        return self._change(before, after)

    def _change(self, before: tuple[Array, ...], after: tuple[Array, ...]) -> float:
        total = 0.0
        for weight, low, high in zip(self._conjugates, before, after, strict=True):
            if low.shape != weight.shape or high.shape != weight.shape:
                return float("nan")
            with np.errstate(all="ignore"):
                total += float(np.sum(np.real(weight * (high - low))))
        return total

    def _count(self) -> None:
        self.budget.spend()
        self.evaluations += 1

    def _accelerate_if_worth_it(self) -> None:
        """Make further evaluations cheaper.

        Who has evaluated so often will go on: by then waiting has cost as much as accelerating, so that both together
        never cost more than twice what the better of them alone would (the ski rental problem).
        """
        worth, accelerate = self.problem.worth_accelerating, self.problem.accelerate
        if accelerate is None or not 0 < worth <= self.evaluations or self._accelerated:
            return
        self._accelerated = True
        if accelerate():
            # Another order of summation: differences are to be taken from a centre that was computed alike.
            self._centre = self.problem.evaluate(self.problem.sources)
