"""Canonical names of what a program imports, and the constants among them."""

from __future__ import annotations

import re
from typing import Final

from tfgrad_lint.domain.values import NONE, Constant, DType, External, OfType, Value
from tfgrad_lint.shapes import dtypes

# Longest prefix first. Keras is known by the name that TensorFlow gives it.
_ROOTS: Final = (
    ("tensorflow.compat.v2.keras", "tf.keras"),
    ("tensorflow.compat.v1.keras", "tf.keras"),
    ("tensorflow.python.keras", "tf.keras"),
    ("tensorflow.contrib.keras.api.keras", "tf.keras"),
    ("tensorflow.contrib.keras.python.keras", "tf.keras"),
    ("tensorflow.contrib.keras", "tf.keras"),
    ("tensorflow.compat.v2", "tf"),
    ("tensorflow.compat.v1", "tf.compat.v1"),
    ("tensorflow", "tf"),
    ("tf_keras", "tf.keras"),
    ("keras", "tf.keras"),
    ("numpy", "np"),
)

# Keras classes by the modules they lay in once, or lie in as well.
_KERAS_LAYERS: Final = re.compile(
    r"tf\.keras\.layers\.(?:core|convolutional|recurrent|pooling|normalization|embeddings|merge|merging|wrappers|noise"
    r"|local|advanced_activations|experimental\.preprocessing|preprocessing|experimental)\.(?=[A-Z])"
)
_KERAS_ALIASES: Final = {
    "tf.keras.legacy.preprocessing.image.ImageDataGenerator": "tf.keras.preprocessing.image.ImageDataGenerator",
    "tf.keras.models.Model": "tf.keras.Model",
    "tf.keras.models.Sequential": "tf.keras.Sequential",
    "tf.keras.engine.Model": "tf.keras.Model",
    "tf.keras.engine.training.Model": "tf.keras.Model",
    "tf.keras.layers.Input": "tf.keras.Input",
    "tf.keras.engine.Input": "tf.keras.Input",
    "tf.keras.Layer": "tf.keras.layers.Layer",
    "tf.keras.engine.Layer": "tf.keras.layers.Layer",
    "tf.keras.engine.base_layer.Layer": "tf.keras.layers.Layer",
    "tf.keras.engine.topology.Layer": "tf.keras.layers.Layer",
}

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
            return _current(name + dotted[len(prefix) :])
    return dotted


def _current(name: str) -> str:
    """Return the name under which today's Keras has what ``name`` is."""
    if not name.startswith("tf.keras."):
        return name
    name = _KERAS_LAYERS.sub("tf.keras.layers.", name)
    return _KERAS_ALIASES.get(name, name).replace("tf.keras.utils.np_utils.", "tf.keras.utils.")


def is_modelled(name: str) -> bool:
    """Tell whether the function with the canonical ``name`` is of a library whose functions have models."""
    return name.startswith(("tf.", "np."))


def leaves_tensorflow(name: str) -> bool:
    """Tell whether the function with the canonical ``name`` computes with NumPy, where no tape records."""
    return name.startswith("np.")


def member(module: External, name: str) -> Value:
    """Return attribute ``name`` of something imported."""
    root = module.name
    if root == "tf.compat" and name == "v2":
        return External("tf")
    if name == "keras" and root in {"tf.compat.v1", "tf.contrib", "tf.python"}:
        return External("tf.keras")
    if name == "newaxis" and root in {"tf", "np"}:
        return NONE
    if root in {"tf", "tf.dtypes"} and (name in dtypes.ALL or name in dtypes.ALIASES):
        return DType(dtypes.ALIASES.get(name, name))
    if root in {"math", "np"} and name in _FLOATS:
        return OfType("float")
    return External(_current(f"{root}.{name}"))


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
