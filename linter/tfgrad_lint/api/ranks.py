"""Checks of the number of axes of operands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.shapes.conflicts import RankConflict

if TYPE_CHECKING:
    from tfgrad_lint.shapes.shape import Shape


def check_rank(parameter: str, shape: Shape, *ranks: int) -> None:
    """Check that an operand has one of these numbers of axes.

    Raises:
        RankConflict: it certainly has another.
    """
    if shape.rank is not None and shape.rank not in ranks:
        raise RankConflict(parameter, shape, " or ".join(map(str, ranks)))


def check_least_rank(parameter: str, shape: Shape, least: int) -> None:
    """Check that an operand has at least so many axes.

    Raises:
        RankConflict: it certainly has fewer.
    """
    if shape.rank is not None and shape.rank < least:
        raise RankConflict(parameter, shape, f"{least} or more")
