"""What a module calls TensorFlow, so that fixes can name its functions; adds the import where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.domain.values import External
from tfgrad_lint.repairs.changes import inserted_after

if TYPE_CHECKING:
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.repairs.repair import Change

_USUAL_NAME = "tf"

# What fixes call is in each of them.
_MODULES = frozenset({"tensorflow", "tensorflow.compat.v1", "tensorflow.compat.v2"})


def tensorflow_name(program: Program, path: str) -> tuple[str, tuple[Change, ...]] | None:
    """Return the name of TensorFlow in the module at ``path`` with the changes that import it, if none does yet.

    None: the usual name is taken by something else, or there is no statement at the module's top to put it after.
    """
    tree = program.trees[path]
    for name in _imported_names(tree):
        return name, ()
    taken = program.variables.get(_USUAL_NAME)
    if taken is not None and taken != External("tf"):
        return None
    last = _last_import(tree)
    return (
        (_USUAL_NAME, (inserted_after(last.trailing_whitespace, f"import tensorflow as {_USUAL_NAME}\n"),))
        if last is not None
        else None
    )


def _imported_names(tree: cst.Module) -> list[str]:
    """Return the names under which whole-module imports at the top level bind TensorFlow, the usual one first."""
    names = []
    for line in tree.body:
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            for alias in statement.names if isinstance(statement, cst.Import) else ():
                if alias.evaluated_name in _MODULES:
                    names.append(alias.evaluated_alias or alias.evaluated_name)
    return sorted(names, key=lambda name: name != _USUAL_NAME)


def _last_import(tree: cst.Module) -> cst.SimpleStatementLine | None:
    """Return the last of the imports with which a module begins."""
    last: cst.SimpleStatementLine | None = None
    for line in tree.body:
        if not isinstance(line, cst.SimpleStatementLine):
            break
        statement = line.body[-1]
        if isinstance(statement, cst.Import | cst.ImportFrom):
            last = line
        elif not _is_docstring(statement):
            break
    return last


def _is_docstring(statement: cst.BaseSmallStatement) -> bool:
    return isinstance(statement, cst.Expr) and isinstance(statement.value, cst.BaseString)
