"""How many positions a sliding window has along an axis, for convolution and pooling."""

from __future__ import annotations

from tfgrad_lint.shapes.dims import UNKNOWN, Dim


def window_count(size: Dim, window: Dim, stride: Dim, padding: str, dilation: Dim = 1) -> Dim:
    """Return the number of positions of a window; below 0 it is refused.

    The formulas are those of https://www.tensorflow.org/api_docs/python/tf/nn/convolution.

    Example:
        >>> window_count(28, 5, 2, "VALID"), window_count(28, 5, 2, "SAME")
        (12, 14)
    """
    if not isinstance(stride, int) or stride <= 0:
        return UNKNOWN
    if padding == "SAME":
        return (size + (stride - 1)) // stride
    if padding != "VALID":
        return UNKNOWN
    room = size - (window - 1) * dilation - 1 + stride
    # TensorFlow rounds towards zero: a window that is a little too large has no position, without an error.
    return -(-room // stride) if isinstance(room, int) and room < 0 else room // stride
