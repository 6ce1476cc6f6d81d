"""Rules about elementwise operations on shapes that do not broadcast."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import BroadcastConflict

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted


class BroadcastMismatch(ConflictRule):
    """Elementwise operation on shapes that do not broadcast.

    ## What it does

    Reports `+ - * / **`, comparisons, `tf.where`, `tf.maximum` and every other elementwise function whose operands have
    aligned axes of different sizes, neither of which is 1.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError` (`Incompatible shapes`). Axes are aligned from the last one, which is
    often not the pair that is meant.

    ## Known limits

    Sizes that are not known are taken to fit.

    ## References

    - <https://numpy.org/doc/stable/user/basics.broadcasting.html>
    """

    code = "TFG102"
    name = "broadcast-mismatch"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            row_means = tf.reduce_mean(x, axis=1)
            centred = x - row_means  # <- TFG102
        """),
        Invalid("""
            import tensorflow as tf

            def shift(x, by):
                return x + by  # <- TFG102

            y = shift(tf.ones([4, 3]), tf.ones([2]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            row_means = tf.reduce_mean(x, axis=1, keepdims=True)
            centred = x - row_means
            shifted = x + tf.ones([3])
        """),
        Valid("""
            import tensorflow as tf

            try:
                tf.ones([4, 3]) + tf.ones([2])
            except tf.errors.InvalidArgumentError:
                print("as expected")
        """),
        Valid("""
            import tensorflow as tf

            def shift(x, by):
                return x + by

            y = shift(tf.ones([4, 3]), tf.ones([3]))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say which axes do not fit."""
        found = super().describe(event)
        return (
            Mismatch(found.message, _keepdims_advice(event)) if isinstance(event.conflict, BroadcastConflict) else found
        )


def _keepdims_advice(event: Conflicted) -> str | None:
    """Suggest keepdims where one operand is a reduction of the other."""
    values = [value for _, value in event.operands]
    for reduced, whole in ((values[:1], values[1:2]), (values[1:2], values[:1])):
        if reduced and whole and "reduce_" in reduced[0].node.what and whole[0].node in reduced[0].node.inputs:
            return (
                f"reduce with keepdims=True in `{wording.text(reduced[0].node.site.node)}`"
                if (reduced[0].node.site is not None)
                else None
            )
    return None
