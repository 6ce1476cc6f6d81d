"""What a check found out about one source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_tfgrad.numeric.comparison import Comparison, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_tfgrad.numeric.entries import Entry

Method = Literal["entries", "directions", "none"]


@dataclass(frozen=True)
class Finding:
    """What the check says about one source.

    Attributes:
        outcome: agrees (right), disagrees (wrong) or undecided.
        reason: why it is undecided, or a remark about one that agrees; one clause, or empty.
        method: "entries" if every entry was compared, "directions" if random directions were, "none" if it did not end.
        size: number of real coordinates of the source.
        comparisons: along random directions, as far as they concern this source alone or all sources jointly.
        entries: those that were compared one by one.
        covered: number of entries that were compared one by one, or in groups that agree but for those.
    """

    outcome: Outcome
    reason: str
    method: Method
    size: int
    comparisons: tuple[Comparison, ...] = ()
    entries: tuple[Entry, ...] = ()
    covered: int = 0

    @property
    def wrong(self) -> tuple[Entry, ...]:
        """The wrong entries that were looked at, the worst first."""
        found = (e for e in self.entries if e.outcome is Outcome.DISAGREES)
        return tuple(sorted(found, key=lambda e: -e.mismatch))

    @property
    def is_complete(self) -> bool:
        """Whether every coordinate was compared by itself."""
        return len(self.entries) == self.size


def remark(comparisons: Iterable[Comparison]) -> str:
    """The first note among comparisons, or an empty string."""
    return next((c.note for c in comparisons if c.note), "")


def kink_remark(entries: Iterable[Entry]) -> str:
    """How many of the entries lie on kinks, as one clause; empty if none does."""
    kinks = sum(entry.kink is not None for entry in entries)
    if not kinks:
        return ""
    noun = "entry lies" if kinks == 1 else "entries lie"
    return f"{kinks} {noun} on a kink; the tape's slope lies between the left and the right derivative there"
