"""Rules about assignment to variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import AssignConflict

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted


class AssignMismatch(ConflictRule):
    """Value assigned to a variable of another shape.

    ## What it does

    Reports `assign`, `assign_add` and `assign_sub` of a value whose shape certainly differs from the variable's,
    `tf.Variable(value, shape=...)` where the two differ, and values fed to a placeholder of another shape.

    ## Why it is bad

    TensorFlow raises `ValueError`: assignments do not broadcast. Often the update kept an axis of size 1, or the
    mean over the batch is missing.

    ## Known limits

    Variables made with `shape=tf.TensorShape(None)` take every shape.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/Variable#assign>
    """

    code = "TFG112"
    name = "assign-mismatch"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable(tf.zeros([3]))
            w.assign(tf.ones([1, 3]))  # <- TFG112
        """),
        Invalid("""
            import tensorflow as tf

            class Mean(tf.Module):
                def __init__(self):
                    self.total = tf.Variable(tf.zeros([]))

                def update(self, losses):
                    self.total.assign_add(losses)  # <- TFG112

            def run(metric):
                metric.update(tf.ones([8]))

            run(Mean())
        """),
        Invalid("""
            import numpy as np
            import tensorflow.compat.v1 as tf

            with tf.Graph().as_default(), tf.Session() as session:
                images = tf.placeholder(tf.float32, [None, 28, 28, 1])
                mean = tf.reduce_mean(images)
                session.run(mean, {images: np.ones([8, 28, 28])})  # <- TFG112
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable(tf.zeros([3]))
            w.assign([1.0, 2.0, 3.0])
            w.assign_sub(0.1 * w)
        """),
        Valid("""
            import tensorflow as tf

            free = tf.Variable(tf.zeros([1, 3]), shape=[None, 3])
            free.assign(tf.zeros([5, 3]))
        """),
        Valid("""
            import numpy as np
            import tensorflow.compat.v1 as tf

            with tf.Graph().as_default(), tf.Session() as session:
                images = tf.placeholder(tf.float32, [None, 28, 28, 1])
                mean = tf.reduce_mean(images)
                session.run(mean, {images: np.ones([8, 28, 28, 1])})
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say both shapes."""
        conflict = event.conflict
        if not isinstance(conflict, AssignConflict):
            return super().describe(event)
        if event.operation.endswith("feed_dict"):
            return Mismatch(f"feeds a value of shape {conflict.value} to a placeholder of shape {conflict.variable}")
        return Mismatch(f"assigns a value of shape {conflict.value} to a variable of shape {conflict.variable}")
