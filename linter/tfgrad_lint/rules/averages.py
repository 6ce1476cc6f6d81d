"""Rule about losses that are averaged twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import Broadcasted, Event, Reduced
from tfgrad_lint.findings import Severity
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Node
    from tfgrad_lint.interpreter.program import Program


class AveragedTwice(Rule):
    """Loss that is averaged over a batch though it is an average already.

    ## What it does

    Reports `tf.reduce_sum(loss) / batch_size` where `loss` is a scalar that a Keras loss or `tf.reduce_mean` has
    averaged over the batch, and `tf.nn.compute_average_loss` of a scalar.

    ## Why it is bad

    The sum of one number is that number: the loss and its gradients are divided by the batch size twice, so training is
    slower by that factor. `compute_average_loss` raises `ValueError`.

    ## Known limits

    The divisor is known as a batch size by its name only.

    ## References

    - <https://www.tensorflow.org/tutorials/distribute/custom_training#define_the_loss_function>
    """

    code = "TFG209"
    name = "averaged-twice"
    severity = Severity.WARNING
    listens_to = (Broadcasted, Reduced)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            GLOBAL_BATCH_SIZE = 16
            cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

            def loss_of(labels, logits):
                per_example = cross_entropy(labels, logits)
                return tf.reduce_sum(per_example) * (1.0 / GLOBAL_BATCH_SIZE)  # <- TFG209

            labels, logits = tf.zeros([16], tf.int32), tf.random.normal([16, 4])
            loss = loss_of(labels, logits)
            """,
            meant="same(loss, cross_entropy(labels, logits))",
        ),
        Invalid(
            """
            import tensorflow as tf

            batch_size = 8
            errors = tf.random.normal([batch_size, 3])
            loss = tf.reduce_mean(tf.square(errors))
            loss = tf.reduce_sum(loss) / batch_size  # <- TFG209
            """,
            meant="same(loss, tf.reduce_mean(tf.square(errors)))",
        ),
        Invalid(
            """
            import tensorflow as tf

            def mean_square(errors):
                return tf.reduce_mean(tf.square(errors))

            batch_size = 8
            errors = tf.random.normal([batch_size, 3])
            loss = tf.reduce_sum(mean_square(errors)) / batch_size  # <- TFG209
            """,
            meant="same(loss, tf.reduce_mean(tf.square(errors)))",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            GLOBAL_BATCH_SIZE = 16
            cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")

            def loss_of(labels, logits):
                per_example = cross_entropy(labels, logits)
                return tf.reduce_sum(per_example) * (1.0 / GLOBAL_BATCH_SIZE)

            loss = loss_of(tf.zeros([16], tf.int32), tf.random.normal([16, 4]))
        """),
        Valid("""
            import tensorflow as tf

            num_replicas = 2
            errors = tf.random.normal([8, 3])
            loss = tf.reduce_sum(tf.reduce_mean(tf.square(errors))) / num_replicas
            total = tf.reduce_sum(tf.reduce_mean(tf.square(errors), axis=1)) / 8
            average = tf.reduce_mean(tf.keras.losses.MeanSquaredError()(errors, errors))
        """),
        Valid("""
            import tensorflow as tf

            batch_size = 8
            errors = tf.random.normal([batch_size, 3])
            loss = tf.reduce_mean(tf.square(errors), axis=1)
            loss = tf.reduce_sum(loss) / batch_size
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report sums of one average that are divided once more."""
        if isinstance(event, Reduced) and event.operation == "tf.nn.compute_average_loss":
            if event.operand.shape.rank == 0:
                yield Claim(
                    event.site,
                    f"`{wording.shown(event.site)}` gets a scalar, which is averaged already: ValueError",
                    trace=wording.trace(event.site, event.operand),
                    help='make the loss with reduction="none"',
                )
        elif isinstance(event, Broadcasted) and _divides_by_batch(event.site.node):
            summed = event.left.node
            average = summed.inputs[0] if summed.what == "tf.reduce_sum" and summed.inputs else None
            if average is not None and _is_average(average):
                trace = ((average.site, "averaged over the batch here"),) if average.site is not None else ()
                yield Claim(
                    event.site,
                    f"`{wording.shown(event.site)}` divides an average over the batch by the batch size again",
                    trace=trace,
                    help='make the loss with reduction="none", or leave the division out',
                )


def _is_average(node: Node) -> bool:
    shape = node.shape
    return shape is not None and shape.rank == 0 and node.what in {"tf.reduce_mean", "tf.keras.losses.Loss.__call__"}


def _divides_by_batch(node: cst.CSTNode) -> bool:
    """Tell whether ``node`` is ``x / batch_size`` or ``x * (1 / batch_size)``, by the names in it."""
    if not isinstance(node, cst.BinaryOperation):
        return False
    divisor: cst.CSTNode = node.right
    if isinstance(node.operator, cst.Multiply):
        if not isinstance(divisor, cst.BinaryOperation) or not isinstance(divisor.operator, cst.Divide):
            return False
        divisor = divisor.right
    elif not isinstance(node.operator, cst.Divide):
        return False
    return "batch" in wording.text(divisor).lower()
