"""Every entry of one source: one by one, or in groups whose members are compared where a group does not agree."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_tfgrad.numeric.budget import OutOfBudget
from pytest_tfgrad.numeric.comparison import Outcome
from pytest_tfgrad.numeric.entries import Entry, compare_entry
from pytest_tfgrad.numeric.finding import Finding, Method, kink_remark
from pytest_tfgrad.numeric.groups import undecided
from pytest_tfgrad.numeric.linearity import NOT_DIFFERENTIABLE, adds_up
from pytest_tfgrad.numeric.reference import MOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from pytest_tfgrad.numeric.comparison import Comparer
    from pytest_tfgrad.numeric.reference import Reference
    from pytest_tfgrad.numeric.screening import Screen

# Entries of a source up to this size are taken one by one, those of a larger one in groups first: a group costs one or
# two evaluations, as an entry does.
_SINGLY = 256
# No reader looks at more wrong entries than these: others of the source are not verified, and a search stops.
ENOUGH_WRONG = 8


@dataclass(eq=False)
class EveryEntry:
    """Looks at all entries of a source.

    Args:
        comparer: of the claim.
        screen: of the same claim.
        reference: of the same claim.
        source: which source.
        random: forms the groups.
    """

    comparer: Comparer
    screen: Screen
    reference: Reference
    source: int
    random: np.random.Generator
    compared: dict[int, Entry] = field(default_factory=dict, init=False)

    def finding(self) -> Finding:
        """What all entries tell, or those that were compared before the time was over."""
        found = self.finding_unless(lambda position, entry: False)
        assert found is not None
        return found

    def finding_unless(self, explained: Callable[[int, Entry], bool]) -> Finding | None:
        """As `finding`; None as soon as an entry, by its coordinate, does not agree and that is explained."""
        unfinished = ""
        differentiable = True
        try:
            if self._compare(explained):
                return None
            differentiable = adds_up(self.comparer, self.compared)
        except OutOfBudget as over:
            unfinished = self._unfinished(over)
        outcome, reason = self._outcome(unfinished) if differentiable else (Outcome.UNDECIDED, NOT_DIFFERENTIABLE)
        entries = tuple(self.compared.values())
        method: Method = "none" if unfinished and outcome is Outcome.UNDECIDED else "entries"
        covered = len(entries) if unfinished else self._size
        return Finding(outcome, reason, method, self._size, entries=entries, covered=covered)

    @property
    def _span(self) -> slice:
        return self.comparer.objective.coordinates.span(self.source)

    @property
    def _size(self) -> int:
        return int(self._span.stop - self._span.start)

    def _compare(self, explained: Callable[[int, Entry], bool]) -> bool:
        """Compare until all are compared or one is explained; whether one is."""
        wrong = 0
        for position in self._positions():
            # Of a source taken in groups only some entries are compared by themselves: no use to count them.
            purpose = f"entry {len(self.compared) + 1} of {self._size}" if self._size <= _SINGLY else ""
            with self.comparer.objective.budget.spent_on(purpose):
                entry = compare_entry(self.comparer, position, verify=wrong < ENOUGH_WRONG)
            if explained(position, entry):
                return True
            self.compared[position] = entry
            wrong += entry.outcome is Outcome.DISAGREES
            if wrong == 1:
                self.comparer.objective.budget.suspect()
        return False

    def _positions(self) -> Iterator[int]:
        """Coordinates that have to be compared one by one so that every entry is looked at."""
        if self._size <= _SINGLY:
            yield from range(self._span.start, self._span.stop)
            return
        groups = undecided(self.screen, self.source, self._span, self.random)
        suspects = self.reference.suspects(self.source)[:MOST]
        for position in itertools.chain(suspects, itertools.chain.from_iterable(groups)):
            if position not in self.compared:
                yield int(position)

    def _unfinished(self, over: OutOfBudget) -> str:
        """How far the comparison came when the time was over, as one clause."""
        if self._size > _SINGLY:
            return f"not all of {self._size} entries were compared when {over}"
        done = len(self.compared)
        return f"{done} of {self._size} entries were compared when {over}" if done else str(over)

    def _outcome(self, unfinished: str) -> tuple[Outcome, str]:
        """What the entries say together, and why or a remark; `unfinished` if some were not looked at."""
        if self._count(Outcome.DISAGREES):
            return Outcome.DISAGREES, unfinished
        if unfinished:
            return Outcome.UNDECIDED, unfinished
        unsettled = self._count(Outcome.UNDECIDED)
        if unsettled:
            reason = f"the numerical estimate of {unsettled} of {self._size} entries did not settle"
            return Outcome.UNDECIDED, reason
        return Outcome.AGREES, kink_remark(self.compared.values())

    def _count(self, outcome: Outcome) -> int:
        return sum(entry.outcome is outcome for entry in self.compared.values())
