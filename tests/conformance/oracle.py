"""Runs one call for real and through its model, and says where the two differ."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tfgrad_lint.api.operation import Operation
from tfgrad_lint.api.registry import UnboundArguments, lookup
from tfgrad_lint.domain.values import (
    Constant,
    DType,
    Integer,
    Mapping,
    Node,
    OfType,
    Sequence,
    Site,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    as_dim,
)
from tfgrad_lint.shapes.conflicts import Conflict
from tfgrad_lint.shapes.dims import UNKNOWN

from tests.conformance.translate import Translation
from tests.conformance.twin import Twin

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Call:
    """The arguments of one call, and the real function if the name does not find it."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        shown = [_shown(arg) for arg in self.args] + [f"{key}={_shown(arg)}" for key, arg in self.kwargs.items()]
        return f"({', '.join(shown)})"


def _shown(value: Any) -> str:
    if isinstance(value, tf.Tensor | np.ndarray | tf.Variable):
        name = value.dtype.name
        kind = "array" if isinstance(value, np.ndarray) else "variable" if isinstance(value, tf.Variable) else "tensor"
        entries = f" {np.asarray(value).tolist()}" if len(value.shape) < 2 and "int" in name else ""
        return f"{kind}{tuple(value.shape)}:{name}{entries}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return repr(value)


