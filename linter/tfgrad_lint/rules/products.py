"""Rules about matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from tfgrad_lint.interpreter.events import Conflicted, Event
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.shapes.conflicts import BroadcastConflict, ContractionConflict, RankConflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.interpreter.values import Tensor

# Last parts of the canonical names of functions that contract axes.
_PRODUCTS: Final = frozenset({"matmul", "matvec", "tensordot", "dot", "vdot", "inner", "solve", "triangular_solve"})


class MatmulMismatch(Rule):
    """Matrix product of shapes that do not fit.

    ## What it does

    Reports `tf.matmul`, `@`, `tf.linalg.matvec`, `tf.tensordot` and their relatives where the contracted axes certainly
    have different sizes, where an operand has too few axes, or where the batch axes do not broadcast.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError` when the line runs; inside a `tf.function` the message names a graph node
    instead of the line. Often the transpose is missing, or a vector is given where a column is meant.

    ## Known limits

    Operands whose shape is not known are never reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/linalg/matmul>
    """

    code = "TFG101"
    name = "matmul-mismatch"
    raises = True
    listens_to = (Conflicted,)

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

            m = tf.ones([2, 2])
            y = tf.matmul(m, tf.reduce_sum(m, axis=0))  # <- TFG101
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
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report conflicts of matrix products."""
        assert isinstance(event, Conflicted)
        if not is_product(event.operation):
            return
        conflict, operands = event.conflict, event.operands
        message, advice = "", None
        if isinstance(conflict, ContractionConflict):
            message = (
                f"contracts {conflict.left} with {conflict.right}: "
                f"axis {conflict.left_axis} has size {conflict.left_dim}, axis {conflict.right_axis} has size "
                f"{conflict.right_dim}"
            )
            advice = _transpose_advice(conflict)
        elif isinstance(conflict, RankConflict):
            message = (
                f"takes tensors of rank {conflict.expected}, but `{conflict.parameter}` has shape {conflict.shape}"
            )
            if conflict.shape.rank == 1:
                advice = "make the vector a column with tf.expand_dims(v, axis=1), or use tf.linalg.matvec"
        elif isinstance(conflict, BroadcastConflict):
            message = f"has batch axes {conflict.left} and {conflict.right} that do not broadcast"
        if message:
            yield _claim(event, f"`{wording.shown(event.site, event.operation)}` {message}", operands, advice)


def is_product(operation: str) -> bool:
    """Tell whether the function with the canonical name ``operation`` contracts axes."""
    return operation.rpartition(".")[2] in _PRODUCTS


def _transpose_advice(conflict: ContractionConflict) -> str | None:
    """Suggest the transpose that makes the shapes fit, if exactly one does."""
    left, right = conflict.left.dims, conflict.right.dims
    if left is None or right is None or len(left) < 2 or len(right) < 2:
        return None
    other_left, other_right = left[-3 - conflict.left_axis], right[-3 - conflict.right_axis]
    fits_left = other_left == conflict.right_dim
    fits_right = other_right == conflict.left_dim
    if fits_left == fits_right:
        return None
    which = "first" if fits_left else "second"
    return f"transposing the {which} operand makes the shapes fit"


def _claim(event: Conflicted, message: str, operands: tuple[tuple[str, Tensor], ...], advice: str | None) -> Claim:
    tensors = [value for _, value in operands]
    return Claim(
        event.site,
        message,
        wording.labels(event.site, event.operation, operands),
        wording.trace(event.site, *tensors),
        help=advice,
    )
