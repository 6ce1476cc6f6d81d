"""Structures of tensors: tuples, lists and dicts that functions are given, and that they return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.domain.values import (
    Constant,
    Integer,
    Mapping,
    OfType,
    Repeated,
    Sequence,
    Tensor,
    Unknown,
    Value,
)
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, join, meet_dims

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
