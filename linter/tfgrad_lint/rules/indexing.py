"""Rules about picking entries: subscripts, masks, gathering and segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import IndexConflict, MaskConflict

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted


class IndexOutOfRange(ConflictRule):
    """Index beyond an axis, or more indices than axes.

    ## What it does

    Reports subscripts of tensors, arrays and shapes with a constant index outside of the axis, with more indices
    than there are axes, and boolean masks whose shape differs from that of the axes they select from.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError` or `IndexError` (slices beyond the end do not raise, and are not
    reported). Often a squeeze or a reduction removed the axis before.

    ## Known limits

    Indices that are not constants are never reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/Tensor#__getitem__>
    - <https://www.tensorflow.org/api_docs/python/tf/boolean_mask>
    """

    code = "TFG109"
    name = "index-out-of-range"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = x[:, 3]  # <- TFG109
        """),
        Invalid("""
            import tensorflow as tf

            def last_step(hidden):
                return hidden[:, -1, :]  # <- TFG109

            y = last_step(tf.ones([8, 16]))
        """),
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = x[tf.constant([True, False, True])]  # <- TFG109
            width = x.shape[2]  # <- TFG109
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = x[:, -3]
            z = x[1:9, 2]
            w = x[..., tf.newaxis, 0]
            v = x[tf.constant([True, False, True, True])]
        """),
        Valid("""
            import tensorflow as tf

            def last_step(hidden):
                if hidden.shape.rank == 2:
                    return hidden
                return hidden[:, -1, :]

            y = last_step(tf.ones([8, 16]))
        """),
        Valid("""
            import tensorflow as tf

            def last_step(hidden):
                return hidden[:, -1, :]

            y = last_step(tf.ones([8, 5, 16]))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say what is out of range."""
        conflict = event.conflict
        if isinstance(conflict, IndexConflict) and not event.operands:
            # An entry of a shape, not of a tensor.
            return Mismatch(f"takes entry {conflict.index} of a shape that has {conflict.shape.size!r}")
        if isinstance(conflict, MaskConflict):
            return Mismatch(
                f"selects from {conflict.shape} with a mask of shape {conflict.mask}: "
                f"the sizes from axis {conflict.axis} on must be those of the mask"
            )
        return super().describe(event)


class GatherArgument(ConflictRule):
    """Arguments of gather, scatter, segment or top_k functions that do not fit each other.

    ## What it does

    Reports `tf.gather`, `tf.gather_nd`, scatter updates, segment reductions, `tf.searchsorted`, `tf.math.top_k` and
    their relatives where sizes that must agree certainly differ, where an index names more axes than there are, and
    where an argument has the wrong rank.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError`.

    ## Known limits

    Only constant indices are compared with sizes.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/gather>
    - <https://www.tensorflow.org/api_docs/python/tf/gather_nd>
    - <https://www.tensorflow.org/api_docs/python/tf/math/segment_sum>
    - <https://www.tensorflow.org/api_docs/python/tf/tensor_scatter_nd_update>
    """

    code = "TFG119"
    name = "gather-argument"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            ids = tf.constant([0, 0, 1])
            sums = tf.math.segment_sum(x, ids)  # <- TFG119
        """),
        Invalid("""
            import tensorflow as tf

            def pick(q_values, actions):
                return tf.gather_nd(q_values, actions, batch_dims=1)  # <- TFG119

            q = pick(tf.ones([8, 4]), tf.zeros([6, 1], tf.int32))
        """),
        Invalid("""
            import tensorflow as tf

            best, where = tf.math.top_k(tf.ones([8, 4]), k=5)  # <- TFG119
            third = tf.gather(tf.ones([2, 4]), 2)  # <- TFG119
        """),
        Invalid("""
            import tensorflow as tf

            words = tf.Variable(tf.random.normal([3, 8]))
            first_and_last = tf.gather(words, [0, 3])  # <- TFG119
            marked = tf.nn.embedding_lookup(words, tf.constant([0, -1]))  # <- TFG119
        """),
        Invalid("""
            import tensorflow as tf

            x = tf.ones([3, 2])
            sums = tf.math.segment_sum(x, tf.constant([1, 0, 1]))  # <- TFG119
            others = tf.math.unsorted_segment_sum(x, tf.constant([1, 0, 2]), num_segments=2)  # <- TFG119
        """),
        Invalid("""
            import tensorflow as tf

            def corners(image, places):
                return tf.gather_nd(image, places)  # <- TFG119

            values = corners(tf.ones([4, 3]), [[0, 0], [3, 3]])
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            ids = tf.constant([0, 0, 1, 1])
            sums = tf.math.segment_sum(x, ids)
            others = tf.math.unsorted_segment_sum(x, tf.constant([1, 0, 1, -1]), 2)
            corners = tf.gather_nd(x, [[0, 0], [3, 2]])
            rows = tf.gather(x, [3, 0])
            words = tf.nn.embedding_lookup(x, tf.constant([[3, 0], [1, 2]]))
        """),
        Valid("""
            import tensorflow as tf

            def pick(q_values, actions):
                return tf.gather_nd(q_values, actions, batch_dims=1)

            q = pick(tf.ones([8, 4]), tf.zeros([8, 1], tf.int32))
        """),
        Valid("""
            import tensorflow as tf

            @tf.function
            def first(x):
                tf.gather(x, [1])
                return x[0]

            y = first(tf.ones([1]))
        """),
    )
