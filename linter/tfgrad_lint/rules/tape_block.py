"""The ``with`` block of a tape, as fixes need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.domain.objects import Tape
from tfgrad_lint.interpreter.syntax import parents
from tfgrad_lint.repairs.changes import function_of

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import GradientTaken


@dataclass(frozen=True)
class TapeBlock:
    """The statement, its indented body, and the name that it gives the tape."""

    statement: cst.With
    body: cst.IndentedBlock
    tape: str


def tape_block(event: GradientTaken, tree: cst.Module) -> TapeBlock | None:
    """Return the block of the asked tape, if it is made in a ``with`` statement of the function that asks it."""
    made = event.tape.node.site if isinstance(event.tape, Tape) else None
    item = parents(tree).get(made.node) if made is not None else None
    statement = parents(tree).get(item) if isinstance(item, cst.WithItem) else None
    if not isinstance(item, cst.WithItem) or not isinstance(statement, cst.With):
        return None
    name = item.asname.name if item.asname is not None else None
    if not isinstance(name, cst.Name) or not isinstance(statement.body, cst.IndentedBlock):
        return None
    if function_of(tree, statement) is not function_of(tree, event.site.node):
        return None
    return TapeBlock(statement, statement.body, name.value)
