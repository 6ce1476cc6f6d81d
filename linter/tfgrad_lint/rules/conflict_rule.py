"""The base of the rules that say that an operation certainly raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from tfgrad_lint.domain.events import Conflicted, Event
from tfgrad_lint.interpreter.syntax import parents
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Rule
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.mismatch import Mismatch, mismatch
from tfgrad_lint.rules.ownership import owner
from tfgrad_lint.shapes.conflicts import IndexConflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Site
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.repairs.repair import Repair


class ConflictRule(Rule):
    """Base class: reports the conflicts that :func:`tfgrad_lint.rules.ownership.owner` gives to its code."""

    raises = True
    listens_to = (Conflicted,)

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report the conflict with its operands and where their shapes came from."""
        assert isinstance(event, Conflicted)
        if owner(type(event.conflict), event.operation) != self.code or _may_be_pruned(event, program):
            return
        found = self.describe(event)
        if event.caller is not None:
            yield _inside(event, event.caller, found)
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` {found.message}",
            self.labels(event),
            wording.trace(event.site, *(value for _, value in event.operands)),
            help=found.help,
            fix=self.repair(event, program),
        )

    def repair(self, event: Conflicted, program: Program) -> Repair | None:
        """Return the fix, None where there is none."""
        return None

    def labels(self, event: Conflicted) -> tuple[tuple[Any, str], ...]:
        """Label the operands that are written out with their shapes."""
        return wording.labels(event.site, event.operation, event.operands)

    def describe(self, event: Conflicted) -> Mismatch:
        """Say in words what does not fit."""
        return mismatch(event.conflict)


def _may_be_pruned(event: Conflicted, program: Program) -> bool:
    """Tell whether an index is wrong in a statement that nothing reads: graphs do not run it, so nothing raises."""
    if not isinstance(event.conflict, IndexConflict):
        return False
    return isinstance(parents(program.trees[event.site.path]).get(event.site.node), cst.Expr)


def _inside(event: Conflicted, caller: Site, found: Mismatch) -> Claim:
    """Report at the call what happens in the file that defines what is called."""
    operation = wording.shown(event.site)
    steps = wording.trace(event.site, *(value for _, value in event.operands))
    message = f"`{wording.shown(caller)}` runs `{operation}`, which {found.message}"
    return Claim(caller, message, trace=(*steps, (event.site, f"`{operation}` is run here")), help=found.help)
