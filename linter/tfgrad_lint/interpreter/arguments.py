"""The evaluated arguments of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import libcst as cst

    from tfgrad_lint.domain.values import Value
    from tfgrad_lint.interpreter.state import State

# What models a built-in function: gets the state, the call's node and its arguments; None means that nothing is known
# of the result.
Builtin: TypeAlias = "Callable[[State, cst.CSTNode, Arguments], Value | None]"


@dataclass(frozen=True, slots=True)
class Arguments:
    """Positional and keyword arguments; ``complete`` is False if a ``*`` or ``**`` adds more that are not known."""

    positional: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict)
    complete: bool = True

    def after(self, first: Value) -> Arguments:
        """Return the same arguments with ``first`` before them, as a method gets them."""
        return Arguments((first, *self.positional), self.keywords, self.complete)

    def every(self) -> tuple[Value, ...]:
        """Return all argument values."""
        return (*self.positional, *self.keywords.values())

    def get(self, index: int, name: str) -> Value | None:
        """Return the argument at position ``index`` or called ``name``, None if it was not given."""
        if index < len(self.positional):
            return self.positional[index]
        return self.keywords.get(name)
