"""Canonical names of what a program imports, and the constants among them."""

from __future__ import annotations

from typing import Final

from tfgrad_lint.interpreter.values import NONE, Constant, DType, External, OfType, Value
from tfgrad_lint.shapes import dtypes

# Longest prefix first. Keras is known by the name that TensorFlow gives it.
_ROOTS: Final = (
    ("tensorflow.compat.v2", "tf"),
    ("tensorflow.compat.v1", "tf.compat.v1"),
    ("tensorflow", "tf"),
    ("tf_keras", "tf.keras"),
    ("keras", "tf.keras"),
    ("numpy", "np"),
)

_FLOATS: Final = frozenset({"pi", "e", "inf", "nan", "tau", "Inf", "NaN", "euler_gamma"})


def canonical(dotted: str) -> str:
    """Return the name under which API models know the module or object ``dotted``.

    Example:
        >>> canonical("tensorflow.compat.v2.math"), canonical("numpy.linalg"), canonical("os.path")
        ('tf.math', 'np.linalg', 'os.path')
    """
    for prefix, name in _ROOTS:
        if dotted == prefix:
            return name
        if dotted.startswith(prefix + "."):
            return name + dotted[len(prefix) :]
    return dotted


def leaves_tensorflow(name: str) -> bool:
    """Tell whether the function with the canonical ``name`` computes with NumPy, where no tape records."""
    return name.startswith("np.")


def member(module: External, name: str) -> Value:
    """Return attribute ``name`` of something imported."""
    root = module.name
    if root == "tf.compat" and name == "v2":
        return External("tf")
    if name == "newaxis" and root in {"tf", "np"}:
        return NONE
    if root in {"tf", "tf.dtypes"} and (name in dtypes.ALL or name in dtypes.ALIASES):
        return DType(dtypes.ALIASES.get(name, name))
    if root in {"math", "np"} and name in _FLOATS:
        return OfType("float")
    return External(f"{root}.{name}")


def builtin(name: str) -> Value | None:
    """Return what a name that no scope binds stands for, None if it is no built-in."""
    if name in {"True", "False", "None"}:
        return Constant({"True": True, "False": False, "None": None}[name])
    if name == "Ellipsis":
        return Constant(...)
    return External(f"builtins.{name}") if name in _BUILTINS else None


_BUILTINS: Final = frozenset(
    "abs all any bool callable dict enumerate filter float frozenset getattr hasattr id int isinstance issubclass "
    "iter len list map max min next object pow print range repr reversed round set setattr slice sorted staticmethod "
    "classmethod property str sum super tuple type zip".split()
)
