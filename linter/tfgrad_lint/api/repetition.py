"""Functions that call one of the program again and again with what it returned: loops, scans and folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import model
from tfgrad_lint.api.structures import first_of, joined, leaves, mapped, stacked
from tfgrad_lint.domain.values import (
    FALSE,
    NONE,
    TRUE,
    ApiObject,
    Constant,
    Integer,
    Mapping,
    OfType,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
)
from tfgrad_lint.shapes.conflicts import CarriedDtypeConflict, InvariantConflict
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim


def _settled(
    operation: Operation, body: Callable[[Value], Value], start: Value, check: Callable[[Value, Value], None]
) -> Value:
    """Return what stands for ``start`` and for every result of applying ``body`` to it again and again.

    ``check`` is given the first state and the one after it.
    """
    state = mapped(operation, start, lambda tensor: _forgetful(operation, tensor))
    for attempt in range(2):
        result = body(state)
        if attempt == 0:
            check(state, result)
        after = joined(operation, state, result)
        if _same_shapes(state, after):
            return after
        state = after
    return mapped(operation, state, lambda tensor: operation.tensor_result(UNKNOWN_SHAPE, tensor.dtype, tensor))


def _keeps_shapes(before: Value, after: Value) -> None:
    """Check that what is carried through a loop keeps its shapes.

    Raises:
        InvariantConflict: one of them certainly changes.
    """
    if isinstance(before, Sequence) and isinstance(after, Sequence):
        for pair in zip(before.items, after.items, strict=False):
            _keeps_shapes(*pair)
    elif isinstance(before, Tensor) and isinstance(after, Tensor) and meet(before.shape, after.shape) is None:
        raise InvariantConflict(after.shape, before.shape, "after one step", "it began with")


def _keeps_dtypes(before: Value, after: Value) -> None:
    """Check that what is carried through a loop keeps its dtypes.

    Raises:
        CarriedDtypeConflict: one of them certainly changes.
    """
    if isinstance(before, Sequence) and isinstance(after, Sequence):
        for pair in zip(before.items, after.items, strict=False):
            _keeps_dtypes(*pair)
    elif isinstance(before, Tensor) and isinstance(after, Tensor):
        dtypes = before.dtype, after.dtype
        if dtypes[0] is not None and dtypes[1] is not None and dtypes[0] != dtypes[1]:
            raise CarriedDtypeConflict(dtypes[0], dtypes[1])


def _keeps_types(before: Value, after: Value) -> None:
    _keeps_dtypes(before, after)
    _keeps_shapes(before, after)


def _allows_change(before: Value, after: Value) -> None:
    """Check nothing: code that runs eagerly may change shapes from step to step."""


def _widened(operation: Operation, value: Value, invariant: Value) -> Value:
    """Return a loop variable with the shape that its invariant allows, of any shape if it contradicts the invariant.

    TensorFlow believes the invariant then, and does not raise.
    """
    if isinstance(value, Sequence) and isinstance(invariant, Sequence) and len(value.items) == len(invariant.items):
        pairs = zip(value.items, invariant.items, strict=True)
        return Sequence(tuple(_widened(operation, *pair) for pair in pairs), value.kind)
    allowed = _invariant_shape(value, invariant)
    if allowed is None:
        return value
    tensor = operation.tensor(value)
    shape = UNKNOWN_SHAPE if meet(tensor.shape, allowed) is None else allowed
    return operation.tensor_result(shape, tensor.dtype, tensor, explicit=tensor.explicit)


def _check_invariants(operation: Operation, value: Value, invariant: Value) -> None:
    """Check what a step of a loop in a graph gives.

    Raises:
        InvariantConflict: the invariant does not allow the shape that it certainly has.
    """
    if isinstance(value, Sequence) and isinstance(invariant, Sequence) and len(value.items) == len(invariant.items):
        for pair in zip(value.items, invariant.items, strict=True):
            _check_invariants(operation, *pair)
    allowed = _invariant_shape(value, invariant)
    given = operation.tensor(value).shape if allowed is not None else UNKNOWN_SHAPE
    if allowed is not None and meet(given, allowed) is None:
        raise InvariantConflict(given, allowed, "after one step", "its shape invariant is")


def _invariant_shape(value: Value, invariant: Value) -> Shape | None:
    """Return the shape that ``invariant`` states for ``value``, None if one of them is no tensor or no shape."""
    if isinstance(invariant, ApiObject) and invariant.type == "tf.TensorSpec":
        invariant = invariant.attributes.get("shape", NONE)
    is_tensor = isinstance(value, Tensor | Constant | Integer | OfType)
    return invariant.shape if is_tensor and isinstance(invariant, TensorShape) else None


def _forgetful(operation: Operation, tensor: Tensor) -> Tensor:
    # What the elements are changes from step to step.
    return operation.tensor_result(tensor.shape, tensor.dtype, tensor, explicit=tensor.explicit)


def _same_shapes(a: Value, b: Value) -> bool:
    if isinstance(a, Sequence) and isinstance(b, Sequence):
        return all(map(_same_shapes, a.items, b.items))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return all(_same_shapes(value, b.items[key]) for key, value in a.items.items())
    return isinstance(a, Tensor) and isinstance(b, Tensor) and a.shape == b.shape


@model("tf.while_loop")
def while_loop(
    operation: Operation,
    cond: Value,
    body: Value,
    loop_vars: Value,
    shape_invariants: Value = NONE,
    parallel_iterations: Value = NONE,
    back_prop: Value = TRUE,
    swap_memory: Value = FALSE,
    maximum_iterations: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/while_loop: the loop's variables when it ends."""
    if not isinstance(loop_vars, Sequence) or any(isinstance(leaf, Unknown) for leaf in leaves(loop_vars)):
        return operation.unknown(loop_vars)

    def step(state: Value) -> Value:
        result = operation.call(body, *(state.items if isinstance(state, Sequence) else (state,)))
        single = isinstance(state, Sequence) and len(state.items) == 1 and not isinstance(result, Sequence)
        return Sequence((result,), loop_vars.kind) if single else result

    if not operation.in_graph:
        # Code that runs eagerly may change shapes from step to step, whatever the invariants say.
        return _settled(operation, step, loop_vars, _allows_change)
    if operation.is_none(shape_invariants):
        return _settled(operation, step, loop_vars, _keeps_types)

    def check(before: Value, after: Value) -> None:
        _keeps_dtypes(before, after)
        _check_invariants(operation, after, shape_invariants)

    return _settled(operation, step, _widened(operation, loop_vars, shape_invariants), check)


