"""Rules about reshapes and transposes that mix up elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Contracted, Event, Reshaped
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.repairs.changes import replaced
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.repairs.tensorflow_calls import other_function
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.lineage import is_transpose_of_all_axes
from tfgrad_lint.rules.transposing import matrix_transpose
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, product
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


# Axes of an example of an image: height, width, channels.
_IMAGE_RANK: Final = 3


class ReshapeAsTranspose(Rule):
    """Reshape whose target is the old shape in another order.

    ## What it does

    Reports `tf.reshape` from a shape such as `[B, T, D]` to `[T, B, D]`: the same sizes in another order. Axes of size
    1 do not count. Plain numbers are reported from rank 3 on.

    ## Why it is bad

    `tf.reshape` keeps the order of the elements in memory. The result has the shape that was wanted, but examples,
    time steps and channels are mixed up. Nothing raises.

    ## Known limits

    Equal sizes can't be told apart, so a swap of two axes of one size is not seen.

    ## Fix

    Calls `tf.transpose` with the permutation that gives the same shape, if no two sizes are equal. Unsafe, as it
    changes the values.

    ## References

    - <https://www.tensorflow.org/guide/tensor#manipulating_shapes>
    """

    code = "TFG204"
    name = "reshape-as-transpose"
    severity = Severity.WARNING
    everywhere = True
    listens_to = (Reshaped,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            images = tf.random.normal([8, 28, 32, 3])
            channels_first = tf.reshape(images, [8, 3, 28, 32])  # <- TFG204
            """,
            meant="same(channels_first, tf.transpose(images, [0, 3, 1, 2]))",
        ),
        Invalid(
            """
            import tensorflow as tf

            def time_major(x):
                return tf.reshape(x, [x.shape[1], x.shape[0], x.shape[2]])  # <- TFG204

            x = tf.random.normal([2, 5, 3])
            y = time_major(x)
            """,
            meant="same(y, tf.transpose(x, [1, 0, 2]))",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            images = tf.random.normal([8, 28, 32, 3])
            channels_first = tf.transpose(images, [0, 3, 1, 2])
            row = tf.reshape(tf.range(5)[:, tf.newaxis], [1, 5])
            table = tf.reshape(tf.range(6), [2, 3])
        """),
        Valid("""
            import tensorflow as tf

            def split_heads(x, heads):
                return tf.reshape(x, [x.shape[0], x.shape[1], heads, x.shape[2] // heads])

            y = split_heads(tf.random.normal([2, 5, 12]), 4)
        """),
        Valid("""
            import tensorflow as tf

            def time_major(x):
                return tf.reshape(x, [x.shape[1], x.shape[0], x.shape[2]])

            x = tf.random.normal([2, 1, 3])
            y = time_major(x)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a target that is a permutation of the shape."""
        assert isinstance(event, Reshaped)
        dims = event.operand.shape.dims
        if dims is None or UNKNOWN in dims or UNKNOWN in event.target:
            return
        old = [dim for dim in dims if dim != 1]
        new = [dim for dim in event.target if dim != 1]
        if old == new or not _is_permutation(old, new):
            return
        if len(old) < 3 and all(isinstance(dim, int) for dim in old):
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` gives {event.operand.shape} the shape {Shape(event.target)}: "
            f"the same sizes in another order, but the elements stay in theirs",
            wording.labels(event.site, "tf.reshape", (("tensor", event.operand),)),
            wording.trace(event.site, event.operand),
            help="tf.transpose with perm moves axes together with their elements",
            fix=_transpose(event, tuple(dims), program),
        )


def _transpose(event: Reshaped, dims: tuple[Dim, ...], program: Program) -> Repair | None:
    """Transpose instead, where the sizes tell which axis goes where."""
    call = event.site.node
    if not isinstance(call, cst.Call) or len(call.args) != 2 or len(set(dims)) < len(dims):
        return None
    is_reshape = isinstance(call.func, cst.Attribute) and call.func.attr.value == "reshape"
    if not is_reshape or len(dims) != len(event.target) or not _is_permutation(list(dims), list(event.target)):
        return None
    perm = [dims.index(dim) for dim in event.target]
    changes = other_function(program, event.site.path, call, "transpose")
    if changes is None or call.args[0].keyword is not None or call.args[1].keyword is not None:
        return None
    order = replaced(call.args[1].value, str(perm))
    return Repair(Applicability.UNSAFE, f"transpose with perm={perm}", (*changes, order))


def _is_permutation(old: list[Dim], new: list[Dim]) -> bool:
    rest = list(new)
    for dim in old:
        if dim not in rest:
            return False
        rest.remove(dim)
    return not rest


class ReshapeSwallowsBatch(Rule):
    """Reshape to `[-1, n]` where `n` is not the number of elements of an example.

    ## What it does

    Reports `tf.reshape(x, [-1, n, ...])` of a batch whose examples have another number of elements than the target,
    where neither number is a multiple of the other, and `tf.reshape(images, [-1, n])` where `n` cuts images in parts
    that are no whole axes. It happens if `n` was computed by hand (`7 * 7 * 64`) and the layer before gives another
    size.

    ## Why it is bad

    The -1 takes what is left: the first axis is no longer the batch. It raises only later, where the labels do not fit,
    or for batches whose size does not divide.

    ## Known limits

    Batches of known size are left to `reshape-size`. Merging whole axes into the batch, splitting the last axis and
    grouping examples are common, and not reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/reshape>
    """

    code = "TFG210"
    name = "reshape-swallows-batch"
    severity = Severity.WARNING
    listens_to = (Reshaped,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            def head(features):
                return tf.reshape(features, [-1, 7 * 7 * 64])  # <- TFG210

            for images in tf.data.Dataset.from_tensor_slices(tf.ones([49, 12, 12, 64])).batch(49):
                flat = head(images)
            """,
            meant="flat.shape[0] == images.shape[0]",
        ),
        Invalid(
            """
            import tensorflow as tf

            def head(features):
                return tf.reshape(features, [-1, 4 * 4 * 64])  # <- TFG210

            for images in tf.data.Dataset.from_tensor_slices(tf.ones([5, 8, 8, 64])).batch(2):
                flat = head(images)
            """,
            meant="flat.shape[0] == images.shape[0]",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def head(features):
                return tf.reshape(features, [-1, 12 * 12 * 64])

            for images in tf.data.Dataset.from_tensor_slices(tf.ones([5, 12, 12, 64])).batch(2):
                flat = head(images)
                pixels = tf.reshape(images, [-1, 64])
                rows = tf.reshape(images, [-1, 12 * 64])
                heads = tf.reshape(images, [-1, 16])
        """),
        Valid("""
            import tensorflow as tf

            def head(features):
                return tf.reshape(features, [-1, 8 * 8 * 64])

            for images in tf.data.Dataset.from_tensor_slices(tf.ones([5, 8, 8, 64])).batch(2):
                flat = head(images)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a target whose examples do not fit those of the batch."""
        assert isinstance(event, Reshaped)
        dims, target = event.operand.shape.dims, event.target
        if not dims or len(dims) < 2 or isinstance(dims[0], int) or not target or target[0] != -1:
            return
        before, after = product(dims[1:]), product(target[1:])
        if not isinstance(before, int) or not isinstance(after, int) or before < 1 or after < 1:
            return
        if not _mixes_examples(tuple(dims[1:]), before, after, is_flat=len(target) == 2):
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` makes examples of {after} elements from examples of {before}: "
            f"the -1 is no longer the batch of {event.operand.shape}",
            wording.labels(event.site, "tf.reshape", (("tensor", event.operand),)),
            wording.trace(event.site, event.operand),
            help=f"an example of {Shape(dims[1:])} has {before} elements",
        )


def _mixes_examples(dims: tuple[Dim, ...], before: int, after: int, *, is_flat: bool) -> bool:
    """Tell whether examples of ``before`` elements are certainly not meant to become ones of ``after`` elements.

    Whole axes may be merged into the batch, the last one may be split (attention heads), and examples may be grouped.
    Images cut in the middle of their rows or channels are not meant.
    """
    if after % before == 0:
        return False
    if before % after != 0:
        return True
    merged = {product(dims[start:]) for start in range(len(dims) + 1)}
    last = dims[-1]
    splits_last = isinstance(last, int) and last % after == 0
    return is_flat and len(dims) >= _IMAGE_RANK and after not in merged and not splits_last


class TransposeOfAllAxes(Rule):
    """`tf.transpose` without `perm` of a stack of matrices in a matrix product.

    ## What it does

    Reports a matrix product with `tf.transpose(x)` where `x` has three axes or more and `perm` is left out.

    ## Why it is bad

    `tf.transpose` reverses all axes, the batch among them. The product runs only if sizes happen to be equal, and then
    multiplies matrices of different examples.

    ## Known limits

    Products that certainly raise are reported as `matmul-mismatch`.

    ## Fix

    Calls `tf.linalg.matrix_transpose`. Unsafe, as it changes the values.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/linalg/matrix_transpose>
    """

    code = "TFG214"
    name = "transpose-of-all-axes"
    severity = Severity.WARNING
    listens_to = (Contracted,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            def scores(queries, keys):
                return tf.matmul(queries, tf.transpose(keys))  # <- TFG214

            queries, keys = tf.random.normal([5, 5, 5]), tf.random.normal([5, 5, 5])
            y = scores(queries, keys)
            """,
            meant="same(y, tf.matmul(queries, keys, transpose_b=True))",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def scores(queries, keys):
                return tf.matmul(queries, tf.linalg.matrix_transpose(keys)) + tf.matmul(queries, keys, transpose_b=True)

            y = scores(tf.random.normal([5, 5, 5]), tf.random.normal([5, 5, 5]))
            z = tf.matmul(tf.ones([3, 2]), tf.transpose(tf.ones([3, 2])))
            reversed_axes = tf.transpose(tf.ones([4, 3, 2]))
            covariances = tf.matmul(reversed_axes, reversed_axes, transpose_b=True)
        """),
        Valid("""
            import tensorflow as tf

            def scores(queries, keys):
                return tf.matmul(queries, tf.linalg.matrix_transpose(keys))

            queries, keys = tf.random.normal([5, 5, 5]), tf.random.normal([5, 5, 5])
            y = scores(queries, keys)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a product with a stack whose axes are all reversed."""
        assert isinstance(event, Contracted)
        found = [each for each in (event.left, event.right) if is_transpose_of_all_axes(each.node)]
        if len(found) != 1 or found[0].node.site is None:
            # Two of them have their batch axes in front again.
            return
        (stack,) = found
        before = stack.node.inputs[0].shape
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` multiplies with `{wording.text(found[0].node.site.node)}`, which reverses "
            f"all axes of {before}, not only those of the matrices",
            wording.labels(event.site, event.operation, (("a", event.left), ("b", event.right))),
            wording.trace(event.site, stack),
            help="tf.linalg.matrix_transpose swaps the last two axes",
            fix=matrix_transpose(stack, program, event.site.path),
        )
