"""The user's code as a syntax tree."""

from __future__ import annotations

import ast
import warnings


def parsed(text: str) -> ast.Module | None:
    """The syntax tree of some code, None if it is no Python.

    What Python has to say about the code (an invalid escape in a string) it said when the code was imported: here it
    would be taken for a warning of the test that runs.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            return None
