"""Functions of a program that exist twice: as a real function, and as what the interpreter would make of it."""

from __future__ import annotations

from typing import Any

from tfgrad_lint.api.operation import Operation
from tfgrad_lint.api.registry import lookup
from tfgrad_lint.domain.values import Sequence, Value


class Twin(Value):
    """A function that applies modelled functions one after the other to its arguments.

    The first takes all arguments, each further one the result before it. With ``several`` each argument goes through
    all of them, and the results come as a list.
    """

    __slots__ = ("functions", "names", "several")

    def __init__(self, *names: str, several: bool = False) -> None:
        from tests.conformance.case import real_function

        self.names = names
        self.functions = [real_function(name) for name in names]
        self.several = several

    def __call__(self, *args: Any) -> Any:
        if self.several:
            return [self._real(arg) for arg in args]
        return self._real(*args)

    def _real(self, *args: Any) -> Any:
        result = self.functions[0](*args)
        for function in self.functions[1:]:
            result = function(result)
        return result

    def modelled(self, operation: Operation, *values: Value) -> Value:
        """Return what the models make of the call."""
        if self.several:
            return Sequence(tuple(self._modelled(operation, value) for value in values), "list")
        return self._modelled(operation, *values)

    def _modelled(self, operation: Operation, *values: Value) -> Value:
        given = values
        for name in self.names:
            model = lookup(name)
            assert model is not None
            given = (model.call(Operation(name, operation.site), given, {}),)
        return given[0]

    def __repr__(self) -> str:
        return f"Twin({', '.join(self.names)})"
