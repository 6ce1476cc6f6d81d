"""A fix before its positions are known: changes of text, whose ends are edges of syntax nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tfgrad_lint.findings import Applicability


@dataclass(frozen=True)
class Edge:
    """One side of a ``libcst.CSTNode``, parentheses around it left out; ``line`` is the start of its first line."""

    node: Any
    side: Literal["before", "after", "line"]


@dataclass(frozen=True)
class Change:
    r"""Replaces what lies between two edges by ``content``, in which a line ends with ``\n`` whatever the file has."""

    start: Edge
    end: Edge
    content: str


@dataclass(frozen=True)
class Repair:
    """Changes that together remove a finding; they do not overlap, and all are of the finding's own file."""

    applicability: Applicability
    message: str
    changes: tuple[Change, ...]
