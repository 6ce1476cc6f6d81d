"""One run of a replay's ops: what is known before, what each op adds, what the targets are after."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.types import type_of, widened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.recording.gradient_call import Array
    from pytest_tfgrad.replay.operation import Operation, Values


@dataclass(frozen=True, eq=False)
class Start:
    """How the sources enter a replay.

    Attributes:
        sources: per source, its recorded tensor or handle and its value in the wider type.
        computed: identities of all that the replay's ops compute.
    """

    sources: Sequence[tuple[Any, Any]]
    computed: frozenset[int]

    @property
    def bases(self) -> list[Any]:
        """The recorded values in the wider types."""
        return [base for _, base in self.sources]

    @property
    def identities(self) -> set[int]:
        """Of the sources."""
        return {tensor._id for tensor, _ in self.sources}

    def at(self, points: Sequence[Array]) -> tuple[Values, Values]:
        """What is known before the first op runs if the sources have the given values; see `with_tensors`."""
        return self.with_tensors(
            [tf.constant(np.asarray(point), base.dtype) for (_, base), point in zip(self.sources, points, strict=True)]
        )

    def with_tensors(self, tensors: Sequence[Any]) -> tuple[Values, Values]:
        """What is known before the first op runs if the sources are the given tensors.

        Returns:
            The values of tensors, where a variable's handle stands for the change of its value; and the changes that
            are to be added to the sources that ops compute.
        """
        values: Values = {}
        changes: Values = {}
        times = Counter(tensor._id for tensor, _ in self.sources)
        for (tensor, base), new in zip(self.sources, tensors, strict=True):
            identity = tensor._id
            if tensor.dtype == tf.resource:
                _add(values, identity, _change(base, new))
            elif identity in self.computed:
                _add(changes, identity, _change(base, new))
            elif times[identity] > 1:
                values[identity] = values.get(identity, base) + _change(base, new)
            else:
                values[identity] = new
        return values, changes


def _change(base: Any, new: Any) -> Any:
    """The new value less the old one. The operator itself takes as long on its way to the op as a small op."""
    return adapter.run_op("Sub", 1, [new, base], ("T", type_of(base)))[0]


def _add(changes: Values, identity: int, change: Any) -> None:
    changes[identity] = changes[identity] + change if identity in changes else change


def run(op: Operation, values: Values, changes: Values) -> None:
    """Run an op, and move the sources among its outputs by their own changes.

    Raises:
        CannotReplay: if it fails.
    """
    try:
        op.run(values)
    except (tf.errors.OpError, ValueError) as error:
        place = op.step().location
        where = f" at {place.path}:{place.line}" if place else ""
        raise CannotReplay(f"{op.record.op_type}{where} fails when it is replayed: {first_line(error)}") from error
    if changes:
        for identity in op.outputs:
            if identity in changes:
                values[identity] = values[identity] + changes[identity]


def forget(identities: Sequence[int], values: Values) -> None:
    """Drop what is not needed any more."""
    for identity in identities:
        del values[identity]


def first_line(error: Exception) -> str:
    """What an error says, without its details."""
    return str(error).strip().split("\n")[0]


def results(targets: Sequence[Any], values: Values) -> tuple[Array, ...]:
    """Values of the targets after the last op."""
    return tuple(widened(values.get(target._id, target)).numpy() for target in targets)


def unneeded_after(operations: Sequence[Operation], targets: Sequence[Any]) -> tuple[tuple[int, ...], ...]:
    """Per op, the identities of what no later op and no target needs, so that it need not be kept.

    A replay then holds about as much at a time as the largest op takes, not the whole forward pass over again.
    """
    needed = {target._id for target in targets}
    unneeded = []
    for op in reversed(operations):
        # Some ops give the same tensor twice.
        mentioned = dict.fromkeys((*op.outputs, *(identity for _, identity in op.varying)))
        unneeded.append(tuple(identity for identity in mentioned if identity not in needed))
        needed.update(mentioned)
    return tuple(reversed(unneeded))
