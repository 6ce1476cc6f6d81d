"""The fix that makes a constant floating whose integers are written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.findings import Applicability
from tfgrad_lint.interpreter.syntax import walk
from tfgrad_lint.repairs.changes import replaced
from tfgrad_lint.repairs.repair import Repair

if TYPE_CHECKING:
    from tfgrad_lint.domain.values import Site

_MAKERS = frozenset({"constant", "Variable", "convert_to_tensor"})


def floating_literal(made: Site | None, path: str) -> Repair | None:
    """Write ``10.0`` for ``10`` in the call at ``made`` that made a tensor in the module at ``path``.

    None where it has further arguments, such as the dtype, or anything but plain integers in lists.
    """
    if made is None or made.path != path or not isinstance(made.node, cst.Call) or len(made.node.args) != 1:
        return None
    call, value = made.node, made.node.args[0].value
    is_maker = isinstance(call.func, cst.Attribute) and call.func.attr.value in _MAKERS
    if not is_maker or not all(isinstance(node, _PARTS) for node in walk(value)):
        return None
    integers = [node for node in walk(value) if isinstance(node, cst.Integer)]
    if not integers or any(not node.value.isdecimal() for node in integers):
        return None
    changes = tuple(replaced(node, f"{node.value}.0") for node in integers)
    return Repair(Applicability.SAFE, "write the integers as floats", changes)


_PARTS = (cst.List, cst.Tuple, cst.Element, cst.Integer, cst.UnaryOperation, cst.Minus)
