"""Which variables a value lists: those of which model, or which variables one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.domain.values import VARIABLE_LISTS, Node, Tensor, Unknown, Value, Weights
from tfgrad_lint.interpreter.syntax import code
from tfgrad_lint.interpreter.tapes import leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

# Lists that leave out what no gradient is taken for, such as the moving averages of a batch normalisation.
_TRAINABLE: Final = frozenset({"trainable_variables", "trainable_weights"})


@dataclass(frozen=True)
class OfModel:
    """The variables of one object, such as ``model.trainable_variables``.

    ``owner`` is the step that made the object, ``owners`` those of all that it is made of, where they are known;
    ``name`` is what the program calls it; ``is_known`` tells whether it was seen how it was made.
    """

    owner: Node
    owners: frozenset[Node]
    trainable: bool
    name: str
    is_known: bool

    def is_apart(self, other: OfModel) -> bool:
        """Tell whether the two are certainly the variables of different objects, neither part of the other."""
        if self.owner is other.owner or self.owners & other.owners:
            return False
        if _last(self.name) == _last(other.name) and not (self.is_known and other.is_known):
            # A global `critic` may well be the `self.critic` that a class was given.
            return False
        return not _comes_from(self.owner, other.owner) and not _comes_from(other.owner, self.owner)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def of_model(value: Value) -> OfModel | None:
    """Return the model whose variables a value lists, as ``generator.trainable_variables`` does.

    None where that is not certain: of ``models[0].variables`` nobody knows which model it is.
    """
    if not isinstance(value, Unknown) or value.node.what not in VARIABLE_LISTS or not value.node.inputs:
        return None
    written = value.node.site.node if value.node.site is not None else None
    if not isinstance(written, cst.Attribute) or not _is_chain(written.value):
        return None
    owners = value.owners if isinstance(value, Weights) else frozenset({value.node.inputs[0]})
    return OfModel(
        value.node.inputs[0], owners, value.node.what in _TRAINABLE, code(written.value), isinstance(value, Weights)
    )


def variables_of(value: Value) -> Sequence[Tensor] | None:
    """Return the variables in a list of which each is known, None if one is not."""
    found = [each for each in leaves(value) if isinstance(each, Tensor) and each.kind == "variable"]
    return found if found and len(found) == len(list(leaves(value))) else None


def _is_chain(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def _comes_from(node: Node, other: Node) -> bool:
    """Tell whether ``other`` is among the steps that ``node`` was made from."""
    pending, found = [node], {node}
    while pending:
        for before in pending.pop().inputs:
            if before is other:
                return True
            if before not in found:
                found.add(before)
                pending.append(before)
    return False
