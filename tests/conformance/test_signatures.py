"""The parameters of every model are those of the real function, and all its names have the model."""

from __future__ import annotations

import inspect
import types
from collections import defaultdict
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tfgrad_lint.api  # noqa: F401  registers the models
from tfgrad_lint.api.registry import lookup, names
from tfgrad_lint.domain.values import Constant

from tests.conformance.case import exists, real_function
from tests.conformance.reached import reached

# Classes whose constructors hide their parameters behind a metaclass, and functions of C that show none.
_UNREADABLE = {"tf.Variable", "tf.compat.v1.Variable"}
# The one function that takes the arguments of either version.
_UNREADABLE |= {"tf.losses.mean_squared_error"}
# Modules whose names are another interface to the same functions.
_OTHER_INTERFACES = {"compat", "raw_ops", "experimental", "keras", "python", "core", "tools", "lite", "tpu", "types"}

# Classes with methods of their own, which are checked where they are called.
_LAZY = ("tf.python.", "tf.keras.", "tf.data.", "tf.examples.", "tf.Initializer.")

_FUNCTIONS = [name for name in names() if name.startswith(("tf.", "np.")) and not name.startswith(_LAZY)]


def _signature(name: str) -> inspect.Signature | None:
    try:
        return inspect.signature(real_function(name))
    except (ValueError, TypeError):
        return None


_READABLE = [name for name in _FUNCTIONS if name not in _UNREADABLE and exists(name)]


@pytest.mark.parametrize("name", [name for name in _READABLE if name.startswith("tf.")])
def test_the_model_has_the_real_parameters(name: str) -> None:
    model, signature = lookup(name), _signature(name)
    assert model is not None
    if signature is None:
        pytest.skip("the real function shows no signature")
    kinds = inspect.Parameter
    real = signature.parameters.values()
    if model.variadic is None:
        positional = [p.name for p in real if p.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.POSITIONAL_ONLY)]
        assert list(model.parameters) == positional
    required = [p.name for p in real if p.default is kinds.empty and p.kind is kinds.POSITIONAL_OR_KEYWORD]
    assert [name for name in model.parameters if name not in model.defaults] == required


@pytest.mark.parametrize("name", [name for name in _READABLE if name.startswith("tf.")])
def test_simple_defaults_are_the_real_ones(name: str) -> None:
    model, signature = lookup(name), _signature(name)
    assert model is not None
    if signature is None:
        pytest.skip("the real function shows no signature")
    for parameter, value in model.defaults.items():
        real = signature.parameters[parameter].default if parameter in signature.parameters else inspect.Parameter.empty
        if isinstance(real, bool | int) and isinstance(value, Constant) and value.value is not None:
            assert value.value == real, parameter


def _all_names() -> dict[int, list[str]]:
    return _names_below(tf, "tf")


def _names_below(root: types.ModuleType, prefix: str) -> dict[int, list[str]]:
    """Return the names of the functions and classes in a module and those in it, by their ids."""
    found: dict[int, list[str]] = defaultdict(list)

    def walk(module: Any, prefix: str, depth: int) -> None:
        for name, value in list(vars(module).items()):
            if name.startswith("_") or name in _OTHER_INTERFACES:
                continue
            if isinstance(value, types.ModuleType) and depth < 2:
                walk(value, f"{prefix}.{name}", depth + 1)
            elif callable(value):
                found[id(value)].append(f"{prefix}.{name}")

    walk(root, prefix, 0)
    return found


def test_every_name_of_a_modelled_function_has_its_model() -> None:
    missing = []
    for aliases in _all_names().values():
        models = {alias: lookup(alias) for alias in aliases}
        rules = {model.rule for model in models.values() if model is not None}
        missing += [alias for alias, model in models.items() if model is None and rules]
        assert len(rules) <= 1, aliases
    assert not missing


# Parts of Keras with functions, or classes whose objects are called, that have models.
_OF_KERAS = ("activations", "initializers", "layers", "losses", "metrics", "ops")
# Modules of TensorFlow 2 that are those of Keras, and TensorFlow 1, all of which is reached as ``tf.compat.v1``.
_FURTHER = {"tf.losses": tf.losses, "tf.metrics": tf.metrics, "tf.initializers": tf.initializers}


def _names_in_programs() -> dict[int, list[str]]:
    found = _all_names()
    parts = [(f"tf.keras.{part}", getattr(keras, part)) for part in _OF_KERAS]
    for prefix, module in (*parts, *_FURTHER.items(), ("tf.compat.v1", tf.compat.v1)):
        for aliased, further in _names_below(module, prefix).items():
            found[aliased] += further
    return found


def test_programs_reach_a_model_by_every_name() -> None:
    missing = []
    for aliases in _names_in_programs().values():
        models = {alias: reached(alias) for alias in aliases}
        missing += [alias for alias, model in models.items() if not model and any(models.values())]
    assert not missing


def test_every_modelled_name_exists() -> None:
    # Names of TensorFlow 1, of Keras 2 and of other versions of NumPy are modelled for code that still has them.
    absent = [name for name in _FUNCTIONS if not exists(name) and not name.startswith("tf.compat.v1.")]
    older = {
        "tf.losses.mean_squared_error",
        "np.product",
        "np.cumproduct",
        "np.in1d",
        "np.alltrue",
        "np.sometrue",
        "np.round_",
        "np.row_stack",
    }
    assert set(absent) <= older, np.__version__
