"""What a single op or custom gradient claims: the gradients it gives for an upstream gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.numeric.directions import generator
from pytest_tfgrad.replay.operation import known
from pytest_tfgrad.replay.promotion import promotion
from pytest_tfgrad.replay.types import cast, is_narrow, type_of, widened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.diagnosis.units import Unit
    from pytest_tfgrad.replay.operation import Operation, Values

    Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class OwnClaim:
    """The gradients that a unit gives for an upstream gradient.

    Attributes:
        upstream: per output of the unit.
        gradients: per input of the unit; None where it gives none.
        dtypes: per input, name of the type in which its gradient was computed.
    """

    upstream: tuple[Array, ...]
    gradients: tuple[Array | None, ...]
    dtypes: tuple[str, ...]


def claim_of_call(unit: Unit, outputs: Sequence[Array]) -> OwnClaim | None:
    """What the gradient function of a custom gradient was given and returned; None if nobody saw that.

    Args:
        unit: a custom gradient.
        outputs: the values of its outputs.
    """
    pullback = unit.pullback
    if pullback is None:
        return None
    upstream = {tensor._id: given for tensor, given in zip(pullback.outputs, pullback.upstream, strict=True)}
    if not set(unit.outputs) <= set(upstream):
        return None
    given = {
        tensor._id: (_dense(result, tuple(value.shape)), value.dtype.name)
        for tensor, value, result in zip(pullback.inputs, pullback.values, pullback.results, strict=True)
    }
    found = [given.get(identity, (None, "float64")) for identity in unit.inputs]
    return OwnClaim(
        tuple(_like(upstream[i], output) for i, output in zip(unit.outputs, outputs, strict=True)),
        tuple(gradient for gradient, _ in found),
        tuple(dtype for _, dtype in found),
    )


def claim_of_op(unit: Unit, values: Values, outputs: Sequence[Array], seed: str, turn: complex) -> OwnClaim | None:
    """What the registered gradient of an op gives for a random upstream gradient, in float64 where that works.

    Args:
        unit: a single op.
        values: all varying tensors.
        outputs: the values of its outputs.
        seed: of the upstream gradient.
        turn: by what the upstream gradient of a complex output is multiplied; it is real by itself.

    Returns:
        None if no gradient is registered.
    """
    record = unit.last
    gradient = adapter.registered_gradient(record.gradient or record.op_type)
    if gradient is None:
        return None
    random = generator(f"{seed}:upstream")
    # Only the outputs that somebody uses: TensorFlow's gradients ignore what comes in for statistics and buffers.
    drawn = [random.uniform(0.5, 1.5, o.shape) * random.choice((-1.0, 1.0), o.shape) for o in outputs]
    upstream = [array * turn if np.iscomplexobj(o) else array for array, o in zip(drawn, outputs, strict=True)]
    incoming = dict(zip(unit.outputs, upstream, strict=True))
    try:
        found, dtype = _run_gradient(unit.operations[-1], gradient, values, incoming, widen=True)
    except (tf.errors.OpError, TypeError, ValueError):
        found, dtype = _run_gradient(unit.operations[-1], gradient, values, incoming, widen=False)
    return OwnClaim(
        tuple(array.astype(output.dtype) for array, output in zip(upstream, outputs, strict=True)),
        tuple(_summed(unit, identity, found, values) for identity in unit.inputs),
        (dtype,) * len(unit.inputs),
    )


def _run_gradient(
    operation: Operation, gradient: Any, values: Values, incoming: Mapping[int, Array], *, widen: bool
) -> tuple[list[Any], str]:
    """The gradients per input of the op, and the name of the type in which they were computed."""
    record = operation.record
    plan = promotion(record, widen)
    taken = zip(record.inputs, operation.inputs, plan.input_types, strict=True)
    inputs = [_taken(tensor, identity, number, values) for tensor, identity, number in taken]
    is_wide = plan.attributes != promotion(record, False).attributes
    results = [
        widened(value) if is_wide else cast(value, type_of(tensor))
        for tensor, value in ((tensor, known(values.get(tensor._id, tensor))) for tensor in record.outputs)
    ]
    upstream = [
        tf.cast(incoming[tensor._id], result.dtype) if tensor._id in incoming else tf.zeros_like(result)
        for tensor, result in zip(record.outputs, results, strict=True)
    ]
    found = adapter.vector_jacobian_product(record.op_type, gradient, plan.attributes, inputs, results, upstream)
    narrow = [t.dtype.name for t in results if is_narrow(type_of(t))]
    return found, narrow[0] if narrow else "float64"


def _taken(tensor: Any, identity: int | None, type_number: int, values: Values) -> Any:
    """An input of an op in the type in which it takes it; a variable by its handle."""
    if identity is None or tensor.dtype in (tf.resource, tf.variant):
        return cast(known(tensor), type_number)
    return cast(values[identity], type_number)


def _summed(unit: Unit, identity: int, found: Sequence[Any], values: Values) -> Array | None:
    """The gradient for one tensor, which the op may take more than once."""
    operation = unit.operations[-1]
    shape = base_of(unit, identity, values).shape
    places = [place for place, other in enumerate(operation.inputs) if other == identity]
    given = [_dense(found[place], shape) for place in places if found[place] is not None]
    return sum(given[1:], given[0]) if given else None


def _like(given: Any, output: Array) -> Array:
    """An upstream gradient as an array like the output; zeros for None."""
    if given is None:
        return np.zeros_like(output)
    dense: Array = np.broadcast_to(_dense(given, output.shape), output.shape)
    return dense.astype(output.dtype)


def _dense(gradient: Any, shape: tuple[int, ...]) -> Any:
    """A gradient as an array of a wide type; slices with the same index are added up."""
    if gradient is None:
        return None
    if not isinstance(gradient, tf.IndexedSlices):
        return np.asarray(widened(tf.convert_to_tensor(gradient)).numpy())
    dense = np.zeros(shape, np.float64)
    np.add.at(dense, gradient.indices.numpy(), widened(gradient.values).numpy())
    return dense


def base_of(unit: Unit, identity: int, values: Values) -> Array:
    """The value of an input; a variable's handle stands for its change elsewhere, and for its value here."""
    handle = handle_value(unit, identity)
    value = values[identity] if handle is None else widened(known(handle))
    return np.asarray(value.numpy())


def handle_value(unit: Unit, identity: int) -> Any | None:
    """The recorded value behind a variable's handle, None if the tensor is no handle."""
    for operation in unit.operations:
        record = operation.record
        if identity in record.variable_values:
            return record.variable_values[identity]
        if record.op_type == "ReadVariableOp" and record.inputs[0]._id == identity:
            return record.outputs[0]
    return None
