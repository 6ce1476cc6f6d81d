"""Constructors as Keras 1 had them, in the words of Keras 2.

Keras 2 took both until 2.3, so programs that use the old names run there, and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.values import NONE, Constant, OfType, Sequence, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfgrad_lint.api.operation import Operation

_RENAMED: Final = {
    "output_dim": "units",
    "nb_filter": "filters",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    "stride": "strides",
    "filter_length": "kernel_size",
    "pool_length": "pool_size",
    "p": "rate",
    "sigma": "stddev",
    "inner_activation": "recurrent_activation",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "bias": "use_bias",
}
# Of no meaning to shapes.
_DROPPED: Final = frozenset(
    "init inner_init forget_bias_init W_regularizer U_regularizer b_regularizer W_constraint U_constraint b_constraint "
    "consume_less".split()
)
_TOGETHER: Final = frozenset({"nb_row", "nb_col"})
OLD: Final = frozenset(_RENAMED) | _DROPPED | _TOGETHER | {"dim_ordering"}

_FORMATS: Final = {"th": "channels_first", "tf": "channels_last"}
_SOME: Final = OfType("int")


def translated(
    operation: Operation, class_name: str, positional: tuple[Value, ...], keywords: Mapping[str, Value]
) -> tuple[tuple[Value, ...], dict[str, Value]]:
    """Return the arguments of a constructor of Keras 1 as Keras 2 takes them."""
    given = {_RENAMED.get(name, name): value for name, value in keywords.items() if name not in _DROPPED | _TOGETHER}
    ordering = given.pop("dim_ordering", NONE)
    known = _FORMATS.get(operation.text(ordering) or "")
    if known is not None:
        given["data_format"] = Constant(known)
    if not class_name.startswith("Convolution"):
        return positional, given
    axes = int(class_name[len("Convolution")]) if class_name[len("Convolution")].isdigit() else 0
    kernel = positional[1 : 1 + axes]
    if keywords.keys() >= _TOGETHER:
        kernel = (keywords["nb_row"], keywords["nb_col"])
    if "kernel_size" not in given:
        given["kernel_size"] = Sequence(kernel) if len(kernel) == axes else operation.unknown()
    # What followed by position was the initializer and the activation.
    return positional[:1], given


def ambiguous(class_name: str, given: Mapping[str, Value]) -> bool:
    """Tell whether ``Convolution2D(32, 3, 3)`` was written: rows and columns to Keras 1, kernel and strides today."""
    kernel, strides = given.get("kernel_size"), given.get("strides")
    if not class_name.startswith("Convolution") or given.get("padding") == Constant("same"):
        return False
    if not isinstance(kernel, Constant) or not isinstance(strides, Constant):
        return False
    return bool(kernel.value == strides.value) and kernel.value != 1


def either(given: Mapping[str, Value]) -> dict[str, Value]:
    """Return arguments that may be meant for either version: what they say of windows is not known."""
    return {**given, "kernel_size": _SOME, "strides": _SOME}
