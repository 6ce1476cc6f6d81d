"""Calls of models as the interpreter makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import tfgrad_lint.api  # noqa: F401  registers the models
from tfgrad_lint.api.operation import Operation
from tfgrad_lint.api.registry import lookup, lookup_attribute
from tfgrad_lint.domain.values import Constant, Node, Sequence, Site, Slice, Tensor, Value, of_dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Event
    from tfgrad_lint.shapes.dims import Dim

SITE = Site("module.py", None)


def tensor(*dims: Dim, dtype: str | None = "float32", kind: str = "tensor", explicit: bool = False) -> Tensor:
    """Return a tensor of this shape."""
    return Tensor(Shape(dims), dtype, Node("argument"), kind, explicit=explicit)  # type: ignore[arg-type]


def tensor_of_any_rank(dtype: str = "float32") -> Tensor:
    """Return a tensor of which only the dtype is known."""
    return Tensor(UNKNOWN_SHAPE, dtype, Node("argument"))


def listed(*items: Dim | Value, kind: str = "list") -> Sequence:
    """Return a list of integers or values."""
    values = tuple(item if isinstance(item, Value) else of_dim(item) for item in items)
    return Sequence(values, kind)  # type: ignore[arg-type]


def constant(value: object) -> Constant:
    """Return a Python constant."""
    return Constant(value)


def window(lower: int | None = None, upper: int | None = None, step: int | None = None) -> Slice:
    """Return ``lower:upper:step``."""
    return Slice(Constant(lower), Constant(upper), Constant(step))


@dataclass
class Recorded:
    """The result of a call, and what was told of it."""

    value: Value
    events: list[Event] = field(default_factory=list)

    @property
    def tensor(self) -> Tensor:
        assert isinstance(self.value, Tensor)
        return self.value

    @property
    def shape(self) -> str:
        return str(self.tensor.shape)


def call(name: str, *positional: Value, **keywords: Value) -> Recorded:
    """Call the model of ``name``."""
    model = lookup(name)
    assert model is not None, name
    events: list[Event] = []
    operation = Operation(name, SITE, emit=events.append)
    return Recorded(model.call(operation, positional, keywords), events)


def attribute(name: str, receiver: Value) -> Value:
    """Return an attribute, such as ``Tensor.shape``."""
    rule = lookup_attribute(name)
    assert rule is not None, name
    return rule(Operation(name, SITE), receiver)


def sources(value: Value) -> set[Node]:
    """Return the steps from which gradients flow into ``value``."""
    assert isinstance(value, Tensor)
    pending, reached = [value.node], set()
    while pending:
        node = pending.pop()
        if node.cut is None and node not in reached:
            reached.add(node)
            pending.extend(node.inputs)
    return reached
