"""What makes TensorFlow raise: each way in which shapes or arguments do not fit, as data.

A shape rule raises one of these; the interpreter turns it into an event and a rule of the linter words the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfgrad_lint.shapes.dims import Dim
    from tfgrad_lint.shapes.shape import Shape


@dataclass(eq=False)
class Conflict(Exception):
    """Base class: the operation certainly raises for its shapes."""


@dataclass(eq=False)
class BroadcastConflict(Conflict):
    """Axis ``axis`` (negative, counted from the last) of an elementwise operation has sizes that do not fit."""

    left: Shape
    right: Shape
    axis: int
    left_dim: Dim
    right_dim: Dim


@dataclass(eq=False)
class ContractionConflict(Conflict):
    """The contracted axes of a matrix product have different sizes; axes are negative, counted from the last."""

    left: Shape
    right: Shape
    left_axis: int
    right_axis: int
    left_dim: Dim
    right_dim: Dim


@dataclass(eq=False)
class RankConflict(Conflict):
    """Operand ``parameter`` has a rank that the operation refuses; ``expected`` says in words which it takes."""

    parameter: str
    shape: Shape
    expected: str


@dataclass(eq=False)
class ReshapeConflict(Conflict):
    """``shape`` has a number of elements that ``target`` can't hold; -1 in ``target`` is the inferred axis."""

    shape: Shape
    target: tuple[Dim, ...]


@dataclass(eq=False)
class AxisConflict(Conflict):
    """Argument ``parameter`` names an axis that a tensor of ``rank`` axes does not have.

    ``extra`` is 1 where one more position is allowed (``expand_dims``, ``stack``), else 0.
    """

    parameter: str
    axis: int
    shape: Shape
    extra: int = 0
