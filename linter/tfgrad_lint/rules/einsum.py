"""Rules about Einstein summation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import EinsumConflict

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted


class EinsumMismatch(ConflictRule):
    """Einstein summation whose equation does not fit its operands.

    ## What it does

    Reports `tf.einsum` where an operand has another number of axes than its term has labels, where one label stands
    for axes of different sizes, where the output has a label that no operand has, and where the number of operands
    differs from the number of terms.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError` or `ValueError`.

    ## Known limits

    Equations that are not constant strings are never reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/einsum>
    """

    code = "TFG107"
    name = "einsum-mismatch"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            queries = tf.ones([8, 5, 16])
            keys = tf.ones([8, 7, 32])
            scores = tf.einsum("btd,bsd->bts", queries, keys)  # <- TFG107
        """),
        Invalid("""
            import tensorflow as tf

            def outer(a, b):
                return tf.einsum("bi,bj->bij", a, b)  # <- TFG107

            y = outer(tf.ones([4, 3]), tf.ones([5]))
        """),
        Invalid("""
            import tensorflow as tf

            y = tf.einsum("ij,jk->il", tf.ones([2, 3]), tf.ones([3, 4]))  # <- TFG107
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            queries = tf.ones([8, 5, 16])
            keys = tf.ones([8, 7, 16])
            scores = tf.einsum("btd,bsd->bts", queries, keys)
            scaled = tf.einsum("...ij,jk->...ik", queries, tf.ones([16, 4]))
        """),
        Valid("""
            import tensorflow as tf

            def outer(a, b):
                if b.shape.rank == 1:
                    return tf.einsum("bi,j->bij", a, b)
                return tf.einsum("bi,bj->bij", a, b)

            y = outer(tf.ones([4, 3]), tf.ones([5]))
        """),
        Valid("""
            import tensorflow as tf

            def outer(a, b):
                return tf.einsum("bi,j->bij", a, b)

            y = outer(tf.ones([4, 3]), tf.ones([5]))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say which label or operand does not fit."""
        conflict = event.conflict
        assert isinstance(conflict, EinsumConflict)
        equation = f'"{conflict.equation}"'
        if conflict.label is not None and conflict.sizes is not None and conflict.label.isalpha():
            sizes = f"{conflict.sizes[0]!r} and {conflict.sizes[1]!r}"
            return Mismatch(f"gives the label {conflict.label} of {equation} two sizes: {sizes}")
        if conflict.label is not None and conflict.sizes is None:
            return Mismatch(f"has the label {conflict.label} in the output of {equation}, but in no operand")
        if conflict.operand is not None:
            return Mismatch(f"does not fit operand {conflict.operand + 1} of {equation}: {conflict.reason}")
        return Mismatch(f"does not fit {equation}: {conflict.reason}")
