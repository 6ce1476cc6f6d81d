"""Rules about matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.findings import Applicability
from tfgrad_lint.repairs.changes import with_argument
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.repairs.tensorflow_calls import other_function, wrapped_in_call
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.lineage import is_transpose_of_all_axes
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.rules.transposing import matrix_transpose
from tfgrad_lint.shapes.conflicts import (
    BroadcastConflict,
    ContractionConflict,
    LengthConflict,
    RankConflict,
    SquareConflict,
)

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted
    from tfgrad_lint.interpreter.program import Program

_ORDINALS: Final = ("first", "second")


class MatmulMismatch(ConflictRule):
    """Matrix product of shapes that do not fit.

    ## What it does

    Reports `tf.matmul`, `@`, `tf.linalg.matvec`, `tf.tensordot`, `tf.linalg.solve` and their relatives where the
    contracted axes certainly have different sizes, where an operand has too few axes, where the batch axes do not
    broadcast, or where a matrix is not square that must be.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError` when the line runs; inside a `tf.function` the message names a graph node
    instead of the line. Often the transpose is missing, or a vector is given where a column is meant.

    ## Known limits

    Operands whose shape is not known are never reported.

    ## Fix

    Transposes the operand that fits the other one when transposed, if only one does; calls `tf.linalg.matvec` for a
    matrix and a vector, and `tf.linalg.matrix_transpose` where `tf.transpose` reversed the axes of a stack. Unsafe, as
    fitting is not meaning.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/linalg/matmul>
    """

    code = "TFG101"
    name = "matmul-mismatch"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            w = tf.Variable(tf.random.normal([4, 2]))
            y = tf.matmul(x, w)  # <- TFG101
        """),
        Invalid("""
            import tensorflow as tf

            def project(x, w):
                return x @ w  # <- TFG101

            y = project(tf.ones([4, 3]), tf.ones([5, 2]))
        """),
        Invalid("""
            import tensorflow as tf

            y = tf.tensordot(tf.ones([4, 3]), tf.ones([4, 2]), axes=[[1], [0]])  # <- TFG101
        """),
        Invalid("""
            import tensorflow as tf

            queries = tf.ones([8, 5, 16])
            scores = tf.matmul(queries, tf.transpose(tf.ones([8, 7, 16])))  # <- TFG101
        """),
        Invalid("""
            import tensorflow as tf

            m = tf.ones([2, 2])
            y = tf.matmul(m, tf.reduce_sum(m, axis=0))  # <- TFG101
            adjacency = tf.sparse.from_dense(m)
            z = tf.sparse.sparse_dense_matmul(adjacency, tf.ones([3, 2]))  # <- TFG101
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            w = tf.Variable(tf.random.normal([2, 3]))
            y = tf.matmul(x, w, transpose_b=True)
        """),
        Valid("""
            import tensorflow as tf

            def project(x, w):
                if x.shape[-1] != w.shape[0]:
                    w = tf.transpose(w)
                return x @ w

            y = project(tf.ones([4, 3]), tf.ones([2, 3]))
        """),
        Valid("""
            import tensorflow as tf

            x = tf.ones([7, 4, 3])
            y = tf.matmul(x, tf.ones([3, 2]))
        """),
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            w = tf.Variable(tf.random.normal([3, 2]))
            y = tf.matmul(x, w)
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say which axes do not fit."""
        conflict = event.conflict
        if isinstance(conflict, ContractionConflict):
            return Mismatch(
                f"contracts {conflict.left} with {conflict.right}: "
                f"axis {conflict.left_axis} has size {conflict.left_dim}, axis {conflict.right_axis} has size "
                f"{conflict.right_dim}",
                _reversal_advice(event) or _transpose_advice(conflict),
            )
        if isinstance(conflict, BroadcastConflict):
            message = f"has batch axes {conflict.left} and {conflict.right} that do not broadcast"
            return Mismatch(message, _reversal_advice(event))
        if isinstance(conflict, SquareConflict):
            return Mismatch(f"needs square matrices, but `{conflict.parameter}` has shape {conflict.shape}")
        if isinstance(conflict, RankConflict):
            return _rank_mismatch(conflict)
        if isinstance(conflict, LengthConflict):
            return Mismatch(f"contracts {conflict.expected} axes of one operand with {conflict.length} of the other")
        return super().describe(event)

    def repair(self, event: Conflicted, program: Program) -> Repair | None:
        """Transpose the operand which then fits, or multiply with the vector that one operand is."""
        for _, value in event.operands:
            repair = matrix_transpose(value, program, event.site.path)
            if repair is not None:
                return repair
        if isinstance(event.conflict, ContractionConflict):
            return _transposed(event, event.conflict, program)
        if isinstance(event.conflict, RankConflict) and event.operation == "tf.matmul":
            return _times_vector(event, program)
        return None


def _transposed(event: Conflicted, conflict: ContractionConflict, program: Program) -> Repair | None:
    """Transpose one operand of ``tf.matmul`` or ``@``, where exactly one of the two then fits the other."""
    which = _operand_to_transpose(conflict)
    if which is None or len(event.operands) != 2:
        return None
    node, message = event.site.node, f"transpose the {_ORDINALS[which]} operand"
    if isinstance(node, cst.Call) and event.operation == "tf.matmul":
        given = {argument.keyword.value for argument in node.args if argument.keyword is not None}
        if len(node.args) - len(given) > 2 or given - {"a", "b", "name"}:
            return None
        change = with_argument(node, 2 + which, ("transpose_a", "transpose_b")[which], "True")
        return Repair(Applicability.UNSAFE, message, (change,)) if change is not None else None
    operand = list(wording.operand_nodes(event.site, event.operation).values())[which : which + 1]
    if not isinstance(node, cst.BinaryOperation) or not operand or event.operands[which][1].shape.rank != 2:
        return None
    changes = wrapped_in_call(program, event.site.path, operand[0], "transpose", "")
    return Repair(Applicability.UNSAFE, message, changes) if changes is not None else None


def _times_vector(event: Conflicted, program: Program) -> Repair | None:
    """Call ``tf.linalg.matvec`` where the second operand of ``tf.matmul`` is a vector as long as the matrix is wide."""
    node, shapes = event.site.node, [value.shape.dims for _, value in event.operands]
    if not isinstance(node, cst.Call) or len(shapes) != 2 or len(node.args) != 2:
        return None
    matrix, vector = shapes
    if matrix is None or vector is None or len(matrix) < 2 or len(vector) != 1 or matrix[-1] != vector[0]:
        return None
    changes = other_function(program, event.site.path, node, "linalg.matvec")
    return Repair(Applicability.UNSAFE, "multiply with the vector", changes) if changes is not None else None


def _rank_mismatch(conflict: RankConflict) -> Mismatch:
    return Mismatch(
        f"takes tensors of rank {conflict.expected}, but `{conflict.parameter}` has shape {conflict.shape}",
        "make the vector a column with tf.expand_dims(v, axis=1), or use tf.linalg.matvec"
        if conflict.shape.rank == 1
        else None,
    )


def _reversal_advice(event: Conflicted) -> str | None:
    """Name the function that is meant where a stack of matrices was transposed with all its axes."""
    if not any(is_transpose_of_all_axes(value.node) for _, value in event.operands):
        return None
    return "tf.transpose reversed all axes: tf.linalg.matrix_transpose swaps the last two"


def _transpose_advice(conflict: ContractionConflict) -> str | None:
    """Suggest the transpose that makes the shapes fit."""
    which = _operand_to_transpose(conflict)
    return f"transposing the {_ORDINALS[which]} operand makes the shapes fit" if which is not None else None


def _operand_to_transpose(conflict: ContractionConflict) -> int | None:
    """Return which operand, 0 or 1, fits the other one when transposed, if exactly one does."""
    left, right = conflict.left.dims, conflict.right.dims
    if left is None or right is None or len(left) < 2 or len(right) < 2:
        return None
    other_left, other_right = left[-3 - conflict.left_axis], right[-3 - conflict.right_axis]
    fits_left = other_left == conflict.right_dim
    fits_right = other_right == conflict.left_dim
    if fits_left == fits_right:
        return None
    return 0 if fits_left else 1