def _last_state(
    operation: Operation, fn: Value, elems: Value, initializer: Value, check: Callable[[Value, Value], None]
) -> tuple[Value | None, Dim]:
    """Return what stands for each state of ``fn`` that goes through ``elems``, None if not known, and their number.

    ``check`` is given the first state and the one after it.
    """
    element, count = first_of(operation, elems)
    begins_with_element = operation.is_none(initializer)
    start = element if begins_with_element else initializer
    if any(isinstance(leaf, Unknown) for leaf in leaves(start)):
        return None, count
    # Where nothing follows the first state, the function is only called to make a graph of it.
    if not operation.in_graph and count == (1 if begins_with_element else 0):
        return start, count
    return _settled(operation, lambda state: operation.call(fn, state, element), start, check), count


@model("tf.scan")
def scan(
    operation: Operation,
    fn: Value,
    elems: Value,
    initializer: Value = NONE,
    parallel_iterations: Value = NONE,
    back_prop: Value = TRUE,
    swap_memory: Value = FALSE,
    infer_shape: Value = TRUE,
    reverse: Value = FALSE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/scan: the states after each element, stacked."""
    state, count = _last_state(operation, fn, elems, initializer, _keeps_shapes)
    return operation.unknown(elems, initializer) if state is None else stacked(operation, state, count, elems)


@model("tf.foldl", "tf.foldr")
def fold(
    operation: Operation,
    fn: Value,
    elems: Value,
    initializer: Value = NONE,
    parallel_iterations: Value = NONE,
    back_prop: Value = TRUE,
    swap_memory: Value = FALSE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/foldl: the state after the last element."""
    check = _keeps_shapes if operation.in_graph else _allows_change
    state, _ = _last_state(operation, fn, elems, initializer, check)
    return operation.unknown(elems, initializer) if state is None else state
