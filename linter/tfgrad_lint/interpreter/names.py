"""Canonical names of what a program imports, and the constants among them."""

from __future__ import annotations

import re
from functools import lru_cache
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
    ("tensorflow.compat.v1.data", "tf.data"),
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

# Functions of Keras by the modules of keras.ops that they lie in.
_KERAS_OPS: Final = re.compile(r"tf\.keras\.ops\.(?:core|image|linalg|math|nn|numpy)\.(?=\w)")

# Modules of Keras that TensorFlow 2 has under a shorter name, with what version 1 called by names of theirs.
_OLDER_LOSSES: Final = (
    "absolute_difference add_loss compute_weighted_loss cosine_distance get_losses get_regularization_loss "
    "get_regularization_losses get_total_loss hinge_loss huber_loss log_loss mean_pairwise_squared_error "
    "mean_squared_error sigmoid_cross_entropy softmax_cross_entropy sparse_softmax_cross_entropy"
)
_OLDER_METRICS: Final = (
    "accuracy auc average_precision_at_k false_negatives false_negatives_at_thresholds false_positives "
    "false_positives_at_thresholds mean mean_absolute_error mean_cosine_distance mean_iou mean_per_class_accuracy "
    "mean_relative_error mean_squared_error mean_tensor percentage_below precision precision_at_k "
    "precision_at_thresholds precision_at_top_k recall recall_at_k recall_at_thresholds recall_at_top_k "
    "root_mean_squared_error sensitivity_at_specificity sparse_average_precision_at_k sparse_precision_at_k "
    "specificity_at_sensitivity true_negatives true_negatives_at_thresholds true_positives "
    "true_positives_at_thresholds"
)
_SHORTER: Final = {
    "tf.initializers": frozenset("global_variables local_variables tables_initializer variables".split()),
    "tf.losses": frozenset(_OLDER_LOSSES.split()),
    "tf.metrics": frozenset(_OLDER_METRICS.split()),
    "tf.optimizers": frozenset[str](),
}

# Layers of version 1 that are objects have the arguments of those of Keras; its functions have models of their own.
_OLDER_LAYERS: Final = frozenset({"tf.layers", "tf.compat.v1.layers"})

# Classes under the names that they had in version 1.
_MOVED: Final = {
    "tf.autodiff.GradientTape": "tf.GradientTape",
    "tf.compat.v1.GradientTape": "tf.GradientTape",
    "tf.contrib.eager.GradientTape": "tf.GradientTape",
    "tf.contrib.eager.Variable": "tf.Variable",
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
    """Return the name under which today's TensorFlow or Keras has what ``name`` is."""
    package, _, last = name.rpartition(".")
    if package in _SHORTER and last not in _SHORTER[package]:
        name = f"tf.keras.{package.removeprefix('tf.')}.{last}"
    elif package in _OLDER_LAYERS and last[0].isupper():
        name = f"tf.keras.layers.{last}"
    if not name.startswith("tf.keras."):
        return _MOVED.get(name, name)
    name = _KERAS_OPS.sub("tf.keras.ops.", _KERAS_LAYERS.sub("tf.keras.layers.", name))
    return _KERAS_ALIASES.get(name, name).replace("tf.keras.utils.np_utils.", "tf.keras.utils.")


def is_modelled(name: str) -> bool:
    """Tell whether the function with the canonical ``name`` is of a library whose functions have models."""
    return name.startswith(("tf.", "np."))


def leaves_tensorflow(name: str) -> bool:
    """Tell whether the function with the canonical ``name`` computes with NumPy, where no tape records."""
    return name.startswith("np.")


def member(module: External, name: str) -> Value:
    """Return attribute ``name`` of something imported."""
    return _member(module.name, name)


# A program names the same few functions over and over.
@lru_cache(maxsize=4096)
def _member(root: str, name: str) -> Value:
    if root == "tf.compat" and name == "v2":
        return External("tf")
    if name == "keras" and root in {"tf.compat.v1", "tf.contrib", "tf.python"}:
        return External("tf.keras")
    if root == "tf.compat.v1" and name == "data":
        return External("tf.data")
    if name == "newaxis" and root in {"tf", "np"}:
        return NONE
    if root in {"tf", "tf.dtypes"} and (name in dtypes.ALL or name in dtypes.ALIASES):
        return DType(dtypes.ALIASES.get(name, name))
    if root in {"math", "np"} and name in _FLOATS:
        return OfType("float")
    return External(_current(f"{root}.{name}"))


@lru_cache(maxsize=4096)
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
