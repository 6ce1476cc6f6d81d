"""What is remembered of models, and under which names: light, for those who only ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.values import ApiObject, Sequence, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Memory

SEQUENTIAL: Final = "tf.keras.Sequential"

# Of a Sequential: its layers, its symbolic input and output once they are known, and whether it is being called.
LAYERS: Final = "layers"
INPUTS: Final = "inputs"
OUTPUTS: Final = "outputs"
RUNNING: Final = "running"

# Of a layer or model: that it was called.
USED: Final = "used"


def layers_of(memory: Memory, receiver: ApiObject) -> tuple[Value, ...] | None:
    """Return the layers of a Sequential, None if they are not known."""
    known = memory.recall(receiver, LAYERS)
    return known.items if isinstance(known, Sequence) else None


def output_of(memory: Memory, receiver: Value) -> Value | None:
    """Return the symbolic outputs of a model, None if they are not known."""
    if not isinstance(receiver, ApiObject):
        return None
    return memory.recall(receiver, OUTPUTS) or receiver.attributes.get("outputs")
