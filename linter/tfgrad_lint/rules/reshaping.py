"""Rules about changes of shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import RankConflict, ReshapeConflict
from tfgrad_lint.shapes.dims import equal, product
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted

# Last parts of the names of functions that state a shape and change nothing.
_ASSERTIONS: Final = frozenset({"set_shape", "ensure_shape", "merge_with"})


class ReshapeSize(ConflictRule):
    """Reshape to a different number of elements.

    ## What it does

    Reports `tf.reshape` (and `x.reshape` of NumPy) where the new shape certainly can't hold the elements of the old
    one, and where more than one axis is -1. `x.set_shape` and `tf.ensure_shape` are reported where they state a shape
    that the tensor certainly does not have.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError`. Often the sizes were those of another layer, or the batch axis was left
    out.

    ## Known limits

    If any size on either side is not known, nothing is reported, unless the known sizes alone decide.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/reshape>
    """

    code = "TFG103"
    name = "reshape-size"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.zeros([28, 28])
            y = tf.reshape(x, [1, 748])  # <- TFG103
        """),
        Invalid("""
            import tensorflow as tf

            def flatten(images):
                return tf.reshape(images, [-1, 3 * 3])  # <- TFG103

            flat = flatten(tf.ones([5, 4, 4]))
        """),
        Invalid("""
            import tensorflow as tf

            image = tf.ensure_shape(tf.ones([784, 1]), [28, 28])  # <- TFG103
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.zeros([28, 28])
            y = tf.reshape(x, [1, 784])
            z = tf.reshape(x, [-1, 7])
        """),
        Valid("""
            import tensorflow as tf

            def split_heads(x, heads):
                batch, time, width = x.shape
                return tf.reshape(x, [batch, time, heads, width // heads])

            y = split_heads(tf.ones([2, 5, 12]), 4)
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say how many elements there are and how many the new shape holds."""
        conflict = event.conflict
        if isinstance(conflict, RankConflict):
            return Mismatch(f"asks for rank {conflict.expected}, but the tensor has shape {conflict.shape}")
        if not isinstance(conflict, ReshapeConflict):
            return super().describe(event)
        old, new = conflict.shape, Shape(conflict.target)
        if event.operation.rpartition(".")[2] in _ASSERTIONS:
            return Mismatch(
                f"says that the shape is {new}, but it is {old}",
                "tf.reshape changes a shape, this only states it" if equal(old.size, new.size) else None,
            )
        if any(isinstance(dim, int) and dim < -1 for dim in conflict.target):
            return Mismatch(f"has a negative size in {new}")
        if sum(dim == -1 for dim in conflict.target) > 1:
            return Mismatch(f"has more than one -1 in {new}", "give all sizes but one")
        if -1 in conflict.target:
            rest = product(dim for dim in conflict.target if dim != -1)
            return Mismatch(
                f"can't give {old} ({old.size!r} elements) the shape {new}: {rest!r} does not divide {old.size!r}"
            )
        return Mismatch(f"can't give {old} ({old.size!r} elements) the shape {new} ({new.size!r} elements)")
