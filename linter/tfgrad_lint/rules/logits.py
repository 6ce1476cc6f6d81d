"""Rule about probabilities given to a loss that takes logits, and the reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Compared, Event
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.repairs.changes import replaced, with_keyword
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.lineage import last_function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.repairs.repair import Change

# Losses of two classes, whose probabilities a sigmoid gives; those of several have softmax.
_BINARY: Final = frozenset(
    "binary_crossentropy binary_focal_crossentropy sigmoid_cross_entropy_with_logits "
    "weighted_cross_entropy_with_logits".split()
)


class LogitsOrProbabilities(Rule):
    """Probabilities given to a loss that takes logits, or logits to one that takes probabilities.

    ## What it does

    Reports a cross-entropy `from_logits=True` (or of `tf.nn`, `..._with_logits`) whose predictions come from a softmax
    or sigmoid, and one without `from_logits=True` whose predictions come from a layer without activation or from a
    matrix product. Losses given to `compile` are compared with the last layer of the model.

    ## Why it is bad

    Nothing raises. Squashed twice, the probabilities of a model can't come near 0 or 1, its gradients are small, and it
    learns slowly and badly. Keras' own losses warn and go back to the logits if they get the very result of a softmax
    or sigmoid of Keras, or of any in a graph; what was reshaped or cast since then is squashed twice. Logits taken for
    probabilities are clipped to 0 and 1, where no gradient passes.

    ## Known limits

    Only a layer, function or product that gives the predictions itself counts, reshapes and casts aside. What a
    function that is not known gives is not reported.

    ## Fix

    Gives a loss or metric of Keras the other `from_logits`. Unsafe, as it changes the values.

    ## References

    - <https://keras.io/api/losses/probabilistic_losses/>
    """

    code = "TFG212"
    name = "logits-or-probabilities"
    severity = Severity.WARNING
    listens_to = (Compared,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            model = tf.keras.Sequential([
                tf.keras.layers.Dense(8, activation="relu", input_shape=(4,)),
                tf.keras.layers.Dense(10),
            ])
            loss = tf.keras.losses.SparseCategoricalCrossentropy()
            model.compile(optimizer="adam", loss=loss)  # <- TFG212
            """,
            meant="same(loss(tf.zeros(1), model(tf.ones([1, 4]))), -tf.nn.log_softmax(model(tf.ones([1, 4])))[0, 0])",
        ),
        Invalid(
            """
            import tensorflow as tf

            class Critic(tf.keras.Model):
                def __init__(self):
                    super().__init__()
                    self.hidden = tf.keras.layers.Dense(8, activation="relu")
                    self.out = tf.keras.layers.Dense(1)

                def call(self, x):
                    return self.out(self.hidden(x))

            critic = Critic()
            cross_entropy = tf.keras.losses.BinaryCrossentropy()

            def loss_of(x):
                scores = critic(x)
                return cross_entropy(tf.ones_like(scores), scores)  # <- TFG212

            x = tf.random.normal([16, 4])
            loss = loss_of(x)
            """,
            meant="same(loss, tf.reduce_mean(tf.nn.softplus(-critic(x))))",
        ),
        Invalid(
            """
            import tensorflow as tf

            def objective(x, w, labels):
                probabilities = tf.nn.softmax(x @ w)
                return tf.nn.softmax_cross_entropy_with_logits(labels, probabilities)  # <- TFG212

            x, w, labels = tf.random.normal([2, 3]), tf.random.normal([3, 4]), tf.one_hot([0, 1], 4)
            loss = objective(x, w, labels)
            """,
            meant="same(loss, tf.nn.softmax_cross_entropy_with_logits(labels, x @ w))",
        ),
        Invalid(
            """
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.Dense(10)])
            cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

            def loss_of(images, labels):
                probabilities = tf.nn.softmax(model(images))
                return cross_entropy(labels, probabilities)  # <- TFG212

            loss = loss_of(tf.ones([1, 4]), tf.constant([3]))
            """,
            meant="same(loss, -tf.nn.log_softmax(model(tf.ones([1, 4])))[0, 3])",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([
                tf.keras.layers.Dense(8, activation="relu", input_shape=(4,)),
                tf.keras.layers.Dense(10),
            ])
            loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(optimizer="adam", loss=loss)
        """),
        Valid("""
            import tensorflow as tf

            critic = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(1)])
            scores = critic(tf.random.normal([16, 4]))
            loss = tf.keras.losses.BinaryCrossentropy(from_logits=True)(tf.ones_like(scores), scores)
            loss = tf.keras.losses.BinaryCrossentropy()(tf.ones_like(scores), tf.sigmoid(scores))
            loss = tf.keras.losses.MeanSquaredError()(tf.ones_like(scores), scores)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report predictions that are certainly not what the loss takes."""
        assert isinstance(event, Compared)
        if event.logits is None:
            return
        made = last_function(event.predictions.node)
        squashes = "sigmoid" if event.loss in _BINARY else "softmax"
        if made is None or (made.name != squashes if event.logits else made.name != "linear"):
            return
        if event.logits:
            message = (
                f"`{event.loss}` of logits applies {squashes} itself, but gets what {squashes} gave; nothing raises"
            )
        else:
            message = (
                f"`{event.loss}` takes probabilities, but gets what no activation was applied to; nothing raises, the "
                "value is wrong"
            )
        elsewhere = made.site is not None and made.site.node is not event.site.node
        yield Claim(
            event.site,
            message,
            notes=(_of_twice(event),) if event.logits else (),
            trace=((made.site, "the predictions come from here"),) if elsewhere and made.site is not None else (),
            help=f"leave out the {squashes}" if event.logits else f"from_logits=True, or a {squashes} at the end",
            fix=_other_logits(event),
        )


def _other_logits(event: Compared) -> Repair | None:
    """Tell a loss or metric of Keras that it gets logits, or that it gets none."""
    call = event.told.node if event.told is not None else None
    if not isinstance(call, cst.Call) or event.loss.endswith("_with_logits"):
        return None
    value = "False" if event.logits else "True"
    given = [each.value for each in call.args if each.keyword is not None and each.keyword.value == "from_logits"]
    if given:
        change: Change | None = replaced(given[0], value)
    elif event.logits:
        return None
    else:
        change = with_keyword(call, "from_logits", value)
    return Repair(Applicability.UNSAFE, f"from_logits={value}", (change,)) if change is not None else None


def _of_twice(event: Compared) -> str:
    """Say what comes of probabilities that are squashed again."""
    if event.loss.endswith("_with_logits"):
        return "squashed twice, the model learns slowly and badly"
    return "Keras warns and goes back to the logits where it still finds them; elsewhere the model learns badly"
