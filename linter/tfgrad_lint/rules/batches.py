"""Rule about batches whose size is taken to be constant."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.domain.events import Batched, Broadcasted, Compared, Contracted, Event, Reshaped
from tfgrad_lint.findings import Severity
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.shapes.dims import equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Node, Site, Tensor
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.shapes.dims import Dim


class ConstantBatchSize(Rule):
    """Constant batch size that the last batch of a dataset does not have.

    ## What it does

    Reports an operation of a batch of a dataset with a tensor whose first axis is the constant batch size, or a reshape
    to it, where the dataset's elements do not divide into batches of that size and `batch` was called without
    `drop_remainder=True`.

    ## Why it is bad

    The last batch is smaller: the operation raises there, after a whole epoch, or a reshape mixes examples.

    ## Known limits

    Only datasets whose number of elements is known, and that are neither repeated before `batch` nor cut by `take`
    after it, are looked at.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/data/Dataset#batch>
    """

    code = "TFG215"
    name = "constant-batch-size"
    severity = Severity.WARNING
    listens_to = (Broadcasted, Compared, Contracted, Reshaped)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            BATCH_SIZE = 32
            data = tf.data.Dataset.from_tensor_slices(tf.ones([100, 784]))
            for images in data.batch(BATCH_SIZE):
                noise = tf.random.normal([BATCH_SIZE, 784])
                noisy = images + noise  # <- TFG215
            """,
            meant="noisy.shape == images.shape",
        ),
        Invalid(
            """
            import tensorflow as tf

            def interpolate(real, fake, batch_size):
                alpha = tf.random.uniform([batch_size, 1])
                return fake + alpha * (real - fake)  # <- TFG215

            generator = tf.keras.layers.Dense(10)
            for real in tf.data.Dataset.from_tensor_slices(tf.ones([100, 10])).shuffle(100).batch(64):
                mixed = interpolate(real, generator(tf.random.normal([tf.shape(real)[0], 5])), 64)
            """,
            meant="mixed.shape == real.shape",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            BATCH_SIZE = 32
            data = tf.data.Dataset.from_tensor_slices(tf.ones([100, 784]))
            for images in data.batch(BATCH_SIZE, drop_remainder=True):
                noise = tf.random.normal([BATCH_SIZE, 784])
                noisy = images + noise
        """),
        Valid("""
            import tensorflow as tf

            BATCH_SIZE = 32
            data = tf.data.Dataset.from_tensor_slices(tf.ones([100, 4]))
            for x in data.batch(25):
                y = x + tf.random.normal([25, 4])
            for x in data.repeat().batch(BATCH_SIZE).take(5):
                y = x + tf.random.normal([BATCH_SIZE, 4])
            for x in data.batch(BATCH_SIZE):
                y = x + tf.random.normal([tf.shape(x)[0], 4])
            for x in data.batch(4):
                y = tf.matmul(x, tf.ones([4, 4]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a constant beside the size of a batch."""
        for constant, dim, owner in _sizes(event):
            batched = _batches(constant, dim, program)
            if batched is not None and not (owner is not None and _is_from_batch(owner.node, dim)):
                yield _claim(event, batched)
                return


def _sizes(event: Event) -> Iterator[tuple[int, Dim, Tensor | None]]:
    """Yield each constant size, that of the same axis of the other operand, and the tensor that has the constant."""
    for (left, right), (first, second) in _pairs(event):
        if isinstance(left, int) and not isinstance(right, int):
            yield left, right, first
        elif isinstance(right, int) and not isinstance(left, int):
            yield right, left, second


def _pairs(event: Event) -> Iterator[tuple[tuple[Dim, Dim], tuple[Tensor | None, Tensor | None]]]:
    if isinstance(event, Reshaped):
        dims = event.operand.shape.dims
        if dims and event.target:
            yield (dims[0], event.target[0]), (event.operand, None)
        return
    sides = _sides(event)
    left, right = ((side.shape.dims or ()) if side is not None else () for side in sides)
    if isinstance(event, Broadcasted):
        yield from ((pair, sides) for pair in zip(reversed(left), reversed(right), strict=False))
    elif isinstance(event, Compared):
        yield from ((pair, sides) for pair in zip(left[:1], right[:1], strict=False))
    else:
        yield from ((pair, sides) for pair in zip(left[:-2], right[:-2], strict=False))


def _sides(event: Event) -> tuple[Tensor | None, Tensor | None]:
    if isinstance(event, Compared):
        return event.targets, event.predictions
    return (event.left, event.right) if isinstance(event, Broadcasted | Contracted) else (None, None)


def _is_from_batch(node: Node, dim: Dim, depth: int = 4) -> bool:
    """Tell whether a step was made from a batch, so that its constant size comes from an earlier operation."""
    for each in node.inputs:
        dims = each.shape.dims if each.shape is not None else None
        if dims and equal(dims[0], dim) is True:
            return True
        if depth > 0 and _is_from_batch(each, dim, depth - 1):
            return True
    return False


def _batches(constant: int, dim: Dim, program: Program) -> Batched | None:
    """Return the batching by which an axis of size ``dim`` has ``constant`` elements in all but the last batch."""
    cut = program.events_of(Batched)
    return next((event for event in cut if event.size == constant and equal(event.dim, dim) is True), None)


def _claim(event: Event, batched: Batched) -> Claim:
    last = batched.count % batched.size
    what = (
        "mixes examples or raises" if isinstance(event, Reshaped) else "raises or broadcasts" if last == 1 else "raises"
    )
    return Claim(
        event.site,
        f"`{wording.shown(event.site)}` takes {batched.size} for the batch size, but the last batch of "
        f"{batched.count} elements has {last}: it {what} there",
        trace=_made(batched.site),
        help=f"batch({batched.size}, drop_remainder=True), or tf.shape(x)[0] in place of {batched.size}",
    )


def _made(site: Site) -> tuple[tuple[Site, str], ...]:
    return ((site, "the batches are made here"),)
