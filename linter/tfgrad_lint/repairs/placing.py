"""From edges of syntax nodes to lines and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.findings import Edit, Fix, Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst as cst
    from libcst.metadata import CodeRange

    from tfgrad_lint.repairs.repair import Change, Edge, Repair


def placed(repair: Repair, positions: Mapping[cst.CSTNode, CodeRange], newline: str) -> Fix | None:
    """Return ``repair`` as edits of text.

    Args:
        repair: What to change.
        positions: Of all nodes of the finding's file.
        newline: What ends a line in that file.

    Returns:
        None if a node is part of another file, which a finding's fix cannot change.
    """
    edits = [_edit(change, positions, newline) for change in repair.changes]
    known = tuple(sorted((edit for edit in edits if edit is not None), key=lambda edit: edit.span))
    return Fix(repair.applicability, repair.message, known) if len(known) == len(edits) else None


def _edit(change: Change, positions: Mapping[cst.CSTNode, CodeRange], newline: str) -> Edit | None:
    start, end = _point(change.start, positions), _point(change.end, positions)
    if start is None or end is None:
        return None
    return Edit(Span(*start, *end), change.content.replace("\n", newline))


def _point(edge: Edge, positions: Mapping[cst.CSTNode, CodeRange]) -> tuple[int, int] | None:
    """Return the line and column, from 1, of an edge."""
    if edge.node not in positions:
        return None
    range_ = positions[edge.node]
    point = range_.end if edge.side == "after" else range_.start
    return (point.line, 1) if edge.side == "line" else (point.line, point.column + 1)
