"""Rules about persistent tapes that record more than anybody asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientTaken
from tfgrad_lint.domain.objects import Tape
from tfgrad_lint.domain.values import Tensor
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.interpreter.syntax import walk
from tfgrad_lint.interpreter.tapes import leaves
from tfgrad_lint.repairs.blocks import moved_out, names_in, statements_after
from tfgrad_lint.repairs.changes import statement_of
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.tape_block import tape_block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Node, Site
    from tfgrad_lint.interpreter.program import Program

# Methods by which a training step changes variables.
_UPDATES: Final = frozenset({"apply_gradients", "assign", "assign_add", "assign_sub"})


class GradientInOwnBlock(Rule):
    """Gradient taken inside the `with` block of its own persistent tape.

    ## What it does

    Reports `tape.gradient(...)` of a tape with `persistent=True` inside the tape's own `with` block, unless the same
    tape differentiates the result once more.

    ## Why it is bad

    The tape still records, so it records the computation of its own gradient as well: more memory and time, and nobody
    asks for the second derivative. TensorFlow logs a warning.

    ## Known limits

    Tapes that code which is not known was given are not reported. A tape without `persistent=True` stops recording with
    the call, so the place of the call does not matter.

    ## Fix

    Dedents the call and the statements after it, where the tape is not mentioned again. Safe.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/GradientTape#gradient>
    """

    code = "TFG309"
    name = "gradient-in-own-block"
    severity = Severity.WARNING
    listens_to = (GradientTaken,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape(persistent=True) as tape:
                y = x * x
                dy = tape.gradient(y, x)  # <- TFG309
        """),
        Invalid("""
            import tensorflow as tf

            def slopes(tape, outputs, x):
                return [tape.gradient(output, x) for output in outputs]  # <- TFG309

            x = tf.Variable(3.0)
            with tf.GradientTape(persistent=True) as tape:
                gradients = slopes(tape, [x * x, x**3], x)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape(persistent=True) as tape:
                y = x * x
            dy = tape.gradient(y, x)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape(persistent=True) as tape:
                y = x**3
                dy = tape.gradient(y, x)
            d2y = tape.gradient(dy, x)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape() as tape:
                y = x * x
                dy = tape.gradient(y, x)
            with tf.GradientTape(persistent=True) as tape:
                y = x * x
                with tape.stop_recording():
                    dy = tape.gradient(y, x)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report gradients that a persistent tape records for nobody."""
        assert isinstance(event, GradientTaken)
        if not _records_itself(event, program) or _training_loop(event) is not None:
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` runs inside the block of its own persistent tape, which records the "
            "gradient's computation too, and nothing differentiates it again",
            trace=_made(event),
            help="dedent the call, out of the tape's `with` block",
            fix=_dedented(event, program.trees[event.site.path]),
        )


def _dedented(event: GradientTaken, tree: cst.Module) -> Repair | None:
    """Move the call and what follows it out of the block, where nothing asks the tape after that."""
    block = tape_block(event, tree)
    statement = statement_of(tree, event.site.node)
    if block is None or not isinstance(statement, cst.SimpleStatementLine) or statement not in block.body.body:
        return None
    moved = list(block.body.body)[list(block.body.body).index(statement) + 1 :]
    if any(block.tape in names_in(each) for each in (*moved, *statements_after(tree, block.statement))):
        return None
    changes = moved_out(tree, block.body, statement)
    return Repair(Applicability.SAFE, "dedent it", tuple(changes)) if changes is not None else None


class TapeAroundLoop(Rule):
    """Persistent tape that records a whole training loop.

    ## What it does

    Reports a training loop inside the `with` block of a tape with `persistent=True`: a loop that asks the tape for
    gradients and changes variables with them.

    ## Why it is bad

    A persistent tape keeps every step of every iteration, gradients included, until it is deleted: memory grows until
    it is used up, and each iteration is slower than the one before.

    ## Known limits

    Loops in which the tape is reset, and gradients that the same tape differentiates once more, are not reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/GradientTape#reset>
    """

    code = "TFG318"
    name = "tape-around-loop"
    severity = Severity.WARNING
    listens_to = (GradientTaken,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable(3.0)
            with tf.GradientTape(persistent=True) as tape:
                for _ in range(100):
                    loss = w * w
                    gradient = tape.gradient(loss, w)  # <- TFG318
                    w.assign_sub(0.1 * gradient)
        """),
        Invalid("""
            import tensorflow as tf

            def train(model, optimizer, tape, batches):
                for x, y in batches:
                    loss = tf.reduce_mean(tf.square(model(x) - y))
                    gradients = tape.gradient(loss, model.trainable_variables)  # <- TFG318
                    optimizer.apply_gradients(zip(gradients, model.trainable_variables))

            model = tf.keras.Sequential([tf.keras.Input(shape=(4,)), tf.keras.layers.Dense(1)])
            with tf.GradientTape(persistent=True) as tape:
                train(model, tf.keras.optimizers.SGD(0.1), tape, [(tf.ones([2, 4]), tf.ones([2, 1]))])
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable(3.0)
            for _ in range(100):
                with tf.GradientTape(persistent=True) as tape:
                    loss = w * w
                gradient = tape.gradient(loss, w)
                w.assign_sub(0.1 * gradient)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable([1.0, 2.0])
            with tf.GradientTape(persistent=True) as outer:
                with tf.GradientTape(persistent=True) as tape:
                    y = x**3
                gradient = tape.gradient(y, x)
                parts = [gradient[i] for i in range(2)]
            rows = [outer.gradient(part, x) for part in parts]
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report training loops within the tape's block."""
        assert isinstance(event, GradientTaken)
        loop = _training_loop(event)
        if loop is None or not _records_itself(event, program):
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` asks a persistent tape whose `with` block holds the whole loop: "
            "it keeps all iterations in memory",
            trace=_made(event),
            help="open a new tape in each iteration: move the `with` block into the loop",
        )


def _records_itself(event: GradientTaken, program: Program) -> bool:
    """Tell whether a persistent tape records this gradient, and certainly does not differentiate it."""
    tape = event.tape
    if not isinstance(tape, Tape) or tape.persistent is not True or not event.recording or event.watched is None:
        return False
    asked = (other for other in program.events_of(GradientTaken) if other.tape is tape)
    return not any(_may_differentiate(other, event.step) for other in asked)


def _may_differentiate(event: GradientTaken, step: Node) -> bool:
    targets = list(leaves(event.target))
    return not all(isinstance(target, Tensor) and not _depends(target.node, step) for target in targets)


def _depends(node: Node, step: Node) -> bool:
    seen: set[Node] = set()
    pending = [node]
    while pending:
        current = pending.pop()
        if current is step:
            return True
        if current not in seen:
            seen.add(current)
            pending.extend(current.inputs)
    return False


def _training_loop(event: GradientTaken) -> cst.CSTNode | None:
    """Return the outermost loop that the tape's block holds if it trains with the gradient, None if it does not."""
    loop = event.loops[0] if event.loops else None
    if not isinstance(loop, cst.For | cst.While):
        return None
    functions = (node.func for node in walk(loop) if isinstance(node, cst.Call))
    called = {function.attr.value for function in functions if isinstance(function, cst.Attribute)}
    return loop if called & _UPDATES and "reset" not in called else None


def _made(event: GradientTaken) -> tuple[tuple[Site, str], ...]:
    site = event.tape.node.site if isinstance(event.tape, Tape) else None
    return ((site, "the tape was made here"),) if site is not None else ()
