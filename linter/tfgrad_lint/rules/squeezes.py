"""Rule about squeezes that may remove the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import Event, Squeezed
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.repairs.changes import with_argument
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.lineage import is_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


class SqueezeOfBatch(Rule):
    """Squeeze without `axis` of a batch whose size may be 1.

    ## What it does

    Reports `tf.squeeze(x)` without `axis` of a tensor whose first axis is a batch of any size and which has another
    axis of size 1.

    ## Why it is bad

    For a batch of one example (the last batch of a dataset, a single prediction) the batch axis is removed as well, and
    the code after it fails or broadcasts.

    ## Known limits

    Only batches of Keras inputs and datasets, and sizes that the code itself calls a batch, are known as batches.

    ## Fix

    Names the axes of size 1. Safe.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/squeeze>
    """

    code = "TFG205"
    name = "squeeze-of-batch"
    severity = Severity.WARNING
    preview = True
    listens_to = (Squeezed,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            def scores(x, w):
                return tf.squeeze(x @ w)  # <- TFG205

            w = tf.Variable(tf.random.normal([4, 1]))
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([5, 4])).batch(2):
                y = scores(x, w)
            """,
            meant="same(y, (x @ w)[:, 0])",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def scores(x, w):
                return tf.squeeze(x @ w, axis=-1)

            w = tf.Variable(tf.random.normal([4, 1]))
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([5, 4])).batch(2):
                y = scores(x, w)
            vector = tf.squeeze(tf.ones([4, 1]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a squeeze that may remove the batch."""
        assert isinstance(event, Squeezed)
        dims = event.operand.shape.dims
        if not dims or not is_batch(dims[0]) or 1 not in dims[1:]:
            return
        single = [axis for axis, dim in enumerate(dims) if dim == 1]
        named = str(single[0]) if len(single) == 1 else str(single)
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` without axis also removes the batch of {event.operand.shape} "
            f"where it has one example",
            wording.labels(event.site, "tf.squeeze", (("input", event.operand),)),
            wording.trace(event.site, event.operand),
            help=f"axis={named}",
            fix=_named_axes(event, named),
        )


def _named_axes(event: Squeezed, axes: str) -> Repair | None:
    """Name the axes of size 1, where each of the others certainly has another size."""
    call, dims = event.site.node, event.operand.shape.dims or ()
    if not isinstance(call, cst.Call) or not all(isinstance(dim, int) for dim in dims[1:]):
        return None
    is_method = len(call.args) == 0
    change = with_argument(call, 0 if is_method else 1, "axis", axes)
    return Repair(Applicability.SAFE, f"name the axis: axis={axes}", (change,)) if change is not None else None
