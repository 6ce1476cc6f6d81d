"""How many entries ``lower:upper:step`` selects from an axis."""

from __future__ import annotations

from tfgrad_lint.shapes.dims import UNKNOWN, Dim, can_be_negative


def slice_size(size: Dim, lower: Dim | None, upper: Dim | None, step: Dim | None) -> Dim:
    """Return the number of entries of a slice; None stands for a part that was left out.

    A symbolic axis is taken to be at least as long as the integers that it is cut by, so ``x[1:]`` of ``n`` entries
    has ``n - 1``; a size that depends on which of two is smaller is unknown.

    Example:
        >>> slice_size(5, None, -1, None), slice_size(5, 1, 9, 2)
        (4, 2)
    """
    stride = 1 if step is None else step
    if not isinstance(stride, int) or stride == 0:
        return UNKNOWN
    given = [part for part in (lower, upper) if part is not None]
    if isinstance(size, int) and all(isinstance(part, int) for part in given):
        return len(range(*slice(lower, upper, stride).indices(size)))
    if lower is None and upper is None:
        return (size + (abs(stride) - 1)) // abs(stride)
    if stride < 0:
        return UNKNOWN
    length = _length(size, 0 if lower is None else lower, upper)
    return (length + (stride - 1)) // stride


def _length(size: Dim, lower: Dim, upper: Dim | None) -> Dim:
    if _is_single(lower, upper):
        return 1
    if _is_negative(lower):
        # From the end, an axis that is shorter gives all that it has.
        return UNKNOWN
    if upper is None:
        return _positive(size - lower)
    if _is_negative(upper):
        return _positive(size + upper - lower)
    return UNKNOWN if can_be_negative(size - upper) else _positive(upper - lower)


def _is_single(lower: Dim, upper: Dim | None) -> bool:
    if upper is None:
        return lower == -1
    return isinstance(lower, int) and isinstance(upper, int) and upper - lower == 1 and (lower >= 0) == (upper >= 0)


def _is_negative(dim: Dim) -> bool:
    return isinstance(dim, int) and dim < 0


def _positive(length: Dim) -> Dim:
    return max(length, 0) if isinstance(length, int) else length
