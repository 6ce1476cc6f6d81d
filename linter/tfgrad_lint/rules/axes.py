"""Rules about axis arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import AxisConflict, RepeatedAxisConflict

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted


class AxisOutOfRange(ConflictRule):
    """Axis that the tensor does not have.

    ## What it does

    Reports an `axis` argument (of reductions, `expand_dims`, `concat`, `stack`, `gather`, `softmax` and others) that is
    certainly outside of the tensor's axes, one that names an axis twice, and functions that work along an axis given a
    tensor without any.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError`. Often an earlier reduction or squeeze removed the axis that is meant.

    ## Known limits

    Tensors of unknown rank and axes that are not constants are never reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/math/reduce_sum>
    """

    code = "TFG105"
    name = "axis-out-of-range"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = tf.reduce_sum(x, axis=2)  # <- TFG105
        """),
        Invalid("""
            import tensorflow as tf

            def total(x):
                return tf.reduce_sum(x)

            def as_column(x):
                return tf.expand_dims(x, axis=1)  # <- TFG105

            y = as_column(total(tf.ones([4, 3])))
        """),
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            total = tf.reduce_sum(x, axis=[1, -1])  # <- TFG105
            best = tf.argmax(tf.reduce_sum(x))  # <- TFG105
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = tf.reduce_sum(x, axis=-2)
            z = tf.expand_dims(y, axis=1)
        """),
        Valid("""
            import tensorflow as tf

            def column_sums(x):
                if x.shape.rank == 2:
                    x = x[tf.newaxis]
                return tf.reduce_sum(x, axis=2)

            y = column_sums(tf.ones([4, 3]))
        """),
        Valid("""
            import tensorflow as tf

            def total(x):
                return tf.reduce_sum(x, axis=1)

            def as_column(x):
                return tf.expand_dims(x, axis=1)

            y = as_column(total(tf.ones([4, 3])))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say which axes there are."""
        conflict = event.conflict
        if isinstance(conflict, RepeatedAxisConflict):
            return Mismatch(f"names axis {conflict.axis} of {conflict.shape} twice in {conflict.parameter}")
        if not isinstance(conflict, AxisConflict):
            return super().describe(event)
        rank = (conflict.shape.rank or 0) + conflict.extra
        allowed = f"{-rank} to {rank - 1}" if rank else "none"
        return Mismatch(
            f"has {conflict.parameter} {conflict.axis}, "
            f"but {conflict.shape} has rank {conflict.shape.rank} (allowed: {allowed})"
        )
