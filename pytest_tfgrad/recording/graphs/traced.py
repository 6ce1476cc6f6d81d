"""Gradients that a tape gave while TensorFlow traced a function.

When the function runs, the gradient's tensors have no value that can be seen from outside. So what is kept is where in
the graph they are; `pytest_tfgrad.recording.graphs.running` finds their values for a particular call.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.history import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_tfgrad.recording.request import GradientRequest


class UntraceableError(Exception):
    """A traced gradient cannot be followed; the message says why, to stand behind the place."""


@dataclass(frozen=True)
class GraphInterval:
    """The ops that were added to a graph while a tape recorded.

    Attributes:
        graph: the graph.
        start: number of ops when the tape started.
        end: number of ops when it stopped, None while it records.
    """

    graph: Any
    start: int
    end: int | None

    def ended(self) -> GraphInterval:
        """The interval up to now."""
        return replace(self, end=len(self.graph.get_operations()))


@dataclass(frozen=True)
class ArgumentReference:
    """An input of a graph function.

    Attributes:
        position: which one.
    """

    position: int


@dataclass(frozen=True)
class OutputReference:
    """An output of an op in a graph function.

    Attributes:
        op: name of the op.
        index: which of its outputs.
    """

    op: str
    index: int


@dataclass(frozen=True, eq=False)
class TracedGradient:
    """A gradient inside a graph function.

    Attributes:
        request: the request with references in place of the tensors that the graph computes.
        positions: place of each of the graph's ops in the order in which they were traced, from 1.
        intervals: when the tape was recording, by these places.
        end: place of the last op before the gradient's own.
        watched: per source, the place of the last op before the tape was told to watch it; None if it never was.
        accesses_watched: whether the tape watches the trainable variables that are read.
    """

    request: GradientRequest
    positions: Mapping[str, int]
    intervals: tuple[Interval, ...]
    end: int
    watched: tuple[int | None, ...]
    accesses_watched: bool

    def is_recorded(self, op: str) -> bool:
        """Whether the tape recorded an op."""
        place = self.positions.get(op, 0)
        return any(place > interval.start and place <= (interval.end or 0) for interval in self.intervals)

    def is_later(self, op: str) -> bool:
        """Whether an op was added when the tape had stopped, as the gradient's own are."""
        return self.positions.get(op, 0) > (self.intervals[-1].end or 0)

    def roots(self) -> set[str]:
        """Names of the ops whose values are asked for."""
        return {tensor.op for tensor in self.request.tensors() if isinstance(tensor, OutputReference)}


# By graph, for as long as the graph lives: a function that one test traces may be called in the next.
_TRACED: weakref.WeakKeyDictionary[Any, list[TracedGradient]] = weakref.WeakKeyDictionary()


def keep_traced(
    request: GradientRequest,
    intervals: Sequence[GraphInterval],
    end: int,
    watched: Mapping[int, int],
    accesses_watched: bool,
) -> TracedGradient:
    """Keep a gradient that was taken while its function was traced.

    Args:
        request: the request with the graph's tensors.
        intervals: when its tape was recording.
        end: number of ops in the graph before the gradient's own.
        watched: what the tape was told to watch: identities, with the number of ops there were then.
        accesses_watched: whether the tape watches the trainable variables that are read.

    Returns:
        The gradient as it is kept.

    Raises:
        UntraceableError: if the tape or a tensor belongs to another graph than the one being traced, or if that graph
            is no function's.
    """
    graph = adapter.current_graph()
    if not hasattr(graph, "captures"):
        raise UntraceableError("is taken in a graph of TensorFlow 1, which a session runs without showing its values")
    if not intervals or any(interval.graph is not graph for interval in intervals):
        raise UntraceableError("uses a tape that was opened outside the graph it is taken in")
    positions = {tensor._id: position for position, tensor in enumerate(graph.inputs)}
    # Tensors of the graphs around it, and eager ones, come in as arguments. While a function is traced, a variable that
    # it is given is an argument by its own handle, not by the one that the handle is captured as.
    positions |= {outside._id: positions[inside._id] for outside, inside in graph.captures if inside._id in positions}

    def reference(tensor: Any) -> Any:
        if isinstance(tensor, adapter.EagerTensor):
            return tensor
        if tensor._id in positions:
            return ArgumentReference(positions[tensor._id])
        if tensor.graph is not graph:
            raise UntraceableError("uses tensors of another graph than the one it is taken in")
        return OutputReference(tensor.op.name, tensor.value_index)

    traced = TracedGradient(
        request.mapped(reference),
        {op.name: place for place, op in enumerate(graph.get_operations(), 1)},
        tuple(Interval(interval.start, interval.end) for interval in intervals),
        end,
        tuple(watched.get(tensor._id) for tensor in request.sources),
        accesses_watched,
    )
    _TRACED.setdefault(graph, []).append(traced)
    return traced


def traced_gradients(function: Any) -> dict[str, list[TracedGradient]]:
    """The traced gradients in a graph function and in those it calls, by the name of the function that holds them."""
    if not _TRACED:
        return {}
    return {name: _TRACED[graph] for name, graph in adapter.function_graphs(function).items() if graph in _TRACED}
