"""What is kept of one op that ran while a tape was open."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_tfgrad.recording.graphs.exposing import Drawn
    from pytest_tfgrad.recording.location import CallSite, Location

# Stands for the forward pass of a Python function whose result does not come from its argument through TensorFlow ops
# (NumPy inside a custom gradient, for example). No TensorFlow op has this name.
OPAQUE = "TfgradOpaque"


@dataclass(eq=False)
class CustomGradientScope:
    """One call of a function decorated with `tf.custom_gradient`.

    Attributes:
        function: the function's name as the user wrote it.
        definition: where it is defined, None if that is not known.
        records: while the call runs, every op inside it, recorded by a tape or not.
        inputs: at the end of the call, the tensors that the tape was told the result depends on.
        outputs: at the end of the call, the tensors of the result.
        assigned: what was assigned to variables inside the call, by the handle's identity. An assignment is invisible
            to tapes, but inside the call it is one way for the arguments to reach the result.
    """

    function: str
    definition: Location | None
    records: list[OpRecord] = field(default_factory=list, repr=False)
    inputs: tuple[Any, ...] = ()
    outputs: tuple[Any, ...] = ()
    assigned: dict[int, Any] = field(default_factory=dict, repr=False)

    def forget(self) -> None:
        """Let go of the tensors; the name and the place remain for reports."""
        self.records = []
        self.inputs = self.outputs = ()
        self.assigned = {}


@dataclass(eq=False, slots=True)
class OpRecord:
    """One op as it ran: tensors are kept, so that their identities are not given to others.

    Attributes:
        sequence: position in the order of execution.
        op_type: name of the op, or of a graph function.
        inputs: input tensors; a variable shows as its resource handle.
        attributes: names and values in turn, as TensorFlow reported them.
        outputs: output tensors.
        site: the user's line that ran the op.
        scope: the innermost custom gradient inside which it ran.
        variable_values: for ops that read variables unseen, the value behind each handle before the op, by handle id.
        function: for calls of graph functions, the function, kept alive so that its definition stays available.
        drawn: for calls of graph functions, the random numbers and the like that it drew.
    """

    sequence: int
    op_type: str
    inputs: tuple[Any, ...]
    attributes: tuple[Any, ...]
    outputs: tuple[Any, ...]
    site: CallSite | None = None
    scope: CustomGradientScope | None = None
    variable_values: Mapping[int, Any] = field(default_factory=dict)
    function: Any | None = None
    drawn: Drawn | None = None


def size_in_bytes(tensors: Sequence[Any]) -> int:
    """Bytes that these tensors hold; strings, resources and variants count as nothing."""
    return sum(tensor._num_elements() * _item_size(tensor._datatype_enum()) for tensor in tensors)


@cache
def _item_size(type_number: int) -> int:
    return int(tf.as_dtype(type_number).size)
