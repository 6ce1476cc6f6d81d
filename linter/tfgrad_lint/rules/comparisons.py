"""Rules about the shapes of what losses and metrics are given, where it runs and is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.api.keras.targets import Kind, aligned, kind_of
from tfgrad_lint.domain.events import Compared, Event
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.repairs.changes import replaced, wrapped
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.repairs.tensorflow_name import tensorflow_name
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.outer_broadcast import both_enlarged
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.dims import equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.repairs.repair import Change
    from tfgrad_lint.shapes.dims import Dim


class LossOverBroadcast(Rule):
    """Loss or metric that silently compares every target with every prediction.

    ## What it does

    Reports a Keras loss or metric that compares element by element, such as `MeanSquaredError`, whose targets and
    predictions are *both* enlarged by broadcasting: `[B, D]` with `[B, 1, D]` becomes `[B, B, D]`. Keras drops or adds
    a last axis of size 1 by itself, which is not reported.

    ## Why it is bad

    Nothing raises. Each target is compared with the predictions for all examples, so the loss is least where the model
    predicts the mean of the targets for every example.

    ## Known limits

    Axes of size 1 that were made on purpose, as `[:, None]` does, are taken to be meant. Labels given to `fit` are
    reported as `loss-targets`, hand-written losses as `unintended-outer-broadcast`.

    ## References

    - <https://keras.io/api/losses/regression_losses/>
    """

    code = "TFG203"
    name = "loss-over-broadcast"
    severity = Severity.WARNING
    listens_to = (Compared,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.LSTM(8, return_sequences=True), tf.keras.layers.Dense(3)])
            x = tf.random.normal([32, 1, 4])
            y = tf.random.normal([32, 3])
            loss = tf.keras.losses.MeanSquaredError()(y, model(x))  # <- TFG203
            """,
            meant="same(loss, tf.reduce_mean((y - model(x)[:, 0]) ** 2))",
        ),
        Invalid(
            """
            import tensorflow as tf

            metric = tf.keras.metrics.MeanAbsoluteError()

            def evaluate(labels, outputs):
                metric.update_state(labels, outputs)  # <- TFG203

            labels = tf.random.normal([8, 5])
            outputs = tf.random.normal([8, 1, 4]) @ tf.random.normal([4, 5])
            evaluate(labels, outputs)
            """,
            meant="same(metric.result(), tf.reduce_mean(tf.abs(labels - outputs[:, 0])))",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.LSTM(8), tf.keras.layers.Dense(3)])
            x = tf.random.normal([32, 1, 4])
            y = tf.random.normal([32, 3])
            loss = tf.keras.losses.MeanSquaredError()(y, model(x))
        """),
        Valid("""
            import tensorflow as tf

            measure = tf.keras.losses.MeanSquaredError()
            column = measure(tf.random.normal([32]), tf.random.normal([32, 1]))
            steps = measure(tf.random.normal([32, 7]), tf.random.normal([32, 7, 1]))
            x = tf.random.normal([6, 2])
            distances = measure(x[:, tf.newaxis, :], x)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report comparisons that enlarge both sides."""
        assert isinstance(event, Compared)
        targets, predictions = event.targets, event.predictions
        if targets is None or kind_of(event.loss) is not Kind.ELEMENTWISE or event.loss in _CLASSIFYING:
            return
        if targets.explicit or predictions.explicit:
            return
        left, right = aligned(targets.shape, predictions.shape)
        enlarged = both_enlarged(left, right)
        if enlarged is None:
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` broadcasts targets {targets.shape} with predictions {predictions.shape} to "
            f"{broadcast(left, right)}; nothing raises, the {_subject(event)} is wrong",
            _labels(event),
            wording.trace(event.site, targets, predictions),
            (f"each of {enlarged[0]!r} targets is compared with each of {enlarged[1]!r} predictions",),
            "give both one shape: tf.squeeze the axis of size 1, or return_sequences=False in the last recurrent layer",
        )


class LabelsOfOtherForm(Rule):
    """Class numbers where one-hot labels are meant, or the reverse, that silently broadcast.

    ## What it does

    Reports `tf.nn.softmax_cross_entropy_with_logits` and `CategoricalAccuracy` with class numbers (a column `[B, 1]`,
    or `[B]`), and `SparseCategoricalAccuracy` with one-hot labels.

    ## Why it is bad

    The column is broadcast over the classes, so the loss multiplies the class *number* with the sum of all
    log-probabilities; the accuracy takes the argmax of one number, which is always class 0. Nothing raises.

    ## Known limits

    Where the shapes do not fit at all, `loss-targets` reports it.

    ## Fix

    Takes the loss or metric for labels of the other form. Unsafe, as it changes the values.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/nn/softmax_cross_entropy_with_logits>
    - <https://keras.io/api/metrics/accuracy_metrics/>
    """

    code = "TFG208"
    name = "labels-of-other-form"
    severity = Severity.WARNING
    listens_to = (Compared,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            labels = tf.constant([[0.0], [2.0], [1.0]])
            logits = tf.random.normal([3, 4])
            loss = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)  # <- TFG208
            """,
            meant="same(loss, tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(labels[:, 0], tf.int32), logits))",
        ),
        Invalid(
            """
            import tensorflow as tf

            accuracy = tf.keras.metrics.CategoricalAccuracy()

            def evaluate(labels, logits):
                accuracy.update_state(labels, logits)  # <- TFG208

            evaluate(tf.constant([[0], [2], [1]]), 5.0 * tf.one_hot([0, 2, 1], 4))
            """,
            meant="same(accuracy.result(), 1.0)",
        ),
        Invalid(
            """
            import tensorflow as tf

            accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
            value = accuracy(tf.eye(3), 5.0 * tf.eye(3))  # <- TFG208
            """,
            meant="same(value, 1.0)",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            labels = tf.constant([0, 2, 1])
            logits = tf.random.normal([3, 4])
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        """),
        Valid("""
            import tensorflow as tf

            one_hot = tf.one_hot([0, 2, 1], 4)
            logits = tf.random.normal([3, 4])
            loss = tf.nn.softmax_cross_entropy_with_logits(labels=one_hot, logits=logits)
            value = tf.keras.metrics.CategoricalAccuracy()(one_hot, logits)
            value = tf.keras.metrics.SparseCategoricalAccuracy()(tf.constant([[0], [2], [1]]), logits)
        """),
        Valid("""
            import tensorflow as tf

            accuracy = tf.keras.metrics.CategoricalAccuracy()
            value = accuracy(tf.eye(3), 5.0 * tf.eye(3))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report labels whose shape shows that they have the other form."""
        assert isinstance(event, Compared)
        targets, predictions = event.targets, event.predictions
        wanted = _CLASSIFYING.get(event.loss)
        if targets is None or wanted is None or not targets.shape.dims or not predictions.shape.dims:
            return
        form = _form(targets.shape.dims, predictions.shape.dims)
        if form is None or form == wanted:
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` takes {wanted} labels, and {targets.shape} beside predictions "
            f"{predictions.shape} are {form}; nothing raises, the {_subject(event)} is wrong",
            _labels(event),
            wording.trace(event.site, targets, predictions),
            help=_OTHER[event.loss],
            fix=_of_other_form(event, program),
        )


# Losses and metrics for labels of the other form, by the last part of their names.
_COUNTERPARTS: Final = {
    "CategoricalAccuracy": "SparseCategoricalAccuracy",
    "SparseCategoricalAccuracy": "CategoricalAccuracy",
    "categorical_accuracy": "sparse_categorical_accuracy",
    "sparse_categorical_accuracy": "categorical_accuracy",
    "softmax_cross_entropy_with_logits": "sparse_softmax_cross_entropy_with_logits",
}


def _of_other_form(event: Compared, program: Program) -> Repair | None:
    """Call the counterpart for labels of the other form, with class numbers as it takes them."""
    call = event.told.node if event.told is not None else None
    function = call.func.attr if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) else None
    counterpart = _COUNTERPARTS.get(function.value) if function is not None else None
    if function is None or counterpart is None:
        return None
    changes: tuple[Change, ...] = (replaced(function, counterpart),)
    if event.loss == "softmax_cross_entropy_with_logits":
        numbers = _as_numbers(event, program)
        if numbers is None:
            return None
        changes += numbers
    return Repair(Applicability.UNSAFE, f"call {counterpart}", changes)


def _as_numbers(event: Compared, program: Program) -> tuple[Change, ...] | None:
    """Make a vector of integers of the labels, class numbers that may be a column of floats."""
    labels = wording.argument(event.site.node, 0, "labels")
    found = tensorflow_name(program, event.site.path)
    if labels is None or found is None or event.targets is None:
        return None
    name, imports = found
    is_column = event.targets.shape.rank == event.predictions.shape.rank
    before, after = (f"{name}.squeeze(", ", axis=-1)") if is_column else ("", "")
    return (*imports, *wrapped(labels, f"{name}.cast({before}", f"{after}, {name}.int32)"))


_ONE_HOT: Final = "one-hot"
_NUMBERS: Final = "class numbers"

# Losses and metrics of several classes that broadcast labels of the other form, by the form that they take.
_CLASSIFYING: Final = {
    "softmax_cross_entropy_with_logits": _ONE_HOT,
    "categorical_accuracy": _ONE_HOT,
    "sparse_categorical_accuracy": _NUMBERS,
}
_OTHER: Final = {
    "softmax_cross_entropy_with_logits": "tf.nn.sparse_softmax_cross_entropy_with_logits takes class numbers",
    "categorical_accuracy": "SparseCategoricalAccuracy takes class numbers",
    "sparse_categorical_accuracy": "CategoricalAccuracy takes one-hot labels",
}


def _form(labels: tuple[Dim, ...], predictions: tuple[Dim, ...]) -> str | None:
    """Return the form that labels certainly have beside predictions for several classes, None if not certain."""
    classes = predictions[-1]
    if not isinstance(classes, int) or classes < 2 or len(predictions) < 2:
        return None
    if len(labels) == len(predictions):
        if labels[-1] == 1:
            return _NUMBERS
        return _ONE_HOT if labels[-1] == classes else None
    same = len(labels) == len(predictions) - 1 and all(equal(p, q) for p, q in zip(labels, predictions, strict=False))
    return _NUMBERS if same else None


def _subject(event: Compared) -> str:
    return "metric" if "accuracy" in event.loss or "etric" in wording.shown(event.site) else "loss"


def _labels(event: Compared) -> tuple[tuple[object, str], ...]:
    """Return a label with the shape for targets and predictions that are written out."""
    pairs: list[tuple[object, str]] = []
    sides = ((0, ("y_true", "labels"), event.targets), (1, ("y_pred", "logits"), event.predictions))
    for index, names, value in sides:
        written = next((given for name in names if (given := wording.argument(event.site.node, index, name))), None)
        if written is not None and value is not None:
            pairs.append((written, wording.described(written, value)))
    return tuple(pairs)
