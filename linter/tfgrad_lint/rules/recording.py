"""Rules about targets that the tape did not record."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.findings import Applicability
from tfgrad_lint.interpreter.flow import Break, BrokenFlow
from tfgrad_lint.interpreter.syntax import bound_names, walk
from tfgrad_lint.repairs.blocks import at_block_end, is_unchanged_until, moved_into, names_in, statements_after
from tfgrad_lint.repairs.changes import replaced
from tfgrad_lint.repairs.repair import Repair
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
from tfgrad_lint.rules.tape_block import tape_block

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import GradientTaken
    from tfgrad_lint.domain.values import Site


class NotRecorded(BrokenFlowRule):
    """Target computed where the tape does not record.

    ## What it does

    Reports `tape.gradient(target, source)` where a step of every path between the two ran before or after the tape's
    `with` block, or under `tape.stop_recording()`.

    ## Why it is bad

    The tape knows only what ran while it recorded: the gradient is `None`.

    ## Known limits

    One path of which not every step is known is enough for silence.

    ## Fix

    Moves the statements between the block and the one that binds the target into the block. Safe.

    ## References

    - <https://www.tensorflow.org/guide/autodiff>
    """

    code = "TFG308"
    name = "not-recorded"
    reason = Break.NOT_RECORDED

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            hidden = w * 3.0
            with tf.GradientTape() as tape:
                loss = hidden * hidden
            gradient = tape.gradient(loss, w)  # <- TFG308
        """),
        Invalid("""
            import tensorflow as tf

            def loss_of(weights):
                return tf.reduce_sum(weights * weights)

            w = tf.Variable([2.0, 1.0])
            with tf.GradientTape() as tape:
                outputs = w * 2.0
            loss = loss_of(outputs)
            gradient = tape.gradient(loss, w)  # <- TFG308
        """),
        Invalid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(1)])

            def train_step(x, y):
                predictions = model(x, training=True)
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.square(y - predictions))
                return tape.gradient(loss, model.trainable_variables)  # <- TFG308

            gradients = train_step(tf.ones([4, 2]), tf.ones([4, 1]))
        """),
        Invalid("""
            import tensorflow as tf

            def slope(w):
                with tf.GradientTape() as tape:
                    outputs = w * 2.0

                # The loss of one step.
                loss = tf.reduce_sum(
                    outputs * outputs
                )
                return tape.gradient(loss, w)  # <- TFG308

            gradient = slope(tf.Variable([2.0, 1.0]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            scale = tf.constant(3.0) * 2.0
            with tf.GradientTape() as tape:
                loss = w * scale
            gradient = tape.gradient(loss, w)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape() as outer:
                with tf.GradientTape() as inner:
                    y = x**3
                dy = inner.gradient(y, x)
            d2y = outer.gradient(dy, x)
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                hidden = w * 3.0
                loss = hidden * hidden
            gradient = tape.gradient(loss, w)
        """),
    )

    def applies(self, event: GradientTaken, broken: BrokenFlow) -> bool:
        """Leave targets that are computed in the call itself, and gradients of gradients, to rules of their own."""
        return not _within_call(event, broken) and not _is_gradient(broken)

    def repair(
        self, event: GradientTaken, broken: BrokenFlow, sources: list[Source], tree: cst.Module
    ) -> Repair | None:
        """Move what computes the target into the block, if it stands right after it."""
        return _target_moved(event, tree)

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        step = broken.step
        what = wording.text(step.site.node) if step is not None and step.site is not None else target_text(event)
        return Claim(
            event.site,
            f"{gradient_of(sources)}: the tape did not record `{what}`, on the way to `{target_text(event)}`",
            labels(sources),
            (*_tape_made(event), *broken_at(broken, "the tape is not recording here")),
            help="move it into the tape's `with` block",
        )


class SecondOrderLost(BrokenFlowRule):
    """Gradient of a gradient that the outer tape did not record.

    ## What it does

    Reports `outer.gradient(dy, x)` where `dy` came from a `gradient` call that ran outside of the outer tape's `with`
    block.

    ## Why it is bad

    The outer tape must record the inner `gradient` call to differentiate it: the second derivative is `None`.

    ## Known limits

    One path of which not every step is known is enough for silence.

    ## Fix

    Moves the statements between the outer block and the inner gradient, which follows it, into the block. Safe.

    ## References

    - <https://www.tensorflow.org/guide/advanced_autodiff#higher-order_gradients>
    """

    code = "TFG314"
    name = "second-order-lost"
    reason = Break.NOT_RECORDED

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape() as outer:
                with tf.GradientTape() as inner:
                    y = x**3
            dy = inner.gradient(y, x)
            d2y = outer.gradient(dy, x)  # <- TFG314
        """),
        Invalid("""
            import tensorflow as tf

            def derivative(tape, y, x):
                return tape.gradient(y, x)

            x = tf.Variable(3.0)
            with tf.GradientTape(persistent=True) as tape:
                y = x**3
            dy = derivative(tape, y, x)
            d2y = tape.gradient(dy, x)  # <- TFG314
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape() as outer:
                with tf.GradientTape() as inner:
                    y = x**3
                dy = inner.gradient(y, x)
            d2y = outer.gradient(dy, x)
        """),
    )

    def applies(self, event: GradientTaken, broken: BrokenFlow) -> bool:
        """Report breaks at a gradient call only."""
        return _is_gradient(broken)

    def repair(
        self, event: GradientTaken, broken: BrokenFlow, sources: list[Source], tree: cst.Module
    ) -> Repair | None:
        """Move the inner gradient into the block, if it stands right after it."""
        return _target_moved(event, tree)

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        return Claim(
            event.site,
            f"{gradient_of(sources)}: `{target_text(event)}` is a gradient that this tape did not record",
            labels(sources),
            (*_tape_made(event), *broken_at(broken, "this gradient is taken while the tape is not recording")),
            help="take the inner gradient inside the outer tape's `with` block",
        )


