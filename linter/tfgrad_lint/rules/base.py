"""What a rule is: one class with a code, a name, documentation, examples and a check."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.events import Event
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.rules.claim import Claim


@dataclass(frozen=True)
class Invalid:
    """Code in which the rule reports each line that ends in ``# <- CODE`` and no other.

    ``meant``, of code that runs and is wrong, is an expression of its variables that would be true once it has run if
    it did what its author meant. ``same(a, b)`` in it tells whether two tensors have the same shape and values.
    """

    code: str
    meant: str | None = None


@dataclass(frozen=True)
class Valid:
    """Code that looks like the mistake and is right: no rule reports anything in it."""

    code: str


class Rule:
    """Base class of all rules.

    A subclass's docstring has a first line that says what is reported, then the sections ``What it does``,
    ``Why it is bad``, ``Known limits`` and ``References`` (Markdown headings ``## ...``). The documentation page, the
    text of ``tfgrad explain`` and the rule's first tests are made from it and from ``invalid`` and ``valid``, whose
    first items are one program with the mistake and without it.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    preview: ClassVar[bool] = False
    default: ClassVar[bool] = True
    # What raises is expected by code that catches it: not reported inside ``try`` or ``assertRaises``.
    raises: ClassVar[bool] = False
    # What is wrong for every call and iteration only: sizes that one call happens to have are no mistake.
    everywhere: ClassVar[bool] = False
    listens_to: ClassVar[tuple[type[Event], ...]] = ()
    invalid: ClassVar[tuple[Invalid, ...]] = ()
    valid: ClassVar[tuple[Valid, ...]] = ()

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Yield what is worth saying about ``event``, an instance of one of ``listens_to``.

        ``program`` is all that was seen in the module, for rules that must look at more than one event.
        """
        raise NotImplementedError

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the documentation."""
        return cls.documentation().partition("\n")[0]

    @classmethod
    def documentation(cls) -> str:
        """Return the whole documentation as Markdown."""
        return inspect.cleandoc(cls.__doc__ or "")