@dataclass
class Tally:
    """What a comparison of many calls found."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


# How many other sizes are put in for the symbols of a call.
_OTHER_SIZES = 2

# What a refused call raises where its arguments are to blame.
REFUSALS = (
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    AttributeError,
    np.exceptions.AxisError,
    tf.errors.InvalidArgumentError,
    tf.errors.OutOfRangeError,
)


@dataclass(frozen=True)
class Outcome:
    """What a call really gave: its result or what it raised, and the gradient of each tensor among its arguments.

    ``implemented`` is False where TensorFlow has no code for it, which tells nothing.
    """

    real: Any
    gradients: list[Any] = field(default_factory=list)
    implemented: bool = True


def outcome(function: Any, call: Call) -> Outcome:
    """Run ``call`` for real."""
    try:
        return Outcome(*run(function, call))
    except (tf.errors.UnimplementedError, tf.errors.AbortedError) as error:
        return Outcome(error, implemented=False)
    except REFUSALS as error:
        return Outcome(error)


def compare(
    name: str,
    happened: Outcome,
    call: Call,
    tally: Tally,
    *,
    symbolic: bool = False,
    known: bool = True,
    vague: random.Random | None = None,
) -> None:
    """Run ``call`` through the model of ``name``, and note in ``tally`` where that is not what ``happened``."""
    if not happened.implemented:
        tally.counts["not implemented"] += 1
        return
    real = happened.real
    translation = Translation(symbolic=symbolic, known=known, vague=vague)
    shown = f"{name}{call}" + (" with symbols" if symbolic else "") + (" told in part" if vague else "")
    told = known and not symbolic and vague is None
    try:
        result = modelled(name, call, translation)
    except UnboundArguments as unbound:
        tally.wrong.append(f"{shown}: the signature refuses {unbound}")
        return
    if symbolic:
        _compare_with_other_sizes(shown, call, (name, known), result, translation, tally)
    if isinstance(result, Conflict):
        if isinstance(real, Exception):
            tally.counts["both refuse"] += 1
        else:
            tally.wrong.append(f"{shown}: model refuses with {result!r}, really {_told(real)}")
        return
    if isinstance(real, Exception):
        tally.counts["missed"] += 1
        if told:
            tally.missed.append(f"{shown}: {type(real).__name__}: {str(real).splitlines()[0][:140]}")
        return
    difference = _difference(real, result, translation, tally)
    if difference is not None:
        tally.wrong.append(f"{shown}: {difference}")
        return
    tally.counts["both succeed"] += 1
    _compare_flow(shown, happened.gradients, result, translation, tally)


def modelled(name: str, call: Call, translation: Translation) -> Value | Conflict:
    """Return what the model of ``name`` makes of the call, a conflict included.

    Raises:
        UnboundArguments: the arguments do not fit the signature.
    """
    model = lookup(name)
    assert model is not None, f"{name} has no model"
    arguments = tuple(map(translation.value, call.args))
    keywords = {key: translation.value(value) for key, value in call.kwargs.items()}
    try:
        return model.call(Operation(name, Site("test.py", None), call=_call_twin), arguments, keywords)
    except Conflict as conflict:
        return conflict


def _compare_with_other_sizes(
    shown: str, call: Call, model: tuple[str, bool], result: Value | Conflict, translation: Translation, tally: Tally
) -> None:
    """Note where what symbols gave does not hold for the numbers that a few other sizes give."""
    name, known = model
    for number in range(_OTHER_SIZES):
        other = Translation(symbolic=True, known=known, sizes=random.Random(f"{shown} {number}"))
        concrete = modelled(name, call, other)
        if isinstance(concrete, Conflict):
            continue
        if isinstance(result, Conflict):
            tally.wrong.append(f"{shown}: refuses with {result!r}, but takes the sizes {other.replaced}")
            return
        if not _agree(concrete, result, partial(translation.concrete, other=other)):
            tally.wrong.append(f"{shown}: gives {result!r}, but with the sizes {other.replaced} {concrete!r}")
            return


def _agree(concrete: Value, symbolic: Value, substituted: Callable[[Any], Any]) -> bool:
    """Tell whether a result with symbols, numbers ``substituted`` for them, may be the ``concrete`` one."""
    if isinstance(concrete, Sequence) and isinstance(symbolic, Sequence):
        pairs = zip(concrete.items, symbolic.items, strict=False)
        return len(concrete.items) == len(symbolic.items) and all(_agree(a, b, substituted) for a, b in pairs)
    if isinstance(concrete, Integer | Constant) and isinstance(symbolic, Integer):
        return UNKNOWN in (found := {as_dim(concrete), substituted(symbolic.dim)}) or len(found) == 1
    if not isinstance(concrete, Tensor | TensorShape) or not isinstance(symbolic, Tensor | TensorShape):
        return True
    own, other = concrete.shape.dims, symbolic.shape.dims
    if own is None or other is None:
        return True
    pairs_of_dims = [(a, substituted(b)) for a, b in zip(own, other, strict=False)]
    return len(own) == len(other) and all(
        not isinstance(a, int) or not isinstance(b, int) or a == b for a, b in pairs_of_dims
    )


def _call_twin(function: Value, positional: tuple[Value, ...]) -> Value:
    assert isinstance(function, Twin)
    return function.modelled(Operation("call", Site("test.py", None)), *positional)


def run(function: Any, call: Call) -> tuple[Any, list[Any]]:
    """Return the result of the call and, for each tensor among its arguments, its gradient."""
    sources = [value for value in _leaves([*call.args, *call.kwargs.values()]) if _is_tensor(value)]
    with tf.GradientTape() as tape:
        for source in sources:
            if source.dtype.is_floating or source.dtype.is_complex:
                tape.watch(source)
        result = function(*call.args, **call.kwargs)
    targets = [leaf for leaf in _leaves(result) if _is_tensor(leaf) and _has_gradient(leaf.dtype)]
    watched = [source for source in sources if _has_gradient(source.dtype)]
    # The gradient of an empty convolution crashes the process in TensorFlow 2.21.
    if not targets or not watched or any(0 in target.shape for target in targets):
        return result, []
    try:
        gradients = tape.gradient(targets, watched)
    except (LookupError, tf.errors.OpError, ValueError, TypeError, RuntimeError, NotImplementedError):
        return result, []
    return result, list(zip(watched, gradients, strict=True))


def _has_gradient(dtype: tf.DType) -> bool:
    return bool(dtype.is_floating or dtype.is_complex)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, tf.Tensor | tf.Variable)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, list | tuple) and not isinstance(value, tf.TensorShape):
        return [leaf for item in value for leaf in _leaves(item)]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    return [value]


def _told(real: Any) -> str:
    return f"gives {_shown(real)}"


def _difference(real: Any, result: Value, translation: Translation, tally: Tally) -> str | None:
    """Return in words how the model's result contradicts the real one, None if it does not."""
    if isinstance(result, Unknown):
        tally.counts["unknown"] += 1
        return None
    if isinstance(result, Sequence | Mapping):
        items = result.items if isinstance(result, Sequence) else tuple(result.items.values())
        reals = (
            list(real.values()) if isinstance(real, dict) else list(real) if isinstance(real, list | tuple) else None
        )
        if reals is None or len(reals) != len(items):
            return f"model gives {len(items)} items, really {_told(real)}"
        found = [_difference(own, item, translation, tally) for own, item in zip(reals, items, strict=True)]
        return next((text for text in found if text is not None), None)
    if isinstance(result, Tensor):
        return _tensor_difference(real, result, translation, tally)
    if isinstance(result, TensorShape):
        if not isinstance(real, tf.TensorShape):
            return f"model gives a shape, really {_told(real)}"
        return _dims_difference(tuple(real.as_list()), result.shape.dims, translation, tally)
    return _plain_difference(real, result, translation)