class TargetOutsideBlock(BrokenFlowRule):
    """Target computed in the call of `gradient` itself.

    ## What it does

    Reports `tape.gradient(-loss, w)`, `tape.gradient(loss[0], w)` and `tape.gradient(f(w), w)` after the tape's `with`
    block, where the last step of the target is not recorded.

    ## Why it is bad

    The argument is evaluated after the tape stopped recording: the gradient is `None`.

    ## Known limits

    One path of which not every step is known is enough for silence.

    ## Fix

    Binds the target to a name at the end of the block, and asks for the gradient of that. Safe.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/GradientTape#gradient>
    """

    code = "TFG320"
    name = "target-outside-block"
    reason = Break.NOT_RECORDED

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                loss = w * w
            gradient = tape.gradient(-loss, w)  # <- TFG320
        """),
        Invalid("""
            import tensorflow as tf

            def ascend(tape, reward, weights):
                return tape.gradient(-reward, weights)  # <- TFG320

            w = tf.Variable([2.0, 1.0])
            with tf.GradientTape() as tape:
                reward = tf.reduce_sum(w * w)
            gradient = ascend(tape, reward, w)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                negative = -(w * w)
            gradient = tape.gradient(negative, w)
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                loss = w * w
            gradient = -tape.gradient(loss, w)
        """),
    )

    def applies(self, event: GradientTaken, broken: BrokenFlow) -> bool:
        """Report steps that are part of the call only."""
        return _within_call(event, broken) and not _is_gradient(broken)

    def repair(
        self, event: GradientTaken, broken: BrokenFlow, sources: list[Source], tree: cst.Module
    ) -> Repair | None:
        """Compute the target at the end of the block, under a name."""
        return _target_named(event, tree)

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        return Claim(
            event.site,
            f"{gradient_of(sources)}: `{target_text(event)}` is computed here, after the tape stopped recording",
            labels(sources),
            _tape_made(event),
            help="compute the whole target inside the tape's `with` block",
        )


def _target_moved(event: GradientTaken, tree: cst.Module) -> Repair | None:
    """Move the statements after the tape's block, up to the one that binds the target's name, into it."""
    target = wording.argument(event.site.node, 0, "target")
    block = tape_block(event, tree)
    if block is None or not isinstance(target, cst.Name):
        return None
    moved: list[cst.BaseStatement] = []
    for statement in statements_after(tree, block.statement):
        if event.site.node in walk(statement):
            return None
        moved.append(statement)
        if target.value in bound_names(statement):
            changes = moved_into(tree, block.body, moved)
            message = f"compute `{target.value}` in the tape's block"
            return Repair(Applicability.SAFE, message, tuple(changes)) if changes is not None else None
    return None


def _target_named(event: GradientTaken, tree: cst.Module) -> Repair | None:
    target = wording.argument(event.site.node, 0, "target")
    block = tape_block(event, tree)
    if block is None or target is None or not is_unchanged_until(tree, block.statement, target):
        return None
    taken = names_in(tree)
    names = chain(["target"], (f"target_{number}" for number in count(2)))
    name = next(each for each in names if each not in taken)
    source = cst.Module([]).code_for_node(target)
    value = f"({source})" if "\n" in source else source
    change = at_block_end(tree, block.body, f"{name} = {value}")
    if change is None:
        return None
    message = f"compute `{wording.text(target)}` in the tape's block"
    return Repair(Applicability.SAFE, message, (change, replaced(target, name)))


def _within_call(event: GradientTaken, broken: BrokenFlow) -> bool:
    step = broken.step
    if step is None or step.site is None or event.recording:
        return False
    return any(node is step.site.node for node in walk(event.site.node))


def _is_gradient(broken: BrokenFlow) -> bool:
    return broken.step is not None and broken.step.what.startswith("tape.")


def _tape_made(event: GradientTaken) -> tuple[tuple[Site, str], ...]:
    node = getattr(event.tape, "node", None)
    return ((node.site, "the tape records in this block"),) if node is not None and node.site is not None else ()
