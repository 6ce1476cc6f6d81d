"""Rules about changes of shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.interpreter.events import Conflicted, Event
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.shapes.conflicts import ReshapeConflict
from tfgrad_lint.shapes.dims import product
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


class ReshapeSize(Rule):
    """Reshape to a different number of elements.

    ## What it does

    Reports `tf.reshape` (and `x.reshape` of NumPy) where the new shape certainly can't hold the elements of the old
    one, and where more than one axis is -1.

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
    raises = True
    listens_to = (Conflicted,)

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

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report conflicts of reshapes."""
        assert isinstance(event, Conflicted)
        conflict = event.conflict
        if not isinstance(conflict, ReshapeConflict):
            return
        old, new = conflict.shape, Shape(conflict.target)
        if sum(dim == -1 for dim in conflict.target) > 1:
            message, advice = f"has more than one -1 in {new}", "give all sizes but one"
        elif -1 in conflict.target:
            rest = product(dim for dim in conflict.target if dim != -1)
            message = f"can't give {old} ({old.size!r} elements) the shape {new}: {rest!r} does not divide {old.size!r}"
            advice = None
        else:
            message = f"can't give {old} ({old.size!r} elements) the shape {new} ({new.size!r} elements)"
            advice = None
        yield Claim(
            event.site,
            f"`{wording.shown(event.site, event.operation)}` {message}",
            wording.labels(event.site, event.operation, event.operands[:1]),
            wording.trace(event.site, *(value for _, value in event.operands[:1])),
            help=advice,
        )
