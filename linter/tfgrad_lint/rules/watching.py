"""Rules about calls of ``tape.watch``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import Event, Watched
from tfgrad_lint.domain.objects import Tape
from tfgrad_lint.domain.values import Tensor
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.interpreter.syntax import parents
from tfgrad_lint.repairs.changes import statement_removed
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.literals import floating_literal
from tfgrad_lint.shapes.dtypes import is_differentiable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Site, Unknown
    from tfgrad_lint.interpreter.program import Program


class WatchedWithoutGradient(Rule):
    """`tape.watch` of an integer, boolean or string tensor.

    ## What it does

    Reports `tape.watch(x)` where `x` certainly has a dtype without gradient.

    ## Why it is bad

    TensorFlow logs that the dtype of the watched tensor must be floating, and the gradient is `None`.

    ## Known limits

    Tensors of unknown dtype are never reported, nor are integers beside floats in one structure.

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
        Valid("""
            import tensorflow as tf

            features = {"size": tf.constant([[1.0]]), "count": tf.constant([[2]])}
            with tf.GradientTape() as tape:
                tape.watch(features)
                y = features["size"] * tf.cast(features["count"], tf.float32)
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
