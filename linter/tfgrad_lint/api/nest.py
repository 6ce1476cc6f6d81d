"""``tf.nest``: functions on lists, tuples and dicts of tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import alias, model
from tfgrad_lint.api.structures import leaves
from tfgrad_lint.domain.values import (
    FALSE,
    NONE,
    TRUE,
    Constant,
    DType,
    Integer,
    Mapping,
    OfType,
    Sequence,
    Tensor,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.api.operation import Operation

_LEAVES = (Tensor, Constant, Integer, OfType, DType)


def is_plain(structure: Value) -> bool:
    """Tell whether ``structure`` is made of lists, tuples and dicts of values that are none themselves."""
    return all(isinstance(leaf, _LEAVES) for leaf in leaves(structure))


@model("tf.nest.flatten")
def flatten(operation: Operation, structure: Value, expand_composites: Value = FALSE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/nest/flatten."""
    return Sequence(leaves(structure), "list") if is_plain(structure) else operation.unknown(structure)


@model("tf.nest.map_structure")
def map_structure(
    operation: Operation,
    func: Value,
    *structure: Value,
    expand_composites: Value = FALSE,
    check_types: Value = TRUE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/nest/map_structure."""
    if not structure or not all(is_plain(each) for each in structure):
        return operation.unknown(func, *structure)
    flat = [leaves(each) for each in structure]
    if len({len(each) for each in flat}) > 1:
        return operation.unknown(func, *structure)
    results = [operation.call(func, *group) for group in zip(*flat, strict=True)]
    return packed(structure[0], iter(results))


def packed(structure: Value, flat: Iterator[Value]) -> Value:
    """Return ``structure`` with its values replaced by those of ``flat``, in the order of :func:`leaves`."""
    if isinstance(structure, Sequence):
        return Sequence(tuple(packed(item, flat) for item in structure.items), structure.kind)
    if isinstance(structure, Mapping):
        filled = {key: packed(structure.items[key], flat) for key in sorted(structure.items, key=str)}
        return Mapping({key: filled[key] for key in structure.items})
    return next(flat)


def _up_to(shallow: Value, value: Value) -> tuple[Value, ...] | None:
    """Return what stands in ``value`` where ``shallow`` has its values, None if it is not built so."""
    if isinstance(shallow, Sequence):
        if not isinstance(value, Sequence) or len(value.items) != len(shallow.items):
            return None
        parts = [_up_to(*pair) for pair in zip(shallow.items, value.items, strict=True)]
    elif isinstance(shallow, Mapping):
        if not isinstance(value, Mapping) or value.items.keys() != shallow.items.keys():
            return None
        parts = [_up_to(shallow.items[key], value.items[key]) for key in sorted(shallow.items, key=str)]
    else:
        return (value,)
    return None if None in parts else tuple(each for part in parts if part is not None for each in part)


@model("tf.__internal__.nest.map_structure_up_to")
def map_structure_up_to(
    operation: Operation,
    shallow_tree: Value,
    func: Value,
    *inputs: Value,
    check_types: Value = TRUE,
    expand_composites: Value = FALSE,
) -> Value:
    """Model ``nest.map_structure_up_to``: the function gets what is below the shallow structure as it is."""
    flat = [_up_to(shallow_tree, each) for each in inputs]
    if not is_plain(shallow_tree) or not flat or None in flat:
        return operation.unknown(shallow_tree, func, *inputs)
    known = [each for each in flat if each is not None]
    results = [operation.call(func, *group) for group in zip(*known, strict=True)]
    return packed(shallow_tree, iter(results))


@model("tf.__internal__.nest.flatten_up_to")
def flatten_up_to(
    operation: Operation,
    shallow_tree: Value,
    input_tree: Value,
    check_types: Value = TRUE,
    expand_composites: Value = FALSE,
) -> Value:
    """Model ``nest.flatten_up_to``: a list of what is below the shallow structure."""
    flat = _up_to(shallow_tree, input_tree)
    if not is_plain(shallow_tree) or flat is None:
        return operation.unknown(shallow_tree, input_tree)
    return Sequence(flat, "list")


@model("tf.nest.pack_sequence_as")
def pack_sequence_as(
    operation: Operation, structure: Value, flat_sequence: Value, expand_composites: Value = FALSE
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/nest/pack_sequence_as."""
    items = operation.items(flat_sequence)
    if items is None or not is_plain(structure) or len(items) != len(leaves(structure)):
        return operation.unknown(structure, flat_sequence)
    return packed(structure, iter(items))


@model("tf.nest.assert_same_structure")
def assert_same_structure(
    operation: Operation, nest1: Value, nest2: Value, check_types: Value = TRUE, expand_composites: Value = FALSE
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/nest/assert_same_structure."""
    return NONE


@model("tf.nest.is_nested")
def is_nested(operation: Operation, seq: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/nest/is_nested."""
    if isinstance(seq, Sequence | Mapping):
        return TRUE
    return FALSE if isinstance(seq, _LEAVES) else OfType("bool")


# The module behind tf.nest, which libraries import by its path.
for _name in ("flatten", "map_structure", "pack_sequence_as", "assert_same_structure", "is_nested"):
    alias(f"tf.nest.{_name}", f"tf.python.util.nest.{_name}")
for _name in ("map_structure_up_to", "flatten_up_to"):
    alias(f"tf.__internal__.nest.{_name}", f"tf.python.util.nest.{_name}")
