"""Rules about axis arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.interpreter.events import Conflicted, Event
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.shapes.conflicts import AxisConflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


class AxisOutOfRange(Rule):
    """Axis that the tensor does not have.

    ## What it does

    Reports an `axis` argument (of reductions, `expand_dims`, `concat`, `stack`, `gather`, `softmax` and others) that is
    certainly outside of the tensor's axes.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError`. Often an earlier reduction or squeeze removed the axis that is meant.

    ## Known limits

    Tensors of unknown rank and axes that are not constants are never reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/math/reduce_sum>
    """

    code = "TFG105"
    name = "axis-out-of-range"
    raises = True
    listens_to = (Conflicted,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = tf.reduce_sum(x, axis=2)  # <- TFG105
        """),
        Invalid("""
            import tensorflow as tf

            def column_sums(x):
                total = tf.reduce_sum(x)
                return tf.expand_dims(total, axis=1)  # <- TFG105

            y = column_sums(tf.ones([4, 3]))
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
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report axis arguments out of range."""
        assert isinstance(event, Conflicted)
        conflict = event.conflict
        if not isinstance(conflict, AxisConflict) or conflict.shape.rank is None:
            return
        rank = conflict.shape.rank + conflict.extra
        allowed = f"{-rank} to {rank - 1}" if rank else "none"
        yield Claim(
            event.site,
            f"`{wording.shown(event.site, event.operation)}` has {conflict.parameter} {conflict.axis}, "
            f"but {conflict.shape} has rank {conflict.shape.rank} (allowed: {allowed})",
            wording.labels(event.site, event.operation, event.operands[:1]),
            wording.trace(event.site, *(value for _, value in event.operands[:1])),
        )
