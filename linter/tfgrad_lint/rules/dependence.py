"""Rules about targets that do not depend on their source, or not by a way that a gradient can take."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from tfgrad_lint.domain.values import ANEW
from tfgrad_lint.interpreter.flow import Break, BrokenFlow
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.broken_flow import (
    BrokenFlowRule,
    Source,
    broken_at,
    gradient_of,
    labels,
    made_at,
    target_text,
)
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.models import predicts
from tfgrad_lint.rules.stopped import stops

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import GradientTaken, Trained


class TargetDoesNotDependOnSource(BrokenFlowRule):
    """Gradient with respect to something that the target does not depend on.

    ## What it does

    Reports `tape.gradient(target, source)` where the target was certainly not computed from the source, by any path.

    ## Why it is bad

    The gradient is `None`. `apply_gradients` skips it with a warning at best, arithmetic on it raises, and the
    variable is never trained.

    ## Known limits

    If any step between the two is not known, nothing is reported. Paths that exist but carry no gradient have rules of
    their own.

    ## References

    - <https://www.tensorflow.org/guide/autodiff#cases_where_gradient_returns_none>
    """

    code = "TFG302"
    name = "target-does-not-depend-on-source"
    reason = Break.INDEPENDENT

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            b = tf.Variable(1.0)
            with tf.GradientTape() as tape:
                loss = w * w
            dw, db = tape.gradient(loss, [w, b])  # <- TFG302
        """),
        Invalid("""
            import tensorflow as tf

            def penalty(weights):
                return tf.reduce_sum(tf.square(weights))

            kernel = tf.Variable(tf.ones([3, 2]))
            scale = tf.Variable(1.0)
            with tf.GradientTape() as tape:
                loss = penalty(kernel)
            gradient = tape.gradient(loss, scale)  # <- TFG302
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            b = tf.Variable(1.0)
            with tf.GradientTape() as tape:
                loss = 0.0
                for _ in range(10):
                    loss += w * b
            dw, db = tape.gradient(loss, [w, b])
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                loss = eval("w * w")
            gradient = tape.gradient(loss, w)
        """),
        Valid("""
            import random

            import tensorflow as tf

            w = tf.Variable(2.0)
            source = w if random.random() < 2.0 else tf.constant(1.0)
            with tf.GradientTape() as tape:
                loss = w * w
            gradient = tape.gradient(loss, source)
        """),
    )

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        them = "it" if len(sources) == 1 else "them"
        return Claim(
            event.site,
            f"{gradient_of(sources)}: `{target_text(event)}` does not depend on {them}",
            labels(sources),
            made_at(sources),
            help="compute the target from the source inside the tape's `with` block, or drop the source",
        )