def _plain_difference(real: Any, result: Value, translation: Translation) -> str | None:
    expected: Any = real
    if isinstance(result, Constant):
        given: Any = result.value
    elif isinstance(result, Integer):
        given = translation.concrete(result.dim)
    elif isinstance(result, DType):
        given, expected = result.name, getattr(real, "name", real)
    elif isinstance(result, OfType):
        given, expected = result.type, type(real).__name__
    else:
        return None
    return None if given == expected else f"model gives {result!r}, really {_told(real)}"


def _tensor_difference(real: Any, result: Tensor, translation: Translation, tally: Tally) -> str | None:
    if not isinstance(real, tf.Tensor | tf.Variable | np.ndarray | np.generic):
        return f"model gives {result.shape}, really {_told(real)}"
    is_array = isinstance(real, np.ndarray | np.generic)
    if is_array != (result.kind == "array"):
        return f"model gives a value of kind {result.kind}, really {_told(real)}"
    dtype = "string" if str(real.dtype).startswith("<U") else real.dtype.name
    if result.dtype is None:
        tally.counts["unknown dtype"] += 1
    elif result.dtype != dtype:
        return f"model gives dtype {result.dtype}, really {_told(real)}"
    difference = _dims_difference(tuple(real.shape), result.shape.dims, translation, tally)
    return difference or _content_difference(real, result, translation)


def _dims_difference(
    real: tuple[int, ...], given: tuple[Any, ...] | None, translation: Translation, tally: Tally
) -> str | None:
    if given is None:
        tally.counts["unknown rank"] += 1
        return None
    if len(given) != len(real):
        return f"model gives {list(given)}, really {list(real)}"
    for own, dim in zip(real, given, strict=True):
        concrete = translation.concrete(dim)
        if concrete is UNKNOWN:
            tally.counts["unknown size"] += 1
        elif concrete != own:
            return f"model gives {list(given)}, really {list(real)}"
    return None


def _content_difference(real: Any, result: Tensor, translation: Translation) -> str | None:
    if result.content is None:
        return None
    numbers = np.asarray(real)
    if isinstance(result.content, TensorShape):
        given = result.content.shape.dims
        told = None if given is None else [translation.concrete(dim) for dim in given]
        if told is None:
            return None
        if len(told) != numbers.size:
            return f"model tells elements {told}, really {numbers.tolist()}"
        pairs = zip(told, numbers.tolist(), strict=True)
        agrees = all(dim is UNKNOWN or dim == own for dim, own in pairs)
        return None if agrees else f"model tells elements {told}, really {numbers.tolist()}"
    told_scalar = translation.concrete(result.content)
    agrees = numbers.ndim == 0 and (told_scalar is UNKNOWN or told_scalar == numbers.item())
    return None if agrees else f"model tells the element {told_scalar}, really {numbers.tolist()}"


def _compare_flow(shown: str, gradients: list[Any], result: Value, translation: Translation, tally: Tally) -> None:
    """Note a gradient that TensorFlow gives although the model has no path for it."""
    reached = _reached(result)
    for source, gradient in gradients:
        nodes = [value.node for real, value in translation.sources if real is source]
        flows = None in reached or any(node in reached for node in nodes)
        if gradient is not None and not flows:
            tally.wrong.append(f"{shown}: a gradient flows to {_shown(source)}, the model has it cut")
        if gradient is None and flows:
            tally.counts["no gradient, not known"] += 1


def _reached(result: Value) -> set[Node | None]:
    """Return the steps from which gradients flow into ``result``; None among them stands for anything at all."""
    pending = [value.node for value in _values(result) if isinstance(value, Tensor | Unknown)]
    reached: set[Node | None] = set()
    while pending:
        node = pending.pop()
        if node.cut is not None or node in reached:
            continue
        reached.add(node)
        if node.opaque:
            reached.add(None)
        pending.extend(node.inputs)
    return reached


def _values(value: Value) -> list[Value]:
    if isinstance(value, Sequence):
        return [leaf for item in value.items for leaf in _values(item)]
    if isinstance(value, Mapping):
        return [leaf for item in value.items.values() for leaf in _values(item)]
    return [value]
