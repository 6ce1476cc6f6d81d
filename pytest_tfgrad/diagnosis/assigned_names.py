"""Which name a line of code gives a new value to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytest_tfgrad.parsing import parsed

if TYPE_CHECKING:
    from pytest_tfgrad.results import Place


def reassigned_name(place: Place) -> str:
    """The name that a line gives a value computed from its old one (`w` of ``w = w - g``, `self.w` of ``self.w -= g``).

    Returns:
        An empty string if the line is no such assignment to one name, or not complete by itself.
    """
    tree = parsed(place.text)
    statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    if isinstance(statement, ast.AugAssign):
        return ast.unparse(statement.target)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        name = ast.unparse(statement.targets[0])
        parts = (node for node in ast.walk(statement.value) if isinstance(node, ast.expr))
        return name if any(ast.unparse(part) == name for part in parts) else ""
    return ""
