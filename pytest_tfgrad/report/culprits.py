"""Where a wrong gradient comes from, in words and with the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_tfgrad.report import numbers

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_tfgrad.results import Culprit, Excerpt, GradientResult

CONSTANT = "what it computes is constant almost everywhere, so its derivative is zero"
"""Said of a culprit that is none of the ops with a derivative."""


def suspect_lines(result: GradientResult, root: Path) -> list[str]:
    """What is suspected of a wrong gradient: the first line for the label, the others below it.

    Args:
        result: with at least one suspect.
        root: folder to which paths are shown relative.
    """
    if result.culprit is None:
        each = ", ".join(f"{suspect.name}{_in(suspect, root)}" for suspect in result.suspects)
        return [f"one of {len(result.suspects)} custom gradients on the way: {each}"]
    culprit = result.culprit
    lines = [f"{title(culprit)}{_at(culprit, root)}", f"{_position(culprit)}{_others(culprit)}"]
    if culprit.detail and not result.pattern.startswith(culprit.detail):
        lines.append(f"by itself: {culprit.detail}")
    if culprit.excerpt is not None:
        lines += _code(culprit.excerpt, culprit.place.line if culprit.place else 0)
    if culprit.called is not None:
        text = f": {culprit.called.text}" if culprit.called.text else ""
        what = "called" if culprit.kind == "custom gradient" else "run"
        lines.append(f"{what} at {numbers.path(culprit.called.path, root)}:{culprit.called.line}{text}")
    return lines


def title(culprit: Culprit) -> str:
    """What the culprit is: ``custom gradient of scaled_matmul``, ``gradient of MatMul``."""
    return f"{'custom gradient' if culprit.kind == 'custom gradient' else 'gradient'} of {culprit.name}"


def _at(culprit: Culprit, root: Path) -> str:
    return f", {numbers.path(culprit.place.path, root)}:{culprit.place.line}" if culprit.place else ""


def _in(suspect: Culprit, root: Path) -> str:
    return f" ({numbers.path(suspect.place.path, root)}:{suspect.place.line})" if suspect.place else ""


def _position(culprit: Culprit) -> str:
    if not culprit.count:
        return CONSTANT
    if culprit.count == 1:
        return "the only op between source and target"
    return f"{numbers.ordinal(culprit.position)} of {culprit.count} ops on the tape"


def _others(culprit: Culprit) -> str:
    others = culprit.count - 1
    if not culprit.cleared or not others:
        return ""
    if others == 1:
        return "; the other one passes its own check"
    return f"; the other {others} pass their own check"


def _code(excerpt: Excerpt, marked: int) -> list[str]:
    width = len(str(excerpt.first + len(excerpt.lines) - 1))
    numbered = enumerate(excerpt.lines, excerpt.first)
    return [f"{'>' if number == marked else ' '} {number:>{width}} | {line}".rstrip() for number, line in numbered]
