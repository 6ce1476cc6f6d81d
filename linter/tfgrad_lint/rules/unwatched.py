"""Rule about sources of a gradient that the tape does not watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientTaken, VariableReplaced
from tfgrad_lint.domain.objects import Tape
from tfgrad_lint.domain.values import Tensor
from tfgrad_lint.findings import Applicability
from tfgrad_lint.interpreter.flow import Break, BrokenFlow
from tfgrad_lint.interpreter.syntax import bound_names, code, walk
from tfgrad_lint.repairs.changes import at_block_start
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.broken_flow import BrokenFlowRule, Source, gradient_of, labels, made_at
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.replaced_variable import is_only_binding
from tfgrad_lint.rules.tape_block import TapeBlock, tape_block
from tfgrad_lint.shapes.dtypes import is_differentiable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


class SourceNotWatched(BrokenFlowRule):
    """Gradient with respect to something that the tape does not watch.

    ## What it does

    Reports `tape.gradient(target, source)` where the source is a constant or tensor that was made before the tape
    recorded, or from nothing that it watches, and that `tape.watch` was not called with; a variable with
    `trainable=False`; or any variable of a tape with `watch_accessed_variables=False`.

    ## Why it is bad

    A tape watches trainable variables by itself and nothing else: the gradient is `None`.

    ## Known limits

    Tensors that come from code which is not known are never reported.

    ## Fix

    Calls `tape.watch` with the source at the start of the tape's block, where the same name is known there. Safe.

    ## References

    - <https://www.tensorflow.org/guide/autodiff#controlling_what_the_tape_watches>
    """

    code = "TFG301"
    name = "source-not-watched"
    reason = Break.NOT_WATCHED

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.constant(3.0)
            with tf.GradientTape() as tape:
                y = x * x
            gradient = tape.gradient(y, x)  # <- TFG301
        """),
        Invalid("""
            import tensorflow as tf

            def slope(x):
                with tf.GradientTape() as tape:
                    y = tf.square(x)
                return tape.gradient(y, x)  # <- TFG301

            value = slope(tf.ones([4]))
        """),
        Invalid("""
            import tensorflow as tf

            def gradient_penalty(critic, real, fake):
                mixed = real + tf.random.uniform([4, 1]) * (fake - real)
                with tf.GradientTape() as tape:
                    score = critic(mixed)
                return tape.gradient(score, mixed)  # <- TFG301

            slopes = gradient_penalty(tf.keras.layers.Dense(1), tf.ones([4, 3]), tf.zeros([4, 3]))
        """),
        Invalid("""
            import tensorflow as tf

            with tf.GradientTape() as tape:
                x = tf.constant(3.0)
                y = x * x
            gradient = tape.gradient(y, x)  # <- TFG301
        """),
        Invalid("""
            import tensorflow as tf

            step = tf.Variable(3.0, trainable=False)
            with tf.GradientTape() as tape:
                y = step * step
            gradient = tape.gradient(y, step)  # <- TFG301
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.constant(3.0)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = x * x
            gradient = tape.gradient(y, x)
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable(3.0)
            with tf.GradientTape() as tape:
                hidden = w * w
                y = hidden * 2.0
            gradient = tape.gradient(y, hidden)
        """),
        Valid("""
            import tensorflow as tf

            with tf.GradientTape() as tape:
                x = tf.constant(3.0)
                tape.watch(x)
                doubled = x + x
                y = doubled * x
            gradients = tape.gradient(y, [x, doubled])
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report what is not watched, unless it is a variable before: what replaces that is the mistake then."""
        if not isinstance(event, GradientTaken) or not _is_replaced(event, program):
            yield from super().check(event, program)

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        return Claim(
            event.site,
            f"{gradient_of(sources)}: {_why_unwatched(event, sources)}",
            labels(sources),
            made_at(sources),
            help=f"call tape.watch({sources[0].name}) at the start of the tape's `with` block",
        )

    def repair(
        self, event: GradientTaken, broken: BrokenFlow, sources: list[Source], tree: cst.Module
    ) -> Repair | None:
        """Watch the sources at the start of the tape's block."""
        block = tape_block(event, tree)
        made_within = any(event.tape in source.value.node.tapes for source in sources)
        if block is None or made_within or any(not _can_be_watched(source, block) for source in sources):
            return None
        calls = dict.fromkeys(f"{block.tape}.watch({code(source.written)})" for source in sources if source.written)
        change = at_block_start(tree, block.body, "\n".join(calls))
        return Repair(Applicability.SAFE, f"add {'; '.join(calls)} at the start of the block", (change,))


def _is_replaced(event: GradientTaken, program: Program) -> bool:
    """Tell whether a source is what `variable-replaced-by-tensor` reports."""
    sources = wording.argument(event.site.node, 1, "sources")
    names = {code(node) for node in walk(sources)} if sources is not None else set()
    return any(
        names & {each.name, each.name.partition("[")[0]} and is_only_binding(each, program.trees[each.site.path])
        for each in program.events_of(VariableReplaced)
    )


def _can_be_watched(source: Source, block: TapeBlock) -> bool:
    """Tell whether the expression that names a source is the same value at the start of the tape's block."""
    if not isinstance(source.value, Tensor) or is_differentiable(source.value.dtype) is False:
        return False
    if not isinstance(source.written, cst.Name | cst.Attribute):
        return False
    root: cst.BaseExpression = source.written
    while isinstance(root, cst.Attribute):
        root = root.value
    return isinstance(root, cst.Name) and root.value not in bound_names(block.body)


def _why_unwatched(event: GradientTaken, sources: list[Source]) -> str:
    subject = "it is" if len(sources) == 1 else "they are"
    if any(not isinstance(source.value, Tensor) or source.value.kind != "variable" for source in sources):
        return f"{subject} not watched, as only trainable variables are without tape.watch"
    if isinstance(event.tape, Tape) and event.tape.watch_accessed_variables is False:
        return f"{subject} not watched, as the tape has watch_accessed_variables=False"
    return f"{subject} not trainable, so not watched without tape.watch"
