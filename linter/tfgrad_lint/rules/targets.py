"""Rules about what losses are given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.api.keras.operands import DECLARED
from tfgrad_lint.api.keras.targets import Kind, kind_of
from tfgrad_lint.domain.events import Conflicted
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import SampleConflict, TargetConflict
from tfgrad_lint.shapes.dims import equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.events import Event
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.rules.claim import Claim


class LossTargets(ConflictRule):
    """Targets that do not fit the predictions or the loss.

    ## What it does

    Reports targets and predictions whose shapes a loss can't compare: one-hot targets given to a sparse categorical
    loss, class numbers given to a categorical one, and sizes that differ. Losses of `tf.nn` and `tf.keras.losses` are
    checked where they are called, and those of `compile` against the labels given to `fit`, `evaluate` and
    `train_on_batch`. Inputs and labels with different numbers of samples are reported too.

    ## Why it is bad

    Keras raises `ValueError` or TensorFlow `InvalidArgumentError`, often only when training starts. Frequent causes:
    labels that are not one-hot, a last layer with another number of units than there are classes, and a missing
    `Flatten` or `return_sequences=True` that leaves an axis too many in the predictions.

    ## Known limits

    Sizes that are not known are taken to fit. Where Keras 2 and Keras 3 differ, only what is wrong in both is reported.

    ## References

    - <https://keras.io/api/losses/>
    - <https://www.tensorflow.org/api_docs/python/tf/nn/sparse_softmax_cross_entropy_with_logits>
    """

    code = "TFG113"
    name = "loss-targets"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            (x, y), _ = tf.keras.datasets.mnist.load_data()
            model = tf.keras.Sequential([
                tf.keras.layers.Flatten(input_shape=(28, 28)),
                tf.keras.layers.Dense(10, activation="softmax"),
            ])
            model.compile(loss="categorical_crossentropy", optimizer="adam")
            model.fit(x, y)  # <- TFG113
        """),
        Invalid("""
            import tensorflow as tf

            cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy()

            def objective(labels, outputs):
                return cross_entropy(labels, outputs)  # <- TFG113

            loss = objective(tf.one_hot([1, 2], 5), tf.nn.softmax(tf.ones([2, 5])))
        """),
        Invalid("""
            import tensorflow as tf

            labels = tf.zeros([16, 3])
            loss = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=tf.ones([16, 4]))  # <- TFG113
        """),
        Invalid("""
            import tensorflow as tf

            class Autoencoder(tf.keras.Model):
                def __init__(self, width):
                    super().__init__()
                    self.decoder = tf.keras.layers.Dense(width)

                def train_step(self, data):
                    code, original = data
                    rebuilt = self.decoder(code)
                    return {"loss": tf.reduce_mean(tf.keras.losses.mse(original, rebuilt))}  # <- TFG113

            model = Autoencoder(6)
            model.compile("sgd")
            model.fit(tf.ones([8, 2]), tf.ones([8, 5]))
        """),
        Invalid("""
            import tensorflow as tf

            labels = tf.ones([3, 5], tf.int32)
            logits = tf.random.normal([3, 10, 6])
            loss = tf.nn.ctc_loss(labels, logits, tf.fill([3], 5), tf.fill([3], 10))  # <- TFG113
            probabilities, lengths = tf.nn.softmax(logits), tf.fill([3], 10)
            cost = tf.keras.backend.ctc_batch_cost(labels, probabilities, lengths, tf.fill([3, 1], 5))  # <- TFG113
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            (x, y), _ = tf.keras.datasets.mnist.load_data()
            model = tf.keras.Sequential([
                tf.keras.layers.Flatten(input_shape=(28, 28)),
                tf.keras.layers.Dense(10, activation="softmax"),
            ])
            model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
            model.fit(x, y)
            model.compile(loss="categorical_crossentropy", optimizer="adam")
            model.fit(x, tf.keras.utils.to_categorical(y, 10))
        """),
        Valid("""
            import tensorflow as tf

            def objective(labels, outputs):
                return tf.keras.losses.MeanSquaredError()(labels, outputs)

            loss = objective(tf.ones([16]), tf.ones([16, 1]))
        """),
        Valid("""
            import tensorflow as tf

            labels, lengths = tf.ones([3, 5], tf.int32), (tf.fill([3], 5), tf.fill([3], 10))
            logits = tf.random.normal([3, 10, 6])
            loss = tf.nn.ctc_loss(labels, logits, *lengths, logits_time_major=False)
            same = tf.nn.ctc_loss(labels, tf.transpose(logits, [1, 0, 2]), tf.fill([3], 5), tf.fill([3], 10))
        """),
        # Wasteful, but nothing raises: the middle axis of the output is 1.
        Valid("""
            import numpy as np
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.Input([8, 3]), tf.keras.layers.Conv1D(4, 8)])
            model.compile(loss="mse", optimizer="sgd")
            model.fit(np.ones([6, 8, 3]), np.ones([6, 4]), batch_size=3, verbose=0)
        """),
        Valid("""
            import tensorflow as tf

            class Autoencoder(tf.keras.Model):
                def __init__(self, width):
                    super().__init__()
                    self.decoder = tf.keras.layers.Dense(width)

                def train_step(self, data):
                    code, original = data
                    rebuilt = self.decoder(code)
                    return {"loss": tf.reduce_mean(tf.keras.losses.mse(original, rebuilt))}

            model = Autoencoder(5)
            model.compile("sgd")
            model.fit(tf.ones([8, 2]), tf.ones([8, 5]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report the conflict with labels, predictions and where these came from."""
        assert isinstance(event, Conflicted)
        operands = tuple((name, value) for name, value in event.operands if name != DECLARED)
        yield from super().check(replace(event, operands=operands), program)

    def describe(self, event: Conflicted) -> Mismatch:
        """Say what the loss compares and what it gets."""
        conflict = event.conflict
        if isinstance(conflict, SampleConflict):
            return Mismatch(
                f"gets inputs {conflict.inputs} and targets {conflict.targets}: different numbers of samples"
            )
        if not isinstance(conflict, TargetConflict):
            return super().describe(event)
        part = f" of {conflict.subset}" if conflict.subset else ""
        return Mismatch(
            f"compares targets{part} {conflict.targets} with predictions {conflict.predictions}, but "
            f"{conflict.loss} takes {kind_of(conflict.loss).value}",
            _advice(conflict),
        )


def _advice(conflict: TargetConflict) -> str | None:
    """Suggest the loss for the other form of labels where it fits."""
    targets, predictions = conflict.targets.dims or (), conflict.predictions.dims or ()
    if not predictions:
        return None
    same = len(targets) == len(predictions) and equal(targets[-1], predictions[-1])
    if kind_of(conflict.loss) is Kind.SPARSE and same:
        return f"the targets are one-hot: use {conflict.loss.removeprefix('sparse_')}, or tf.argmax(targets, axis=-1)"
    numbers = len(targets) == len(predictions) - 1 or (len(targets) == len(predictions) and targets[-1] == 1)
    if kind_of(conflict.loss) is Kind.ONE_HOT and numbers:
        return f"the targets look like class numbers: use sparse_{conflict.loss}, or tf.one_hot"
    return None
