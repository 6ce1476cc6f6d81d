"""Follows the bodies of `tf.py_function`s, which run eagerly wherever the op runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_tfgrad.recording.graphs.python import PythonRun, PythonRuns
from pytest_tfgrad.recording.records import size_in_bytes
from pytest_tfgrad.recording.scopes import close_scope, scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_tfgrad.recording.ops import Ops
    from pytest_tfgrad.recording.records import CustomGradientScope


@contextmanager
def python_function(ops: Ops, function: Callable[..., Any], inputs: Sequence[Any]) -> Iterator[CustomGradientScope]:
    """The body runs in eager code; its op is reported afterwards."""
    scope = scope_of(function, is_python=True)
    scope.records.append(ops.record("IdentityN", (), (), inputs))
    ops.thread.scopes.append(scope)
    try:
        yield scope
    finally:
        ops.thread.scopes.pop()
    ops.thread.finished_python_function = scope


def join_python_function(ops: Ops, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
    """The op is reported: join its inputs and outputs to the body, which saw copies of them."""
    scope = ops.thread.finished_python_function
    assert scope is not None
    ops.thread.finished_python_function = None
    scope.records[0].inputs = inputs
    if len(scope.outputs) == len(outputs):
        scope.records.append(ops.record("IdentityN", scope.outputs, (), outputs))
    scope.inputs, scope.outputs = inputs, outputs
    close_scope(ops, scope)


@contextmanager
def python_function_in_a_graph(
    ops: Ops, runs: PythonRuns, function: Callable[..., Any], token: str | bytes, inputs: Sequence[Any]
) -> Iterator[CustomGradientScope]:
    """The body runs inside a graph function, on the thread that TensorFlow chose for it."""
    thread = ops.thread
    scope = scope_of(function, is_python=True)
    outside, thread.inside_function = thread.inside_function, False
    thread.scopes.append(scope)
    ops.observe()
    try:
        yield scope
    finally:
        thread.scopes.pop()
        thread.inside_function = outside
        ops.observe_if_needed()
    with ops.switch.guarded():
        name = token if isinstance(token, bytes) else token.encode()
        runs.runs.append(PythonRun(name, tuple(inputs), tuple(scope.records), scope.outputs))
        ops.keep(sum(size_in_bytes(record.outputs) for record in scope.records))
