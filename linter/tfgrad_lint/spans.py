"""Where syntax nodes stand in their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from libcst.metadata import CodeRange, PositionProvider

from tfgrad_lint.findings import Span
from tfgrad_lint.repairs.placing import placed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst as cst

    from tfgrad_lint.domain.values import Site
    from tfgrad_lint.findings import Fix
    from tfgrad_lint.repairs.repair import Repair


class Spans:
    """Positions of syntax nodes, computed for each file when it is first asked for."""

    def __init__(self, trees: Mapping[str, cst.Module]) -> None:
        self._trees = trees
        self._positions: dict[str, Mapping[cst.CSTNode, CodeRange]] = {}

    def of(self, site: Site, node: cst.CSTNode | None = None) -> Span:
        """Return the span of ``site``, or of another ``node`` of the same file."""
        return self.of_node(site.path, node if node is not None else site.node)

    def of_node(self, path: str, node: cst.CSTNode) -> Span:
        """Return the span of ``node``, which stands in the file at ``path``."""
        position = self._of_file(path)[node]
        start, end = position.start, position.end
        return Span(start.line, start.column + 1, end.line, end.column + 1)

    def fix(self, repair: Repair, site: Site) -> Fix | None:
        """Return ``repair`` as edits of the file of ``site``; None if it would change another file."""
        return placed(repair, self._of_file(site.path), self._trees[site.path].default_newline)

    def _of_file(self, path: str) -> Mapping[cst.CSTNode, CodeRange]:
        if path not in self._positions:
            self._positions[path] = _Positions().within(self._trees[path])
        return self._positions[path]


class _Positions(PositionProvider):
    """Computes positions without a ``MetadataWrapper``, which makes the whole tree anew on the way."""

    def within(self, tree: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
        self._gen_impl(tree)
        return cast("Mapping[cst.CSTNode, CodeRange]", self._computed)
