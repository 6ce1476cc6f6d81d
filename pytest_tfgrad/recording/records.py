"""What is kept of one op that ran while a tape was open."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CodeType

    from pytest_tfgrad.recording.graphs.exposing import Drawn
    from pytest_tfgrad.recording.graphs.python import PythonRuns
    from pytest_tfgrad.recording.location import CallSite, Location, TracedSite

# Stands for the forward pass of a Python function whose result does not come from its argument through TensorFlow ops
# (NumPy inside a custom gradient, for example). No TensorFlow op has this name.
OPAQUE = "TfgradOpaque"
# One for all: most ops read no variable unseen.
_NONE: Mapping[int, Any] = MappingProxyType({})


@dataclass(eq=False)
class CustomGradientScope:
    """One call of a function decorated with `tf.custom_gradient`, or of the body of a `tf.py_function`.

    Attributes:
        function: the function's name as the user wrote it.
        definition: where it is defined, None if that is not known.
        site: the user's line that called it, None if there is none.
        gradient: code of the gradient function that the call returned, None if it has none (a C function).
        records: while the call runs, every op inside it, recorded by a tape or not.
        inputs: at the end of the call, the tensors that the tape was told the result depends on.
        outputs: at the end of the call, the tensors of the result.
        assigned: what was assigned to variables inside the call, by the handle's identity. An assignment is invisible
            to tapes, but inside the call it is one way for the arguments to reach the result.
        compares_draws: at the end of the call, whether it compared random numbers that it drew with its arguments.
        is_python: whether it is the body of a `tf.py_function`, whose ops have their own gradients.
    """

    function: str
    definition: Location | None
    site: CallSite | None = None
    gradient: CodeType | None = None
    records: list[OpRecord] = field(default_factory=list, repr=False)
    inputs: tuple[Any, ...] = ()
    outputs: tuple[Any, ...] = ()
    assigned: dict[int, Any] = field(default_factory=dict, repr=False)
    compares_draws: bool = False
    is_python: bool = False

    def forget(self) -> None:
        """Let go of the tensors; the name and the place remain for reports."""
        self.records = []
        self.inputs = self.outputs = ()
        self.assigned = {}


@dataclass(frozen=True, eq=False)
class Pullback:
    """What the gradient function of a custom gradient was given, and what it returned.

    Attributes:
        scope: the call whose gradient function it is.
        inputs: the tensors that the result depends on, as the tape was told; for a variable, its handle.
        values: the value of each of them.
        outputs: the tensors of the result.
        upstream: per output, the gradient that came in, or None.
        results: per input, the gradient that went out, or None; IndexedSlices as they are.
    """

    scope: CustomGradientScope
    inputs: tuple[Any, ...]
    values: tuple[Any, ...]
    outputs: tuple[Any, ...]
    upstream: tuple[Any, ...]
    results: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Stop:
    """A `tf.stop_gradient` inside the gradient function of a custom gradient.

    Attributes:
        function: name of the function with the custom gradient.
        record: the op.
    """

    function: str
    record: OpRecord


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
        python: for calls of graph functions, what the Python inside it ran.
        gradient: name of the registered gradient that takes the place of the op's own; empty if none does.
    """

    sequence: int
    op_type: str
    inputs: tuple[Any, ...]
    attributes: tuple[Any, ...]
    outputs: tuple[Any, ...]
    site: CallSite | TracedSite | None = None
    scope: CustomGradientScope | None = None
    variable_values: Mapping[int, Any] = field(default_factory=lambda: _NONE)
    function: Any | None = None
    drawn: Drawn | None = None
    python: PythonRuns | None = None
    gradient: str = ""

    def with_tensors(self, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> OpRecord:
        """The same op with other tensors; some ten times as fast as `dataclasses.replace`."""
        return OpRecord(
            self.sequence,
            self.op_type,
            inputs,
            self.attributes,
            outputs,
            self.site,
            self.scope,
            self.variable_values,
            self.function,
            self.drawn,
            self.python,
            self.gradient,
        )


def size_in_bytes(tensors: Iterable[Any]) -> int:
    """Bytes that these tensors hold; strings, resources and variants count as nothing."""
    return sum(tensor._num_elements() * ITEM_SIZES[tensor._datatype_enum()] for tensor in tensors)


class _ItemSizes(dict[int, int]):
    """Looked up once."""

    def __missing__(self, type_number: int) -> int:
        self[type_number] = size = int(tf.as_dtype(type_number).size)
        return size


ITEM_SIZES: Mapping[int, int] = _ItemSizes()
"""Bytes of one number by its type; strings, resources and variants count as nothing."""
