"""What is said about a source as a whole."""

from __future__ import annotations

import pytest

from pytest_tfgrad.numeric import Comparison, Entry, Finding, Outcome
from pytest_tfgrad.numeric.derivative import Derivative
from pytest_tfgrad.numeric.finding import kink_remark, remark

SLOPE = Derivative(1.0, 0.0, 1.0, 0.0, 4.0)


def entry(index: int, tape: float, outcome: Outcome, kink: tuple[float, float] | None = None) -> Entry:
    return Entry((index,), "", tape, 1.0, 0.0, outcome, kink=kink)


def noted(note: str) -> Comparison:
    return Comparison(Outcome.AGREES, 1.0, SLOPE, 0.1, 1.0, note)


def test_wrong_entries_are_those_that_disagree_the_worst_first() -> None:
    entries = (
        entry(0, 2.0, Outcome.DISAGREES),
        entry(1, 1.0, Outcome.AGREES),
        entry(2, -3.0, Outcome.DISAGREES),
        entry(3, 9.0, Outcome.UNDECIDED),
        entry(4, 4.0, Outcome.DISAGREES),
    )
    found = Finding(Outcome.DISAGREES, "", "entries", 5, entries=entries)
    assert [e.index for e in found.wrong] == [(2,), (4,), (0,)]
    assert found.is_complete


def test_a_finding_is_complete_if_each_coordinate_was_compared_by_itself() -> None:
    entries = (entry(0, 1.0, Outcome.AGREES),)
    assert not Finding(Outcome.AGREES, "", "entries", 2, entries=entries, covered=2).is_complete
    assert Finding(Outcome.AGREES, "", "entries", 1, entries=entries).is_complete


def test_nothing_was_looked_at_unless_it_is_told() -> None:
    found = Finding(Outcome.UNDECIDED, "no time", "none", 3)
    assert (found.comparisons, found.entries, found.covered, found.wrong) == ((), (), 0, ())


def test_the_first_note_is_the_remark() -> None:
    assert remark([noted(""), noted("one"), noted("two")]) == "one"
    assert remark([noted("")]) == ""
    assert remark([]) == ""


ON_A_KINK = entry(0, 1.0, Outcome.AGREES, kink=(0.0, 1.0))
SMOOTH = entry(1, 1.0, Outcome.AGREES)


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ([SMOOTH], ""),
        ([], ""),
        (
            [SMOOTH, ON_A_KINK],
            "1 entry lies on a kink; the tape's slope lies between the left and the right derivative there",
        ),
        (
            [ON_A_KINK, SMOOTH, ON_A_KINK],
            "2 entries lie on a kink; the tape's slope lies between the left and the right derivative there",
        ),
    ],
)
def test_entries_on_kinks_are_counted(entries: list[Entry], text: str) -> None:
    assert kink_remark(entries) == text
