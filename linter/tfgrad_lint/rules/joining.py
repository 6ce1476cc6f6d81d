"""Rules about joining tensors and taking them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import CountConflict, JoinConflict, RankConflict, SplitConflict

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted
    from tfgrad_lint.shapes.dims import Dim


class JoinMismatch(ConflictRule):
    """Concatenation or stack of tensors that do not fit.

    ## What it does

    Reports `tf.concat`, `tf.stack` and lists made into one tensor (`tf.constant([row, other_row])`) where two of
    the tensors certainly differ in rank, or in the size of an axis other than the one they are joined along.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError` or `ValueError`. Often the axis is the wrong one, or `tf.stack` is
    meant where `tf.concat` is written.

    ## Known limits

    Tensors of unknown shape are taken to fit.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/concat>
    - <https://www.tensorflow.org/api_docs/python/tf/stack>
    """

    code = "TFG104"
    name = "join-mismatch"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            images = tf.ones([8, 28, 28])
            labels = tf.ones([8, 10])
            both = tf.concat([images, labels], axis=0)  # <- TFG104
        """),
        Invalid("""
            import tensorflow as tf

            def with_bias(x):
                return tf.concat([x, tf.ones([1, 1])], axis=1)  # <- TFG104

            y = with_bias(tf.ones([4, 3]))
        """),
        Invalid("""
            import tensorflow as tf

            rows = tf.stack([tf.ones([3]), tf.ones([4])])  # <- TFG104
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            left = tf.ones([4, 3])
            right = tf.ones([4, 5])
            both = tf.concat([left, right], axis=1)
            pair = tf.stack([left, left], axis=1)
        """),
        Valid("""
            import tensorflow as tf

            def with_bias(x):
                return tf.concat([x, tf.ones([x.shape[0], 1])], axis=1)

            y = with_bias(tf.ones([4, 3]))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say which two tensors differ, and in what."""
        conflict = event.conflict
        if isinstance(conflict, JoinConflict):
            return _join_mismatch(conflict)
        found = super().describe(event)
        is_scalar = isinstance(conflict, RankConflict) and conflict.shape.rank == 0
        return Mismatch(found.message, "tf.stack makes one tensor of scalars") if is_scalar else found


def _join_mismatch(conflict: JoinConflict) -> Mismatch:
    pair = f"can't join {conflict.first} with {conflict.other} along axis {conflict.axis}"
    first, other = conflict.first.dims, conflict.other.dims
    if first is None or other is None or len(first) != len(other) or conflict.mismatch is None:
        return Mismatch(f"{pair}: the ranks are {conflict.first.rank} and {conflict.other.rank}")
    place = conflict.mismatch
    message = f"{pair}: axis {place} has sizes {first[place]!r} and {other[place]!r}"
    return Mismatch(message, _axis_advice(first, other))


def _axis_advice(first: tuple[Dim, ...], other: tuple[Dim, ...]) -> str | None:
    """Name the one axis along which two tensors can be concatenated, None if there are none or several."""
    different = [axis for axis, pair in enumerate(zip(first, other, strict=True)) if pair[0] != pair[1]]
    return f"tf.concat fits along axis={different[0]}" if len(different) == 1 else None


class SplitCount(ConflictRule):
    """Split, unstack or unpacking into a number of parts that the axis does not give.

    ## What it does

    Reports `tf.split` into equal parts that do not divide the axis or into sizes that do not add up to it,
    `tf.unstack(num=...)` of another number than the axis has, and the unpacking of a tensor's rows, of a shape or
    of the parts of a split into too many or too few names.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError` or `ValueError`, Python's unpacking raises `ValueError`.

    ## Known limits

    Axes of unknown size are taken to fit.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/split>
    - <https://www.tensorflow.org/api_docs/python/tf/unstack>
    """

    code = "TFG114"
    name = "split-count"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 10])
            parts = tf.split(x, 3, axis=1)  # <- TFG114
        """),
        Invalid("""
            import tensorflow as tf

            def gates(x):
                return tf.split(x, [4, 4, 4], axis=1)  # <- TFG114

            i, f, o = gates(tf.ones([2, 10]))
        """),
        Invalid("""
            import tensorflow as tf

            images = tf.ones([8, 28, 28, 1])
            batch, height, width = images.shape  # <- TFG114
        """),
        Invalid("""
            import tensorflow as tf

            rows = tf.unstack(tf.ones([4, 3]), num=3)  # <- TFG114
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 10])
            a, b = tf.split(x, 2, axis=1)
            c, d = tf.split(x, [4, -1], axis=1)
            first, *others = tf.unstack(x)
        """),
        Valid("""
            import tensorflow as tf

            def gates(x):
                batch, width = x.shape
                return tf.split(x, [width // 2, width - width // 2], axis=1)

            i, f = gates(tf.ones([2, 11]))
        """),
        Valid("""
            import tensorflow as tf

            def gates(x):
                return tf.split(x, [4, 4, 2], axis=1)

            i, f, o = gates(tf.ones([2, 10]))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say how many parts there are and how many were asked for."""
        conflict = event.conflict
        if isinstance(conflict, SplitConflict):
            return _split_mismatch(conflict)
        if isinstance(conflict, CountConflict):
            return _count_mismatch(conflict, is_unpacking=event.operation == "unpack")
        return super().describe(event)


def _count_mismatch(conflict: CountConflict, *, is_unpacking: bool) -> Mismatch:
    size = (conflict.shape.dims or ())[conflict.axis]
    if is_unpacking:
        return Mismatch(f"gives {conflict.count!r} names to {size!r} items")
    axis = f"axis {conflict.axis} of {conflict.shape}"
    return Mismatch(f"asks for {conflict.count!r} parts, but {axis} has size {size!r}")


def _split_mismatch(conflict: SplitConflict) -> Mismatch:
    size = (conflict.shape.dims or ())[conflict.axis]
    axis = f"axis {conflict.axis} of {conflict.shape}"
    if not isinstance(conflict.parts, tuple):
        return Mismatch(f"can't split {axis} into {conflict.parts!r} equal parts: {size!r} is no multiple of it")
    sizes = "[" + ", ".join(map(repr, conflict.parts)) + "]"
    if conflict.parts.count(-1) > 1:
        return Mismatch(f"has more than one -1 in {sizes}", "give all sizes but one")
    total: Dim = 0
    for part in conflict.parts:
        total = total + (0 if part == -1 else part)
    return Mismatch(f"can't split {axis} into parts of {sizes}: they add up to {total!r}, the axis has size {size!r}")
