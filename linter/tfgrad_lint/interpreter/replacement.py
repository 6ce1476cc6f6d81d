"""Variables whose name or attribute is bound to a tensor: after that no tape watches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from tfgrad_lint.domain.events import VariableReplaced
from tfgrad_lint.domain.objects import Instance, Scope
from tfgrad_lint.domain.values import Node, Tensor, Value
from tfgrad_lint.interpreter.syntax import code

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.store import Location, Store

# How many steps of arithmetic lie between a gradient and the update made from it, at most.
_STEPS: Final = 4


def note(state: State, target: cst.Name | cst.Attribute, location: Location | None, value: Value) -> None:
    """Tell when ``target``, which held a variable, is bound to a tensor made from the variable's own gradient.

    It is told of names in a loop, and of attributes in a loop or in a method of their object, where the variable was
    there before and the same lines run again. The first pass over a loop sees it, so it is told whether or not that
    pass is kept.
    """
    if location is None or not isinstance(value, Tensor) or value.kind != "tensor":
        return
    if not isinstance(location[0], Scope | Instance):
        return
    before = state.store.get(location)
    if not isinstance(before, Tensor) or before.kind != "variable" or not _is_update(value.node, before.node):
        return
    again = _again(state, location, before)
    if again is not None:
        state.emit_once(VariableReplaced(state.site(target), code(target), before, value, again))


def _again(state: State, location: Location, variable: Tensor) -> Literal["iteration", "call"] | None:
    """Return what finds the tensor where this run found the variable: the next iteration, or the next call."""
    if any(_held(state, loop.base, location, variable) for loop in state.loops):
        return "iteration"
    activation = state.activation
    is_own = isinstance(location[0], Instance) and activation.self_value is location[0]
    if is_own and not _makes(activation.definition) and _held(state, activation.base, location, variable):
        return "call"
    return None


def _held(state: State, start: Store, location: Location, variable: Tensor) -> bool:
    """Tell whether the variable was there at ``start``, and nothing was written there since."""
    held = start.get(location)
    same = isinstance(held, Tensor) and held.node is variable.node
    return same and location not in state.store.written_since(start)


def _makes(definition: cst.CSTNode | None) -> bool:
    name = getattr(definition, "name", None)
    return getattr(name, "value", None) in {"__init__", "build"}


def _is_update(node: Node, variable: Node, depth: int = _STEPS) -> bool:
    if node.what == "tape.gradient":
        return variable in node.inputs
    return depth > 0 and any(_is_update(each, variable, depth - 1) for each in node.inputs)
