"""The variables that Keras layers and models own: from which steps a gradient with respect to them must come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api import registry
from tfgrad_lint.domain.objects import ITEMS, Class, DictObject, Instance, ListObject
from tfgrad_lint.domain.values import (
    NOT_BUILT,
    VARIABLE_LISTS,
    ApiObject,
    External,
    Mapping,
    Node,
    Sequence,
    TensorShape,
    Value,
    Weights,
    node_of,
)
from tfgrad_lint.interpreter.unbuilt import is_unbuilt

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.state import State

_LAYER: Final = "tf.keras.layers.Layer"


def is_list_of_weights(receiver: ApiObject | Class | Instance, name: str) -> bool:
    """Tell whether ``receiver.name`` is Keras' list of the variables of a layer or model."""
    if name not in VARIABLE_LISTS:
        return False
    bases = [receiver.type] if isinstance(receiver, ApiObject) else _api_bases(receiver)
    return any(_LAYER in registry.lineage(base) for base in bases)


def _api_bases(receiver: Class | Instance) -> list[str]:
    cls = receiver if isinstance(receiver, Class) else receiver.cls
    return [base.name for base in cls.lineage() if isinstance(base, External)]


def weights_of(state: State, receiver: ApiObject | Instance, name: str, node: cst.CSTNode) -> Weights:
    """Return the list of the variables of a layer or model."""
    cut = NOT_BUILT if is_unbuilt(state, receiver) else None
    step = Node(name, node_of(receiver), state.site(node), opaque=True, cut=cut, tapes=state.tapes)
    return Weights(step, _Owners(state).of(receiver))


class _Owners:
    """Collects the steps at which the layers and variables within a value were made, each once."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._seen: set[int] = set()
        self._found: set[Node] = set()

    def of(self, value: Value) -> frozenset[Node]:
        self._visit(value)
        return frozenset(self._found)

    def _visit(self, value: Value) -> None:
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, TensorShape):
            # That of the input which a layer was built for: the input is nothing that the layer owns.
            return
        self._found.update(node_of(value))
        for part in self._parts(value):
            self._visit(part)

    def _parts(self, value: Value) -> list[Value]:
        if isinstance(value, Instance):
            return list(self._state.store.held_by(value))
        if isinstance(value, ApiObject):
            # A functional model reads the layers and variables that its outputs were made from.
            self._found.update(value.node.inputs)
            return [*value.attributes.values(), *self._state.store.held_by(value)]
        if isinstance(value, ListObject | DictObject):
            contents = self._state.store.get((value, ITEMS))
            return [] if contents is None else [contents]
        if isinstance(value, Sequence):
            return list(value.items)
        return list(value.items.values()) if isinstance(value, Mapping) else []
