"""The fix that transposes matrices instead of all axes of a stack of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.findings import Applicability
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.repairs.tensorflow_calls import other_function
from tfgrad_lint.rules.lineage import is_transpose_of_all_axes

if TYPE_CHECKING:
    from tfgrad_lint.domain.values import Tensor
    from tfgrad_lint.interpreter.program import Program


def matrix_transpose(stack: Tensor, program: Program, path: str) -> Repair | None:
    """Swap the last two axes where ``tf.transpose`` without ``perm`` made ``stack`` in the module at ``path``."""
    site = stack.node.site
    if not is_transpose_of_all_axes(stack.node) or site is None or site.path != path:
        return None
    if not isinstance(site.node, cst.Call) or len(site.node.args) != 1:
        return None
    changes = other_function(program, path, site.node, "linalg.matrix_transpose")
    return Repair(Applicability.UNSAFE, "swap the last two axes only", changes) if changes is not None else None
