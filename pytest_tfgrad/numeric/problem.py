"""What is to be checked: a function, a point, and the gradient that is claimed there."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric.coordinates import Coordinates, norm
from pytest_tfgrad.numeric.directions import generator
from pytest_tfgrad.numeric.tolerance import FLOAT64

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        exact: what the formulas behind the claims give if they are evaluated in the arithmetic of `evaluate`, None for
            a source of which that is not known. Where it is right and the claim is not, the two differ by rounding.
        exact_reference: as `reference`, in the arithmetic of `evaluate`, for claims that are `exact`.
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
    exact: Callable[[], tuple[Array | None, ...]] | None = None
    exact_reference: Callable[[], tuple[Array | None, ...]] | None = None
    jittered: Callable[[np.random.Generator], tuple[Array, ...] | None] | None = None
    accelerate: Callable[[], bool] | None = None
    worth_accelerating: int = 0

    def rounding_of(self, index: int) -> Rounding:
        """What the arithmetic behind the gradient of source ``index`` can be expected to lose."""
        return self.rounding[index] if self.rounding else FLOAT64

    def claiming(self, gradients: Mapping[int, Array]) -> Problem:
        """The problem with exact claims for some sources, which carry no rounding but that of float64."""
        sources = range(len(self.sources))
        return replace(
            self,
            gradients=tuple(gradients.get(index, self.gradients[index]) for index in sources),
            rounding=tuple(FLOAT64 if index in gradients else self.rounding_of(index) for index in sources),
            summed=tuple(gradients.get(index, summed) for index, summed in enumerate(self.summed)),
            reference=self.exact_reference,
            exact=None,
            exact_reference=None,
        )

    def about(self, chosen: Sequence[int]) -> Problem:
        """The problem of some of the sources alone; all others stay where they are."""

        def evaluate(points: Sequence[Array]) -> tuple[Array, ...]:
            every = list(self.sources)
            for index, point in zip(chosen, points, strict=True):
                every[index] = point
            return self.evaluate(every)

        def part(known: Callable[[], tuple[Array | None, ...]] | None) -> Callable[[], tuple[Array | None, ...]] | None:
            return None if known is None else lambda: tuple(known()[index] for index in chosen)

        return replace(
            self,
            evaluate=evaluate,
            sources=tuple(self.sources[index] for index in chosen),
            gradients=tuple(self.gradients[index] for index in chosen),
            rounding=tuple(self.rounding_of(index) for index in chosen),
            summed=tuple(self.summed[index] for index in chosen) if self.summed else (),
            symmetric=frozenset(place for place, index in enumerate(chosen) if index in self.symmetric),
            reference=part(self.reference),
            exact=part(self.exact),
            exact_reference=part(self.exact_reference),
        )


@dataclass(eq=False)
class _Course:
    """What evaluations so far have changed, for all claims about the same function.

    Attributes:
        centre: the targets at the base point, computed as further evaluations compute them.
        magnitude: see `Objective`.
    """

    centre: tuple[Array, ...]
    magnitude: float
    accelerated: bool = False
    measured: bool = False


@dataclass(eq=False)
class Objective:
    """The scalar function whose derivatives are compared, over packed coordinates; counts its evaluations.

    Raises:
        OutOfBudget: by every evaluation after the budget is spent.
    """

    problem: Problem
    budget: Budget
    coordinates: Coordinates = field(init=False)
    base: Vector = field(init=False)
    gradient: Vector = field(init=False)
    rounded: Vector = field(init=False)

    def __post_init__(self) -> None:
        self._spent_before = self.budget.spent
        self.coordinates = Coordinates.of(self.problem.sources)
        self.base = self.coordinates.pack(self.problem.sources)
        self._claim()
        self._conjugates = tuple(map(np.conj, self.problem.weights))
        centre = self.targets(self.base) if self.problem.centre is None else self.problem.centre
        terms = [np.abs(w * f).ravel() for w, f in zip(self._conjugates, centre, strict=True)]
        # Rounding errors of separate terms are independent: their sum grows like the 2-norm.
        self._course = _Course(centre, float(np.sqrt(sum(norm(t) ** 2 for t in terms))))

    def _claim(self) -> None:
        self.gradient = self.coordinates.pack(self.problem.gradients)
        # The numbers whose rounding each entry of the gradient carries.
        summed = self.problem.summed
        self.rounded = np.abs(self.coordinates.pack(summed) if summed else self.gradient)

    def claiming(self, gradients: Mapping[int, Array]) -> Objective:
        """The same function and evaluations, with other claims for some sources; see `Problem.claiming`."""
        other = copy.copy(self)
        other.problem = self.problem.claiming(gradients)
        other._claim()
        return other

    def targets(self, point: Vector) -> tuple[Array, ...]:
        """The targets at ``point``."""
        self.budget.spend()
        return self.problem.evaluate(self.coordinates.unpack(point))

    @property
    def evaluations(self) -> int:
        """Number of evaluations so far."""
        return self.budget.spent - self._spent_before

    @property
    def magnitude(self) -> float:
        """Size of the terms whose rounding one value carries.

        Those of the targets, and after `measure_rounding` those that cancelled on the way to them.
        """
        return self._course.magnitude

    @property
    def noise(self) -> float:
        """Rounding error of one value."""
        return self.problem.precision * self.magnitude

    def measure_rounding(self) -> bool:
        """Look once how much rounding the intermediate results leave; whether it is more than was assumed.

        Four evaluations. A function whose large terms cancel (``1 - sigmoid(30)``) moves in stairs: differences of it
        may be zero, each and every one, without its derivative being so.
        """
        if self._course.measured or self.problem.jittered is None:
            return False
        self._course.measured = True
        random = generator("jitter")
        changes = [self.noise]
        for _ in range(_JITTERED):
            self.budget.spend()
            targets = self.problem.jittered(random)
            if targets is None:
                break
            changes.append(_OFF * abs(self._change(self._course.centre, targets)))
        largest = max(change for change in changes if np.isfinite(change))
        more = largest > _MORE * self.noise
        self._course.magnitude = largest / self.problem.precision
        return more

    def difference(self, start: Vector | None, end: Vector | None) -> float:
        """Objective at ``end`` minus objective at ``start``; None is the base point.

        Differences are taken entry by entry before they are summed, which loses less than the difference of two sums.
        A change of the targets' shapes counts as no value at all (NaN).
        """
        self._accelerate_if_worth_it()
        before = self._course.centre if start is None else self.targets(start)
        after = self._course.centre if end is None else self.targets(end)
        return self._change(before, after)

    def _change(self, before: tuple[Array, ...], after: tuple[Array, ...]) -> float:
        total = 0.0
        for weight, low, high in zip(self._conjugates, before, after, strict=True):
            if low.shape != weight.shape or high.shape != weight.shape:
                return np.nan
            with np.errstate(all="ignore"):
                total += float(np.sum(np.real(weight * (high - low))))
        return total

    def _accelerate_if_worth_it(self) -> None:
        """Make further evaluations cheaper.

        Who has evaluated so often will go on: by then waiting has cost as much as accelerating, so that both together
        never cost more than twice what the better of them alone would (the ski rental problem).
        """
        worth, accelerate = self.problem.worth_accelerating, self.problem.accelerate
        if accelerate is None or not 0 < worth <= self.evaluations or self._course.accelerated:
            return
        self._course.accelerated = True
        if accelerate():
            # Another order of summation: differences are to be taken from a centre that was computed alike.
            self._course.centre = self.problem.evaluate(self.problem.sources)
