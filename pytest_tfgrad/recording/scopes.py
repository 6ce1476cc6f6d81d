"""Calls that TensorFlow differentiates as one: of functions with custom gradients, and of `tf.py_function`s' bodies."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from pytest_tfgrad.recording.location import Location, location_at
from pytest_tfgrad.recording.records import OPAQUE, CustomGradientScope
from pytest_tfgrad.recording.sampling import compares_draws

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_tfgrad.recording.location import CallSite
    from pytest_tfgrad.recording.ops import Ops


def scope_of(
    function: Callable[..., Any], site: CallSite | None = None, is_python: bool = False
) -> CustomGradientScope:
    """The scope of a call that begins; see `CustomGradientScope`."""
    name = str(getattr(function, "__name__", type(function).__name__))
    return CustomGradientScope(name, _definition(function), site, is_python=is_python)


def assigned_inside(scopes: Sequence[CustomGradientScope], handle: Any) -> Any | None:
    """What the calls that run now, innermost last, assigned to a variable; None if nothing."""
    for scope in reversed(scopes):
        if handle._id in scope.assigned:
            return scope.assigned[handle._id]
    return None


def close_scope(ops: Ops, scope: CustomGradientScope) -> None:
    """A call is over, all of its ops are known: give them to the scope and to the tapes around it."""
    if ops.thread.scopes:
        ops.thread.scopes[-1].records.extend(scope.records)
    for log in ops.recording_logs():
        for record in scope.records:
            ops.memory.unchecked += log.offer(record)
        unused = tuple(tensor for tensor in scope.inputs if log.holds(tensor) and not _feeds_outputs(tensor, scope))
        if unused:
            record = ops.record(OPAQUE, unused, (), scope.outputs)
            record.scope = scope
            log.offer(record)
    scope.compares_draws = compares_draws(scope)
    scope.forget()
    ops.check_memory()


def _feeds_outputs(tensor: Any, scope: CustomGradientScope) -> bool:
    """Whether the scope's outputs are computed from this input, or from the variable it was read from, by its ops."""
    # TensorFlow reads the variables that the function used once more when it ends.
    readings = [record for record in scope.records if record.op_type in ("ReadVariableOp", "Identity")]
    origins = {record.inputs[0]._id for record in readings if record.outputs[0]._id == tensor._id}
    reached = origins | {tensor._id}
    for record in scope.records:
        if any(near._id in reached for near in record.inputs):
            reached.update(far._id for far in record.outputs)
    return any(output._id in reached for output in scope.outputs)


def _definition(function: Callable[..., Any]) -> Location | None:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return location_at(code.co_filename, code.co_firstlineno, code.co_name) if code is not None else None
