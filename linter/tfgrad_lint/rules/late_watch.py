"""Rule about `tape.watch` after what it should have seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.findings import Applicability
from tfgrad_lint.interpreter.flow import Break, BrokenFlow
from tfgrad_lint.interpreter.syntax import bound_names, code, walk
from tfgrad_lint.repairs.changes import at_block_start, statement_removed
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.broken_flow import BrokenFlowRule, Source, broken_at, gradient_of, labels, target_text
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.tape_block import TapeBlock, tape_block

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import GradientTaken
    from tfgrad_lint.repairs.repair import Change


class WatchedLate(BrokenFlowRule):
    """`tape.watch` after the computation.

    ## What it does

    Reports `tape.gradient(target, source)` where `tape.watch(source)` came after all that the target was computed from
    the source with.

    ## Why it is bad

    A tape records what is computed from a tensor from the moment on at which it watches it: the gradient is `None`.

    ## Known limits

    If one of the steps came after `tape.watch` nothing is reported, though the gradient may lack the others.

    ## Fix

    Moves `tape.watch` to the start of the block. Safe.

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

    def repair(
        self, event: GradientTaken, broken: BrokenFlow, sources: list[Source], tree: cst.Module
    ) -> Repair | None:
        """Move the calls of `watch` to the start of the tape's block."""
        block = tape_block(event, tree)
        if block is None:
            return None
        changes: list[Change] = []
        calls: list[str] = []
        for source in sources:
            statement = _watch_of(source, block)
            removed = statement_removed(tree, statement) if statement is not None else None
            if statement is None or removed is None:
                return None
            changes.append(removed)
            calls.append(code(statement))
        first = at_block_start(tree, block.body, "\n".join(calls))
        return Repair(Applicability.SAFE, f"move {'; '.join(calls)} to the start of the block", (first, *changes))

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
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


def _watch_of(source: Source, block: TapeBlock) -> cst.Expr | None:
    """Return the statement in a tape's block that watches a source, whose name the block does not bind."""
    if not isinstance(source.written, cst.Name) or source.written.value in bound_names(block.body):
        return None
    wanted = f"{block.tape}.watch({source.written.value})"
    found = (node for node in walk(block.body) if isinstance(node, cst.Expr) and code(node) == wanted)
    return next(found, None)
