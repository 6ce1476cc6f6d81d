"""The ops that a tape ran to compute a gradient."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.unknown import UnknownTensor
from pytest_tfgrad.recording.records import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_tfgrad.recording.records import OpRecord, Pullback


class BackwardLog:
    """Keeps how a gradient was computed, so that it can be computed again in float64.

    Only the ops are kept, what they took from the forward pass, and what cannot be computed again. The other values in
    between, as many as those of the forward pass, are let go as TensorFlow lets them go.
    """

    def __init__(self) -> None:
        self.records: list[OpRecord] = []
        self.pullbacks: list[Pullback] = []
        self.stops: list[Stop] = []
        self._computed: dict[int, UnknownTensor] = {}

    def add(self, record: OpRecord) -> None:
        """An op of the backward pass has run."""
        again = record.function is not None or adapter.can_run_again(record.op_type)
        for tensor in record.outputs:
            if again and adapter.is_trainable_type(tensor):
                self._computed[tensor._id] = UnknownTensor(
                    tensor._datatype_enum(), "a value of the backward pass", tensor._id
                )
        self.records.append(
            record.with_tensors(self.without_values(record.inputs), self.without_values(record.outputs))
        )

    @contextmanager
    def gradient_function(self, function: str) -> Iterator[None]:
        """The gradient function of a custom gradient runs inside the block.

        Args:
            function: name of the function with the custom gradient.
        """
        start = len(self.records)
        yield
        inside = (record for record in self.records[start:] if record.op_type == "StopGradient")
        known = {id(stop.record) for stop in self.stops}
        self.stops += [Stop(function, record) for record in inside if id(record) not in known]

    def without_values(self, tensors: Sequence[Any]) -> tuple[Any, ...]:
        """The tensors, those that the backward pass computed by their identity only."""
        return tuple(self._computed.get(tensor._id, tensor) for tensor in tensors)
