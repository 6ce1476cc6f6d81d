"""A close look at a large source: few wrong entries, many, kinks, no derivative at all, and no time left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pytest_tfgrad.numeric import Comparison, Entry, Finding, Outcome, Problem, examination
from pytest_tfgrad.numeric.comparison import Comparer
from pytest_tfgrad.numeric.directions import generator, random_factors
from pytest_tfgrad.numeric.examination import Examination
from pytest_tfgrad.numeric.problem import Objective
from pytest_tfgrad.numeric.tolerance import FLOAT32, FLOAT64

from .told import Allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_tfgrad.numeric import Rounding
    from pytest_tfgrad.numeric.derivative import Slopes

AGREES, DISAGREES, UNDECIDED = Outcome.AGREES, Outcome.DISAGREES, Outcome.UNDECIDED
SIZE = 40
# Behind the source that is examined lies another one, which stays where it is.
BEHIND = 3


class Look:
    """An examination of a source of 40 entries between two others, of a sum of `f(x)` over its entries.

    Args:
        f: of the entries.
        claim: for the source.
        base: of the source; zeros if it is left out.
        hints: places in the source.
        directions: as in the settings.
        own: number of comparisons that came before.
        allowed: number of evaluations.
        unit: how far each entry of the source moves.
        rounding: of the source.
    """

    def __init__(
        self,
        f: Callable[[np.ndarray], np.ndarray],
        claim: Sequence[float] | np.ndarray,
        base: Sequence[float] | np.ndarray | None = None,
        hints: Sequence[int] = (),
        directions: int = 4,
        own: int = 1,
        allowed: float = np.inf,
        unit: Sequence[float] | np.ndarray | None = None,
        rounding: Rounding = FLOAT64,
    ) -> None:
        source = np.zeros(SIZE) if base is None else np.array(base, np.float64)
        problem = Problem(
            evaluate=lambda p: (np.array([np.sum(p[0]) + np.sum(f(p[1])) + np.sum(p[2])]),),
            sources=(np.zeros(BEHIND), source, np.zeros(BEHIND)),
            weights=(np.ones(1),),
            gradients=(np.ones(BEHIND), np.array(claim, np.float64), np.ones(BEHIND)),
            rounding=(FLOAT64, rounding, FLOAT64),
        )
        self.budget = Allowed(np.inf)
        objective = Objective(problem, self.budget)
        self.span = objective.coordinates.span(1)
        every = np.ones(objective.base.size)
        every[self.span] = 1.0 if unit is None else unit
        self.comparer = Comparer(objective, every)
        self.random = generator("along")
        self.own = [self.more() for _ in range(own)]
        self.before = tuple(self.own)
        self.examination = Examination(
            self.comparer,
            self.span,
            self.own,
            self.more,
            self.draw,
            generator("sample"),
            np.array([BEHIND + hint for hint in hints], np.intp),
            directions,
        )
        self.start = self.budget.spent
        self.budget.seconds = self.start + allowed

    def draw(self) -> np.ndarray:
        direction = np.zeros(self.comparer.unit.size)
        direction[self.span] = random_factors(self.random, SIZE) * self.comparer.unit[self.span]
        return direction

    def more(self) -> Comparison:
        return self.comparer.compare(self.draw())

    def finding(self) -> Finding:
        return self.examination.finding()

    @property
    def evaluations(self) -> int:
        return self.budget.spent - self.start

    @property
    def compared(self) -> list[int]:
        """Places of the source that were compared one by one."""
        return [position - BEHIND for position in self.examination.entries]


def ones(**off: float) -> np.ndarray:
    """The right claim for the sum, but for some entries: `at7=1.5`."""
    claim = np.ones(SIZE)
    for place, value in off.items():
        claim[int(place.removeprefix("at"))] = value
    return claim


def linear(x: np.ndarray) -> np.ndarray:
    return x


# An error that single entries may have and directions over many of them show.
HARDLY = 1.8e-6
# The places that are sampled at random, and others.
SAMPLED = sorted(generator("sample").choice(SIZE, 16, replace=False).tolist())
OTHERS = sorted(set(range(SIZE)) - set(SAMPLED))


# Few wrong entries


def test_the_only_wrong_entry_is_told_from_how_three_directions_miss() -> None:
    look = Look(linear, ones(at7=1.5))
    found = look.finding()
    assert (found.outcome, found.reason, found.method, found.size) == (DISAGREES, "", "directions", SIZE)
    assert [(entry.index, entry.outcome) for entry in found.entries] == [((7,), DISAGREES)]
    assert found.covered == SIZE
    assert found.comparisons[0] is look.before[0]
    assert [c.outcome for c in found.comparisons] == [DISAGREES] * 3
    # Two further directions at two evaluations each, and the entry.
    assert look.evaluations == 2 * 2 + 24


def test_what_was_missed_before_is_not_what_agreed_before() -> None:
    look = Look(linear, ones(at7=1.5), own=2)
    agreeing = look.comparer.compare(np.eye(look.comparer.unit.size)[BEHIND])
    assert agreeing.outcome is AGREES
    look.own.insert(0, agreeing)
    found = look.finding()
    assert [entry.index for entry in found.entries] == [(7,)]
    assert len(found.comparisons) == 5


@pytest.mark.parametrize(("candidates", "directions"), [([7], 2), ([7, 9], 8), ([9, 7, 11], 8)])
def test_more_directions_tell_apart_entries_that_explain_the_first_ones(
    monkeypatch: pytest.MonkeyPatch, candidates: list[int], directions: int
) -> None:
    monkeypatch.setattr(examination, "the_only_one", lambda residues: np.array(candidates) + BEHIND)
    look = Look(linear, ones(at7=1.5))
    found = look.finding()
    assert [entry.index for entry in found.wrong] == [(7,)]
    assert found.covered == SIZE
    # Eight at most beside the first.
    assert len(found.comparisons) == 1 + directions
    assert look.compared == candidates[: candidates.index(7) + 1]


def test_of_several_candidates_the_first_four_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "the_only_one", lambda residues: np.array([1, 2, 3, 4, 7]) + BEHIND)
    look = Look(linear, ones(at7=1.5), directions=1)
    look.finding()
    assert look.compared[:5] != [1, 2, 3, 4, 7]
    assert look.compared[:4] == [1, 2, 3, 4]


def test_of_several_candidates_those_that_were_hinted_at_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "the_only_one", lambda residues: np.array([9, 7, 11]) + BEHIND)
    look = Look(linear, ones(at7=1.5), hints=(20, 7))
    assert look.finding().covered == SIZE
    assert look.compared == [7]


def test_wrong_entries_that_were_hinted_at_are_looked_at_first() -> None:
    look = Look(linear, ones(at7=1.5, at20=0.5), hints=(20, 7))
    found = look.finding()
    assert (found.outcome, found.covered) == (DISAGREES, SIZE)
    assert look.compared == [20, 7]
    assert [entry.index for entry in found.entries] == [(7,), (20,)]
    # Two wrong entries may be so because there is no right gradient, which 20 evaluations tell.
    assert look.evaluations == 2 * 2 + 2 * 24 + 20


def test_a_hint_among_the_candidates_is_likelier_than_they_are() -> None:
    look = Look(linear, ones(at7=1.5), hints=(7, 9))
    assert look.finding().covered == SIZE
    assert look.compared == [7]


def test_eight_hints_are_enough() -> None:
    wrong = {f"at{place}": 1.5 for place in range(12)}
    look = Look(linear, ones(**wrong), hints=tuple(range(12)))
    found = look.finding()
    assert found.outcome is DISAGREES
    assert look.compared[:8] == list(range(8))
    assert not {8, 9, 10, 11} <= set(look.compared[:12])


# Many wrong entries


def test_an_error_in_all_entries_is_shown_by_a_sample_of_them() -> None:
    look = Look(linear, np.linspace(1.1, 1.2, SIZE))
    found = look.finding()
    assert (found.outcome, found.reason, found.method, found.covered) == (DISAGREES, "", "directions", 0)
    assert len(found.comparisons) == 4
    assert all(comparison.outcome is DISAGREES for comparison in found.comparisons)
    # Sixteen at random, and the four of the largest terms.
    assert {(place,) for place in range(36, 40)} <= {entry.index for entry in found.entries}
    assert 16 <= len(found.entries) <= 20
    assert [entry.index for entry in found.entries] == sorted(entry.index for entry in found.entries)


@pytest.mark.parametrize(("directions", "comparisons"), [(1, 2), (3, 3), (6, 6)])
def test_as_many_directions_are_compared_as_were_asked_for_and_two_at_least(directions: int, comparisons: int) -> None:
    assert len(Look(linear, np.full(SIZE, 1.1), directions=directions).finding().comparisons) == comparisons


def test_the_sample_is_random_entries_those_of_the_largest_terms_and_those_that_were_hinted_at() -> None:
    unit = np.linspace(2.0, 1.0, SIZE)
    claim = np.linspace(1.1, 1.2, SIZE)
    look = Look(linear, claim, unit=unit, hints=(OTHERS[9], OTHERS[5]))
    look.finding()
    largest = np.argsort(claim * unit)[-4:].tolist()
    assert set(largest) - set(SAMPLED)
    assert look.compared[:2] == [OTHERS[9], OTHERS[5]]
    assert look.compared[2 : 2 + len({*SAMPLED, *largest} - {OTHERS[9], OTHERS[5]})] == sorted(
        {*SAMPLED, *largest} - {OTHERS[9], OTHERS[5]}
    )


def test_wrong_entries_that_the_sample_misses_are_searched_for_by_halving() -> None:
    # Four more are sampled for their terms.
    right, wrong = OTHERS[-4:], OTHERS[:3]
    claim = ones(**{f"at{place}": 1.5 for place in wrong})
    look = Look(lambda x: x * np.where(np.isin(np.arange(SIZE), right), 2, 1), claim + np.isin(np.arange(SIZE), right))
    found = look.finding()
    assert found.outcome is DISAGREES
    assert {entry.index[0] for entry in found.wrong} == set(wrong)
    # And two of those beside which they were looked for.
    assert set(look.compared) >= {*SAMPLED, *right, *wrong}
    assert len(look.compared) == 16 + 4 + 3 + 2
    # Halving costs two evaluations a time and does not return to halves without a residue.
    assert look.evaluations <= 280


def test_the_search_ends_with_eight_wrong_entries() -> None:
    right, wrong = OTHERS[-4:], OTHERS[:12]
    weight = np.isin(np.arange(SIZE), right)
    look = Look(lambda x: x * (1 + weight), 1 + weight + 0.5 * np.isin(np.arange(SIZE), wrong))
    found = look.finding()
    assert (found.outcome, len(found.wrong)) == (DISAGREES, 8)
    assert len(look.compared) == 16 + 4 + 8


def test_eight_wrong_entries_of_the_sample_are_enough() -> None:
    drawn = []
    for count in (7, 8, 9):
        look = Look(linear, np.ones(SIZE) + 0.5 * np.isin(np.arange(SIZE), SAMPLED[:count]), directions=2)
        draw, draws = look.draw, []

        def counted(draw: Callable[[], np.ndarray] = draw, draws: list[int] = draws) -> np.ndarray:
            draws.append(1)
            return draw()

        look.examination.draw = counted
        assert look.finding().outcome is DISAGREES
        drawn.append(len(draws))
    # Those with more than eight save the direction that would be searched.
    assert drawn[0] == drawn[1] + 1 == drawn[2] + 1


def test_the_search_ends_with_eight_right_entries() -> None:
    look = Look(linear, np.full(SIZE, 1 + HARDLY))
    calls: list[int] = []
    compare = look.examination._compare

    def counted(position: int) -> Entry:
        calls.append(position)
        return compare(position)

    look.examination._compare = counted  # type: ignore[method-assign]
    look.finding()
    searched = calls[len({*SAMPLED, *range(36, 40)}) :]
    assert 0 < len(searched) <= 24
    assert len(searched) % 8 == 0


def test_a_direction_that_only_lost_digits_excuse_is_searched_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(slopes: Slopes, epsilon: float) -> float:
        return 1.1 * (np.count_nonzero(slopes.direction) > 1)

    monkeypatch.setattr("pytest_tfgrad.numeric.comparison.lost_to_rounding", lost)
    weight = np.isin(np.arange(SIZE), OTHERS[-4:])
    claim = 1 + weight + 0.5 * np.isin(np.arange(SIZE), OTHERS[:2])
    look = Look(lambda x: x * (1 + weight), claim, rounding=FLOAT32, own=2)
    assert all(comparison.rounded for comparison in look.own)
    found = look.finding()
    assert (found.outcome, {entry.index[0] for entry in found.wrong}) == (DISAGREES, set(OTHERS[:2]))


def test_a_source_of_which_nothing_disagrees_is_not_searched_for_the_only_wrong_entry() -> None:
    look = Look(linear, ones())
    found = look.finding()
    assert found.outcome is AGREES
    assert len(found.entries) >= 16
    assert len(found.comparisons) == 4
    assert found.reason == ""


# Kinks


def bent(x: np.ndarray) -> np.ndarray:
    """Entries below a half are magnitudes, the others themselves."""
    return np.where(x < 0.5, np.abs(x), x)


# Every second entry lies on the kink.
BENT = np.arange(SIZE) % 2.0


def test_what_is_not_on_a_kink_is_compared_again() -> None:
    look = Look(bent, np.where(BENT == 0, 0.7, 1.0), BENT)
    found = look.finding()
    kinks = sum(entry.kink is not None for entry in found.entries)
    assert found.outcome is AGREES
    assert (
        found.reason
        == f"{kinks} entries lie on a kink; the tape's slope lies between the left and the right derivative there"
    )
    assert len(found.comparisons) == 4
    assert all(comparison.outcome is AGREES for comparison in found.comparisons)
    assert all(
        comparison.direction[BEHIND : BEHIND + SIZE][BENT == 0].tolist() == [0] * 20 for comparison in found.comparisons
    )


def test_kinks_that_a_search_misses_beside_others_are_found_once_these_are_left_aside() -> None:
    # Kinks at 0 whose claims are far off the middle, and at 2 with claims near it; of the latter none is sampled.
    base = np.ones(SIZE)
    base[SAMPLED], base[OTHERS[:4]] = 0, 2
    largest = 3.0 * np.isin(np.arange(SIZE), OTHERS[-4:])
    claim = np.select([base == 0, base == 2], [-0.1, 1.2], 0.0) + largest
    look = Look(lambda x: np.abs(x) + np.abs(x - 2) + largest * x, claim, base)
    found = look.finding()
    assert found.outcome is AGREES
    assert {base[entry.index[0]] for entry in found.entries if entry.kink is not None} == {0, 2}
    assert all(not c.direction[BEHIND : BEHIND + SIZE][base != 1].any() for c in found.comparisons)


def test_what_is_wrong_beside_a_kink_is_found() -> None:
    claim = np.where(BENT == 0, 0.7, 1.0)
    claim[[11, 21, 31]] = 1.5
    found = Look(bent, claim, BENT).finding()
    assert found.outcome is DISAGREES
    assert {entry.index for entry in found.wrong} == {(11,), (21,), (31,)}


def test_what_is_wrong_on_a_kink_is_found() -> None:
    found = Look(bent, np.where(BENT == 0, 1.7, 1.0), BENT).finding()
    assert found.outcome is DISAGREES
    assert all(entry.kink is not None for entry in found.wrong)


# No derivative


def test_where_no_gradient_is_right_none_is_called_wrong() -> None:
    look = Look(lambda x: np.array([np.median(x)]), np.full(SIZE, 1 / SIZE))
    found = look.finding()
    assert found.outcome is UNDECIDED
    assert found.reason == "the function is not differentiable here: its slopes along the axes do not add up"


# No time


def test_time_that_is_over_at_once_leaves_it_open() -> None:
    look = Look(linear, ones(at7=1.5), allowed=0)
    found = look.finding()
    assert (found.outcome, found.comparisons, found.entries) == (UNDECIDED, look.before, ())
    assert found.reason == f"the time allowed (max_seconds) was over after {look.start} evaluations"
    assert (found.method, found.covered) == ("directions", 0)


def test_two_directions_and_an_entry_are_enough_when_the_time_is_over() -> None:
    # Both directions beside the first, the first two entries, and half of the third.
    look = Look(linear, np.full(SIZE, 1.1), own=2, directions=2, allowed=2 * 2 + 24 + 24 + 12)
    found = look.finding()
    assert (found.outcome, found.reason, found.covered) == (DISAGREES, "", 0)
    assert [entry.outcome for entry in found.entries] == [DISAGREES] * 2
    assert found.comparisons == look.before


def test_an_entry_that_was_hinted_at_needs_no_second_direction() -> None:
    claim = np.full(SIZE, 1.1)
    look = Look(linear, claim, hints=(5,), allowed=2 * 2 + 24 + 2)
    assert look.finding().outcome is DISAGREES
    assert look.compared == [5]


def test_a_right_entry_that_was_hinted_at_speaks_for_nobody() -> None:
    claim = np.full(SIZE, 1.1)
    claim[5] = 1.0
    look = Look(linear, claim, hints=(5, 39), directions=1)
    look.own.append(look.comparer.compare(np.zeros(look.comparer.unit.size)))
    object.__setattr__(look.examination, "hints", np.array([BEHIND + 5]))
    found = look.finding()
    assert (found.outcome, len(found.wrong) > 0) == (UNDECIDED, True)


def test_one_direction_and_an_entry_are_no_accusation() -> None:
    look = Look(linear, np.full(SIZE, 1.1), directions=1)
    agreeing = look.comparer.compare(np.zeros(look.comparer.unit.size))
    look.own.append(agreeing)
    found = look.finding()
    assert found.outcome is UNDECIDED
    assert found.wrong
    assert found.reason == "1 of 2 directions disagree, but no single entry could be shown to be wrong"


# What stays open


def test_directions_that_disagree_without_a_wrong_entry_leave_it_open() -> None:
    found = Look(linear, np.full(SIZE, 1 + HARDLY), own=2).finding()
    witnesses = sum(comparison.outcome is DISAGREES for comparison in found.comparisons)
    assert found.outcome is UNDECIDED
    assert witnesses
    assert found.reason == f"{witnesses} of 4 directions disagree, but no single entry could be shown to be wrong"


def test_kinks_that_do_not_explain_a_mismatch_are_named() -> None:
    found = Look(bent, np.where(BENT == 0, 0.7, 1 + HARDLY), BENT).finding()
    kinks = sum(entry.kink is not None for entry in found.entries)
    assert (found.outcome, kinks > 1) == (UNDECIDED, True)
    assert (
        found.reason == f"at a kink: the left and right derivatives of {kinks} of {len(found.entries)} entries differ"
    )


@pytest.mark.parametrize(("note", "reason"), [("told why", "told why"), ("", "the numerical estimate did not settle")])
def test_what_nothing_can_be_found_out_about_keeps_its_note(note: str, reason: str) -> None:
    look = Look(lambda x: np.where(x == 0, 0, np.nan), ones(), own=2, directions=2)
    look.own[:] = [replace(comparison, note=note) for comparison in look.own]
    found = look.finding()
    assert (found.outcome, found.wrong, found.reason) == (UNDECIDED, (), reason)
