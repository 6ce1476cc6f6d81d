"""Rules about elementwise operations that align axes which do not belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.api import registry
from tfgrad_lint.domain.events import Broadcasted, Event, Reduced
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.interpreter.syntax import walk
from tfgrad_lint.repairs.changes import with_argument
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.lineage import is_batch, origin, reduction_behind
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, Unknown, equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Tensor
    from tfgrad_lint.interpreter.program import Program


class ReductionWithoutKeepdims(Rule):
    """Reduction without `keepdims` combined with its own input along the wrong axis.

    ## What it does

    Reports `x - tf.reduce_mean(x, axis=1)` and the like: the reduced axis is gone, so what is left is aligned with the
    last axes of `x` instead of its own. Elementwise functions in between, as in
    `x / tf.sqrt(tf.reduce_sum(x ** 2, axis=1))`, are looked through.

    ## Why it is bad

    If the sizes differ, TensorFlow raises. If they happen to be equal (square matrices, a batch as large as the number
    of features) nothing raises and each row is combined with the value of another row.

    ## Known limits

    Reductions over the first axes are aligned right and are not reported, nor are negative axes of tensors of unknown
    rank. For a symmetric matrix the result is that of the other axis.

    ## Fix

    Gives the reduction `keepdims=True`. Safe if it is part of the expression, unsafe if its result has a name, by which
    others may use it.

    ## References

    - <https://numpy.org/doc/stable/user/basics.broadcasting.html>
    """

    code = "TFG202"
    name = "reduction-without-keepdims"
    severity = Severity.WARNING
    listens_to = (Broadcasted,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            scores = tf.random.normal([5, 5])
            weights = tf.exp(scores) / tf.reduce_sum(tf.exp(scores), axis=1)  # <- TFG202
            """,
            meant="same(weights, tf.nn.softmax(scores))",
        ),
        Invalid(
            """
            import tensorflow as tf

            def length(x):
                return tf.sqrt(tf.reduce_sum(tf.square(x), axis=1) + 1e-8)

            def normalise(x):
                return x / length(x)  # <- TFG202

            y = normalise(tf.random.normal([4, 4]))
            """,
            meant="same(tf.norm(y, axis=1), tf.ones([4]))",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def normalise(x):
                length = tf.sqrt(tf.reduce_sum(tf.square(x), axis=1, keepdims=True))
                return (x - tf.reduce_mean(x, axis=0)) / length

            y = normalise(tf.random.normal([4, 4]))
        """),
        Valid("""
            import tensorflow as tf

            x = tf.random.normal([4, 4])
            centred = x - tf.expand_dims(tf.reduce_mean(x, axis=1), axis=1)
            scaled = x / tf.reduce_max(x)
            shares = tf.transpose(tf.transpose(x) / tf.reduce_sum(x, axis=1))
        """),
        Valid("""
            import tensorflow as tf

            def length(x):
                return tf.sqrt(tf.reduce_sum(tf.square(x), axis=1, keepdims=True) + 1e-8)

            def normalise(x):
                return x / length(x)

            y = normalise(tf.random.normal([4, 4]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a tensor combined with its own reduction over other axes than the first."""
        assert isinstance(event, Broadcasted)
        reduced = lost_axes(event, program)
        if reduced is None or reduced.node.site is None:
            return
        axes = ", ".join(str(axis) for axis in reduced.named or reduced.axes or ())
        source = wording.text(reduced.node.site.node)
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` combines a tensor with its own reduction over axis {axes}, which is gone: "
            f"the result is aligned with the last axes instead",
            wording.labels(event.site, event.operation, operands_of(event)),
            ((reduced.node.site, "reduced here"),) if reduced.node.site.node is not event.site.node else (),
            ("where the sizes differ this raises; where they are equal, rows meet the values of other rows",),
            f"keepdims=True in `{source}`",
            _keepdims(event, reduced),
        )


def lost_axes(event: Broadcasted, program: Program) -> Reduced | None:
    """Return the reduction that one operand is of the other and that is aligned wrongly, None if there is none."""
    for whole, part in ((event.left, event.right), (event.right, event.left)):
        reduced = reduction_behind(part.node, program)
        if reduced is None or reduced.keepdims is not False or "arg" in reduced.operation:
            continue
        if origin(whole.node) is origin(reduced.operand.node) and _is_misaligned(reduced):
            return reduced
    return None


def _keepdims(event: Broadcasted, reduced: Reduced) -> Repair | None:
    """Keep the axis in the reduction: safe where nothing but this expression sees its result."""
    call = reduced.node.site.node if reduced.node.site is not None else None
    model = registry.lookup(reduced.operation)
    if not isinstance(call, cst.Call) or model is None or "keepdims" not in model.parameters:
        return None
    change = with_argument(call, model.parameters.index("keepdims"), "keepdims", "True")
    inline = any(node is call for node in walk(event.site.node))
    applicability = Applicability.SAFE if inline else Applicability.UNSAFE
    return Repair(applicability, "keep the axis", (change,)) if change is not None else None


def _is_misaligned(reduced: Reduced) -> bool:
    """Tell whether what is left of the axes is certainly aligned with others; an outer broadcast has its own rule."""
    dims = reduced.operand.shape.dims
    if reduced.axes is not None and dims is not None:
        first = set(reduced.axes) == set(range(len(reduced.axes)))
        return not first and any(dims[axis] != 1 for axis in reduced.axes)
    named = reduced.named
    return bool(named) and min(named or ()) >= 0 and set(named or ()) != set(range(len(named or ())))


def operands_of(event: Broadcasted) -> tuple[tuple[str, Tensor], ...]:
    """Return the operands by the names of their parameters."""
    names = list(wording.operand_nodes(event.site, event.operation))
    return tuple(zip(names, (event.left, event.right), strict=False))


class AlignedByCoincidence(Rule):
    """Per-example factor, bias or mask that is aligned with the last axes instead of its own.

    ## What it does

    Reports an elementwise operation of a tensor with one of lower rank whose axes are the *first* axes of the other,
    such as `[B, D]` with `[B]` or `[B, T, D]` with a mask `[B, T]`. Axes are aligned from the last one, so `B` meets
    `D`. It is reported where the sizes are known to be the same dimension (`B` is `x.shape[0]` of both); of the batch
    of a dataset or of a Keras input that is enough, whatever the axes after it are: predictions `[batch, 30, 1]` of
    each step with targets `[batch, 1]`.

    ## Why it is bad

    It raises for nearly every size. Where the sizes are equal by chance, the factors of the examples are applied to the
    features.

    ## Known limits

    Where all sizes are plain numbers, nothing tells a coincidence from a bias, so nothing is reported.

    ## References

    - <https://numpy.org/doc/stable/user/basics.broadcasting.html>
    """

    code = "TFG206"
    name = "aligned-by-coincidence"
    severity = Severity.WARNING
    listens_to = (Broadcasted,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            def weighted(features, weights):
                return features * weights  # <- TFG206

            for features in tf.data.Dataset.from_tensor_slices(tf.ones([3, 3])).batch(3):
                weights = tf.random.uniform([features.shape[0]])
                y = weighted(features, weights)
            """,
            meant="same(y, features * weights[:, tf.newaxis])",
        ),
        Invalid(
            """
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.LSTM(8, return_sequences=True), tf.keras.layers.Dense(1)])

            def error(predicted, target):
                return tf.reduce_mean(tf.square(predicted - target))  # <- TFG206

            data = tf.data.Dataset.from_tensor_slices((tf.ones([7, 7, 2]), tf.random.normal([7, 1])))
            for x, target in data.batch(7):
                loss = error(model(x), target)
            """,
            meant="same(loss, tf.reduce_mean(tf.square(model(x)[:, -1] - target)))",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def weighted(features):
                weights = tf.ones([features.shape[0], 1])
                bias = tf.zeros([features.shape[1]])
                return features * weights + bias

            for features in tf.data.Dataset.from_tensor_slices(tf.ones([6, 3])).batch(3):
                y = weighted(features)
        """),
        Valid("""
            import tensorflow as tf

            def shifted(x, bias):
                return x + bias

            y = shifted(tf.ones([4, 4]), tf.ones([4]))
        """),
        Valid("""
            import tensorflow as tf

            def weighted(features, weights):
                return features * weights

            for features in tf.data.Dataset.from_tensor_slices(tf.ones([3, 3])).batch(3):
                weights = tf.random.uniform([features.shape[0], 1])
                y = weighted(features, weights)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report an operand that has the first axes of the other, aligned with the last ones."""
        assert isinstance(event, Broadcasted)
        left, right = event.left.shape.dims, event.right.shape.dims
        if left is None or right is None or len(left) == len(right) or not left or not right:
            return
        longer, shorter = (left, right) if len(left) > len(right) else (right, left)
        if not _fits_first_axes_only(longer, shorter) or lost_axes(event, program) is not None:
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` aligns the axes of {_shown(shorter)} with the last of {_shown(longer)}, "
            f"though they are its first",
            wording.labels(event.site, event.operation, operands_of(event)),
            wording.trace(event.site, event.left, event.right),
            help="give it an axis of size 1 for each axis that it lacks, as tf.expand_dims does",
        )


def _fits_first_axes_only(longer: tuple[Dim, ...], shorter: tuple[Dim, ...]) -> bool:
    first, last = longer[: len(shorter)], longer[len(longer) - len(shorter) :]
    if is_batch(shorter[0]) and equal(longer[0], shorter[0]):
        # The examples of one are aligned with something else of the other.
        return not isinstance(last[0], Unknown) and last[0] != 1 and not equal(last[0], shorter[0])
    if any(isinstance(dim, int) or dim is UNKNOWN for dim in shorter):
        return False
    if 1 in last or UNKNOWN in last or not all(equal(p, q) for p, q in zip(first, shorter, strict=True)):
        return False
    return not all(equal(p, q) for p, q in zip(last, shorter, strict=True))


def _shown(dims: tuple[Dim, ...]) -> str:
    return "[" + ", ".join(map(repr, dims)) + "]"
