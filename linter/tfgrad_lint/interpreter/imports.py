"""Import statements: names bound to what is imported, by its canonical dotted name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.interpreter.names import canonical, member
from tfgrad_lint.interpreter.values import External

if TYPE_CHECKING:
    from tfgrad_lint.interpreter.state import State


def execute_import(state: State, node: cst.Import) -> None:
    """``import a.b`` binds ``a``, ``import a.b as c`` binds ``c`` to ``a.b``."""
    for alias in node.names:
        dotted = dotted_name(alias.name)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            state.write(alias.asname.name.value, External(canonical(dotted)))
        else:
            root = dotted.partition(".")[0]
            state.write(root, External(canonical(root)))


def execute_import_from(state: State, node: cst.ImportFrom) -> None:
    """``from a import b as c`` binds ``c`` to ``a.b``; what a star brings is not known."""
    if isinstance(node.names, cst.ImportStar):
        return
    dots = "." * len(node.relative)
    module = External(dots + canonical(dotted_name(node.module)) if node.module is not None else dots)
    for alias in node.names:
        name = dotted_name(alias.name)
        bound = alias.asname.name if alias.asname is not None else alias.name
        if isinstance(bound, cst.Name):
            dotted = canonical(f"{module.name}.{name}")
            found = member(module, name)
            state.write(bound.value, External(dotted) if isinstance(found, External) else found)


def dotted_name(node: cst.BaseExpression) -> str:
    """Return the text of ``a.b.c``."""
    if isinstance(node, cst.Attribute):
        return f"{dotted_name(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
