"""Every layer against the real one: the shapes of results, and which inputs are refused."""

from __future__ import annotations

import inspect
import os
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tfgrad_lint.api import registry
from tfgrad_lint.api.operation import Operation
from tfgrad_lint.domain.values import Constant, Sequence, Site, Tensor, Value
from tfgrad_lint.shapes.conflicts import Conflict
from tfgrad_lint.shapes.dims import UNKNOWN

from tests.conformance.draw import Draw
from tests.conformance.keras.layers import LAYERS, Drawn
from tests.conformance.oracle import REFUSALS
from tests.conformance.translate import Translation

EXAMPLES = int(os.environ.get("TFGRAD_CONFORMANCE_EXAMPLES", "12"))
PREFIX = "tf.keras.layers."
CALL = "tf.keras.layers.Layer.__call__"

# Accept what the real layer refuses, for reasons that are no shapes or differ between Keras 2 and 3.
LENIENT = {
    "Permute": "a permutation of too many axes is refused when the layer is made",
    "ZeroPadding1D": "a pair for each axis is written otherwise",
    "Cropping1D": "a pair for each axis is written otherwise",
}


def _real(name: str, drawn: Drawn) -> Any:
    layer = getattr(tf.keras.layers, name)(**drawn.arguments)
    tensors = [tf.cast(tf.ones(shape), drawn.dtype) for shape in drawn.inputs]
    return layer(tensors if drawn.several else tensors[0])


def _modelled(name: str, drawn: Drawn, translation: Translation) -> Value:
    tensors = [translation.value(tf.cast(tf.ones(shape), drawn.dtype)) for shape in drawn.inputs]
    inputs: Value = Sequence(tuple(tensors), "list") if drawn.several else tensors[0]
    # What a program writes is a number, whatever the sizes of its data are.
    written = Translation(symbolic=False, known=True)
    keywords = {key: written.value(value) for key, value in drawn.arguments.items()}
    constructor, call = registry.lookup(PREFIX + name), registry.lookup(CALL)
    assert constructor is not None
    assert call is not None
    operation = Operation(CALL, Site("test.py", None))
    return call.call(operation, (constructor.call(operation, (), keywords), inputs), {})


def _outcome(name: str, drawn: Drawn, translation: Translation) -> Value | Conflict:
    try:
        return _modelled(name, drawn, translation)
    except Conflict as conflict:
        return conflict


def _shapes(value: Any) -> list[tuple[int, ...]]:
    items = value if isinstance(value, list | tuple) else [value]
    return [tuple(item.shape) for item in items]


def _concrete(value: Value, translation: Translation) -> list[Any]:
    items = value.items if isinstance(value, Sequence) else (value,)
    return [
        tuple(map(translation.concrete, item.shape.dims)) if isinstance(item, Tensor) and item.shape.dims else None
        for item in items
    ]


def _agree(modelled: list[Any], real: list[tuple[int, ...]], *, symbolic: bool) -> bool:
    """Compare shapes; with symbols a size may be unknown."""
    if not symbolic or len(modelled) != len(real):
        return modelled == real
    pairs = list(zip(modelled, real, strict=True))
    ranked = all(given is not None and len(given) == len(shape) for given, shape in pairs)
    return ranked and all(p in (q, UNKNOWN) for given, shape in pairs for p, q in zip(given, shape, strict=True))


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_the_layer_gives_the_real_shapes_and_refuses_what_the_real_one_refuses(name: str) -> None:
    agreed = 0
    for index in range(EXAMPLES):
        drawn = LAYERS[name](Draw(f"{name} {index}"))
        try:
            real: Any = _real(name, drawn)
            if any(0 in shape for shape in _shapes(real)):
                # Keras 2 refuses what leaves nothing, Keras 3 gives an empty image.
                real = ValueError("empty")
        except REFUSALS as error:
            real = error
        for symbolic in (False, True):
            translation = Translation(symbolic=symbolic, known=True)
            shown = f"{name}({drawn.arguments}) on {drawn.inputs}, symbolic={symbolic}"
            result = _outcome(name, drawn, translation)
            if isinstance(result, Conflict):
                assert isinstance(real, Exception), f"{shown}: refused with {result!r}, really {_shapes(real)}"
                continue
            if isinstance(real, Exception):
                assert symbolic or name in LENIENT, f"{shown}: not refused, really {real}"
                continue
            assert _agree(_concrete(result, translation), _shapes(real), symbolic=symbolic), shown
            agreed += 1
    assert agreed