class NotDifferentiable(BrokenFlowRule):
    """Gradient through an operation that has none.

    ## What it does

    Reports `tape.gradient(target, source)` where every path between the two passes an operation without gradient:
    `argmax`, `round`, `floor`, a comparison, a string, a cast to an integer dtype, the indices of `one_hot` or
    `gather`. So is a loss that `model.fit` or `model.train_on_batch` minimises.

    ## Why it is bad

    The gradient is `None`: nothing is learned.

    ## Known limits

    One path of which not every step is known is enough for silence. `tf.sign` is not reported: its gradient is not
    `None` but zero everywhere.

    ## References

    - <https://www.tensorflow.org/guide/autodiff#cases_where_gradient_returns_none>
    """

    code = "TFG303"
    name = "not-differentiable"
    reason = Break.NOT_DIFFERENTIABLE

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            logits = tf.Variable(tf.ones([4, 3]))
            with tf.GradientTape() as tape:
                labels = tf.argmax(logits, axis=1)
                loss = tf.reduce_sum(tf.cast(labels, tf.float32))
            gradient = tape.gradient(loss, logits)  # <- TFG303
        """),
        Invalid("""
            import tensorflow as tf

            def accuracy(scores, labels):
                hits = tf.equal(tf.argmax(scores, axis=1), labels)
                return tf.reduce_mean(tf.cast(hits, tf.float32))

            scores = tf.Variable(tf.ones([4, 3]))
            with tf.GradientTape() as tape:
                value = accuracy(scores, tf.constant([0, 1, 2, 0], tf.int64))
            gradient = tape.gradient(value, scores)  # <- TFG303
        """),
        Invalid("""
            import tensorflow as tf

            w = tf.Variable([1.5, 2.5])
            with tf.GradientTape() as tape:
                read = tf.strings.to_number(tf.strings.as_string(w))
                loss = tf.reduce_sum(read)
            gradient = tape.gradient(loss, w)  # <- TFG303
        """),
        Invalid("""
            import tensorflow as tf

            class Detector(tf.keras.Model):
                def __init__(self):
                    super().__init__()
                    self.score = tf.keras.layers.Dense(1, activation="sigmoid")

                def call(self, x):
                    return self.score(x)

                def misses(self, y, scores):
                    found = tf.round(scores)
                    return tf.reduce_sum(y * (1.0 - found))

                def train_step(self, data):
                    x, y = data
                    with tf.GradientTape() as tape:
                        loss = self.misses(y, self(x, training=True))
                    return tape.gradient(loss, self.trainable_variables)  # <- TFG303

            gradients = Detector().train_step((tf.ones([4, 3]), tf.ones([4, 1])))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.Variable([0.4, 1.6])
            with tf.GradientTape() as tape:
                straight_through = x * tf.sign(x) + tf.stop_gradient(tf.round(x) - x)
                loss = tf.reduce_sum(straight_through)
            gradient = tape.gradient(loss, x)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable([[0.4, 1.6]])
            with tf.GradientTape() as tape:
                best = tf.argmax(x, axis=1)
                loss = tf.reduce_sum(tf.gather(x, best, axis=1))
            gradient = tape.gradient(loss, x)
        """),
        Valid("""
            import tensorflow as tf

            logits = tf.Variable(tf.ones([4, 3]))
            with tf.GradientTape() as tape:
                labels = tf.reduce_max(logits, axis=1)
                loss = tf.reduce_sum(tf.cast(labels, tf.float32))
            gradient = tape.gradient(loss, logits)
        """),
    )

    def applies(self, event: GradientTaken, broken: BrokenFlow) -> bool:
        """Leave gradients that are stopped on purpose to a rule of their own."""
        return not stops(broken)

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        return Claim(
            event.site,
            f"{gradient_of(sources)}: every path to `{target_text(event)}` ends{_place(broken)}: {_why(broken)}",
            labels(sources),
            (*made_at(sources), *broken_at(broken, "no gradient passes this")),
            help=_SURROGATE,
        )

    def claims_of_training(self, event: Trained, broken: BrokenFlow) -> tuple[Claim, ...]:
        """Report a loss whose every path to the model ends."""
        claim = Claim(
            event.site,
            f"`{wording.shown(event.site)}` has no gradient for any variable: "
            f"every path to the loss ends{_place(broken)}: {_why(broken)}",
            trace=broken_at(broken, "no gradient passes this"),
            help=_SURROGATE,
        )
        return () if stops(broken) else (claim,)


_SURROGATE: Final = "use a differentiable surrogate (softmax for argmax, sigmoid for a threshold), or a custom gradient"


def _place(broken: BrokenFlow) -> str:
    step = broken.step
    return f" at `{wording.text(step.site.node)}`" if step is not None and step.site is not None else ""


def _why(broken: BrokenFlow) -> str:
    step = broken.step
    return step.cut if step is not None and step.cut not in {None, ANEW} else "integers carry no gradient"


class PathLeavesTensorFlow(BrokenFlowRule):
    """Gradient through NumPy or a Python number.

    ## What it does

    Reports `tape.gradient(target, source)` where every path between the two leaves TensorFlow: `.numpy()`, a NumPy
    function, `float(x)`, `int(x)`.

    ## Why it is bad

    What is computed outside of TensorFlow is not recorded, so the gradient is `None`.

    ## Known limits

    One path of which not every step is known is enough for silence.

    ## References

    - <https://www.tensorflow.org/guide/autodiff#2_did_calculations_outside_of_tensorflow>
    """

    code = "TFG304"
    name = "path-leaves-tensorflow"
    reason = Break.LEFT_TENSORFLOW

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import numpy as np
            import tensorflow as tf

            x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
            with tf.GradientTape() as tape:
                squared = x**2
                y = np.mean(squared, axis=0)
                loss = tf.reduce_mean(y, axis=0)
            gradient = tape.gradient(loss, x)  # <- TFG304
        """),
        Invalid("""
            import tensorflow as tf

            def scaled(x, factor):
                return tf.constant(x.numpy() * factor)

            w = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(scaled(w, 3.0))
            gradient = tape.gradient(loss, w)  # <- TFG304
        """),
        Invalid("""
            import tensorflow as tf

            generator = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="elu"), tf.keras.layers.Dense(1)])
            critic = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="elu"), tf.keras.layers.Dense(1)])

            def train_generator(noise):
                with tf.GradientTape() as tape:
                    moments = generator(noise).numpy().T
                    loss = -tf.reduce_mean(critic(moments))
                return tape.gradient(loss, generator.trainable_variables)  # <- TFG304

            train_generator(tf.random.normal([4, 2]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import numpy as np
            import tensorflow as tf

            x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(x**2) * np.float32(2.0)
                print(float(loss))
            gradient = tape.gradient(loss, x)
        """),
        Valid("""
            import tensorflow as tf

            def scaled(x, factor):
                return tf.identity(x * factor)

            w = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(scaled(w, 3.0))
            gradient = tape.gradient(loss, w)
        """),
    )

    def applies(self, event: GradientTaken, broken: BrokenFlow) -> bool:
        """Leave predictions of models to a rule of their own."""
        return not predicts(broken)

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        return Claim(
            event.site,
            f"{gradient_of(sources)}: every path to `{target_text(event)}` leaves TensorFlow{_place(broken)}",
            labels(sources),
            (*made_at(sources), *broken_at(broken, "computed outside of TensorFlow, so not recorded")),
            help="use the tf or tf.math function of the same name",
        )

    def claims_of_training(self, event: Trained, broken: BrokenFlow) -> tuple[Claim, ...]:
        """Report a loss that is computed outside of TensorFlow."""
        claim = Claim(
            event.site,
            f"`{wording.shown(event.site)}` has no gradient for any variable: "
            f"every path to the loss leaves TensorFlow{_place(broken)}",
            trace=broken_at(broken, "computed outside of TensorFlow, so not recorded"),
            help="use the tf or tf.math function of the same name",
        )
        return () if predicts(broken) else (claim,)
