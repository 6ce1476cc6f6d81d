"""``tf.GradientTape``: which tapes are open, and what is asked of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.domain.events import GradientDropped, GradientNamed, GradientTaken, Watched
from tfgrad_lint.domain.objects import FIRST_GRADIENT, WATCHED, Happened, Tape, TapeMethod, Watches
from tfgrad_lint.domain.values import (
    NONE,
    ApiObject,
    Constant,
    Mapping,
    Node,
    Sequence,
    Tensor,
    Unknown,
    Value,
    node_of,
)
from tfgrad_lint.interpreter import models
from tfgrad_lint.interpreter.freezing import freeze, thaw
from tfgrad_lint.interpreter.joining import nodes_within
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.arguments import Arguments
    from tfgrad_lint.interpreter.state import State

# The steps at which a tape is asked for derivatives.
_QUESTIONS: Final = frozenset({"tape.gradient", "tape.jacobian", "tape.batch_jacobian"})

# The context manager that ``tape.stop_recording()`` returns.
_STOPPED: Final = "tf.GradientTape.stop_recording"


def is_tape_class(name: str) -> bool:
    """Tell whether the canonical ``name`` is that of the tape's class."""
    return name == "tf.GradientTape"


def make(state: State, node: cst.CSTNode, arguments: Arguments) -> Value:
    """Return a new tape."""
    persistent = _flag(arguments, 0, "persistent", False)
    watch = _flag(arguments, 1, "watch_accessed_variables", True)
    tape = Tape(persistent, watch, Node("tf.GradientTape", (), state.site(node)))
    state.store.set((tape, WATCHED), Watches({}))
    return tape


def _flag(arguments: Arguments, index: int, name: str, default: bool) -> bool | None:
    value = arguments.get(index, name)
    if value is None:
        return default if arguments.complete else None
    return bool(value.value) if isinstance(value, Constant) else None


@contextmanager
def entered(state: State, manager: Value) -> Iterator[None]:
    """Run the body of ``with manager:`` with the tapes that record in it."""
    before = state.tapes
    if isinstance(manager, Tape):
        state.store.set((manager, FIRST_GRADIENT), Happened(None, False))
        state.loops_at_start[manager] = state.loops_around
        state.tapes = (*before, manager)
    elif isinstance(manager, ApiObject) and manager.type == _STOPPED:
        stopped = manager.attributes["tape"]
        state.tapes = tuple(tape for tape in before if tape is not stopped)
    try:
        yield
    finally:
        state.tapes = before


def call_method(state: State, node: cst.CSTNode, method: TapeMethod, arguments: Arguments) -> Value:
    """Return the result of a method of a tape."""
    if method.name in {"gradient", "jacobian", "batch_jacobian"}:
        return _gradient(state, node, method, arguments)
    if method.name == "reset":
        state.store.set((method.tape, FIRST_GRADIENT), Happened(None, False))
        return NONE
    if method.name == "watch":
        _watch(state, node, method.tape, arguments.get(0, "tensor"))
        return NONE
    if method.name == "stop_recording":
        return ApiObject(_STOPPED, method.tape.node, {"tape": method.tape})
    return models.unknown_result(state, method.name, node, arguments.every())


def _watch(state: State, node: cst.CSTNode, tape: Tape, given: Value | None) -> None:
    values = list(leaves(freeze(state, given))) if given is not None else []
    before = state.store.get((tape, WATCHED))
    since = before.since if isinstance(before, Watches) else None
    step = Node("tape.watch", (), state.site(node))
    watched = {value.node: step.number for value in values if isinstance(value, Tensor)}
    # A structure may hold what has no gradient beside what has one.
    useful = [value for value in values if not _has_no_gradient(value)]
    for value in useful or values:
        if isinstance(value, Tensor | Unknown):
            state.emit(Watched(state.site(node), tape, value))
    known = since is not None and values and all(isinstance(value, Tensor) for value in values)
    # What was watched before stays watched from then on.
    state.store.set((tape, WATCHED), Watches({**watched, **since} if known and since is not None else None))


def _has_no_gradient(value: Value) -> bool:
    return isinstance(value, Tensor) and dtypes.is_differentiable(value.dtype) is False


