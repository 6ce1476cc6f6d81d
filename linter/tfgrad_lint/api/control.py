"""Functions that call functions of the program: branches, maps, and calls out of TensorFlow."""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import model
from tfgrad_lint.api.structures import first_of, joined, leaves, stacked
from tfgrad_lint.domain.values import (
    FALSE,
    NONE,
    OUTSIDE,
    TRUE,
    ApiObject,
    Mapping,
    Sequence,
    Tensor,
    TensorShape,
    Value,
)
from tfgrad_lint.shapes.conflicts import MatchConflict, OutputConflict
from tfgrad_lint.shapes.dims import equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, meet

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


@model("tf.cond")
def cond(operation: Operation, pred: Value, true_fn: Value = NONE, false_fn: Value = NONE, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/cond."""
    chosen = operation.boolean(pred)
    if chosen is not None:
        return operation.call(true_fn if chosen else false_fn)
    return joined(operation, operation.call(true_fn), operation.call(false_fn))


@model("tf.case")
def case(
    operation: Operation,
    pred_fn_pairs: Value,
    default: Value = NONE,
    exclusive: Value = FALSE,
    strict: Value = FALSE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/case: what the first function gives whose condition holds."""
    pairs = operation.items(pred_fn_pairs)
    if isinstance(pred_fn_pairs, Mapping) or pairs is None:
        return operation.unknown(pred_fn_pairs, default)
    chosen: list[Value] = []
    for pair in pairs:
        if not isinstance(pair, Sequence) or len(pair.items) != 2:
            return operation.unknown(pred_fn_pairs, default)
        chosen.append(pair.items[1])
    return _any_of(operation, chosen, default)


@model("tf.switch_case")
def switch_case(
    operation: Operation,
    branch_index: Value,
    branch_fns: Value,
    default: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/switch_case: what the function of that number gives."""
    functions = operation.items(branch_fns)
    if functions is None:
        return operation.unknown(branch_fns, default)
    numbered = [each.items[-1] if isinstance(each, Sequence) and each.items else each for each in functions]
    return _any_of(operation, numbered, default)


def _any_of(operation: Operation, functions: list[Value], default: Value) -> Value:
    given = functions if operation.is_none(default) else [*functions, default]
    results = [operation.call(function) for function in given]
    return reduce(partial(joined, operation), results) if results else operation.unknown(default)


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
    """https://www.tensorflow.org/api_docs/python/tf/map_fn: of no elements, the function is not called."""
    element, count = first_of(operation, elems)
    _check_lengths(elems)
    if count == 0:
        return operation.unknown(fn, elems)
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
