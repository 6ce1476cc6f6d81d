"""Follows functions with custom gradients, and what else TensorFlow's Python code tells the tapes of."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.location import site_of_caller
from pytest_tfgrad.recording.records import OPAQUE, CustomGradientScope, Pullback
from pytest_tfgrad.recording.scopes import close_scope, scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_tfgrad.recording.ops import Ops

# What TensorFlow's Python code calls the copy of a tensor to another device when it tells the tapes.
_DEVICE_COPY = "_copy"


@contextmanager
def custom_gradient(ops: Ops, function: Callable[..., Any]) -> Iterator[CustomGradientScope]:
    """A function with a custom gradient runs: what it computes matters even where it stops the recording."""
    scope = scope_of(function, site_of_caller())
    ops.thread.scopes.append(scope)
    try:
        yield scope
    finally:
        ops.thread.scopes.pop()
    close_scope(ops, scope)


def operation_told(
    ops: Ops, op_type: str, outputs: Sequence[Any], inputs: Sequence[Any], gradient: Callable[..., Any]
) -> Callable[..., Any]:
    """TensorFlow's Python code is about to tell the tapes of an operation that may be no op of its own.

    Returns:
        The gradient function that the tapes are to be told.
    """
    if not all(isinstance(tensor, adapter.EagerTensor) for tensor in (*outputs, *inputs)):
        return gradient
    if ops.thread.scopes:
        scope = ops.thread.scopes[-1]
        scope.inputs, scope.outputs = tuple(inputs), tuple(outputs)
        # TensorFlow reads the variables that the function used once more when it ends.
        handles = {r.outputs[0]._id: r.inputs[0] for r in scope.records if r.op_type == "ReadVariableOp"}
        origins = tuple(handles.get(tensor._id, tensor) for tensor in inputs)
        ops.add_event(scope.function, origins, outputs)
        return _observed_gradient(ops, scope, origins, gradient)
    # Of the call of a graph function, which is an event already, the tapes are told as well.
    if not ops.history.ends_with(outputs):
        ops.add_event(op_type, inputs, outputs)
    record = ops.record("Identity" if op_type == _DEVICE_COPY else OPAQUE, inputs, (), outputs)
    for log in ops.recording_logs():
        if not log.holds_any([tensor._id for tensor in outputs]):
            log.offer(record)
    return gradient


def _observed_gradient(
    ops: Ops, scope: CustomGradientScope, inputs: tuple[Any, ...], gradient: Callable[..., Any]
) -> Callable[..., Any]:
    """The gradient function of a custom gradient, which keeps what it is given and what it returns."""
    values, outputs = scope.inputs, scope.outputs

    def observed(*upstream: Any) -> Any:
        log = ops.thread.backward
        with nullcontext() if log is None else log.gradient_function(scope.function):
            results = gradient(*upstream)
        members = tf.nest.flatten([upstream, list(results)], expand_composites=True)
        if log is not None and all(m is None or isinstance(m, adapter.EagerTensor) for m in members):
            log.pullbacks.append(Pullback(scope, inputs, values, outputs, upstream, tuple(results)))
        return results

    return observed
