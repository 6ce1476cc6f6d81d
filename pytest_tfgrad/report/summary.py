"""What is printed at the end of a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_tfgrad.report import numbers
from pytest_tfgrad.report.terminal import one_line, tally
from pytest_tfgrad.results import Consequence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_tfgrad.results import TestResult

# More warnings than these are counted only; the JSON report has all of them.
_SHOWN = 20


def summary_lines(tests: Sequence[TestResult], root: Path) -> list[str]:
    """Warnings, notes, tests that were left out, and the count of all gradients as the last line.

    Args:
        tests: those that were to be checked.
        root: folder to which paths are shown relative.
    """
    return [*_warnings(tests, root), *_left_out(tests), _count(tests)]


def _warnings(tests: Sequence[TestResult], root: Path) -> list[str]:
    said = Counter(
        f"{test.nodeid}: {text}"
        for test in tests
        for text in (
            *(one_line(g, root) for g in test.gradients if g.consequence is Consequence.WARN),
            *test.notes,
        )
    )
    lines = [line if count == 1 else f"{line} ({count} times)" for line, count in said.items()]
    rest = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"and {rest} more, all of them in --gradcheck-report=FILE.json"] if rest > 0 else lines


def _left_out(tests: Sequence[TestResult]) -> list[str]:
    reasons = Counter(test.skipped for test in tests if test.skipped)
    return [f"{numbers.plural(count, 'test')} not checked: {reason}" for reason, count in reasons.items()]


def _count(tests: Sequence[TestResult]) -> str:
    looked = [test for test in tests if not test.skipped]
    gradients = [gradient for test in looked for gradient in test.gradients]
    if not gradients:
        return f"gradcheck: no gradient was taken in {numbers.plural(len(looked), 'test')}"
    taking = numbers.plural(sum(bool(test.gradients) for test in looked), "test")
    spent = numbers.seconds(sum(test.seconds for test in looked))
    return f"gradcheck: {numbers.plural(len(gradients), 'gradient')} of {taking} checked in {spent}: {tally(gradients)}"
