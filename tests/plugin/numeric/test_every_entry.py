"""Every entry of a source, one by one or in groups."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_tfgrad.numeric import Budget, Entry, Outcome
from pytest_tfgrad.numeric.comparison import Comparer
from pytest_tfgrad.numeric.directions import generator, scales
from pytest_tfgrad.numeric.every_entry import EveryEntry
from pytest_tfgrad.numeric.linearity import NOT_DIFFERENTIABLE
from pytest_tfgrad.numeric.reference import Reference
from pytest_tfgrad.numeric.screening import Screen

from .functions import objective_of

if TYPE_CHECKING:
    from pytest_tfgrad.numeric.problem import Objective

AGREES, DISAGREES, UNDECIDED = Outcome.AGREES, Outcome.DISAGREES, Outcome.UNDECIDED


def every_entry(objective: Objective, source: int = 0) -> EveryEntry:
    comparer = Comparer(objective, scales(objective))
    return EveryEntry(comparer, Screen(comparer), Reference(objective), source, generator("groups"))


def total(*sources: np.ndarray) -> np.ndarray:
    return np.asarray(sum(np.sum(s) for s in sources))


def slopes(claim: Any, source: int = 0, **known: Any) -> EveryEntry:
    """Of two sources with slopes of 1, the first of which has these claims."""
    claim = np.asarray(claim, float)
    sources = (np.ones(claim.shape), np.ones(3))
    return every_entry(objective_of(total, *sources, claims=(claim, np.ones(3)), **known), source)


def off(size: int, *wrong: int) -> np.ndarray:
    """Claims of 1, of which these are 2."""
    claim = np.ones(size)
    claim[list(wrong)] = 2.0
    return claim


def indices(entries: tuple[Entry, ...]) -> list[int]:
    return [entry.index[0] for entry in entries]


@dataclass
class Watcher:
    """Counts evaluations by what they are for, and ends the time after so many."""

    last: int = 1_000_000
    told: Counter[str] = field(default_factory=Counter)

    def budget(self, grace: int = 0) -> Budget:
        return Budget(self.last, grace, clock=lambda: float(sum(self.told.values())), watcher=self.watch)

    def watch(self, purpose: str) -> None:
        self.told[purpose] += 1


def test_all_entries_that_agree_make_a_source_that_does() -> None:
    found = slopes(off(4)).finding()
    assert (found.outcome, found.reason, found.method) == (AGREES, "", "entries")
    assert (found.size, found.covered, indices(found.entries)) == (4, 4, [0, 1, 2, 3])
    assert found.comparisons == ()


def test_only_entries_of_the_source_are_compared() -> None:
    found = slopes(off(4, 0, 1, 2, 3), source=1).finding()
    assert (found.outcome, found.size, indices(found.entries)) == (AGREES, 3, [0, 1, 2])


def test_a_source_without_entries_agrees() -> None:
    found = slopes(np.ones(0)).finding()
    assert (found.outcome, found.method, found.size, found.entries) == (AGREES, "entries", 0, ())


def test_one_wrong_entry_makes_a_wrong_source() -> None:
    found = slopes(off(4, 2)).finding()
    assert (found.outcome, found.reason, found.method, found.covered) == (DISAGREES, "", "entries", 4)
    assert indices(found.wrong) == [2]
    assert found.is_complete


def test_entries_on_a_kink_are_remarked_upon() -> None:
    claims = (np.array([0.25, 1.0, 1.0]),)
    found = every_entry(objective_of(lambda x: np.maximum(x, 0), [0.0, 1.0, 2.0], claims=claims)).finding()
    assert found.outcome is AGREES
    assert found.reason.startswith("1 entry lies on a kink;")


def noisy(*quiet: int) -> Objective:
    """Of five entries with slopes of 1, all others of which carry noise."""
    random = np.random.default_rng(0)

    def f(x: np.ndarray) -> np.ndarray:
        moved = (x != 1) & ~np.isin(np.arange(5), quiet)
        return np.sum(x) + 1e-6 * random.normal() * moved.any()

    return objective_of(f, np.ones(5), claims=(np.ones(5),))


def test_entries_that_cannot_be_told_leave_the_source_undecided() -> None:
    found = every_entry(noisy(0, 3)).finding()
    assert (found.outcome, found.method, found.covered) == (UNDECIDED, "entries", 5)
    assert found.reason == "the numerical estimate of 3 of 5 entries did not settle"


def test_a_wrong_entry_beside_some_that_cannot_be_told_is_wrong() -> None:
    objective = noisy(0, 3).claiming({0: off(5, 3)})
    found = every_entry(objective).finding()
    assert (found.outcome, found.reason, indices(found.wrong)) == (DISAGREES, "", [3])


def test_slopes_that_do_not_add_up_leave_the_source_undecided() -> None:
    found = every_entry(objective_of(np.median, np.ones(3), claims=(np.full(3, 1 / 3),))).finding()
    assert (found.outcome, found.reason, found.method) == (UNDECIDED, NOT_DIFFERENTIABLE, "entries")
    assert (found.covered, indices(found.wrong)) == (3, [0, 1, 2])


def test_a_search_ends_without_a_finding_where_an_entry_is_explained() -> None:
    asked: list[tuple[int, Outcome]] = []

    def explained(position: int, entry: Entry) -> bool:
        asked.append((position, entry.outcome))
        return entry.outcome is DISAGREES

    search = slopes(off(5, 2))
    assert search.finding_unless(explained) is None
    assert asked == [(0, AGREES), (1, AGREES), (2, DISAGREES)]
    assert list(search.compared) == [0, 1]
    whole = slopes(off(5, 2)).finding_unless(lambda position, entry: False)
    assert whole is not None
    assert indices(whole.wrong) == [2]


OVER = "the time allowed (max_seconds) was over after {} evaluations"


def test_what_time_did_not_allow_is_not_covered() -> None:
    watcher = Watcher(last=6)
    found = slopes(off(4), budget=watcher.budget()).finding()
    # One evaluation for the centre and two for each entry; the sixth begins the third one.
    assert (found.outcome, found.method, found.covered, indices(found.entries)) == (UNDECIDED, "none", 2, [0, 1])
    assert found.reason == f"2 of 4 entries were compared when {OVER.format(6)}"


def test_time_that_did_not_allow_a_single_entry_is_all_that_is_told() -> None:
    found = slopes(off(4), budget=Watcher(last=2).budget()).finding()
    assert (found.outcome, found.method, found.covered, found.entries) == (UNDECIDED, "none", 0, ())
    assert found.reason == OVER.format(2)


def test_a_wrong_entry_is_wrong_whatever_time_did_not_allow() -> None:
    needed = Watcher()
    slopes(off(1, 0), budget=needed.budget()).finding()
    spent = sum(needed.told.values()) + 2
    found = slopes(off(4, 0), budget=Watcher(last=spent).budget()).finding()
    assert (found.outcome, found.method, found.covered) == (DISAGREES, "entries", 2)
    assert found.reason == f"2 of 4 entries were compared when {OVER.format(spent)}"
    assert indices(found.wrong) == [0]


def test_a_suspicion_grants_the_grace_and_what_agrees_does_not() -> None:
    for claim, grace in ((off(3), 7), (off(3, 1), 0)):
        budget = Watcher().budget(grace=7)
        slopes(claim, budget=budget).finding()
        assert budget.grace == grace


def test_it_is_told_which_entry_of_how_many_an_evaluation_is_for() -> None:
    watcher = Watcher()
    slopes(off(3), budget=watcher.budget()).finding()
    assert watcher.told == {"": 1, "entry 1 of 3": 2, "entry 2 of 3": 2, "entry 3 of 3": 2}


def test_eight_wrong_entries_are_verified_and_further_ones_counted() -> None:
    watcher = Watcher()
    found = slopes(off(11, *range(1, 11)), budget=watcher.budget()).finding()
    assert len(found.wrong) == 10
    each = [watcher.told[f"entry {n} of 11"] for n in range(1, 12)]
    assert len(set(each[1:9])) == 1
    assert each[9:] == [8, 8]
    assert each[8] > 8


@pytest.mark.parametrize(("size", "singly"), [(256, True), (257, False)])
def test_more_than_256_entries_are_taken_in_groups(size: int, singly: bool) -> None:
    watcher = Watcher()
    found = slopes(off(size), budget=watcher.budget()).finding()
    assert (found.outcome, found.size, found.covered) == (AGREES, size, size)
    assert len(found.entries) == (size if singly else 0)
    assert (watcher.told[""], watcher.told[f"entry {size} of {size}"]) == ((1, 2) if singly else (7, 0))
    assert sum(watcher.told.values()) == (1 + 2 * size if singly else 1 + 2 * 3)


def test_entries_of_groups_that_do_not_agree_are_compared_once_each() -> None:
    watcher = Watcher()
    searched = slopes(off(300, 17, 170), budget=watcher.budget())
    found = searched.finding()
    assert (found.outcome, found.covered) == (DISAGREES, 300)
    assert sorted(indices(found.wrong)) == [17, 170]
    assert len(set(indices(found.entries))) == len(found.entries) >= 128
    assert {type(position) for position in searched.compared} == {int}
    # How many entries of how many would not tell how far the search has come.
    assert list(watcher.told) == [""]


def referred(claim: np.ndarray, **known: Any) -> EveryEntry:
    """With a reference that is right, to claims of the second of two sources."""
    size = claim.size
    objective = objective_of(
        total,
        np.ones(3),
        np.ones(size),
        claims=(np.ones(3), claim),
        reference=lambda: (np.ones(3), np.ones(size)),
        **known,
    )
    return every_entry(objective, 1)


def test_the_four_entries_that_differ_most_from_a_reference_are_compared_first() -> None:
    claim = np.ones(300)
    # Too little for its group to show it.
    claim[[5, 60, 110, 170, 290]] += np.array([3, 1, 2, 5, 4]) * 1e-8
    found = referred(claim).finding()
    assert found.outcome is AGREES
    assert indices(found.entries) == [170, 290, 5, 110]


def test_an_entry_that_differs_from_a_reference_is_compared_once_though_its_group_does_not_agree() -> None:
    claim = off(300, 40)
    found = referred(claim).finding()
    assert indices(found.entries)[0] == 40
    assert indices(found.entries).count(40) == 1
    assert indices(found.wrong) == [40]


def test_the_time_256_entries_were_not_allowed_is_told_with_a_count() -> None:
    found = slopes(off(256), budget=Watcher(last=3).budget()).finding()
    assert found.reason == f"1 of 256 entries were compared when {OVER.format(3)}"


def test_the_time_a_large_source_was_not_allowed_is_told_without_a_count() -> None:
    found = slopes(off(300), budget=Watcher(last=3).budget()).finding()
    assert (found.outcome, found.method, found.covered) == (UNDECIDED, "none", 0)
    assert found.reason == f"not all of 300 entries were compared when {OVER.format(3)}"
    few = referred(off(300, 40), budget=Watcher(last=100).budget()).finding()
    assert (few.outcome, few.method, few.covered) == (DISAGREES, "entries", len(few.entries))
    assert few.reason == f"not all of 300 entries were compared when {OVER.format(100)}"
