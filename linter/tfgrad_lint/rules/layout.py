"""Rules about axes that are removed, reordered, repeated, padded or cut out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.findings import Applicability
from tfgrad_lint.repairs.changes import replaced
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import (
    ExpansionConflict,
    PaddingConflict,
    PermutationConflict,
    SliceConflict,
    SqueezeConflict,
)

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted
    from tfgrad_lint.interpreter.program import Program


class SqueezeOfLongAxis(ConflictRule):
    """Squeeze of an axis whose size is not 1.

    ## What it does

    Reports `tf.squeeze(x, axis=...)` where the axis certainly has another size than 1.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError`. Often the axis is counted as if the batch axis were not there.

    ## Known limits

    Axes of unknown size are taken to be 1.

    ## Fix

    Squeezes the axis of size 1, if only one has it. Unsafe, as the shape may be what is wrong.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/squeeze>
    """

    code = "TFG106"
    name = "squeeze-of-long-axis"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3, 1])
            y = tf.squeeze(x, axis=1)  # <- TFG106
        """),
        Invalid("""
            import tensorflow as tf

            def scores(hidden, w):
                return tf.squeeze(hidden @ w, axis=0)  # <- TFG106

            y = scores(tf.ones([8, 3]), tf.ones([3, 1]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 3, 1])
            y = tf.squeeze(x, axis=-1)
            z = tf.squeeze(x)
        """),
        Valid("""
            import tensorflow as tf

            def scores(hidden, w):
                return tf.squeeze(hidden @ w, axis=1)

            y = scores(tf.ones([8, 3]), tf.ones([3, 1]))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say which size the axis has."""
        conflict = event.conflict
        assert isinstance(conflict, SqueezeConflict)
        dims = conflict.shape.dims or ()
        single = [axis for axis, dim in enumerate(dims) if dim == 1]
        return Mismatch(
            f"squeezes axis {conflict.axis} of {conflict.shape}, whose size is {conflict.dim!r}, not 1",
            f"axis {single[0]} is the one of size 1" if len(single) == 1 else None,
        )

    def repair(self, event: Conflicted, program: Program) -> Repair | None:
        """Squeeze the axis of size 1, if there is one."""
        conflict, call = event.conflict, event.site.node
        assert isinstance(conflict, SqueezeConflict)
        single = [axis for axis, dim in enumerate(conflict.shape.dims or ()) if dim == 1]
        given = wording.argument(call, 1, "axis") if isinstance(call, cst.Call) else None
        if len(single) != 1 or not isinstance(given, cst.Integer | cst.UnaryOperation):
            return None
        return Repair(Applicability.UNSAFE, f"squeeze axis {single[0]}", (replaced(given, str(single[0])),))


class PermutationOfOtherRank(ConflictRule):
    """Transpose whose `perm` does not name each axis once.

    ## What it does

    Reports `tf.transpose(x, perm)` where `perm` has more or fewer entries than the tensor has axes, or names an
    axis twice or one that does not exist.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError`. Often the permutation was written for a tensor with another number of
    axes.

    ## Known limits

    Tensors of unknown rank and permutations that are not constants are never reported.

    ## Fix

    Keeps the first axis in its place, where `perm` is a permutation for the axes after it. Unsafe, as the shape may be
    what is wrong.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/transpose>
    """

    code = "TFG108"
    name = "transpose-permutation"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            images = tf.ones([8, 28, 28, 3])
            channels_first = tf.transpose(images, [2, 0, 1])  # <- TFG108
        """),
        Invalid("""
            import tensorflow as tf

            def swap(x):
                return tf.transpose(x, perm=[0, 2, 2])  # <- TFG108

            y = swap(tf.ones([8, 5, 3]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            images = tf.ones([8, 28, 28, 3])
            channels_first = tf.transpose(images, [0, 3, 1, 2])
            matrix = tf.transpose(tf.ones([3, 2]))
        """),
        Valid("""
            import tensorflow as tf

            def swap(x):
                order = list(range(x.shape.rank - 2)) + [x.shape.rank - 1, x.shape.rank - 2]
                return tf.transpose(x, perm=order)

            y = swap(tf.ones([8, 5, 3]))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say what is wrong with the permutation."""
        conflict = event.conflict
        assert isinstance(conflict, PermutationConflict)
        perm, rank = list(conflict.perm), conflict.shape.rank or 0
        if len(perm) != rank:
            return Mismatch(f"permutes {len(perm)} axes with perm={perm}, but {conflict.shape} has {rank}")
        beyond = [axis for axis in perm if not -rank <= axis < rank]
        if beyond:
            return Mismatch(f"has {beyond[0]} in perm={perm}, but the axes of {conflict.shape} are 0 to {rank - 1}")
        missing = sorted(set(range(rank)) - {axis % rank for axis in perm})
        return Mismatch(f"names an axis twice in perm={perm}: axis {missing[0]} of {conflict.shape} is left out")

    def repair(self, event: Conflicted, program: Program) -> Repair | None:
        """Keep the first axis in its place, where the permutation is one of the other axes."""
        conflict, call = event.conflict, event.site.node
        assert isinstance(conflict, PermutationConflict)
        given = wording.argument(call, 1, "perm") if isinstance(call, cst.Call) else None
        perm = list(conflict.perm)
        if sorted(perm) != list(range((conflict.shape.rank or 0) - 1)) or not isinstance(given, cst.List | cst.Tuple):
            return None
        with_batch = [0, *(axis + 1 for axis in perm)]
        return Repair(Applicability.UNSAFE, f"perm={with_batch}", (replaced(given, str(with_batch)),))


class LayoutArgument(ConflictRule):
    """Argument of tile, pad, broadcast_to or slice that does not fit the tensor.

    ## What it does

    Reports `tf.tile` and `tf.pad` without one entry for each axis, paddings that are negative or longer than a
    reflected axis, `tf.broadcast_to` a shape that the tensor does not broadcast to, `tf.slice` beyond the end of an
    axis, and arguments that a function always refuses.

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError`. Often the batch axis was forgotten.

    ## Known limits

    Arguments that are not constants are never reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/tile>
    - <https://www.tensorflow.org/api_docs/python/tf/pad>
    - <https://www.tensorflow.org/api_docs/python/tf/broadcast_to>
    - <https://www.tensorflow.org/api_docs/python/tf/slice>
    """

    code = "TFG115"
    name = "layout-argument"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = tf.tile(x, [2, 1, 1])  # <- TFG115
        """),
        Invalid("""
            import tensorflow as tf

            def frame(images):
                return tf.pad(images, [[1, 1], [1, 1]])  # <- TFG115

            y = frame(tf.ones([8, 28, 28]))
        """),
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = tf.broadcast_to(x, [2, 4, 1])  # <- TFG115
            z = tf.slice(x, [0, 2], [4, 2])  # <- TFG115
            reflected = tf.pad(x, [[0, 0], [3, 3]], mode="REFLECT")  # <- TFG115
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = tf.tile(x[tf.newaxis], [2, 1, 1])
            z = tf.slice(x, [0, 2], [4, 1])
            w = tf.broadcast_to(x, [2, 4, 3])
        """),
        Valid("""
            import tensorflow as tf

            def frame(images):
                inner = [[1, 1], [1, 1]]
                return tf.pad(images, [[0, 0]] + inner)

            y = frame(tf.ones([8, 28, 28]))
        """),
        Valid("""
            import tensorflow as tf

            def frame(images):
                return tf.pad(images, [[0, 0], [1, 1], [1, 1]])

            y = frame(tf.ones([8, 28, 28]))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say which argument does not fit."""
        conflict = event.conflict
        if isinstance(conflict, ExpansionConflict):
            return Mismatch(f"can't broadcast {conflict.shape} to {conflict.target}")
        if isinstance(conflict, SliceConflict):
            return Mismatch(
                f"takes {conflict.size!r} entries from {conflict.begin!r} on, "
                f"which is beyond axis {conflict.axis} of {conflict.shape}"
            )
        if isinstance(conflict, PaddingConflict):
            return _padding_mismatch(conflict)
        return super().describe(event)


def _padding_mismatch(conflict: PaddingConflict) -> Mismatch:
    amounts = (conflict.before, conflict.after)
    if any(isinstance(amount, int) and amount < 0 for amount in amounts):
        return Mismatch(f"pads axis {conflict.axis} of {conflict.shape} by a negative amount: {list(amounts)}")
    least = "the size" if conflict.mode == "SYMMETRIC" else "the size less 1"
    return Mismatch(
        f"pads axis {conflict.axis} of {conflict.shape} by {list(amounts)}: mode {conflict.mode} allows at most {least}"
    )
