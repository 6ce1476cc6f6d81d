"""Rules about how tapes are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientTaken
from tfgrad_lint.domain.objects import Tape
from tfgrad_lint.findings import Applicability
from tfgrad_lint.repairs.changes import with_argument
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


class TapeUsedTwice(Rule):
    """Non-persistent tape asked for gradients a second time.

    ## What it does

    Reports a second call of `gradient`, `jacobian` or `batch_jacobian` on one recording of a tape that was not made
    with `persistent=True`.

    ## Why it is bad

    The second call raises `RuntimeError`: a non-persistent tape forgets what it recorded with the first call.

    ## Known limits

    Calls that happen on some paths only are not counted.

    ## Fix

    Makes the tape with `persistent=True`. Safe.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/GradientTape>
    """

    code = "TFG307"
    name = "tape-used-twice"
    raises = True
    listens_to = (GradientTaken,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape() as tape:
                y = x * x
                z = y * y
            dz = tape.gradient(z, x)
            dy = tape.gradient(y, x)  # <- TFG307
        """),
        Invalid("""
            import tensorflow as tf

            def two_gradients(tape, y, z, x):
                return tape.gradient(z, x), tape.gradient(y, x)  # <- TFG307

            x = tf.Variable(3.0)
            with tf.GradientTape() as tape:
                y = x * x
                z = y * y
            dz, dy = two_gradients(tape, y, z, x)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape(persistent=True) as tape:
                y = x * x
                z = y * y
            dz = tape.gradient(z, x)
            dy = tape.gradient(y, x)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            for _ in range(5):
                with tf.GradientTape() as tape:
                    y = x * x
                dy = tape.gradient(y, x)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a second use of a recording."""
        assert isinstance(event, GradientTaken)
        tape = event.tape
        if not isinstance(tape, Tape) or tape.persistent is not False or event.earlier is None:
            return
        made = ((tape.node.site, "the tape was made here"),) if tape.node.site is not None else ()
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` asks a non-persistent tape a second time: RuntimeError",
            trace=(*made, (event.earlier, "first asked here")),
            help="ask once for both, with a list of sources, or make the tape with persistent=True",
            fix=_persistent(tape),
        )


def _persistent(tape: Tape) -> Repair | None:
    """Make the tape persistent where it is made."""
    call = tape.node.site.node if tape.node.site is not None else None
    change = with_argument(call, 0, "persistent", "True") if isinstance(call, cst.Call) else None
    return Repair(Applicability.SAFE, "make the tape with persistent=True", (change,)) if change is not None else None