def leaves(value: Value) -> Iterator[Value]:
    """Yield the values within nested sequences and mappings, in the order in which TensorFlow flattens them."""
    if isinstance(value, Sequence):
        for item in value.items:
            yield from leaves(item)
    elif isinstance(value, Mapping):
        for key in sorted(value.items, key=str):
            yield from leaves(value.items[key])
    else:
        yield value


def _gradient(state: State, node: cst.CSTNode, method: TapeMethod, arguments: Arguments) -> Value:
    second = "source" if method.name == "batch_jacobian" else "sources"
    target, sources = arguments.get(0, "target"), arguments.get(1, second)
    if target is None or sources is None or not arguments.complete:
        _note_use(state, node, method.tape)
        return models.unknown_result(state, f"tape.{method.name}", node, arguments.every())
    target, sources = freeze(state, target), freeze(state, sources)
    earlier = state.store.get((method.tape, FIRST_GRADIENT))
    used_before = earlier.site if isinstance(earlier, Happened) else None
    state.visit(node)
    watches = state.store.get((method.tape, WATCHED))
    step = Node(
        f"tape.{method.name}",
        (*node_of(target), *node_of(sources), *(step for value in arguments.every() for step in node_of(value))),
        state.site(node),
        tapes=state.tapes,
    )
    started = state.loops_at_start.get(method.tape, state.loops_around)
    state.emit(
        GradientTaken(
            state.site(node),
            method.name,
            method.tape,
            target,
            sources,
            used_before,
            step,
            recording=method.tape in state.tapes,
            watched=watches.since if isinstance(watches, Watches) else None,
            loops=state.loops_around[len(started) :],
        )
    )
    _note_use(state, node, method.tape)
    return thaw(state, _results(method.name, target, sources, step), step)


def _note_use(state: State, node: cst.CSTNode, tape: Tape) -> None:
    earlier = state.store.get((tape, FIRST_GRADIENT))
    if earlier is None or (isinstance(earlier, Happened) and not earlier.when):
        state.store.set((tape, FIRST_GRADIENT), Happened(state.site(node)))


def note_named(state: State, node: cst.Call, target: cst.BaseExpression, value: Value) -> None:
    """Tell if ``value``, the result of ``node`` that is bound to ``target``, is what a tape was asked for."""
    step = _asked_at(node, value)
    if step is not None and type(target) is cst.Name:
        function = state.activation.definition if state.scope.kind == "function" else None
        state.emit(GradientNamed(state.site(node), target.value, step, function))


def note_dropped(state: State, node: cst.Call, value: Value) -> None:
    """Tell if ``value``, the result of ``node`` that nothing gets, is what a tape was asked for.

    Where an error is expected, the call is there to raise it.
    """
    if _asked_at(node, value) is not None and not state.guards:
        state.emit(GradientDropped(state.site(node)))


def _asked_at(node: cst.Call, value: Value) -> Node | None:
    """Return the step at which a tape was asked for ``value``, None if ``node`` does something else."""
    step = next(iter(nodes_within(value)), None)
    if step is None or step.what not in _QUESTIONS or step.site is None or step.site.node is not node:
        return None
    # Results of unknown form are made from the question in a step of their own.
    before = step.inputs[0] if step.inputs else step
    return before if before.what == step.what and before.site is step.site else step


def _results(method: str, target: Value, sources: Value, step: Node) -> Value:
    """Return one result per source, in the structure of ``sources``."""
    if isinstance(sources, Sequence):
        # Whatever the sequence was, TensorFlow gives back its kind.
        return Sequence(tuple(_results(method, target, item, step) for item in sources.items), sources.kind)
    if isinstance(sources, Mapping):
        return Mapping({key: _results(method, target, item, step) for key, item in sources.items.items()})
    if isinstance(sources, Tensor):
        shape = _result_shape(method, target, sources.shape)
        return Tensor(shape, sources.dtype, step)
    return Unknown(Node(step.what, (step,), step.site, opaque=True))


def _result_shape(method: str, target: Value, source: Shape) -> Shape:
    """https://www.tensorflow.org/api_docs/python/tf/GradientTape."""
    if method == "gradient":
        return source
    if not isinstance(target, Tensor) or target.shape.dims is None or source.dims is None:
        return UNKNOWN_SHAPE
    tail = source.dims if method == "jacobian" else source.dims[1:]
    return Shape((*target.shape.dims, *tail))
