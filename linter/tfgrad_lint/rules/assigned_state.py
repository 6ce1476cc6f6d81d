"""Rule about gradients through the value of a variable that was assigned."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

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

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import GradientTaken


class PathThroughState(BrokenFlowRule):
    """Gradient through an assignment to a variable.

    ## What it does

    Reports `tape.gradient(target, source)` where the target depends on the source only through a variable that was
    given its value by `assign`, `assign_add` or `assign_sub` while the tape recorded.

    ## Why it is bad

    A tape sees the value that a variable has, not how it came by it: the gradient is `None`.

    ## Known limits

    If any step between the two is not known, nothing is reported. Assignments before the tape records are not looked
    at.

    ## References

    - <https://www.tensorflow.org/guide/autodiff#4_took_gradients_through_a_stateful_object>
    """

    code = "TFG306"
    name = "path-through-state"
    reason = Break.THROUGH_STATE

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            state = tf.Variable(0.0)
            with tf.GradientTape() as tape:
                state.assign_add(x)
                y = state**2
            gradient = tape.gradient(y, x)  # <- TFG306
        """),
        Invalid("""
            import tensorflow as tf

            class Accumulator(tf.Module):
                def __init__(self):
                    self.total = tf.Variable(tf.zeros([3]), trainable=False)

                def add(self, values):
                    self.total.assign(self.total + values)
                    return tf.reduce_sum(self.total**2)

            accumulator = Accumulator()
            weights = tf.Variable([1.0, 2.0, 3.0])
            with tf.GradientTape() as tape:
                loss = accumulator.add(weights * 2.0)
            gradient = tape.gradient(loss, weights)  # <- TFG306
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            state = tf.Variable(0.0)
            with tf.GradientTape() as tape:
                total = state + x
                y = total**2
            state.assign(total)
            gradient = tape.gradient(y, x)
        """),
        Valid("""
            import tensorflow as tf

            weights = tf.Variable([1.0, 2.0])
            average = tf.Variable([0.0, 0.0], trainable=False)
            with tf.GradientTape() as tape:
                average.assign(0.9 * average + 0.1 * weights)
                loss = tf.reduce_sum((weights - average) ** 2)
            gradient = tape.gradient(loss, weights)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            state = tf.Variable(0.0)
            with tf.GradientTape() as tape:
                state.assign_add(x)
                y = x**2
            gradient = tape.gradient(y, x)
        """),
    )

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        step = broken.step
        where = f" `{wording.text(step.site.node)}`" if step is not None and step.site is not None else ""
        return Claim(
            event.site,
            f"{gradient_of(sources)}: `{target_text(event)}` depends on it through the assignment{where} only, "
            "which no gradient passes",
            labels(sources),
            (*made_at(sources), *broken_at(broken, "the value is put into a variable here")),
            help="compute with the assigned expression itself, and assign it to the variable for later only",
        )
