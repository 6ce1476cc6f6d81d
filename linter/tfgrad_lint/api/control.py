"""Functions that call functions of the program: branches, loops, maps, and calls out of TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import (
    FALSE,
    NONE,
    OUTSIDE,
    TRUE,
    ApiObject,
    Constant,
    Integer,
    Mapping,
    OfType,
    Repeated,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
)
from tfgrad_lint.shapes.conflicts import CarriedDtypeConflict, InvariantConflict, MatchConflict, OutputConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, join, meet, meet_dims

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.api.operation import Operation


def joined(operation: Operation, a: Value, b: Value) -> Value:
    """Return what stands for either of two results, structure by structure."""
    if isinstance(a, Sequence) and isinstance(b, Sequence) and len(a.items) == len(b.items):
        return Sequence(tuple(joined(operation, p, q) for p, q in zip(a.items, b.items, strict=True)), a.kind)
    if isinstance(a, Mapping) and isinstance(b, Mapping) and set(a.items) == set(b.items):
        return Mapping({key: joined(operation, value, b.items[key]) for key, value in a.items.items()})
    if isinstance(a, Constant) and a == b:
        return a
    plain = Tensor | Constant | Integer | OfType
    if not isinstance(a, plain) or not isinstance(b, plain):
        return operation.unknown(a, b)
    left, right = operation.tensor(a), operation.tensor(b)
    dtype = left.dtype if left.dtype == right.dtype else None
    explicit = left.explicit or right.explicit
    return operation.tensor_result(join(left.shape, right.shape), dtype, left, right, explicit=explicit)


@model("tf.cond")
def cond(operation: Operation, pred: Value, true_fn: Value = NONE, false_fn: Value = NONE, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/cond."""
    chosen = operation.boolean(pred)
    if chosen is not None:
        return operation.call(true_fn if chosen else false_fn)
    return joined(operation, operation.call(true_fn), operation.call(false_fn))


def mapped(operation: Operation, structure: Value, rule: Callable[[Tensor], Value]) -> Value:
    """Return ``structure`` with ``rule`` applied to each tensor in it."""
    if isinstance(structure, Sequence):
        return Sequence(tuple(mapped(operation, item, rule) for item in structure.items), structure.kind)
    if isinstance(structure, Mapping):
        return Mapping({key: mapped(operation, item, rule) for key, item in structure.items.items()})
    if isinstance(structure, Repeated):
        return rule(Tensor(UNKNOWN_SHAPE, None, structure.node))
    return rule(operation.tensor(structure))


def leaves(structure: Value) -> tuple[Value, ...]:
    """Return the values in a structure, in the order of ``tf.nest.flatten``."""
    if isinstance(structure, Sequence):
        return tuple(leaf for item in structure.items for leaf in leaves(item))
    if isinstance(structure, Mapping):
        return tuple(leaf for key in sorted(structure.items, key=str) for leaf in leaves(structure.items[key]))
    return (structure,)


def first_of(operation: Operation, elems: Value) -> tuple[Value, Dim]:
    """Return what one element of ``elems`` is like, and how many there are."""
    count: Dim = UNKNOWN

    def element(tensor: Tensor) -> Value:
        nonlocal count
        dims = tensor.shape.dims
        if dims:
            met = meet_dims(count, dims[0])
            count = UNKNOWN if met is None else met
        shape = UNKNOWN_SHAPE if not dims else Shape(dims[1:])
        return operation.tensor_result(shape, tensor.dtype, tensor, explicit=tensor.explicit)

    numbers = isinstance(elems, Sequence) and not any(isinstance(leaf, Tensor | Unknown) for leaf in leaves(elems))
    single = operation.tensor(elems) if numbers else elems
    return mapped(operation, single, element), count


def stacked(operation: Operation, result: Value, count: Dim, *sources: Value) -> Value:
    """Return ``count`` results like ``result`` stacked, structure by structure."""
    if isinstance(result, Unknown):
        return operation.unknown(result, *sources)

    def stack(tensor: Tensor) -> Value:
        dims = tensor.shape.dims
        shape = UNKNOWN_SHAPE if dims is None else Shape((count, *dims))
        return operation.tensor_result(shape, tensor.dtype, tensor, *sources, explicit=tensor.explicit)

    return mapped(operation, result, stack)


