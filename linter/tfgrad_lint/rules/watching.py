"""Rules about what a tape watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientTaken, VariableReplaced, Watched
from tfgrad_lint.domain.objects import Tape
from tfgrad_lint.domain.values import Tensor
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.interpreter.flow import Break, BrokenFlow
from tfgrad_lint.interpreter.syntax import bound_names, code, parents, walk
from tfgrad_lint.repairs.changes import at_block_start, statement_removed
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.broken_flow import BrokenFlowRule, BrokenSource, gradient_of, labels, made_at
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.literals import floating_literal
from tfgrad_lint.rules.replaced_variable import is_only_binding
from tfgrad_lint.rules.tape_block import TapeBlock, tape_block
from tfgrad_lint.shapes.dtypes import is_differentiable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Site, Unknown
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

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[BrokenSource]) -> Claim:
        """Word the finding."""
        return Claim(
            event.site,
            f"{gradient_of(sources)}: {_why_unwatched(event, sources)}",
            labels(sources),
            made_at(sources),
            help=f"call tape.watch({sources[0].name}) at the start of the tape's `with` block",
        )

    def repair(
        self, event: GradientTaken, broken: BrokenFlow, sources: list[BrokenSource], tree: cst.Module
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


def _can_be_watched(source: BrokenSource, block: TapeBlock) -> bool:
    """Tell whether the expression that names a source is the same value at the start of the tape's block."""
    if not isinstance(source.value, Tensor) or is_differentiable(source.value.dtype) is False:
        return False
    if not isinstance(source.written, cst.Name | cst.Attribute):
        return False
    root: cst.BaseExpression = source.written
    while isinstance(root, cst.Attribute):
        root = root.value
    return isinstance(root, cst.Name) and root.value not in bound_names(block.body)


def _why_unwatched(event: GradientTaken, sources: list[BrokenSource]) -> str:
    subject = "it is" if len(sources) == 1 else "they are"
    if any(not isinstance(source.value, Tensor) or source.value.kind != "variable" for source in sources):
        return f"{subject} not watched, as only trainable variables are without tape.watch"
    if isinstance(event.tape, Tape) and event.tape.watch_accessed_variables is False:
        return f"{subject} not watched, as the tape has watch_accessed_variables=False"
    return f"{subject} not trainable, so not watched without tape.watch"


class WatchedWithoutGradient(Rule):
    """`tape.watch` of an integer, boolean or string tensor.

    ## What it does

    Reports `tape.watch(x)` where `x` certainly has a dtype without gradient.

    ## Why it is bad

    TensorFlow logs that the dtype of the watched tensor must be floating, and the gradient is `None`.

    ## Known limits

    Tensors of unknown dtype are never reported.

    ## Fix

    Writes the integers of a `tf.constant` or `tf.Variable` as floats, where they are written out. Safe.

    ## References

    - <https://www.tensorflow.org/guide/autodiff#3_took_gradients_through_an_integer_or_string>
    """

    code = "TFG313"
    name = "watched-without-gradient"
    severity = Severity.WARNING
    listens_to = (Watched,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.constant(10)
            with tf.GradientTape() as tape:
                tape.watch(x)  # <- TFG313
                y = tf.cast(x, tf.float32) * 2.0
        """),
        Invalid("""
            import tensorflow as tf

            def doubled(values):
                with tf.GradientTape() as tape:
                    tape.watch(values)  # <- TFG313
                    return values * 2

            y = doubled(tf.range(4))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.cast(tf.range(4), tf.float32)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = x * 2.0
        """),
        Valid("""
            import tensorflow as tf

            x = tf.constant(10.0)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.cast(x, tf.float32) * 2.0
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report watched tensors of dtypes without gradient."""
        assert isinstance(event, Watched)
        if isinstance(event.value, Tensor) and is_differentiable(event.value.dtype) is False:
            name = wording.argument(event.site.node, 0, "tensor")
            shown = wording.text(name) if name is not None else "the tensor"
            made = event.value.node.site
            yield Claim(
                event.site,
                f"`{shown}` has dtype {event.value.dtype}, which has no gradient: watching it has no effect",
                trace=((made, f"`{wording.text(made.node)}` is {event.value.dtype}"),) if made is not None else (),
                help=f"make it floating: tf.cast({shown}, tf.float32)",
                fix=floating_literal(made, event.site.path),
            )


class RedundantWatch(Rule):
    """`tape.watch` of a variable that the tape watches anyway.

    ## What it does

    Reports `tape.watch(v)` of a trainable `tf.Variable` on a tape that watches accessed variables.

    ## Why it is bad

    The line has no effect; a reader takes it to be needed, or takes variables without it to be unwatched.

    ## Known limits

    Variables that come from code which is not known are never reported.

    ## Fix

    Removes the line. Safe.

    ## References

    - <https://www.tensorflow.org/guide/autodiff#controlling_what_the_tape_watches>
    """

    code = "TFG312"
    name = "redundant-watch"
    severity = Severity.WARNING
    preview = True
    listens_to = (Watched,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable(10.0)
            with tf.GradientTape() as tape:
                tape.watch(w)  # <- TFG312
                y = w * 2.0
        """),
        Invalid("""
            import tensorflow as tf

            def doubled(weights):
                with tf.GradientTape() as tape:
                    tape.watch(weights)  # <- TFG312
                    return weights * 2.0

            y = doubled(tf.Variable([1.0, 2.0]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable(10.0)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(w)
                y = w * 2.0
        """),
        Valid("""
            import tensorflow as tf

            def doubled(weights):
                with tf.GradientTape() as tape:
                    tape.watch(weights)
                    return weights * 2.0

            y = doubled(tf.Variable([1.0, 2.0], trainable=False))
        """),
        Valid("""
            import tensorflow as tf

            weights = [tf.Variable(2.0), tf.Variable(3.0)]
            for _ in range(3):
                with tf.GradientTape() as tape:
                    tape.watch(weights)
                    loss = weights[0] * weights[1]
                gradients = tape.gradient(loss, weights)
                weights = [w - 0.1 * g for w, g in zip(weights, gradients)]
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report watched variables that need no watching."""
        assert isinstance(event, Watched)
        tape = event.tape
        # A name that held a variable may hold a tensor in the next iteration, which has to be watched.
        always = all(
            _is_trained(each.value) for each in program.events_of(Watched) if each.site.node is event.site.node
        )
        if always and isinstance(tape, Tape) and tape.watch_accessed_variables:
            name = wording.argument(event.site.node, 0, "tensor")
            shown = wording.text(name) if name is not None else "the variable"
            yield Claim(
                event.site,
                f"`{shown}` is a trainable variable, which the tape watches anyway",
                fix=_removed(event.site, program.trees[event.site.path]),
            )


def _is_trained(value: Tensor | Unknown) -> bool:
    return isinstance(value, Tensor) and value.kind == "variable" and value.trainable


def _removed(site: Site, tree: cst.Module) -> Repair | None:
    """Take the statement away that the call at ``site`` is."""
    statement = parents(tree).get(site.node)
    change = statement_removed(tree, statement) if isinstance(statement, cst.Expr) else None
    return Repair(Applicability.SAFE, "remove it", (change,)) if change is not None else None
