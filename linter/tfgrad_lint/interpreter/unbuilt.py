"""Whether a Keras layer or model certainly has no variables yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.keras.memory import SEQUENTIAL, layers_of, output_of
from tfgrad_lint.domain.objects import USED, Class, DictObject, Function, Instance, ListObject
from tfgrad_lint.domain.values import (
    ApiObject,
    Constant,
    External,
    Integer,
    Mapping,
    Node,
    OfType,
    Sequence,
    Value,
)
from tfgrad_lint.interpreter import classes
from tfgrad_lint.interpreter.freezing import freeze

if TYPE_CHECKING:
    from tfgrad_lint.interpreter.state import State

_LAYER: Final = "tf.keras.layers."

# Layers whose variables exist without a call.
_MADE_AT_ONCE: Final = frozenset({"tf.keras.layers.Embedding"})

# What a model may have as attributes without owning variables through them.
_PLAIN: Final = (Constant, Integer, OfType, External, Function, Class)

# Attributes nest: models hold models, which hold lists of layers.
_MAX_NESTING: Final = 6


def is_unbuilt(state: State, value: Value, depth: int = 0) -> bool:
    """Tell whether ``value`` and all that it is made of certainly wait for their first input to make variables.

    In a loop it may have been called in an earlier iteration.
    """
    if state.loops_around or depth > _MAX_NESTING:
        return False
    if isinstance(value, ListObject | DictObject):
        value = freeze(state, value)
    parts = _parts(state, value)
    return parts is not None and all(is_unbuilt(state, part, depth + 1) for part in parts)


def _parts(state: State, value: Value) -> tuple[Value, ...] | None:
    """Return what an unbuilt ``value`` is made of, None if it may have variables of its own."""
    if isinstance(value, _PLAIN):
        return ()
    if isinstance(value, Sequence):
        return value.items
    if isinstance(value, Mapping):
        return tuple(value.items.values())
    if isinstance(value, Instance):
        base = classes.keras_base(value.cls)
        waits = base is not None and base.name.startswith("tf.keras.") and value.exact
        return tuple(state.store.held_by(value)) if waits and _is_new(state, value, value.node) else None
    if not isinstance(value, ApiObject) or not _is_new(state, value, value.node):
        return None
    if value.type == SEQUENTIAL:
        return None if output_of(state, value) is not None else layers_of(state, value)
    return () if value.type.startswith(_LAYER) and value.type not in _MADE_AT_ONCE else None


def _is_new(state: State, value: Value, made: Node) -> bool:
    """Tell whether ``value`` was made on the way here and nobody used it since."""
    return made.number >= state.run_since and state.store.get((value, USED)) is None