@model("tf.map_fn")
def map_fn(
    operation: Operation,
    fn: Value,
    elems: Value,
    dtype: Value = NONE,
    parallel_iterations: Value = NONE,
    back_prop: Value = TRUE,
    swap_memory: Value = FALSE,
    infer_shape: Value = TRUE,
    name: Value = NONE,
    fn_output_signature: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/map_fn."""
    element, count = first_of(operation, elems)
    _check_lengths(elems)
    result = operation.call(fn, element)
    signature = dtype if operation.is_none(fn_output_signature) else fn_output_signature
    if operation.is_none(signature):
        _check_like_elements(result, element)
    else:
        _check_outputs(operation, result, signature)
    return stacked(operation, result, count, elems)


def _check_lengths(elems: Value) -> None:
    """Check that there are equally many elements in each tensor of a structure.

    Raises:
        MatchConflict: there certainly are not.
    """
    known = [leaf for leaf in leaves(elems) if isinstance(leaf, Tensor) and leaf.shape.dims]
    if isinstance(elems, Tensor) or not known:
        return
    first = known[0].shape
    for index, other in enumerate(known[1:], start=1):
        if equal((first.dims or ())[0], (other.shape.dims or ())[0]) is False:
            raise MatchConflict("elems[0]", first, f"elems[{index}]", other.shape, 0, 0)


def _check_like_elements(result: Value, element: Value) -> None:
    """Check that a function without output signature gives what it gets.

    Raises:
        OutputConflict: another structure or another dtype.
    """
    if not isinstance(element, Tensor):
        return
    if isinstance(result, Sequence) and result.items:
        raise OutputConflict(f"a {result.kind} of {len(result.items)}", "one tensor, as the elements are")
    if isinstance(result, Tensor) and result.kind != "array":
        _check_dtype(result.dtype, element.dtype, " as the elements have, since there is no fn_output_signature")


def _check_dtype(given: str | None, expected: str | None, why: str = "") -> None:
    if given is not None and expected is not None and given != expected:
        raise OutputConflict(f"dtype {given}", f"dtype {expected}{why}")


def _check_outputs(operation: Operation, result: Value, signature: Value) -> None:
    """Check that a function gives what its output signature says.

    Raises:
        OutputConflict: another structure, dtype or shape.
    """
    if isinstance(signature, Sequence) and isinstance(result, Sequence):
        if len(signature.items) != len(result.items):
            raise OutputConflict(f"{len(result.items)} results", f"{len(signature.items)} of them")
        for pair in zip(result.items, signature.items, strict=True):
            _check_outputs(operation, *pair)
    if not isinstance(result, Tensor) or result.kind == "array":
        return
    if isinstance(signature, ApiObject) and signature.type == "tf.TensorSpec":
        shape = signature.attributes.get("shape")
        if isinstance(shape, TensorShape) and meet(result.shape, shape.shape) is None:
            raise OutputConflict(f"shape {result.shape}", f"shape {shape.shape}")
        _check_dtype(result.dtype, operation.dtype(signature.attributes.get("dtype", NONE)))
    else:
        _check_dtype(result.dtype, operation.dtype(signature))


@model("tf.vectorized_map")
def vectorized_map(
    operation: Operation, fn: Value, elems: Value, fallback_to_while_loop: Value = TRUE, warn: Value = TRUE
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/vectorized_map: elements of size 1 are broadcast."""
    element, count = first_of(operation, elems)
    return stacked(operation, operation.call(fn, element), count, elems)


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


def _beginning(operation: Operation, elems: Value, initializer: Value) -> tuple[Value, Dim, Value | None]:
    """Return what one element is like, how many there are, and the first state, None if it is not known."""
    element, count = first_of(operation, elems)
    start = element if operation.is_none(initializer) else initializer
    return element, count, None if any(isinstance(leaf, Unknown) for leaf in leaves(start)) else start


def _goes_on(operation: Operation, count: Dim, initializer: Value) -> bool:
    """Tell whether anything follows the first state: else the function is only called to make a graph of it."""
    first = 1 if operation.is_none(initializer) else 0
    return operation.in_graph or count != first


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
    element, count, start = _beginning(operation, elems, initializer)
    if start is None:
        return operation.unknown(elems, initializer)
    if not _goes_on(operation, count, initializer):
        return stacked(operation, start, count, elems)
    state = _settled(operation, lambda state: operation.call(fn, state, element), start, _keeps_shapes)
    return stacked(operation, state, count, elems)


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
    element, count, start = _beginning(operation, elems, initializer)
    if start is None:
        return operation.unknown(elems, initializer)
    if not _goes_on(operation, count, initializer):
        return start
    check = _keeps_shapes if operation.in_graph else _allows_change
    return _settled(operation, lambda state: operation.call(fn, state, element), start, check)


def _outside(operation: Operation, inputs: Value, kinds: Value, cut: str | None) -> Value:
    """Return results of the dtypes ``kinds``, of shapes that TensorFlow does not know."""
    if isinstance(kinds, Sequence):
        return Sequence(tuple(_outside(operation, inputs, kind, cut) for kind in kinds.items), "list")
    return operation.tensor_result(UNKNOWN_SHAPE, operation.dtype(kinds), inputs, cut=cut)


@model("tf.numpy_function")
def numpy_function(
    operation: Operation,
    func: Value = NONE,
    inp: Value = NONE,
    Tout: Value = NONE,  # noqa: N803  TensorFlow's own name
    stateful: Value = TRUE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/numpy_function: not differentiable."""
    return _outside(operation, inp, Tout, OUTSIDE)


@model("tf.py_function")
def py_function(
    operation: Operation,
    func: Value = NONE,
    inp: Value = NONE,
    Tout: Value = NONE,  # noqa: N803  TensorFlow's own name
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/py_function: differentiable, of an unknown shape."""
    return operation.unknown(inp, func) if operation.is_none(Tout) else _outside(operation, inp, Tout, None)
