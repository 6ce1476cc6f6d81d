"""Rules about softmax and classes taken along an axis that is not the one of the classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import Event, Normalized, Reduced
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.repairs.changes import replaced
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.lineage import is_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


class NormalisedOverBatch(Rule):
    """Softmax, normalisation or cross-entropy along the batch axis.

    ## What it does

    Reports `tf.nn.softmax`, `tf.nn.log_softmax`, the layer `Softmax`, `tf.math.l2_normalize` and cross-entropies with
    logits along axis 0 of a tensor whose first axis is the batch, also where the batch is the only axis.

    ## Why it is bad

    The probabilities of different examples sum to one, so the prediction for an example depends on the others in its
    batch. Nothing raises.

    ## Known limits

    Only batches of Keras inputs and datasets, and sizes that the code itself calls a batch, are known as batches.

    ## Fix

    Normalises along the last axis. Unsafe, as it changes the values.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/nn/softmax>
    """

    code = "TFG207"
    name = "normalised-over-batch"
    severity = Severity.WARNING
    everywhere = True
    listens_to = (Normalized,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            classifier = tf.keras.layers.Dense(10)
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([6, 4])).batch(3):
                probabilities = tf.nn.softmax(classifier(x), axis=0)  # <- TFG207
            """,
            meant="same(tf.reduce_sum(probabilities, axis=1), tf.ones([3]))",
        ),
        Invalid(
            """
            import tensorflow as tf

            def probabilities(scores):
                return tf.nn.softmax(scores)  # <- TFG207

            scorer = tf.keras.layers.Dense(1)
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([6, 4])).batch(3):
                y = probabilities(tf.squeeze(scorer(x), axis=-1))
            """,
            meant="same(y, tf.sigmoid(scorer(x)[:, 0]))",
        ),
        Invalid(
            """
            import tensorflow as tf

            classifier = tf.keras.layers.Dense(10)
            softmax = tf.keras.layers.Softmax(axis=0)  # <- TFG207
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([6, 4])).batch(3):
                probabilities = softmax(classifier(x))
            """,
            meant="same(tf.reduce_sum(probabilities, axis=1), tf.ones([3]))",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def probabilities(scores):
                return tf.nn.softmax(scores)

            classifier = tf.keras.layers.Dense(10)
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([6, 4])).batch(3):
                y = probabilities(classifier(x))
            attention = tf.nn.softmax(tf.random.normal([7, 3]), axis=0)
            y = tf.keras.layers.Softmax()(classifier(tf.ones([6, 4])))
        """),
        Valid("""
            import tensorflow as tf

            classifier = tf.keras.layers.Dense(10)
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([6, 4])).batch(3):
                probabilities = tf.nn.softmax(classifier(x), axis=-1)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a normalisation along the batch."""
        assert isinstance(event, Normalized)
        dims = event.operand.shape.dims
        if event.axes != (0,) or not dims or not is_batch(dims[0]):
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` runs along axis 0 of {event.operand.shape}, the batch: "
            f"the result for an example depends on the others",
            wording.labels(event.site, event.operation, (("logits", event.operand), ("x", event.operand))),
            wording.trace(event.site, event.operand),
            help="axis=-1" if len(dims) > 1 else None,
            fix=_last_axis(event) if len(dims) > 1 else None,
        )


def _last_axis(event: Normalized) -> Repair | None:
    """Normalise along the last axis instead of the one that is given."""
    call = event.site.node
    given = [each for each in call.args if each.keyword is not None] if isinstance(call, cst.Call) else []
    axis = next((each.value for each in given if each.keyword is not None and each.keyword.value == "axis"), None)
    return Repair(Applicability.UNSAFE, "axis=-1", (replaced(axis, "-1"),)) if axis is not None else None


class ClassesOfSizeOne(Rule):
    """Softmax, cross-entropy or argmax along an axis of size 1.

    ## What it does

    Reports `softmax` (as a function or as the activation of a layer, such as `Dense(1, activation="softmax")`),
    `argmax`, `argmin`, and categorical cross-entropies, called or given to `compile`, along an axis with one entry.

    ## Why it is bad

    The softmax of one number is 1, its argmax 0, its cross-entropy 0: the model always predicts the same, and no
    gradient reaches its weights. Nothing raises. With one output a sigmoid is meant.

    ## Known limits

    Axes of unknown size are taken to have more entries.

    ## Fix

    Gives a layer the activation `sigmoid`. Unsafe, as another number of outputs may be what is meant.

    ## References

    - <https://keras.io/api/layers/activations/>
    """

    code = "TFG211"
    name = "classes-of-size-one"
    severity = Severity.WARNING
    everywhere = True
    listens_to = (Normalized, Reduced)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            model = tf.keras.Sequential([
                tf.keras.layers.Dense(8, activation="relu", input_shape=(4,)),
                tf.keras.layers.Dense(1, activation="softmax"),  # <- TFG211
            ])
            """,
            meant="not same(model(tf.random.normal([8, 4])), tf.ones([8, 1]))",
        ),
        Invalid(
            """
            import tensorflow as tf

            def accuracy(labels, outputs):
                predicted = tf.argmax(outputs, axis=1)  # <- TFG211
                return tf.reduce_mean(tf.cast(tf.equal(predicted, labels), tf.float32))

            x = tf.ones([8, 3])
            w = tf.Variable(tf.ones([3, 1]))
            a = accuracy(tf.ones([8], tf.int64), x @ w)
            """,
            meant="same(a, 1.0)",
        ),
        Invalid(
            """
            import tensorflow as tf

            model = tf.keras.Sequential([
                tf.keras.Input((4,)),
                tf.keras.layers.Dense(1),
                tf.keras.layers.Softmax(),  # <- TFG211
            ])
            """,
            meant="not same(model(tf.random.normal([8, 4])), tf.ones([8, 1]))",
        ),
        Invalid(
            """
            import tensorflow as tf

            def classifier(classes):
                output = tf.keras.layers.Dense(classes, activation="sigmoid")
                model = tf.keras.Sequential([tf.keras.Input((4,)), output])
                model.compile(optimizer="adam", loss="categorical_crossentropy")  # <- TFG211
                return model

            model = classifier(1)
            """,
            meant="model.evaluate(tf.ones([4, 4]), tf.ones([4, 1]), verbose=0) > 0.01",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([
                tf.keras.layers.Dense(8, activation="relu", input_shape=(4,)),
                tf.keras.layers.Dense(1, activation="sigmoid"),
            ])
        """),
        Valid("""
            import tensorflow as tf

            def accuracy(labels, outputs):
                predicted = tf.argmax(outputs, axis=1)
                return tf.reduce_mean(tf.cast(tf.equal(predicted, labels), tf.float32))

            x = tf.random.normal([8, 3])
            w = tf.Variable(tf.random.normal([3, 2]))
            a = accuracy(tf.zeros([8], tf.int64), x @ w)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.random.normal([4])
            growing = [tf.nn.softmax(x[: i + 1]) for i in range(4)]
            for i in range(4):
                first = tf.nn.softmax(x[: i + 1])
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a choice among one class."""
        assert isinstance(event, Normalized | Reduced)
        last = event.operation.rpartition(".")[2]
        chooses = isinstance(event, Normalized) or last in {"argmax", "argmin"}
        dims, axes = event.operand.shape.dims, event.axes
        if not chooses or last == "l2_normalize" or not dims or axes is None or len(axes) != 1 or dims[axes[0]] != 1:
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` takes the {_function(event, last)} along axis {axes[0]} of "
            f"{event.operand.shape}, which has one entry: "
            f"the result is always {_constant(event, last)}",
            wording.labels(event.site, event.operation, (("logits", event.operand), ("input", event.operand))),
            wording.trace(event.site, event.operand),
            help=_advice(event, last),
            fix=_sigmoid(event),
        )


def _sigmoid(event: Normalized | Reduced) -> Repair | None:
    """Write sigmoid for softmax, where it is the activation of a layer."""
    call = event.site.node
    for argument in call.args if isinstance(call, cst.Call) else ():
        value = argument.value
        if argument.keyword is None or argument.keyword.value != "activation":
            continue
        if isinstance(value, cst.SimpleString) and value.evaluated_value == "softmax":
            name = f"{value.quote}sigmoid{value.quote}"
            return Repair(Applicability.UNSAFE, "take a sigmoid", (replaced(value, name),))
    return None


def _function(event: Normalized | Reduced, last: str) -> str:
    if isinstance(event, Reduced):
        return last
    return "cross-entropy" if _is_loss(last) else "softmax"


def _advice(event: Normalized | Reduced, last: str) -> str | None:
    if isinstance(event, Reduced):
        return None
    return "one output takes a sigmoid" + (" and the binary cross-entropy" if _is_loss(last) else "")


def _constant(event: Normalized | Reduced, last: str) -> str:
    return "0" if isinstance(event, Reduced) or _is_loss(last) or last == "log_softmax" else "1"


def _is_loss(last: str) -> bool:
    return "entropy" in last
