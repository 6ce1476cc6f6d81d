"""What does not fit, in words that follow the operation as the user wrote it: ``tf.argmax`` *needs rank 1 or more*."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from tfgrad_lint.shapes import conflicts


@dataclass(frozen=True)
class Mismatch:
    """What does not fit, and the next step where one is certain."""

    message: str
    help: str | None = None


@singledispatch
def mismatch(conflict: conflicts.Conflict) -> Mismatch:
    """Return the words for a conflict of a kind that many operations meet; a rule words its own kinds itself."""
    return Mismatch("does not take these shapes")


@mismatch.register
def _(conflict: conflicts.RankConflict) -> Mismatch:
    return Mismatch(f"needs `{conflict.parameter}` of rank {conflict.expected}, but it has shape {conflict.shape}")


@mismatch.register
def _(conflict: conflicts.BroadcastConflict) -> Mismatch:
    return Mismatch(
        f"can't broadcast {conflict.left} with {conflict.right}: "
        f"axis {conflict.axis} has sizes {conflict.left_dim!r} and {conflict.right_dim!r}"
    )


@mismatch.register
def _(conflict: conflicts.MatchConflict) -> Mismatch:
    left, right, axes = conflict.left, conflict.right, (conflict.left_axis, conflict.right_axis)
    both = f"`{conflict.left_name}` {left} and `{conflict.right_name}` {right}"
    if axes[0] is None or axes[1] is None or left.dims is None or right.dims is None:
        return Mismatch(f"needs {both} to agree in shape")
    sizes = left.dims[axes[0]], right.dims[axes[1]]
    if axes[0] == axes[1]:
        return Mismatch(f"has {both} that do not fit: axis {axes[0]} has sizes {sizes[0]!r} and {sizes[1]!r}")
    return Mismatch(
        f"has {both} that do not fit: axis {axes[0]} has size {sizes[0]!r}, axis {axes[1]} has size {sizes[1]!r}"
    )


@mismatch.register
def _(conflict: conflicts.LengthConflict) -> Mismatch:
    return Mismatch(
        f"needs {conflict.expected!r} entries in `{conflict.parameter}`, one for each axis of {conflict.shape}, "
        f"but gets {conflict.length!r}"
    )


@mismatch.register
def _(conflict: conflicts.ArgumentConflict) -> Mismatch:
    return Mismatch(f"can't take this `{conflict.parameter}`: {conflict.reason}")


@mismatch.register
def _(conflict: conflicts.IndexConflict) -> Mismatch:
    size = (conflict.shape.dims or ())[conflict.axis]
    return Mismatch(f"takes index {conflict.index} of axis {conflict.axis} of {conflict.shape}, whose size is {size!r}")


@mismatch.register
def _(conflict: conflicts.TooManyIndicesConflict) -> Mismatch:
    return Mismatch(f"has {conflict.count} indices, but {conflict.shape} has rank {conflict.shape.rank}")
