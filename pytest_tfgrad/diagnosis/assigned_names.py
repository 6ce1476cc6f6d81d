"""Which name a line of code gives a value to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_tfgrad.results import Place


def assigned_name(place: Place) -> str:
    """The target of the assignment that stands on a line (`w` of ``w = w - g``, `self.w` of ``self.w -= g``).

    Returns:
        An empty string if the line is no assignment to one name, or not complete by itself.
    """
    try:
        (statement,) = ast.parse(place.text).body
    except (SyntaxError, ValueError):
        return ""
    if isinstance(statement, ast.AugAssign):
        return ast.unparse(statement.target)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return ast.unparse(statement.targets[0])
    return ""
