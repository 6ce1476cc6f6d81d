"""Models of functions that a project declares itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import Model
from tfgrad_lint.domain.values import NONE, Sequence, Tensor, Value
from tfgrad_lint.shapes.conflicts import ArgumentConflict, MatchConflict, RankConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.notation import size_of
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.declarations import DeclaredFunction, DeclaredParameter, DeclaredShape


def model_of(function: DeclaredFunction) -> Model:
    """Return the model of a declared function."""
    names = tuple(parameter.name for parameter in function.parameters)
    defaults = {parameter.name: NONE for parameter in function.parameters if parameter.optional}
    return Model(function.name, partial(_call, function), names, defaults)


@dataclass
class _Sizes:
    """The sizes behind the names in one call: by which parameter, with which shape and axis, each was given first."""

    by_name: dict[str, tuple[Dim, str, Shape, int]] = field(default_factory=dict)
    # The axes that "..." stands for; None where they are not known or not the same everywhere.
    rest: tuple[Dim, ...] | None = None
    rest_is_given: bool = False

    def take(self, parameter: DeclaredParameter, value: Tensor) -> None:
        """Read the sizes of a parameter's axes.

        Raises:
            Conflict: The value does not have the declared shape, or not the sizes that others have.
        """
        declared, dims = parameter.shape, value.shape.dims
        if declared is None:
            return
        if dims is None:
            self.rest_is_given, self.rest = self.rest_is_given or declared.rest, None if declared.rest else self.rest
            return
        count = len(declared.sizes)
        if len(dims) < count or (len(dims) > count and not declared.rest):
            raise RankConflict(parameter.name, value.shape, f"{count} or more" if declared.rest else str(count))
        if declared.rest:
            self._take_rest(dims[: len(dims) - count])
        for axis, size in enumerate(declared.sizes, start=len(dims) - count):
            self._take_size(parameter.name, value.shape, axis, size)

    def _take_rest(self, dims: tuple[Dim, ...]) -> None:
        self.rest = dims if not self.rest_is_given or self.rest == dims else None
        self.rest_is_given = True

    def _take_size(self, parameter: str, shape: Shape, axis: int, size: str) -> None:
        dim = (shape.dims or ())[axis]
        if size.isdigit():
            if equal(dim, int(size)) is False:
                reason = f"axis {axis} of {shape} has size {dim!r} where {size} is declared"
                raise ArgumentConflict(parameter, reason)
            return
        first = self.by_name.get(size)
        if first is None or first[0] is UNKNOWN:
            self.by_name[size] = (dim, parameter, shape, axis)
        elif equal(first[0], dim) is False:
            raise MatchConflict(first[1], first[2], parameter, shape, first[3], axis)

    def shape(self, declared: DeclaredShape) -> Shape:
        """Return the shape of a result."""
        sizes = tuple(size_of(size, self._named) for size in declared.sizes)
        if not declared.rest:
            return Shape(sizes)
        return UNKNOWN_SHAPE if self.rest is None else Shape((*self.rest, *sizes))

    def _named(self, name: str) -> Dim:
        return self.by_name[name][0] if name in self.by_name else UNKNOWN


def _call(function: DeclaredFunction, operation: Operation, *arguments: Value) -> Value:
    sizes = _Sizes()
    for parameter, argument in zip(function.parameters, arguments, strict=True):
        if isinstance(argument, Tensor):
            sizes.take(parameter, argument)
        elif parameter.shape is not None and parameter.shape.rest:
            sizes.rest_is_given, sizes.rest = True, None
    # What else the function reads, variables of its own say, is not declared: the result may depend on anything.
    node = operation.node(*arguments, opaque=True)
    results = tuple(Tensor(sizes.shape(result.shape), result.dtype, node) for result in function.results)
    return Sequence(results) if function.is_tuple else results[0]
