"""Checking the gradients of a function, inside or outside of pytest."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from pytest_tfgrad.errors import raise_failing
from pytest_tfgrad.options import DEFAULTS, OptionError, combine, marker_settings
from pytest_tfgrad.progress import TerminalLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_tfgrad.results import GradientResult


def check_gradients(
    fn: Callable[..., Any], inputs: Sequence[Any], *, order: int = 1, **settings: Any
) -> tuple[GradientResult, ...]:
    """Check the gradients of a function with respect to its inputs.

    Args:
        fn: takes one tensor per input; returns a tensor, or a structure of tensors, of a floating or complex type.
        inputs: tensors, variables, NumPy arrays or numbers of a floating or complex type.
        order: 2 also checks the gradients of the gradients.
        **settings: arguments of the marker ``gradcheck``: rtol, atol, mode, directions, seed, functions, max_seconds,
            allow_none, allow_nonfinite, expect and reason.

    Returns:
        One result per input, and for ``order=2`` one more per input.

    Raises:
        GradientError: a gradient is wrong, None or not finite.
        TypeError: an input or what ``fn`` returns has no gradients, or a setting does not exist.
        ValueError: a setting has no such value.
        ImportError: TensorFlow is missing.

    Example:
        >>> import tensorflow as tf
        >>> [result] = check_gradients(lambda x: tf.reduce_sum(x**2), [tf.constant([1.0, 2.0])])
        >>> result.verdict.value
        'right'
    """
    try:
        options = combine(DEFAULTS["marker"], marker_settings("gradcheck", (), settings))
    except OptionError as error:
        raise (TypeError if "has no argument" in str(error) else ValueError)(str(error)) from None
    from pytest_tfgrad.explicit import check_function  # noqa: PLC0415 - imports TensorFlow

    with closing(TerminalLine(sys.stderr)) as progress:
        result = check_function(fn, inputs, order, options, "check_gradients", progress)
    raise_failing(result, None)
    return result.gradients


def assert_gradient_shape(gradients: Any, sources: Any) -> None:
    """Assert that each gradient has the shape and the type of its source, and is not None.

    TensorFlow does not look at what a custom gradient returns: a gradient of any shape is handed on as it is.

    Args:
        gradients: what a tape returned: a tensor, None, or a structure of them.
        sources: what it was differentiated with respect to, in the same structure.

    Raises:
        AssertionError: with a line for each gradient that does not fit.
        ValueError: the structures differ.
        ImportError: TensorFlow is missing.

    Example:
        >>> import tensorflow as tf
        >>> w = tf.Variable([1.0, 2.0])
        >>> with tf.GradientTape() as tape:
        ...     loss = tf.reduce_sum(w**2)
        >>> assert_gradient_shape(tape.gradient(loss, [w]), [w])
    """
    from pytest_tfgrad.shapes import misfits  # noqa: PLC0415 - imports TensorFlow

    found = misfits(gradients, sources)
    if found:
        raise AssertionError("\n".join(found))
