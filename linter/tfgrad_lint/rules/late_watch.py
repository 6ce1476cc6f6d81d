"""Rule about `tape.watch` after what it should have seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.interpreter.flow import Break, BrokenFlow
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.broken_flow import BrokenFlowRule, BrokenSource, broken_at, gradient_of, labels, target_text
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import GradientTaken


class WatchedLate(BrokenFlowRule):
    """`tape.watch` after the computation.

    ## What it does

    Reports `tape.gradient(target, source)` where `tape.watch(source)` came after all that the target was computed from
    the source with.

    ## Why it is bad

    A tape records what is computed from a tensor from the moment on at which it watches it: the gradient is `None`.

    ## Known limits

    If one of the steps came after `tape.watch` nothing is reported, though the gradient may lack the others.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/GradientTape#watch>
    """

    code = "TFG311"
    name = "watched-late"
    reason = Break.WATCHED_LATE

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.constant(3.0)
            with tf.GradientTape() as tape:
                y = x * x
                tape.watch(x)
                z = y * 2.0
            gradient = tape.gradient(z, x)  # <- TFG311
        """),
        Invalid("""
            import tensorflow as tf

            def saliency(critic, images):
                with tf.GradientTape() as tape:
                    score = critic(images)
                    tape.watch(images)
                return tape.gradient(score, images)  # <- TFG311

            value = saliency(lambda images: tf.reduce_sum(images**2), tf.ones([4, 3]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.constant(3.0)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = x * x
                z = y * 2.0
            gradient = tape.gradient(z, x)
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable(3.0)
            with tf.GradientTape() as tape:
                hidden = w * 2.0
                y = hidden * hidden
                tape.watch(hidden)
            gradient = tape.gradient(y, hidden)
        """),
    )

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[BrokenSource]) -> Claim:
        """Word the finding."""
        step = broken.step
        used = wording.text(step.site.node) if step is not None and step.site is not None else target_text(event)
        return Claim(
            event.site,
            f"{gradient_of(sources)}: the tape watches it only after `{used}`, so that is not recorded",
            labels(sources),
            broken_at(broken, "used here, before tape.watch"),
            help=f"call tape.watch({sources[0].name}) at the start of the tape's `with` block",
        )
