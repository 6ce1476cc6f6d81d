"""Whether gradients fit their sources."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def misfits(gradients: Any, sources: Any) -> list[str]:
    """A line for each gradient that is None or has not the shape or the type of its source.

    Args:
        gradients: tensors, IndexedSlices or None, in the structure of the sources.
        sources: tensors and variables.

    Raises:
        ValueError: the structures differ.
    """
    taken, given = tf.nest.flatten(sources), tf.nest.flatten(gradients)
    if len(taken) != len(given):
        raise ValueError(f"there are {len(given)} gradients for {len(taken)} sources")
    pairs = zip(taken, given, strict=True)
    return [line for position, (source, gradient) in enumerate(pairs) for line in _misfit(position, source, gradient)]


def _misfit(position: int, source: Any, gradient: Any) -> list[str]:
    name = f"source {position}"
    if isinstance(source, tf.Variable) or hasattr(source, "path"):
        name = repr(getattr(source, "path", None) or source.name.split(":")[0])
    if gradient is None:
        return [f"the gradient of {name} is None"]
    shape, wanted = tf.TensorShape(gradient.shape), tf.TensorShape(source.shape)
    lines = []
    if not shape.is_compatible_with(wanted):
        lines.append(f"the gradient of {name} has shape {tuple(shape)}, not {tuple(wanted)}")
    if tf.as_dtype(gradient.dtype) != tf.as_dtype(source.dtype):
        types = f"{tf.as_dtype(gradient.dtype).name}, not {tf.as_dtype(source.dtype).name}"
        lines.append(f"the gradient of {name} is {types}")
    return lines
