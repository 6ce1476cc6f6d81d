"""The whole check of one claimed gradient: joint directions, then each source, then its entries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pytest_tfgrad.numeric.budget import OutOfBudget
from pytest_tfgrad.numeric.comparison import Comparer, Comparison, Outcome
from pytest_tfgrad.numeric.directions import generator, random_direction, scales
from pytest_tfgrad.numeric.entries import Entry, compare_entry
from pytest_tfgrad.numeric.examination import ENOUGH_WRONG, WITNESSES, Examination
from pytest_tfgrad.numeric.finding import Finding, kink_remark, remark
from pytest_tfgrad.numeric.problem import Objective

if TYPE_CHECKING:
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
    unit: Vector = field(init=False)

    def __post_init__(self) -> None:
        self.unit = scales(self.objective)
        self.comparer = Comparer(self.objective, self.unit, self.settings.relative, self.settings.absolute)
        self.random = generator(self.settings.seed)

    def findings(self) -> tuple[Finding, ...]:
        """One finding per source."""
        spans = [self.objective.coordinates.span(i) for i in range(len(self.objective.coordinates.shapes))]
        size = self.objective.coordinates.size
        if self.settings.mode == "full" or (self.settings.mode == "auto" and size <= _ALWAYS_FULL):
            return tuple(self._by_entries(span) for span in spans)
        joint: list[Comparison] = []
        try:
            joint.extend(self._along(slice(0, size)) for _ in range(self.settings.directions))
        except OutOfBudget as over:
            return tuple(Finding(Outcome.UNDECIDED, str(over), "none", span.stop - span.start) for span in spans)
        return tuple(self._by_directions(span, joint) for span in spans)

    def _draw(self, span: slice) -> Vector:
        direction = random_direction(self.objective, self.unit, self.random)
        direction[: span.start] = 0
        direction[span.stop :] = 0
        return direction

    def _along(self, span: slice) -> Comparison:
        return self.comparer.compare(self._draw(span))

    def _by_directions(self, span: slice, joint: list[Comparison]) -> Finding:
        """One source by the joint directions and by some of its own."""
        size = span.stop - span.start
        jointly = all(map(_agrees, joint))
        settled = Finding(Outcome.AGREES, remark(joint), "directions", size, tuple(joint))
        if size == 0 or (jointly and size == self.objective.coordinates.size):
            return settled
        own: list[Comparison] = []
        try:
            # Along joint directions a source of small terms hides behind the rounding of the others.
            own.extend(self._along(span) for _ in range(1 if jointly else self.settings.directions))
            if all(map(_agrees, own)):
                return Finding(Outcome.AGREES, remark(own), "directions", size, (*(joint if jointly else ()), *own))
            self.objective.budget.suspect()
            own.extend(self._along(span) for _ in range(max(WITNESSES, self.settings.directions) - len(own)))
        except OutOfBudget as over:
            return settled if jointly else Finding(Outcome.UNDECIDED, str(over), "none", size, tuple(own))
        if size <= _FULL_WHEN_WRONG:
            return replace(self._by_entries(span), comparisons=tuple(own))
        return Examination(self.comparer, span, own, lambda: self._draw(span), self.random).finding()

    def _by_entries(self, span: slice) -> Finding:
        """Every entry of one source."""
        size = span.stop - span.start
        entries: list[Entry] = []
        wrong = 0
        reason = ""
        try:
            for position in range(span.start, span.stop):
                entries.append(compare_entry(self.comparer, position, verify=wrong < ENOUGH_WRONG))
                wrong += entries[-1].outcome is Outcome.DISAGREES
                if wrong == 1:
                    self.objective.budget.suspect()
        except OutOfBudget as over:
            reason = f"{len(entries)} of {size} entries were compared when {over}"
        undecided = sum(entry.outcome is Outcome.UNDECIDED for entry in entries)
        if wrong:
            return Finding(Outcome.DISAGREES, reason, "entries", size, entries=tuple(entries))
        if reason:
            return Finding(Outcome.UNDECIDED, reason, "none", size, entries=tuple(entries))
        if undecided:
            reason = f"the numerical estimate of {undecided} of {size} entries did not settle"
            return Finding(Outcome.UNDECIDED, reason, "entries", size, entries=tuple(entries))
        return Finding(Outcome.AGREES, kink_remark(entries), "entries", size, entries=tuple(entries))


def _agrees(comparison: Comparison) -> bool:
    """Whether it agrees without help of the loss by rounding, which could hide a few wrong entries among many."""
    return comparison.outcome is Outcome.AGREES and not comparison.rounded
