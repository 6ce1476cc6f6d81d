"""What the ops between a source and the targets tell about the origin of an error's pattern."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.diagnosis.pattern import Surroundings
from pytest_tfgrad.recording.trace import records_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_tfgrad.recording import GradientCall, OpRecord
    from pytest_tfgrad.replay import Replay

# Position of the indices among the inputs of ops that take rows of a table.
_GATHERS: Mapping[str, int] = {"GatherV2": 1, "ResourceGather": 1, "Gather": 1}


def surroundings_of(call: GradientCall, index: int, replay: Replay) -> Surroundings:
    """What is known about the gradient of one source beside its numbers.

    Args:
        call: of the gradient.
        index: position of the source.
        replay: of the call.
    """
    trace, source = call.trace, call.sources[index]
    records = [operation.record for operation in replay.operations]
    path = records_between(records, [trace.sources[index].tensor], trace.targets)
    return Surroundings(
        source=repr(source.name),
        sizes=_sizes(path),
        rows=gathered(path, trace.sources[index].tensor._id),
        weighted=call.kind != "gradient",
    )


def _sizes(path: tuple[OpRecord, ...]) -> dict[int, str]:
    """What a number of terms would be: first the sizes of first axes, then numbers of elements."""
    shapes = [(record, shape) for record in path for shape in _input_shapes(record) if shape]
    sizes: dict[int, str] = {}
    for record, shape in shapes:
        if len(shape) > 1:
            sizes.setdefault(shape[0], f"the first axis (a batch?) of {shape}, {_where(record)}")
    for record, shape in shapes:
        sizes.setdefault(int(np.prod(shape)), f"the number of elements of {shape}, {_where(record)}")
    return sizes


def _input_shapes(record: OpRecord) -> list[tuple[int, ...]]:
    return [tuple(t.shape) for t in record.inputs if hasattr(t, "shape") and t.dtype.is_floating]


def _where(record: OpRecord) -> str:
    location = record.site.location() if record.site is not None else None
    return f"line {location.line}" if location is not None else record.op_type


def gathered(path: Iterable[OpRecord], source: int) -> Counter[int]:
    """How often each row of the source is taken.

    Args:
        path: ops, in order of execution.
        source: identity of a tensor or of a variable's handle.
    """
    path = tuple(path)
    # What is read from a variable is the variable, for this.
    tables = {source} | {r.outputs[0]._id for r in path if r.op_type == "ReadVariableOp" and r.inputs[0]._id == source}
    rows: Counter[int] = Counter()
    for record in path:
        if record.op_type in _GATHERS and record.inputs[0]._id in tables and hasattr(record.inputs[1], "numpy"):
            rows.update(int(row) for row in np.ravel(record.inputs[_GATHERS[record.op_type]].numpy()))
    return rows
