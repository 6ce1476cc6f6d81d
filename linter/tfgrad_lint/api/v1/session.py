"""``tf.Session``: the values of tensors as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import add_class, model
from tfgrad_lint.domain.values import NONE, ApiObject, Constant, Mapping, Sequence, Tensor, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_SESSION: Final = "tf.compat.v1.Session"

add_class(_SESSION)
add_class("tf.compat.v1.InteractiveSession", _SESSION)


@model(_SESSION, "tf.compat.v1.InteractiveSession")
def session(operation: Operation, target: Value = NONE, graph: Value = NONE, config: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/Session."""
    operation.build_graph()
    return ApiObject(_SESSION, operation.node())


@model(f"{_SESSION}.run")
def run(
    operation: Operation,
    self: Value,
    fetches: Value,
    feed_dict: Value = NONE,
    options: Value = NONE,
    run_metadata: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/Session#run: arrays, structured as ``fetches``."""
    if isinstance(fetches, Sequence):
        return Sequence(tuple(run(operation, self, item) for item in fetches.items), fetches.kind)
    if isinstance(fetches, Mapping):
        return Mapping({key: run(operation, self, item) for key, item in fetches.items.items()})
    if isinstance(fetches, Tensor):
        return operation.array(fetches)
    if isinstance(fetches, ApiObject) and fetches.type == "tf.Operation":
        return Constant(None)
    return operation.unknown(fetches)


@model(f"{_SESSION}.__enter__", f"{_SESSION}.as_default")
def enter(operation: Operation, self: Value) -> Value:
    """Return the session itself."""
    return self


@model(f"{_SESSION}.close")
def close(operation: Operation, self: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/Session#close."""
    return NONE
