"""The model that a program reaches by a name."""

from __future__ import annotations

from tfgrad_lint.api.registry import Model, lookup
from tfgrad_lint.domain.values import External, Value
from tfgrad_lint.interpreter.names import member


def reached(dotted: str) -> Model | bool:
    """Return the model of what a program calls by ``dotted``; whether it is known otherwise, as a dtype is.

    Example:
        >>> reached("tf.losses.MSE").name, reached("tf.float32"), reached("tf.no_such_function")
        ('tf.keras.losses.MSE', True, False)
    """
    root, *parts = dotted.split(".")
    value: Value = External(root)
    for part in parts:
        if not isinstance(value, External):
            return True
        value = member(value, part)
    return lookup(value.name) or False if isinstance(value, External) else True
