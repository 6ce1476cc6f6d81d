"""Reading arguments that name axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.shapes.conflicts import AxisConflict, RepeatedAxisConflict

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.domain.values import Value
    from tfgrad_lint.shapes.dims import Dim
    from tfgrad_lint.shapes.shape import Shape


def axis_from_zero(axis: int, shape: Shape, parameter: str = "axis", extra: int = 0) -> int | None:
    """Return ``axis`` counted from 0, None if the rank is not known.

    Raises:
        AxisConflict: ``shape`` has no such axis.
    """
    if shape.dims is None:
        return None
    rank = len(shape.dims) + extra
    if not -rank <= axis < rank:
        raise AxisConflict(parameter, axis, shape, extra)
    return axis % rank


def axes_from_zero(axes: tuple[Dim, ...], shape: Shape, parameter: str = "axis") -> tuple[int, ...] | None:
    """Return ``axes`` counted from 0, None if one or the rank is not known.

    Raises:
        AxisConflict: ``shape`` has no such axis.
    """
    result: list[int] = []
    for axis in axes:
        from_zero = axis_from_zero(axis, shape, parameter) if isinstance(axis, int) else None
        if from_zero is None:
            return None
        result.append(from_zero)
    return tuple(result)


def axis_argument(
    operation: Operation, value: Value, shape: Shape, parameter: str = "axis", extra: int = 0
) -> int | None:
    """Return the axis that an argument names, counted from 0, None if it or the rank is not known.

    Raises:
        AxisConflict: ``shape`` has no such axis.
    """
    axis = operation.integer(value)
    return axis_from_zero(axis, shape, parameter, extra) if isinstance(axis, int) else None


def axes_argument(operation: Operation, value: Value, shape: Shape, parameter: str = "axis") -> tuple[int, ...] | None:
    """Return the axes that an argument names (one, several, or all for None) from 0; None if they are not known.

    Raises:
        AxisConflict: ``shape`` has no such axis.
        RepeatedAxisConflict: an axis is named twice.
    """
    if operation.is_none(value):
        return None if shape.dims is None else tuple(range(len(shape.dims)))
    named = operation.dims(value)
    axes = None if named is None else axes_from_zero(named, shape, parameter)
    if axes is not None and len(set(axes)) < len(axes):
        raise RepeatedAxisConflict(parameter, next(axis for axis in axes if axes.count(axis) > 1), shape)
    return axes
