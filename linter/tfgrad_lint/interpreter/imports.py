"""Imports: names bound to modules of the project and what is in them, or to canonical dotted names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.api import registry
from tfgrad_lint.domain.objects import Deferred, ModuleObject
from tfgrad_lint.domain.values import External, Sequence
from tfgrad_lint.interpreter import program
from tfgrad_lint.interpreter.names import canonical, member

if TYPE_CHECKING:
    from tfgrad_lint.domain.objects import Scope
    from tfgrad_lint.domain.values import Value
    from tfgrad_lint.interpreter.state import State


# Where a module keeps the modules of which it imports everything, in order.
_STARS: Final = "[from import *]"


def execute_import(state: State, node: cst.Import) -> None:
    """``import a.b`` binds ``a``, ``import a.b as c`` binds ``c`` to ``a.b``."""
    for alias in node.names:
        dotted = dotted_name(alias.name)
        module = _deferred(state, dotted, 0, None)
        if alias.asname is not None and type(alias.asname.name) is cst.Name:
            state.write(alias.asname.name.value, module)
            continue
        root = dotted.partition(".")[0]
        state.write(root, module if root == dotted else External(canonical(root)))
        state.store.set((state.scope.module, _place(dotted)), module)


def execute_import_from(state: State, node: cst.ImportFrom) -> None:
    """``from a import b as c`` binds ``c`` to ``a.b``; what a star brings is found when a name is looked up."""
    dotted = dotted_name(node.module) if node.module is not None else ""
    if isinstance(node.names, cst.ImportStar):
        before = state.store.get((state.scope, _STARS))
        earlier = before.items if isinstance(before, Sequence) else ()
        module = _deferred(state, dotted, len(node.relative), None)
        state.store.set((state.scope, _STARS), Sequence((*earlier, module)))
        return
    for alias in node.names:
        bound = alias.asname.name if alias.asname is not None else alias.name
        if type(bound) is cst.Name:
            state.write(bound.value, _deferred(state, dotted, len(node.relative), dotted_name(alias.name)))


def _deferred(state: State, dotted: str, level: int, name: str | None) -> Value:
    """Return what an import binds; a module of the project is only loaded once something is read from it."""
    if name is not None and not level and state.project.declares(f"{dotted}.{name}"):
        return External(f"{dotted}.{name}")
    if level or canonical(dotted) == dotted:
        return Deferred(state.scope.path, dotted, level, name)
    return External(canonical(dotted)) if name is None else member(External(canonical(dotted)), name)


def resolve(state: State, value: Value) -> Value:
    """Return what a name stands for that an import bound; any other value as it is."""
    if not isinstance(value, Deferred):
        return value
    known = state.resolved.get(value)
    if known is None and value not in state.resolving:
        state.resolving.add(value)
        known = state.resolved[value] = _resolve(state, value)
        state.resolving.discard(value)
    return known if known is not None else External(value.dotted)


def from_star(state: State, scope: Scope, name: str) -> Value | None:
    """Return what a ``from a import *`` of the module with ``scope`` binds ``name`` to, None if none is known to."""
    stars = state.store.get((scope, _STARS)) if _STARS in scope.names else None
    if not isinstance(stars, Sequence) or name.startswith("_"):
        return None
    for star in reversed(stars.items):
        module = resolve(state, star)
        if isinstance(module, ModuleObject):
            found = state.store.get((module.scope, name)) or from_star(state, module.scope, name)
        else:
            found = _of_api(module, name)
        if found is not None:
            return found
    return None


def _of_api(module: Value, name: str) -> Value | None:
    """Return a function or class of the API that is known to lie in ``module``."""
    found = member(module, name) if isinstance(module, External) else None
    return found if isinstance(found, External) and registry.lookup(found.name) is not None else None


def submodule(state: State, parent: External, name: str) -> Value | None:
    """Return the module ``parent.name`` if an ``import`` statement of the running module names it in full."""
    module, place = state.scope.module, _place(f"{parent.name}.{name}")
    found = state.store.get((module, place)) if place in module.names else None
    return None if found is None else resolve(state, found)


def _place(dotted: str) -> str:
    return f"[import {dotted}]"


def _resolve(state: State, value: Deferred) -> Value:
    module = _load(state, value.importer, value.dotted, value.level)
    name = value.name
    external = External("." * value.level + value.dotted)
    if name is None:
        return module or external
    found = state.store.get((module.scope, name)) if module is not None else None
    if found is None or found in state.resolving:
        # A package that imports a module of its own binds the name to the very import that is being looked up.
        found = _load(state, value.importer, f"{value.dotted}.{name}" if value.dotted else name, value.level)
    return resolve(state, found) if found is not None else member(external, name)


def _load(state: State, importer: str, dotted: str, level: int) -> ModuleObject | None:
    """Return a module of the project, None if there is none by this name or it can't matter."""
    path = state.project.find(importer, dotted, level)
    loaded = None if path is None else state.project.load(path, partial(program.run_imported, state.project))
    if loaded is None:
        return None
    if loaded.scope not in state.loaded:
        state.loaded.add(loaded.scope)
        state.imported.written.update(loaded.bindings)
        state.trees.update(loaded.trees)
    return ModuleObject(dotted, loaded.scope)


def dotted_name(node: cst.BaseExpression) -> str:
    """Return the text of ``a.b.c``."""
    if type(node) is cst.Attribute:
        return f"{dotted_name(node.value)}.{node.attr.value}"
    return node.value if type(node) is cst.Name else ""
