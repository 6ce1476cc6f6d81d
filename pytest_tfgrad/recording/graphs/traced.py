"""Gradients that a tape gave while TensorFlow traced a function.

When the function runs, the gradient's tensors have no value that can be seen from outside. So what is kept is where in
the graph they are; `pytest_tfgrad.recording.graphs.running` finds their values for a particular call.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        ops: names of the graph's ops that the tape recorded.
        backward: names of those that were added when the tape had stopped, the gradient's own among them.
    """

    request: GradientRequest
    ops: frozenset[str]
    backward: frozenset[str]

    def roots(self) -> set[str]:
        """Names of the ops whose values are asked for."""
        return {tensor.op for tensor in self.request.tensors() if isinstance(tensor, OutputReference)}


# By graph, for as long as the graph lives: a function that one test traces may be called in the next.
_TRACED: weakref.WeakKeyDictionary[Any, list[TracedGradient]] = weakref.WeakKeyDictionary()


def keep_traced(request: GradientRequest, intervals: Sequence[GraphInterval]) -> TracedGradient:
    """Keep a gradient that was taken while its function was traced.

    Args:
        request: the request with the graph's tensors.
        intervals: when its tape was recording.

    Returns:
        The gradient as it is kept.

    Raises:
        UntraceableError: if the tape or a tensor belongs to another graph than the one being traced.
    """
    graph = adapter.current_graph()
    if not intervals or any(interval.graph is not graph for interval in intervals) or not hasattr(graph, "captures"):
        raise UntraceableError("uses a tape that was opened outside the graph it is taken in")
    positions = {tensor._id: position for position, tensor in enumerate(graph.inputs)}
    # Tensors of the graphs around it, and eager ones, come in as arguments.
    positions |= {outside._id: positions[inside._id] for outside, inside in graph.captures}

    def reference(tensor: Any) -> Any:
        if isinstance(tensor, adapter.EagerTensor):
            return tensor
        if tensor._id in positions:
            return ArgumentReference(positions[tensor._id])
        if tensor.graph is not graph:
            raise UntraceableError("uses tensors of another graph than the one it is taken in")
        return OutputReference(tensor.op.name, tensor.value_index)

    ops = graph.get_operations()
    recorded = frozenset(op.name for interval in intervals for op in ops[interval.start : interval.end])
    after = frozenset(op.name for op in ops[max(interval.end or 0 for interval in intervals) :])
    traced = TracedGradient(request.mapped(reference), recorded, after)
    _TRACED.setdefault(graph, []).append(traced)
    return traced


def traced_gradients(function: Any) -> dict[str, list[TracedGradient]]:
    """The traced gradients in a graph function and in those it calls, by the name of the function that holds them."""
    if not _TRACED:
        return {}
    return {name: _TRACED[graph] for name, graph in adapter.function_graphs(function).items() if graph in _TRACED}
