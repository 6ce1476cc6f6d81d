"""Import statements: names bound to modules of the project, or to what is imported by its canonical dotted name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.interpreter import program
from tfgrad_lint.interpreter.names import canonical, member
from tfgrad_lint.interpreter.objects import ModuleObject
from tfgrad_lint.interpreter.values import External

if TYPE_CHECKING:
    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.values import Value


def execute_import(state: State, node: cst.Import) -> None:
    """``import a.b`` binds ``a``, ``import a.b as c`` binds ``c`` to ``a.b``."""
    for alias in node.names:
        dotted = dotted_name(alias.name)
        module = _load(state, dotted, 0)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            state.write(alias.asname.name.value, module or External(canonical(dotted)))
        else:
            root = dotted.partition(".")[0]
            state.write(root, module if module is not None and root == dotted else External(canonical(root)))


def execute_import_from(state: State, node: cst.ImportFrom) -> None:
    """``from a import b as c`` binds ``c`` to ``a.b``; what a star brings is not known."""
    if isinstance(node.names, cst.ImportStar):
        return
    dotted = dotted_name(node.module) if node.module is not None else ""
    level = len(node.relative)
    module = _load(state, dotted, level)
    for alias in node.names:
        name = dotted_name(alias.name)
        bound = alias.asname.name if alias.asname is not None else alias.name
        if isinstance(bound, cst.Name):
            state.write(bound.value, _member(state, module, dotted, level, name))


def _member(state: State, module: ModuleObject | None, dotted: str, level: int, name: str) -> Value:
    """Return what ``from module import name`` binds: a variable of the module, a module within it, or its name."""
    found = state.store.get((module.scope, name)) if module is not None else None
    if found is None:
        found = _load(state, f"{dotted}.{name}" if dotted else name, level)
    return found if found is not None else member(External("." * level + canonical(dotted)), name)


def _load(state: State, dotted: str, level: int) -> ModuleObject | None:
    """Return a module of the project, None if there is none by this name or it can't matter."""
    if not level and canonical(dotted) != dotted:
        return None
    path = state.project.find(state.scope.path, dotted, level)
    loaded = None if path is None else state.project.load(path, partial(program.run_imported, state.project))
    if loaded is None:
        return None
    state.imported.written.update(loaded.bindings)
    state.trees.update(loaded.trees)
    module = ModuleObject(dotted, loaded.scope)
    if not level:
        state.modules[dotted] = module
    return module


def dotted_name(node: cst.BaseExpression) -> str:
    """Return the text of ``a.b.c``."""
    if isinstance(node, cst.Attribute):
        return f"{dotted_name(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
