"""Variables whose name, attribute or place in a list is bound to a tensor: after that no tape watches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from tfgrad_lint.domain.events import VariableReplaced
from tfgrad_lint.domain.objects import ITEMS, DictObject, Instance, ListObject, Scope
from tfgrad_lint.domain.values import Constant, Mapping, Node, Sequence, Tensor, Value
from tfgrad_lint.interpreter.syntax import code

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.store import Location, Store

# How many steps of arithmetic lie between a gradient and the update made from it, at most.
_STEPS: Final = 4


def note(state: State, target: cst.Name | cst.Attribute, location: Location | None, value: Value) -> None:
    """Tell when ``target``, which held a variable, is bound to a tensor made from the variable or its own gradient.

    It is told of names in a loop, and of attributes in a loop or in a method of their object, where the variable was
    there before and the same lines run again. The first pass over a loop sees it, so it is told whether or not that
    pass is kept. A list of variables counts as one.
    """
    if location is None or not isinstance(location[0], Scope | Instance):
        return
    before = state.store.get(location)
    pairs = list(zip(_variables(state, before), _updates(state, value), strict=False))
    updated = all(_asked(update.node, variable.node) is not None for variable, update in pairs)
    if not pairs or not (updated or all(_is_made_of(update.node, variable.node) for variable, update in pairs)):
        return
    again = _again(state, location)
    if again is not None:
        several = isinstance(value, ListObject)
        state.emit_once(VariableReplaced(state.site(target), code(target), pairs[0][0], again, several, updated))


def note_item(state: State, target: cst.Subscript, receiver: Value, index: Value, value: Value) -> None:
    """Tell when the place ``target`` in a list or dict, which held a variable, gets a tensor made from its gradient.

    It is told where a loop that takes the gradient anew in each iteration found the variable there.
    """
    if not isinstance(receiver, ListObject | DictObject) or not isinstance(value, Tensor) or value.kind != "tensor":
        return
    before = _item(state.store, receiver, index)
    asked = _asked(value.node, before.node) if before is not None else None
    if before is None or asked is None:
        return
    for loop in state.loops:
        held = _item(loop.base, receiver, index)
        if held is not None and held.node is before.node and asked.number > loop.start:
            state.emit_once(VariableReplaced(state.site(target), code(target), before, "iteration"))


def _item(store: Store, receiver: ListObject | DictObject, index: Value) -> Tensor | None:
    """Return the variable at ``index``, None if there is certainly or possibly none."""
    contents = store.get((receiver, ITEMS))
    found: Value | None = None
    if isinstance(index, Constant) and isinstance(contents, Mapping):
        found = contents.items.get(index.value)
    elif isinstance(index, Constant) and isinstance(contents, Sequence) and isinstance(index.value, int):
        within = -len(contents.items) <= index.value < len(contents.items)
        found = contents.items[index.value] if within else None
    return found if isinstance(found, Tensor) and found.kind == "variable" else None


def _variables(state: State, value: Value | None) -> list[Tensor]:
    """Return the variable that a value is, or those in a list of nothing else."""
    items = _tensors(state, value)
    return items if all(item.kind == "variable" for item in items) else []


def _updates(state: State, value: Value) -> list[Tensor]:
    items = _tensors(state, value)
    return items if all(item.kind == "tensor" for item in items) else []


def _tensors(state: State, value: Value | None) -> list[Tensor]:
    contents = state.store.get((value, ITEMS)) if isinstance(value, ListObject) else value
    items = contents.items if isinstance(contents, Sequence) else (contents,)
    tensors = [item for item in items if isinstance(item, Tensor)]
    return tensors if len(tensors) == len(items) else []


def _again(state: State, location: Location) -> Literal["iteration", "call"] | None:
    """Return what finds the tensor where this run found the variable: the next iteration, or the next call."""
    if any(_held(state, loop.base, location) for loop in state.loops):
        return "iteration"
    activation = state.activation
    is_own = isinstance(location[0], Instance) and activation.self_value is location[0]
    if is_own and not _makes(activation.definition) and _held(state, activation.base, location):
        return "call"
    return None


def _held(state: State, start: Store, location: Location) -> bool:
    """Tell whether what is there now was there at ``start``, and nothing was written there since."""
    return start.get(location) is not None and location not in state.store.written_since(start)


def _makes(definition: cst.CSTNode | None) -> bool:
    name = getattr(definition, "name", None)
    return getattr(name, "value", None) in {"__init__", "build"}


def _is_made_of(node: Node, variable: Node, depth: int = _STEPS) -> bool:
    """Tell whether ``node`` was computed from the variable itself, in a few steps."""
    return depth > 0 and any(each is variable or _is_made_of(each, variable, depth - 1) for each in node.inputs)


def _asked(node: Node, variable: Node, depth: int = _STEPS) -> Node | None:
    """Return the step at which a tape was asked for the gradient of ``variable`` that ``node`` was made from."""
    if node.what == "tape.gradient":
        return node if variable in node.inputs else None
    found = (_asked(each, variable, depth - 1) for each in node.inputs) if depth > 0 else iter(())
    return next((each for each in found if each is not None), None)
