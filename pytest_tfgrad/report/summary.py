"""What is printed at the end of a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_tfgrad.report import numbers
from pytest_tfgrad.report.terminal import one_line, tally
from pytest_tfgrad.results import Consequence, Remark, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_tfgrad.results import TestResult

# More warnings than these are counted only; the JSON report has all of them.
_SHOWN = 20
# Gradients that are named in a remark about many.
_NAMED = 3


def summary_lines(tests: Sequence[TestResult], root: Path) -> list[str]:
    """Warnings, notes, tests that were left out, and the count of all gradients as the last line.

    Args:
        tests: those that were to be checked.
        root: folder to which paths are shown relative.
    """
    return [*_warnings(tests, root), *_remarks(tests), *_left_out(tests), _count(tests)]


def slowest_lines(tests: Sequence[TestResult], count: int) -> list[str]:
    """The tests whose gradients took longest to check, a line each, the slowest first.

    Args:
        tests: those that were checked.
        count: how many lines; 0 for all.
    """
    taking = sorted((test for test in tests if test.gradients), key=lambda test: -test.seconds)
    return [
        f"{numbers.seconds(test.seconds):>7}  {sum(_evaluations(test)):>6} evaluations  "
        f"{numbers.plural(len(test.gradients), 'gradient'):>13}  {test.nodeid}"
        for test in taking[: count or None]
    ]


def _evaluations(test: TestResult) -> list[int]:
    """Of each gradient call; its sources share them."""
    calls = {(g.location, g.target, g.kind, g.seconds): g.evaluations for g in test.gradients}
    return list(calls.values())


def _remarks(tests: Sequence[TestResult]) -> list[str]:
    """A line for each kind of remark, with the first gradients it applies to."""
    lines = []
    for remark in (Remark.ZERO, Remark.CANCELLATION):
        meant = [
            f"{test.nodeid} ({gradient.target!r} w.r.t. {gradient.source!r})"
            for test in tests
            for gradient in test.gradients
            if remark in gradient.remarks and gradient.verdict is Verdict.RIGHT
        ]
        if meant:
            rest = f" and {len(meant) - _NAMED} more" if len(meant) > _NAMED else ""
            noun = numbers.plural(len(meant), "gradient is", "gradients are")
            lines.append(f"{noun} {remark.value}: {', '.join(meant[:_NAMED])}{rest}")
    return lines


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
    if not looked:
        return "gradcheck: no test was checked"
    if not gradients:
        return f"gradcheck: no gradient was taken in {numbers.plural(len(looked), 'test')}"
    taking = numbers.plural(sum(bool(test.gradients) for test in looked), "test")
    spent = numbers.seconds(sum(test.seconds for test in looked))
    return f"gradcheck: {numbers.plural(len(gradients), 'gradient')} of {taking} checked in {spent}: {tally(gradients)}"
