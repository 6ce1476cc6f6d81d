"""One op, ready to be run again with changed inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.unknown import UnknownTensor
from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.promotion import promotion
from pytest_tfgrad.replay.types import FLOAT64, cast, epsilon, type_of, widened, wider

if TYPE_CHECKING:
    from pytest_tfgrad.recording.location import Location
    from pytest_tfgrad.recording.records import OpRecord

# Values of the tensors that vary, by identity; floats and complex numbers always in the wider types.
Values = dict[int, Any]
Compute = Callable[[list[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Step:
    """An op of a replay, as a report may show it.

    Attributes:
        op_type: name of the op.
        location: the user's line that ran it, None if no line of the user's did.
        custom_gradient: name of the innermost custom-gradient function it ran in, None if there is none.
    """

    op_type: str
    location: Location | None
    custom_gradient: str | None


@dataclass(frozen=True, eq=False)
class Operation:
    """A recorded op bound to where its inputs come from.

    Attributes:
        record: the op as it was recorded.
        inputs: per input, its identity if it varies, else None.
        constants: per input, its value in the type in which the op takes it; None if it varies.
        compute: inputs in wider types (as `inputs` and `constants` give them) to outputs in wider types.
        epsilon: spacing at one of the coarsest type that the op computes in.
    """

    record: OpRecord
    inputs: tuple[int | None, ...]
    constants: tuple[Any, ...]
    compute: Compute
    epsilon: float

    @cached_property
    def varying(self) -> tuple[tuple[int, int], ...]:
        """Position and identity of each input that varies."""
        return tuple((position, identity) for position, identity in enumerate(self.inputs) if identity is not None)

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """Identities of the outputs."""
        return tuple(tensor._id for tensor in self.record.outputs)

    def run(self, values: Values) -> None:
        """Compute the outputs from `values` and add them to it."""
        arguments = list(self.constants)
        for position, identity in self.varying:
            arguments[position] = values[identity]
        values.update(zip(self.outputs, self.compute(arguments), strict=True))

    def step(self) -> Step:
        """The op as a report may show it."""
        site, scope = self.record.site, self.record.scope
        return Step(self.record.op_type, site.location() if site else None, scope.function if scope else None)


def ordinary_operation(record: OpRecord, varying: frozenset[int], widen: bool = True) -> Operation:
    """The op itself, computing in float64 where TensorFlow has a kernel for it and in its own types where not.

    Args:
        record: the op as it was recorded.
        varying: identities of the tensors that change.
        widen: False for its own types in any case.
    """
    plan = promotion(record, widen)
    operation_type, count = record.op_type, len(record.outputs)
    varies = tuple(tensor._id in varying for tensor in record.inputs)
    narrowed = tuple(
        index
        for index, tensor in enumerate(record.inputs)
        if varies[index] and plan.input_types[index] != wider(type_of(tensor))
    )
    attributes = plan.attributes
    wide = narrowed == () and plan.epsilon <= epsilon(FLOAT64)

    def compute(arguments: list[Any]) -> Sequence[Any]:
        for index in narrowed:
            arguments[index] = cast(arguments[index], plan.input_types[index])
        outputs = adapter.run_op(operation_type, count, arguments, attributes)
        # This runs for every op of every evaluation.
        return outputs if wide else [widened(output) for output in outputs]

    return Operation(
        record,
        tuple(tensor._id if varies[index] else None for index, tensor in enumerate(record.inputs)),
        tuple(
            None if varies[index] else cast(known(tensor), plan.input_types[index])
            for index, tensor in enumerate(record.inputs)
        ),
        compute,
        plan.epsilon,
    )


def composed_operation(record: OpRecord, varying: frozenset[int], compute: Compute) -> Operation:
    """An op computed by other ops in float64; its constants come in the wider types."""
    return Operation(
        record,
        tuple(tensor._id if tensor._id in varying else None for tensor in record.inputs),
        tuple(None if tensor._id in varying else widened(known(tensor)) for tensor in record.inputs),
        compute,
        epsilon(FLOAT64),
    )


def known(tensor: Any) -> Any:
    """The tensor, unless its recorded value is not known.

    Raises:
        CannotReplay: if it is not.
    """
    if isinstance(tensor, UnknownTensor):
        raise CannotReplay(
            f'The recorded value of {tensor.reason} is not known; use functions="eager" to check this gradient.'
        )
    return tensor


def attribute(record: OpRecord, name: str, default: Any) -> Any:
    """The value of one of an op's attributes; byte strings as text."""
    pairs = dict(zip(record.attributes[::2], record.attributes[1::2], strict=True))
    value = pairs.get(name, default)
    return value.decode() if isinstance(value, bytes) else value
