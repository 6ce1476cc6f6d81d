"""The whole check of one claimed gradient: joint directions, then each source, then its entries."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pytest_tfgrad.numeric.budget import OutOfBudget
from pytest_tfgrad.numeric.comparison import ZERO, Comparer, Comparison, Outcome
from pytest_tfgrad.numeric.directions import generator, random_direction, scales
from pytest_tfgrad.numeric.entries import Entry, compare_entry
from pytest_tfgrad.numeric.every_entry import ENOUGH_WRONG, EveryEntry
from pytest_tfgrad.numeric.examination import WITNESSES, Examination
from pytest_tfgrad.numeric.finding import Finding, remark
from pytest_tfgrad.numeric.formula import ROUNDED, Formula
from pytest_tfgrad.numeric.problem import Objective
from pytest_tfgrad.numeric.reference import MOST, Reference
from pytest_tfgrad.numeric.screening import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_tfgrad.numeric.budget import Budget
    from pytest_tfgrad.numeric.coordinates import Vector
    from pytest_tfgrad.numeric.problem import Problem

Mode = Literal["auto", "full", "projection"]

# "auto" compares every entry up to this many coordinates: 4 evaluations each, no more than four directions cost
# together with the search that a mismatch would need.
_ALWAYS_FULL = 32
# A wrong source is compared entry by entry up to this size (about a second of eager replay), so that the pattern of
# its error is seen whole; a larger one is sampled.
_FULL_WHEN_WRONG = 256
# Blurred directions are repeated until they would all agree with a claim of twice the size once in a million times.
_NO_CHANCE = 1e-6
# "auto" stops at fewer joint directions than were asked for once a gradient that is off by this factor would pass them
# all no more often than this (two directions in float64 and in float32): each costs a forward pass in float64.
_ERROR = 1e-3
_HARDLY_A_CHANCE = 1e-4
# Directions that show every error of half of 1e-3 of a source's largest entry need no reference beside them.
_RESOLVED = 5e-4


@dataclass(frozen=True)
class Settings:
    """How to check.

    Attributes:
        mode: every entry, random directions, or what the size suggests.
        directions: number of random directions, at least 1.
        seed: from which the directions come; the same seed gives the same verdict.
        relative: tolerance relative to the gradient's terms; None for what the type's rounding allows.
        absolute: tolerance of each entry, in units of the gradient.
    """

    mode: Mode = "auto"
    directions: int = 4
    seed: str = ""
    relative: float | None = None
    absolute: float = 0.0


def check(problem: Problem, settings: Settings, budget: Budget) -> tuple[tuple[Finding, ...], int]:
    """Compare all claims of a problem with numerical estimates.

    Args:
        problem: the function, the point and the claims.
        settings: how.
        budget: for how long. What is undecided when it ends is returned as undecided.

    Returns:
        One finding per source, and the number of evaluations used.
    """
    sizes = [int(np.size(s)) * (2 if np.iscomplexobj(s) else 1) for s in problem.sources]
    try:
        objective = Objective(problem, budget)
    except OutOfBudget as over:
        return tuple(Finding(Outcome.UNDECIDED, str(over), "none", size) for size in sizes), 0
    if not np.isfinite(objective.magnitude):
        reason = "the target is not finite at this point"
        return tuple(Finding(Outcome.UNDECIDED, reason, "none", size) for size in sizes), objective.evaluations
    return _Check(objective, settings).findings(), objective.evaluations


@dataclass(eq=False)
class _Check:
    objective: Objective
    settings: Settings
    comparer: Comparer = field(init=False)
    screen: Screen = field(init=False)
    reference: Reference = field(init=False)
    formula: Formula = field(init=False)
    unit: Vector = field(init=False)
    in_doubt: bool = field(default=False, init=False)
    _zeros: dict[int, Comparison | None] | None = field(default=None, init=False)
    _formulas: dict[int, Finding] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.unit = scales(self.objective)
        self.comparer = Comparer(self.objective, self.unit, self.settings.relative, self.settings.absolute)
        self.screen = Screen(self.comparer)
        self.reference = Reference(self.objective)
        self.formula = Formula(self.comparer)
        self.random = generator(self.settings.seed)

    def findings(self) -> tuple[Finding, ...]:
        """One finding per source."""
        sources = range(len(self.objective.coordinates.shapes))
        size = self.objective.coordinates.size
        if self.settings.mode == "full" or (self.settings.mode == "auto" and size <= _ALWAYS_FULL):
            return tuple(map(self._by_entries, sources))
        joint: list[Comparison] = []
        try:
            while len(joint) < self.settings.directions and all(map(_agrees, joint)) and not self._suffice(joint):
                with self.objective.budget.spent_on(f"direction {len(joint) + 1} of {self.settings.directions}"):
                    joint.append(self._jointly())
        except OutOfBudget as over:
            return tuple(Finding(Outcome.UNDECIDED, str(over), "none", self._size(source)) for source in sources)
        if self.formula.explains(joint[-1]):
            self._formulas.update(enumerate(self._of_formulas().findings()))
            right = [self._right_formula(source) for source in sources]
            return tuple(right[source] or self._by_directions(source, joint) for source in sources)
        return tuple(self._by_directions(source, joint) for source in sources)

    def _suffice(self, joint: list[Comparison]) -> bool:
        """Whether joint directions leave an error of 1e-3 hardly a chance; asked only where the mode is left to us."""
        if self.settings.mode != "auto":
            return False
        return math.prod(_chance(comparison, _ERROR) for comparison in joint) <= _HARDLY_A_CHANCE

    def _size(self, source: int) -> int:
        return len(self._positions_of(source))

    def _positions_of(self, source: int) -> range:
        span = self.objective.coordinates.span(source)
        return range(span.start, span.stop)

    def _draw(self, span: slice) -> Vector:
        direction = random_direction(self.objective, self.unit, self.random)
        direction[: span.start] = 0
        direction[span.stop :] = 0
        return direction

    def _jointly(self) -> Comparison:
        everything = slice(0, self.objective.coordinates.size)
        return self.screen.jointly(self.random) or self._at_length(everything)

    def _along(self, source: int) -> Comparison:
        span = self.objective.coordinates.span(source)
        return self.screen.along(source, span, self.random) or self._at_length(span)

    def _at_length(self, span: slice) -> Comparison:
        self.in_doubt = True
        return self.comparer.compare(self._draw(span))

    def _by_directions(self, source: int, joint: list[Comparison]) -> Finding:
        """One source by the joint directions and, where these do not tell, by some of its own."""
        size = self._size(source)
        jointly = all(map(_agrees, joint))
        settled = Finding(Outcome.AGREES, remark(joint), "directions", size, tuple(joint))
        if size == 0:
            return settled
        alone = size == self.objective.coordinates.size
        own: list[Comparison] = list(joint) if alone and joint[-1].outcome is Outcome.DISAGREES else []
        try:
            if not own:
                own.extend(self._own(source, joint if jointly else []))
            if own and self.formula.explains(own[-1]):
                right = self._right_formula(source, lambda check: check._by_directions(source, []))
                if right is not None:
                    return right
            if all(map(_agrees, own)):
                found = (*(joint if jointly else ()), *own)
                settled = replace(settled, reason=remark(own) or remark(joint), comparisons=found)
                return settled if remark(own) == ZERO else self._unless_few_are_wrong(source, settled)
            self.objective.budget.suspect()
            return self._closely(source, own)
        except OutOfBudget as over:
            return settled if jointly else Finding(Outcome.UNDECIDED, str(over), "none", size, tuple(own))

    def _own(self, source: int, joint: list[Comparison]) -> Iterator[Comparison]:
        """What directions of its own tell of a source beyond the joint ones, which agree if there are any."""
        if joint and self.screen.sees(source, self.in_doubt):
            return
        zero = self._zero(source)
        if zero is not None:
            yield zero
            return
        # Along joint directions a source of small terms hides behind the rounding of the others.
        by_chance = 1.0
        for _ in range(self.settings.directions):
            comparison = self._along(source)
            yield comparison
            if comparison.outcome is Outcome.DISAGREES and self._size(source) > _FULL_WHEN_WRONG:
                return
            by_chance *= _chance(comparison, 1.0)
            if (joint and by_chance <= _NO_CHANCE) or self.formula.explains(comparison):
                return

    def _zero(self, source: int) -> Comparison | None:
        """What shows that the derivative of a source is zero; as a rule one evaluation does so for all such sources."""
        if not self.screen.is_residue(source):
            return None
        if self._zeros is None:
            residues = list(filter(self.screen.is_residue, range(len(self.objective.coordinates.shapes))))
            self._zeros = dict.fromkeys(residues, self.screen.vanishes(residues, self.random))
        return self._zeros.get(source) or self.screen.vanishes([source], self.random)

    def _closely(self, source: int, own: list[Comparison]) -> Finding:
        """A source that does not agree along directions of its own."""
        span, size = self.objective.coordinates.span(source), self._size(source)
        if size <= _FULL_WHEN_WRONG:
            own.extend(self._along(source) for _ in range(max(WITNESSES, self.settings.directions) - len(own)))
            return replace(self._by_entries(source), comparisons=tuple(own))
        hints, directions = self.reference.suspects(source), self.settings.directions
        more, draw = lambda: self._along(source), lambda: self._draw(span)
        return Examination(self.comparer, span, own, more, draw, self.random, hints, directions).finding()

    def _unless_few_are_wrong(self, source: int, settled: Finding) -> Finding:
        """What agrees along directions, unless the reference points to wrong entries that hide among too many."""
        # A full sequence of steps moves small entries less than first sight does, so it may agree where that did not.
        if self.screen.resolution(source) <= _RESOLVED and not self.in_doubt:
            return settled
        entries: list[Entry] = []
        wrong = 0
        try:
            for position in self.reference.suspects(source):
                entries.append(compare_entry(self.comparer, int(position)))
                wrong += entries[-1].outcome is Outcome.DISAGREES
                if wrong == 1:
                    self.objective.budget.suspect()
                if len(entries) - wrong >= MOST or wrong >= ENOUGH_WRONG:
                    break
        except OutOfBudget:
            pass
        # Directions that agree are no witnesses against an entry; it was differentiated twice, with unrelated steps.
        few = Finding(Outcome.DISAGREES, "", "directions", settled.size, entries=tuple(entries))
        return few if wrong else settled

    def _by_entries(self, source: int) -> Finding:
        entries = EveryEntry(self.comparer, self.screen, self.reference, source, self.random)
        if source in self._formulas:
            return entries.finding()
        return (
            entries.finding_unless(self.formula.explains_entry)
            or self._right_formula(source, lambda check: check._by_entries(source))
            or entries.finding()
        )

    def _of_formulas(self) -> _Check:
        """The check of the formulas in place of the claims."""
        assert self.formula.objective is not None
        return _Check(self.formula.objective, self.settings)

    def _right_formula(self, source: int, judge: Callable[[_Check], Finding] | None = None) -> Finding | None:
        """What is found about the formula of a source if it is right.

        Args:
            source: which.
            judge: how to find out, where that is not known.
        """
        if source not in self._formulas and judge is not None:
            self._formulas[source] = judge(self._of_formulas())
        found = self._formulas[source]
        if found.outcome is not Outcome.AGREES:
            return None
        return replace(found, reason=ROUNDED) if self.formula.differs(source) else found


def _agrees(comparison: Comparison) -> bool:
    """Whether it agrees without help of the loss by rounding, which could hide a few wrong entries among many."""
    return comparison.outcome is Outcome.AGREES and not comparison.rounded


def _chance(comparison: Comparison, error: float) -> float:
    """How often a claim whose terms are off by a factor of ``1 + error`` would agree as well, at most."""
    return min(comparison.tolerance / (error * comparison.scale), 1.0) if comparison.scale > 0 else 1.0
