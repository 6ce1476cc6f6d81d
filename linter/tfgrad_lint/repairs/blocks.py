"""Changes that move statements into a block, or out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.interpreter.syntax import bound_names, parents, walk
from tfgrad_lint.repairs.changes import ancestors, indentation, inserted_after, inserted_before
from tfgrad_lint.repairs.repair import Change, Edge

if TYPE_CHECKING:
    from collections.abc import Sequence


def statements_after(tree: cst.Module, block: cst.BaseCompoundStatement) -> Sequence[cst.BaseStatement]:
    """Return what stands after ``block`` in the body that it is part of."""
    parent = parents(tree).get(block)
    if not isinstance(parent, cst.Module | cst.IndentedBlock):
        return ()
    siblings = list(parent.body)
    return [each for each in siblings[siblings.index(block) + 1 :] if isinstance(each, cst.BaseStatement)]


def moved_into(
    tree: cst.Module, body: cst.IndentedBlock, statements: Sequence[cst.BaseStatement]
) -> list[Change] | None:
    """Make the statements right after a block its last ones; None if one of them is itself a block."""
    unit = tree.default_indent if body.indent is None else body.indent
    changes: list[Change] = []
    for statement in statements:
        if not isinstance(statement, cst.SimpleStatementLine):
            return None
        comments = [line.comment for line in statement.leading_lines if line.comment is not None]
        changes += [inserted_before(node, unit) for node in (*comments, statement)]
    return changes


def moved_out(tree: cst.Module, body: cst.IndentedBlock, first: cst.BaseStatement) -> list[Change] | None:
    """Take the last statements of a block, from ``first`` on, out of it; None if that is not all lines of it.

    The block keeps a statement.
    """
    statements = list(body.body)
    if first not in statements[1:]:
        return None
    outer = indentation(tree, body)
    unit = tree.default_indent if body.indent is None else body.indent
    outer = outer.removesuffix(unit)
    changes: list[Change] = []
    for statement in statements[statements.index(first) :]:
        if not isinstance(statement, cst.SimpleStatementLine):
            return None
        comments = [line.comment for line in statement.leading_lines if line.comment is not None]
        changes += [Change(Edge(node, "line"), Edge(node, "before"), outer) for node in (*comments, statement)]
    return changes


def at_block_end(tree: cst.Module, body: cst.IndentedBlock, statement: str) -> Change | None:
    """Write a statement as the last of a block; None if that ends with a block of several branches."""
    last: cst.BaseStatement | cst.BaseSmallStatement = body.body[-1]
    while isinstance(last, cst.With | cst.FunctionDef | cst.ClassDef):
        last = last.body.body[-1]
    if not isinstance(last, cst.SimpleStatementLine):
        return None
    return inserted_after(last.trailing_whitespace, f"{indentation(tree, body)}{statement}\n")


def names_in(node: cst.CSTNode) -> set[str]:
    """Return all names that ``node`` mentions."""
    return {each.value for each in walk(node) if isinstance(each, cst.Name)}


def is_unchanged_until(tree: cst.Module, block: cst.BaseCompoundStatement, node: cst.BaseExpression) -> bool:
    """Tell whether an expression after ``block`` is the same at the end of it, as far as its names are concerned."""
    containing = set(ancestors(tree, node))
    for statement in statements_after(tree, block):
        if statement in containing:
            return True
        if bound_names(statement) & names_in(node):
            return False
    return False
