"""Rule about norms over a batch where the norm of each example is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Broadcasted, Event, Normalized, Reduced
from tfgrad_lint.domain.values import ANEW
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.repairs.changes import with_argument
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.lineage import is_batch, is_layer_output, origin, reduction_behind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Node, Tensor
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.shapes.dims import Dim

# The norm of a whole tensor, and the sum that a square root makes one of.
_NORMS: Final = frozenset({"norm", "reduce_euclidean_norm", "reduce_sum"})


class NormOverBatch(Rule):
    """Norm over a whole batch where the norm of each example is meant.

    ## What it does

    Reports a gradient penalty `(tf.norm(gradients) - 1.0) ** 2` whose norm, of gradients with respect to a batch, is
    taken without `axis` or along axis 0, and `tf.math.l2_normalize` of a batch without `axis`.

    ## Why it is bad

    The penalty asks the gradients of all examples together to have norm one, in place of each of them; normalised
    together, the embeddings of a batch depend on each other. Nothing raises.

    ## Known limits

    The penalty is known by the number 1 that is subtracted. Only batches of Keras inputs and datasets, and sizes that
    the code itself calls a batch, are known as batches.

    ## Fix

    Gives `tf.math.l2_normalize` of a matrix `axis=-1`. Unsafe, as it changes the values.

    ## References

    - <https://arxiv.org/abs/1704.00028> (section 4)
    - <https://www.tensorflow.org/api_docs/python/tf/norm>
    """

    code = "TFG213"
    name = "norm-over-batch"
    severity = Severity.WARNING
    everywhere = True
    listens_to = (Broadcasted, Normalized)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            def gradient_penalty(critic, x):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    score = critic(x)
                gradients = tape.gradient(score, x)
                return (tf.norm(gradients) - 1.0) ** 2  # <- TFG213

            x = tf.random.normal([8, 3])
            penalty = gradient_penalty(lambda x: tf.reduce_sum(x ** 2, axis=1), x)
            """,
            meant="same(penalty, (tf.norm(2.0 * x, axis=1) - 1.0) ** 2)",
        ),
        Invalid(
            """
            import tensorflow as tf

            def gradient_penalty(critic, x):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    score = critic(x)
                gradients = tape.gradient(score, x)
                return tf.reduce_mean((tf.norm(gradients, axis=0) - 1.0) ** 2)  # <- TFG213

            x = tf.random.normal([8, 3])
            penalty = gradient_penalty(lambda x: tf.reduce_sum(x ** 2, axis=1), x)
            """,
            meant="same(penalty, tf.reduce_mean((tf.norm(2.0 * x, axis=1) - 1.0) ** 2))",
        ),
        Invalid(
            """
            import tensorflow as tf

            critic = tf.keras.Sequential([tf.keras.Input([3]), tf.keras.layers.Dense(1)])

            def slopes_at(mixed):
                with tf.GradientTape() as tape:
                    tape.watch(mixed)
                    score = critic(mixed)
                return tape.gradient(score, mixed)

            def penalty(real, fake, share):
                slopes = slopes_at(share * real + (1.0 - share) * fake)
                return tf.square(1.0 - tf.sqrt(tf.reduce_sum(tf.square(slopes))))  # <- TFG213

            value = penalty(tf.ones([4, 3]), tf.zeros([4, 3]), tf.random.uniform([4, 1]))
            """,
            meant="same(value, tf.square(1.0 - tf.norm(critic.weights[0])))",
        ),
        Invalid(
            """
            import tensorflow as tf

            encoder = tf.keras.layers.Dense(10)
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([6, 4])).batch(3):
                embedding = tf.math.l2_normalize(encoder(x))  # <- TFG213
            """,
            meant="same(tf.norm(embedding, axis=1), tf.ones([3]))",
        ),
        Invalid(
            """
            import tensorflow as tf

            head = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(4)])

            def embedded(views):
                return tf.math.l2_normalize(head(views))  # <- TFG213

            embedding = embedded(tf.random.normal([16, 6]))
            """,
            meant="same(tf.norm(embedding, axis=1), tf.ones([16]))",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def gradient_penalty(critic, x):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    score = critic(x)
                gradients = tape.gradient(score, x)
                return tf.reduce_mean((tf.norm(gradients, axis=1) - 1.0) ** 2)

            penalty = gradient_penalty(lambda x: tf.reduce_sum(x ** 2, axis=1), tf.random.normal([8, 3]))
        """),
        Valid("""
            import tensorflow as tf

            encoder = tf.keras.layers.Dense(10)
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([6, 4])).batch(3):
                embedding = tf.math.l2_normalize(encoder(x), axis=1)
            direction = tf.math.l2_normalize(tf.random.normal([10]))
            table = tf.keras.layers.Embedding(5, 3)(tf.range(5))
            scaled = tf.math.l2_normalize(table)
            single = tf.math.l2_normalize(encoder(tf.ones([1, 4])))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report norms over all axes of what holds several examples."""
        if isinstance(event, Normalized):
            yield from _of_batch(event)
        elif isinstance(event, Broadcasted):
            norm = _compared_with_one(event)
            if norm is not None:
                yield from _of_gradients(event, norm, program)


def _of_batch(event: Normalized) -> Iterator[Claim]:
    dims = event.operand.shape.dims
    together = event.operation.endswith("l2_normalize") and event.axes is not None and len(event.axes) > 1
    if not together or not dims or len(event.axes or ()) < len(dims) or not _holds_examples(event.operand, dims[0]):
        return
    yield Claim(
        event.site,
        f"`{wording.shown(event.site)}` without axis divides the whole batch {event.operand.shape} by one norm",
        wording.labels(event.site, event.operation, (("x", event.operand),)),
        wording.trace(event.site, event.operand),
        help="axis=-1 normalises each example",
        fix=_of_each_example(event),
    )


def _holds_examples(operand: Tensor, count: Dim) -> bool:
    """Tell whether the first axis is that of a batch: a layer gives one result for each example."""
    return is_batch(count) or (count != 1 and is_layer_output(operand.node))


def _of_each_example(event: Normalized) -> Repair | None:
    """Normalise along the last axis."""
    call = event.site.node
    if not isinstance(call, cst.Call) or len(call.args) != 1 or event.operand.shape.rank != 2:
        return None
    change = with_argument(call, 1, "axis", "-1")
    return Repair(Applicability.UNSAFE, "axis=-1", (change,)) if change is not None else None


def _of_gradients(event: Broadcasted, compared: Tensor, program: Program) -> Iterator[Claim]:
    reduced = reduction_behind(compared.node, program)
    if reduced is None or reduced.node.site is None or reduced.operation.rpartition(".")[2] not in _NORMS:
        return
    norm = wording.text(reduced.node.site.node)
    mistake = _mistake(reduced, compared, norm)
    if mistake is not None and _is_gradient_of_input(origin(reduced.operand.node)):
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` compares {mistake}",
            trace=((reduced.node.site, "the norm over all examples together"),),
            help="reduce over the axes of an example only, then take the mean over the batch",
        )


def _mistake(reduced: Reduced, compared: Tensor, norm: str) -> str | None:
    """Say over what the norm of a gradient is taken, None if it may well be over an example."""
    rank = reduced.operand.shape.rank
    if reduced.named is None and compared.shape.rank == 0 and (rank is None or rank > 1):
        return f"one norm of all gradients with 1: `{norm}` has no axis"
    if reduced.named == (0,) and rank is not None and rank > 1:
        return f"a norm over all examples with 1: `{norm}` is taken along axis 0, the batch"
    return None


def _is_gradient_of_input(node: Node) -> bool:
    return node.what == "tape.gradient" and all(each.cut != ANEW for each in node.inputs)


def _compared_with_one(event: Broadcasted) -> Tensor | None:
    """Return the other operand of a subtraction of or from the number 1, None if the operation is another."""
    node = event.site.node
    if not isinstance(node, cst.BinaryOperation) or not isinstance(node.operator, cst.Subtract):
        return None
    if _is_one(node.right):
        return event.left
    return event.right if _is_one(node.left) else None


def _is_one(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Integer | cst.Float) and node.evaluated_value == 1
