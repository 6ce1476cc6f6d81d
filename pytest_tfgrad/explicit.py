"""Taking the gradients of a given function, so that they can be checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.recording import record

if TYPE_CHECKING:
    from pytest_tfgrad.options import Options
    from pytest_tfgrad.recording import Recording
    from pytest_tfgrad.results import TestResult

Function = Callable[..., Any]

_ORDERS = (1, 2)


def check_function(
    fn: Function,
    inputs: Sequence[Any],
    order: int,
    options: Options,
    name: str,
    watcher: Callable[[str], None] | None = None,
) -> TestResult:
    """What is to be said about the gradients of a function; see `check_gradients`.

    Args:
        fn: the function.
        inputs: what to call it with.
        order: 1 or 2.
        options: how to check.
        name: from which the random directions are derived.
        watcher: is told again and again what is being done.
    """
    if order not in _ORDERS:
        raise ValueError(f"order must be 1 or 2, not {order!r}")
    tensors = [_tensor(value, position) for position, value in enumerate(inputs)]
    with record(options.functions) as recording:
        _differentiate(fn, tensors, order)
    _name(recording, fn, len(tensors))
    return check_recording(recording, options, name, watcher)


def _tensor(value: Any, position: int) -> Any:
    try:
        tensor = value if isinstance(value, tf.Variable) else tf.convert_to_tensor(value)
    except (TypeError, ValueError):
        raise TypeError(f"input {position} is no tensor: {type(value).__name__}") from None
    if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
        raise TypeError(f"input {position} is {tensor.dtype.name}; only floating and complex tensors have gradients")
    return tensor


def _differentiate(fn: Function, tensors: list[Any], order: int) -> None:
    """Take the gradients that are to be recorded."""
    with tf.GradientTape() as outer:
        outer.watch(tensors)
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            target = fn(*tensors)
        _require_tensors(target)
        gradients = tape.gradient(target, tensors)
        # TensorFlow differentiates no IndexedSlices, which is what the gradient of a lookup is.
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients if gradient is not None]
    if order > 1:
        outer.gradient(dense, tensors)  # tfgrad: ignore[TFG316] the recording has it


def _require_tensors(target: Any) -> None:
    flat = tf.nest.flatten(target)
    if not flat or not all(tf.is_tensor(t) and (t.dtype.is_floating or t.dtype.is_complex) for t in flat):
        kinds = ", ".join(t.dtype.name if tf.is_tensor(t) else type(t).__name__ for t in flat) or "nothing"
        raise TypeError(f"fn must return tensors of a floating or complex type, not {kinds}")


def _name(recording: Recording, fn: Function, count: int) -> None:
    """Give sources the names of the function's parameters, and targets that of the function."""
    try:
        parameters = [p.name for p in inspect.signature(fn).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    except (TypeError, ValueError):
        parameters = []
    names = [*parameters, *(f"input {position}" for position in range(len(parameters), count))]
    target = getattr(fn, "__name__", type(fn).__name__)
    targets = {1: "fn" if target == "<lambda>" else target}
    for number, call in enumerate(recording.calls):
        sources = tuple(
            replace(source, name=names[index]) if source.kind == "tensor" else source
            for index, source in enumerate(call.sources)
        )
        title = targets[1] if number == 0 else f"gradient of {targets[1]}"
        named = tuple(replace(endpoint, name=title) for endpoint in call.targets[:1])
        recording.calls[number] = replace(call, sources=sources, targets=named + call.targets[1:])
