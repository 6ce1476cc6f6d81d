"""Rule about `tf.stop_gradient` where the gradient is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from tfgrad_lint.interpreter.flow import Break, BrokenFlow
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.broken_flow import (
    BrokenFlowRule,
    Source,
    broken_at,
    gradient_of,
    labels,
    target_text,
)
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import GradientTaken

_STOP: Final = "tf.stop_gradient"


def stops(broken: BrokenFlow) -> bool:
    """Tell whether the path ends at `tf.stop_gradient`."""
    return broken.step is not None and broken.step.cut == _STOP


class StoppedOnTrainedBranch(BrokenFlowRule):
    """Gradient stopped on the branch that is trained.

    ## What it does

    Reports `tape.gradient(target, source)` where every path between the two passes `tf.stop_gradient`.

    ## Why it is bad

    The gradient is `None`. Mostly the call was meant for the other operand of the loss: the target network, the old
    policy, the label.

    ## Known limits

    One path of which not every step is known is enough for silence. A missing `stop_gradient` is not reported: where
    the target network's variables are not among the sources it makes no difference, and where a network computes its
    own target, the residual gradient may be what is wanted.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/stop_gradient>
    """

    code = "TFG319"
    name = "stopped-on-trained-branch"
    reason = Break.NOT_DIFFERENTIABLE

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            online = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            target = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            states = tf.random.normal([8, 4])
            with tf.GradientTape() as tape:
                error = target(states) - tf.stop_gradient(online(states))
                loss = tf.reduce_mean(error**2)
            gradients = tape.gradient(loss, online.trainable_variables)  # <- TFG319
        """),
        Invalid("""
            import tensorflow as tf

            def similarity(online, target):
                return tf.reduce_sum(tf.stop_gradient(online) * target)

            w = tf.Variable(tf.ones([3]))
            old = tf.constant([1.0, 2.0, 3.0])
            with tf.GradientTape() as tape:
                loss = -similarity(w * 2.0, old)
            gradient = tape.gradient(loss, w)  # <- TFG319
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            online = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            target = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            states = tf.random.normal([8, 4])
            with tf.GradientTape() as tape:
                error = tf.stop_gradient(target(states)) - online(states)
                loss = tf.reduce_mean(error**2)
            gradients = tape.gradient(loss, online.trainable_variables)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable([0.4, 1.6])
            with tf.GradientTape() as tape:
                straight_through = x + tf.stop_gradient(tf.round(x) - x)
                loss = tf.reduce_sum(straight_through)
            gradient = tape.gradient(loss, x)
        """),
        Valid("""
            import tensorflow as tf

            def similarity(online, target):
                return tf.reduce_sum(online * tf.stop_gradient(target))

            w = tf.Variable(tf.ones([3]))
            old = tf.constant([1.0, 2.0, 3.0])
            with tf.GradientTape() as tape:
                loss = -similarity(w * 2.0, old)
            gradient = tape.gradient(loss, w)
        """),
    )

    def applies(self, event: GradientTaken, broken: BrokenFlow) -> bool:
        """Report paths that end where the user asked for it."""
        return stops(broken)

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        step = broken.step
        where = wording.text(step.site.node) if step is not None and step.site is not None else _STOP
        return Claim(
            event.site,
            f"{gradient_of(sources)}: `{where}` stops it on every path to `{target_text(event)}`",
            labels(sources),
            broken_at(broken, "stopped here"),
            help="stop the gradient of the other operand, the one that is not trained",
        )
