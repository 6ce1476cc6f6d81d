"""A close look at one large source whose random directions do not all agree."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.budget import OutOfBudget
from pytest_tfgrad.numeric.comparison import Comparer, Comparison, Outcome
from pytest_tfgrad.numeric.entries import Entry, compare_entry
from pytest_tfgrad.numeric.every_entry import ENOUGH_WRONG
from pytest_tfgrad.numeric.finding import Finding, kink_remark, remark
from pytest_tfgrad.numeric.linearity import NOT_DIFFERENTIABLE, SEVERAL, adds_up, is_linear
from pytest_tfgrad.numeric.residues import Residues
from pytest_tfgrad.numeric.search import suspects, the_only_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pytest_tfgrad.numeric.coordinates import Vector

# Directions beside the first that tell the only wrong entry from the others: in float64 one leaves a candidate in a
# thousand, in float32 one in twenty.
_FEWEST, _MOST = 2, 8
# Of the entries that would each explain every residue, so many are compared, the likeliest.
_CANDIDATES = 4
# Random entries that tell whether an error is everywhere or in a few places.
_SAMPLE = 16
# Entries on kinks are taken out and the rest is compared again, this many times.
_ROUNDS = 3
# An accusation needs this many directions that disagree.
WITNESSES = 2


@dataclass(eq=False)
class Examination:
    """Finds wrong entries of one source, or shows that kinks or rounding explain the mismatch.

    Args:
        comparer: of the claim.
        span: the coordinates of the source.
        own: comparisons along random directions of this source, at least one of which does not agree.
        more: a comparison along another one.
        draw: a fresh random direction over this source.
        random: chooses the entries to sample.
        hints: coordinates that are more likely to be wrong than others, the likeliest first.
        directions: number of comparisons that are made where few wrong entries do not explain the first.
    """

    comparer: Comparer
    span: slice
    own: list[Comparison]
    more: Callable[[], Comparison]
    draw: Callable[[], Vector]
    random: np.random.Generator
    hints: NDArray[np.intp]
    directions: int
    entries: dict[int, Entry] = field(default_factory=dict, init=False)

    def finding(self) -> Finding:
        """Look until entries are shown to be wrong, the mismatch is explained, or nothing more can be found out."""
        try:
            few = self._few()
            explained = self._undifferentiable() if few else self._at_length()
        except OutOfBudget as over:
            if not self._wrong():
                return self._result(Outcome.UNDECIDED, str(over), self.own)
            few, explained = False, None
        if explained is not None:
            return explained
        if few:
            return replace(self._result(Outcome.DISAGREES, "", self.own), covered=self.span.stop - self.span.start)
        witnesses = sum(c.outcome is Outcome.DISAGREES or c.rounded for c in self.own)
        if self._wrong() and (witnesses >= WITNESSES or self._hinted()):
            return self._result(Outcome.DISAGREES, "", self.own)
        return self._result(Outcome.UNDECIDED, self._doubt(witnesses), self.own)

    def _few(self) -> bool:
        """Whether one wrong entry, or those that were hinted at, account for what several directions miss."""
        missing = next((c for c in self.own if c.outcome is Outcome.DISAGREES), None)
        if missing is None:
            return False
        residues = Residues.beside(self.comparer, missing)
        found = [residues.known(missing.direction, missing.claimed - missing.derivative.value)]
        found.extend(residues.along(self.draw()) for _ in range(_FEWEST))
        while (candidates := self._likeliest(the_only_one(found))).size > 1 and len(found) <= _MOST:
            found.append(residues.along(self.draw()))
        for position in (*candidates[:_CANDIDATES], *self.hints[:ENOUGH_WRONG]):
            self._compare(int(position))
            wrong = {p: entry for p, entry in self.entries.items() if entry.outcome is Outcome.DISAGREES}
            if wrong and all(residue.is_due_to(wrong) for residue in found):
                self.own.extend(map(residues.comparison, found[1:]))
                return True
        return False

    def _likeliest(self, candidates: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those that were hinted at; all if none was."""
        hinted = candidates[np.isin(candidates, self.hints)]
        return hinted if hinted.size else candidates

    def _at_length(self) -> Finding | None:
        """Look at as much as it takes; a finding if what is not on a kink agrees, or has no derivative."""
        while len(self.own) < max(WITNESSES, self.directions):
            self.own.append(self.more())
        self._sample()
        return self._explain() or self._undifferentiable()

    def _sample(self) -> None:
        """Compare the likeliest entries, some random ones and those that contribute most."""
        for position in self.hints[:ENOUGH_WRONG]:
            self._compare(int(position))
        terms = np.abs(self.comparer.objective.gradient[self.span] * self.comparer.unit[self.span])
        chosen = set(self.random.choice(terms.size, _SAMPLE, replace=False).tolist())
        chosen |= set(np.argsort(terms)[-_SAMPLE // 4 :].tolist())
        for position in sorted(chosen):
            self._compare(self.span.start + position)

    def _explain(self) -> Finding | None:
        """Search for wrong entries in rounds; a finding if what is not on a kink agrees."""
        aside: Vector = np.zeros(0)
        for _ in range(_ROUNDS):
            if self._wrong() < ENOUGH_WRONG:
                self._search(aside)
            if self._wrong():
                return None
            beside = self._values_on_kinks()
            rest = [self.comparer.compare(self._direction(beside)) for _ in self.own]
            if all(c.outcome is Outcome.AGREES for c in rest):
                return self._result(Outcome.AGREES, kink_remark(self.entries.values()) or remark(rest), rest)
            if beside.size == aside.size:
                return None
            aside = beside
        return None

    def _undifferentiable(self) -> Finding | None:
        """A finding if the wrong entries are so because there is no right gradient."""
        if self._wrong() < SEVERAL:
            return None
        aside = self._values_on_kinks()
        accused = max(comparison.mismatch for comparison in self.own)
        linear = is_linear(self.comparer.objective, self._direction(aside), self._direction(aside), accused)
        if linear and adds_up(self.comparer, self.entries):
            return None
        return self._result(Outcome.UNDECIDED, NOT_DIFFERENTIABLE, self.own)

    def _search(self, aside: Vector) -> None:
        """Look for wrong entries by halving, until enough of them or too many innocent ones were met."""
        direction = self._direction(aside)
        found = self.comparer.compare(direction)
        if found.outcome is not Outcome.DISAGREES and not found.rounded:
            return
        residues = Residues.beside(self.comparer, found)
        whole = residues.known(direction, found.claimed - found.derivative.value)
        innocent = 0
        for position in suspects(residues, whole):
            innocent += self._compare(position).outcome is not Outcome.DISAGREES
            if innocent >= ENOUGH_WRONG or self._wrong() >= ENOUGH_WRONG:
                return

    def _compare(self, position: int) -> Entry:
        if position not in self.entries:
            self.entries[position] = compare_entry(self.comparer, position)
        return self.entries[position]

    def _values_on_kinks(self) -> Vector:
        """Values at which entries were found to lie on a kink: other entries of these values lie on it too."""
        base = self.comparer.objective.base
        return np.unique([base[p] for p, entry in self.entries.items() if entry.kink is not None])

    def _direction(self, aside: Vector) -> Vector:
        """A fresh direction that leaves entries of these values alone."""
        direction = self.draw()
        direction[np.isin(self.comparer.objective.base, aside)] = 0
        return direction

    def _wrong(self) -> int:
        return sum(entry.outcome is Outcome.DISAGREES for entry in self.entries.values())

    def _hinted(self) -> bool:
        """Whether a wrong entry is one that was hinted at: then two ways to the gradient speak against it."""
        compared = (self.entries.get(int(position)) for position in self.hints)
        return any(entry is not None and entry.outcome is Outcome.DISAGREES for entry in compared)

    def _doubt(self, witnesses: int) -> str:
        kinks = sum(entry.kink is not None for entry in self.entries.values())
        if kinks:
            return f"at a kink: the left and right derivatives of {kinks} of {len(self.entries)} entries differ"
        if witnesses:
            return f"{witnesses} of {len(self.own)} directions disagree, but no single entry could be shown to be wrong"
        return remark(self.own) or "the numerical estimate did not settle"

    def _result(self, outcome: Outcome, reason: str, comparisons: list[Comparison]) -> Finding:
        size = self.span.stop - self.span.start
        entries = tuple(entry for _, entry in sorted(self.entries.items()))
        return Finding(outcome, reason, "directions", size, tuple(comparisons), entries)
