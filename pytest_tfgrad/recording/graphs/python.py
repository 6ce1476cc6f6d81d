"""What the Python inside a graph function ran (`tf.py_function`): its graph shows one op, which cannot run again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.recording.graphs.unknown import UnknownTensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.recording.records import OpRecord


@dataclass(frozen=True, eq=False)
class PythonRun:
    """One run of a `tf.py_function` inside a graph function.

    Attributes:
        token: what TensorFlow knows the function by, as its op says too.
        inputs: the tensors that it was called with, copies of the op's inputs.
        records: every op that it ran, in order of execution.
        outputs: the tensors that it returned, of which the op's outputs are copies.
    """

    token: bytes
    inputs: tuple[Any, ...]
    records: tuple[OpRecord, ...]
    outputs: tuple[Any, ...]


@dataclass(eq=False)
class PythonRuns:
    """The runs during one call of a graph function, in order of execution."""

    runs: list[PythonRun] = field(default_factory=list)

    def copy(self) -> PythonRuns:
        """The same runs, to be taken once more."""
        return PythonRuns(list(self.runs))

    def take(self, token: bytes, inputs: Sequence[Any]) -> PythonRun | None:
        """The first run of a function that is left and had these inputs, None if there is none; it is left no more.

        What was computed anew may differ from what ran by its rounding, so the only run that is left needs no equal
        inputs.
        """
        left = [run for run in self.runs if run.token == token and len(run.inputs) == len(inputs)]
        matching = left if len(left) == 1 else [run for run in left if all(map(_is_copy, run.inputs, inputs))]
        if not matching:
            return None
        self.runs.remove(matching[0])
        return matching[0]


def _is_copy(copy: Any, tensor: Any) -> bool:
    return not isinstance(tensor, UnknownTensor) and np.array_equal(copy.numpy(), tensor.numpy())
