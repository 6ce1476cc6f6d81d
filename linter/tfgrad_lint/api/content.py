"""What is known of the elements of integer tensors: sizes on their way from ``tf.shape`` to ``tf.reshape``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.domain.values import TensorShape
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.domain.values import Node, Tensor


def elements(tensor: Tensor) -> tuple[Dim, ...] | None:
    """Return the elements of an integer vector, UNKNOWN where not known, None if nothing is known of them."""
    return tensor.content.shape.dims if isinstance(tensor.content, TensorShape) else None


def element(tensor: Tensor, index: int) -> Dim | None:
    """Return one element of an integer vector, None if it is not known."""
    if not isinstance(tensor.content, TensorShape):
        return None
    dims = tensor.content.shape.dims
    if dims is None:
        return tensor.content.owner.dim(index)
    if not -len(dims) <= index < len(dims) or dims[index] is UNKNOWN:
        return None
    return dims[index]


def vector(dims: tuple[Dim, ...], owner: Node) -> TensorShape:
    """Return the content of an integer vector with these elements."""
    return TensorShape(Shape(dims), owner)


def combine(left: Tensor, right: Tensor, rule: Callable[[Dim, Dim], Dim], owner: Node) -> Dim | TensorShape | None:
    """Return what is known of ``rule`` applied element by element."""
    a, b = left.content, right.content
    if a is None or b is None:
        return None
    p = a.shape.dims if isinstance(a, TensorShape) else None
    q = b.shape.dims if isinstance(b, TensorShape) else None
    if p is not None and q is not None:
        return vector(tuple(map(rule, p, q)), owner) if len(p) == len(q) else None
    if not isinstance(b, TensorShape):
        if p is not None:
            return vector(tuple(rule(dim, b) for dim in p), owner)
        return None if isinstance(a, TensorShape) else _known(rule(a, b))
    return None if q is None or isinstance(a, TensorShape) else vector(tuple(rule(a, dim) for dim in q), owner)


def _known(dim: Dim) -> Dim | None:
    return None if dim is UNKNOWN else dim