def _positional(name: str) -> list[inspect.Parameter]:
    signature = inspect.signature(getattr(tf.keras.layers, name).__init__)
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD,)
    return [each for each in signature.parameters.values() if each.kind in kinds and each.name != "self"]


_CLASSES = [
    name.removeprefix(PREFIX)
    for name in registry.names()
    if name.startswith(PREFIX) and isinstance(getattr(tf.keras.layers, name.removeprefix(PREFIX), None), type)
]
# In Keras 2 these have a default that Keras 3 dropped.
_DEFAULTED = {"AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "AvgPool1D", "AvgPool2D", "AvgPool3D"}


@pytest.mark.parametrize("name", [name for name in _CLASSES if name != "InputLayer"])
def test_the_constructor_has_the_real_parameters_and_defaults(name: str) -> None:
    model, real = registry.lookup(PREFIX + name), _positional(name)
    assert model is not None
    assert list(model.parameters) == [each.name for each in real]
    for each in real:
        if name in _DEFAULTED and each.name == "pool_size":
            continue
        known = model.defaults.get(each.name)
        given = inspect.Parameter.empty if known is None else _plain(known)
        assert given == each.default, each.name


def _plain(value: Value) -> Any:
    if isinstance(value, Sequence):
        return tuple(map(_plain, value.items))
    assert isinstance(value, Constant)
    return value.value


def test_at_least_eighty_classes_of_layers_are_known() -> None:
    assert len(_CLASSES) >= 80


@pytest.mark.parametrize("name", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"])
def test_a_merging_function_gives_what_its_layer_gives(name: str) -> None:
    model = registry.lookup(PREFIX + name.lower())
    assert model is not None
    agreed = 0
    for index in range(EXAMPLES):
        drawn, translation = LAYERS[name](Draw(f"{name} {index}")), Translation(symbolic=False, known=True)
        tensors = [tf.ones(shape) for shape in drawn.inputs]
        try:
            real: Any = getattr(tf.keras.layers, name.lower())(tensors, **drawn.arguments)
        except REFUSALS as error:
            real = error
        options = {key: translation.value(value) for key, value in drawn.arguments.items()}
        try:
            result = model.call(Operation(PREFIX, Site("test.py", None)), (translation.value(tensors),), options)
        except Conflict:
            assert isinstance(real, Exception)
            continue
        assert _concrete(result, translation) == _shapes(real)
        agreed += 1
    assert agreed


@pytest.mark.parametrize("width", [2, 5])
def test_a_built_layer_refuses_another_width_as_the_real_one_does(width: int) -> None:
    real = tf.keras.layers.Dense(3)
    operation = Operation(CALL, Site("test.py", None))
    model, call = registry.lookup(PREFIX + "Dense"), registry.lookup(CALL)
    assert model is not None
    assert call is not None
    layer = model.call(operation, (Constant(3),), {})
    translation = Translation(symbolic=False, known=True)
    outcomes = []
    for dims in ((4, 2), (4, width)):
        data = np.ones(dims, "float32")
        try:
            real(data)
            refused = False
        except REFUSALS:
            refused = True
        try:
            call.call(operation, (layer, translation.value(tf.constant(data))), {})
            outcomes.append((refused, False))
        except Conflict:
            outcomes.append((refused, True))
    assert outcomes == [(False, False), (width != 2, width != 2)]
