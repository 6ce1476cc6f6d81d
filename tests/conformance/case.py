"""The table of conformance cases: which arguments to draw for which functions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from tests.conformance.draw import Draw
from tests.conformance.oracle import Call

Arguments = Callable[[Draw], "Call | tuple[Any, ...]"]


@dataclass(frozen=True)
class Case:
    """Functions that are called with the same kind of arguments.

    ``misses`` says why some refused calls are not foreseen, where there is a reason; else all of them must be.
    ``symbolic`` is False where sizes that are symbols instead of numbers are not told apart by the arguments.
    """

    names: tuple[str, ...]
    arguments: Arguments
    misses: str | None = None
    symbolic: bool = True

    def call(self, draw: Draw) -> Call:
        """Draw the arguments of one call."""
        drawn = self.arguments(draw)
        return drawn if isinstance(drawn, Call) else Call(drawn)


CASES: list[Case] = []


def case(names: str, *, misses: str | None = None, symbolic: bool = True) -> Callable[[Arguments], Arguments]:
    """Register the decorated function as the source of arguments for ``names``, separated by spaces."""

    def register(arguments: Arguments) -> Arguments:
        CASES.append(Case(tuple(names.split()), arguments, misses, symbolic))
        return arguments

    return register


def real_function(name: str) -> Any:
    """Return the function that ``name`` stands for."""
    root, _, rest = name.partition(".")
    if root == "operator":
        return getattr(operator, rest)
    if root in ("tf", "np"):
        found: Any = tf if root == "tf" else np
        for part in rest.split("."):
            found = getattr(found, part)
        return found
    return lambda receiver, *args, **kwargs: getattr(receiver, rest)(*args, **kwargs)


def exists(name: str) -> bool:
    """Tell whether the installed TensorFlow or NumPy has what ``name`` stands for."""
    try:
        real_function(name)
    except AttributeError:
        return False
    return True
