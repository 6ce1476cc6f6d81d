"""Hypothesis strategies for inputs at which gradients can be checked well (extra ``[hypothesis]``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

if TYPE_CHECKING:
    from collections.abc import Sequence

# Magnitudes from which neither squares nor exponentials leave float32, and at which kinks and poles at zero, where most
# functions have theirs, are further away than the steps of a check.
_SMALLEST, _LARGEST = 0.25, 4.0


def tensors(
    shape: Sequence[int] | st.SearchStrategy[tuple[int, ...]] | None = None,
    dtype: str = "float32",
    *,
    positive: bool = False,
) -> st.SearchStrategy[Any]:
    """Tensors whose entries are neither tiny nor huge, and away from zero: 0.25 to 4 in magnitude.

    Args:
        shape: their shape, a strategy for it, or None for any shape of up to three axes of up to four entries.
        dtype: name of a floating or complex type.
        positive: whether to leave out negative entries, for logarithms and roots.

    Raises:
        TypeError: the type has no gradients.

    Example:
        >>> from hypothesis import given
        >>> from pytest_tfgrad import check_gradients
        >>> @given(tensors((2, 3)))
        ... def check(x):
        ...     check_gradients(my_loss, [x])
    """
    kind = np.dtype(dtype).kind if dtype != "bfloat16" else "f"
    if kind not in "fc":
        raise TypeError(f"{dtype} tensors have no gradients; only floating and complex ones have")
    shapes = hnp.array_shapes(max_dims=3, max_side=4) if shape is None else shape
    fixed = shapes if isinstance(shapes, st.SearchStrategy) else st.just(tuple(shapes))
    return fixed.flatmap(lambda chosen: _arrays(chosen, kind == "c", positive)).map(lambda array: _tensor(array, dtype))


def _arrays(shape: tuple[int, ...], is_complex: bool, positive: bool) -> st.SearchStrategy[Any]:
    magnitudes = hnp.arrays(np.float64, shape, elements=st.floats(_SMALLEST, _LARGEST, width=32))
    signs = (
        st.just(np.ones(shape)) if positive else hnp.arrays(np.float64, shape, elements=st.sampled_from([-1.0, 1.0]))
    )
    real = st.tuples(magnitudes, signs).map(lambda pair: pair[0] * pair[1])
    return st.tuples(real, real).map(lambda pair: pair[0] + 1j * pair[1]) if is_complex else real


def _tensor(array: Any, dtype: str) -> Any:
    import tensorflow as tf  # noqa: PLC0415 - collecting tests must not need it

    return tf.cast(tf.constant(array), dtype)
