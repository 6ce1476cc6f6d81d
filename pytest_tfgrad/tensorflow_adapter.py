"""The private TensorFlow entry points that recording and replaying rest on, all in one place.

TensorFlow has no public hook that reports eager ops, the reads of variables and the calls of gradient tapes. Each name
below says why it is needed; `verify_entry_points` tells in one sentence which of them a future TensorFlow has changed.
"""

from __future__ import annotations

import ctypes
import importlib
import threading
import weakref
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from tensorflow.python import pywrap_tfe  # the C functions behind eager ops and tapes, looked up here at each call
from tensorflow.python.eager import (
    backprop,  # the stand-in for an op that registered gradients are given when they run eagerly
    context,  # the thread's list of op callbacks, which the C fast path reports each op to
    execute,  # the slow path of ops, and `quick_execute`, which tells no tape and no callback: what a replay needs
    imperative_grad,  # the gradient of a tape that is no `tf.GradientTape`, whose methods may be observed
    tape,  # such a tape
)
from tensorflow.python.eager.core import _FallbackException as FallbackException  # "take the slow path"
from tensorflow.python.eager.polymorphic_function.atomic_function import AtomicFunction  # every graph function's call
from tensorflow.python.framework import (
    composite_tensor_gradient,  # how ragged and sparse tensors become the flat tensors that a tape differentiates
    kernels,  # which kernels exist for which types
    op_def_library,  # attributes as a graph takes them
    op_def_registry,  # signatures of ops: which argument has the type of which attribute
    ops,  # the class of eager tensors, as opposed to symbolic ones, and the graph that is being built
)
from tensorflow.python.ops import (
    custom_gradient,  # its `_eager_mode_decorator` is what a custom-gradient function becomes when called eagerly
    script_ops,  # the Python side of `tf.py_function`: the op hands its inputs on as new tensor objects
)
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable  # what the C fast path reads unseen
from tensorflow.python.util import tf_stack  # stack frames with the lines that autograph rewrote mapped back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

EagerTensor = ops.EagerTensor
Result = TypeVar("Result")
# Whatever Python reads of an eager tensor (`numpy()`, `float()`, `np.array([tensor])`) goes through its `_numpy`, but
# for NumPy's own look into the buffer.
EagerTensorBase = ops._EagerTensorBase

__all__ = [
    "DIFFERENTIATION_LIBRARY",
    "TRAINABLE_TYPES",
    "AtomicFunction",
    "BaseResourceVariable",
    "EagerTensor",
    "EagerTensorBase",
    "FallbackException",
    "IncompatibleTensorFlowError",
    "Tape",
    "can_run_again",
    "context",
    "current_graph",
    "custom_gradient",
    "define_function",
    "execute",
    "flat_tensors",
    "function_definition",
    "function_graphs",
    "handle_of",
    "has_kernel",
    "has_no_gradient",
    "in_thread_of_its_own",
    "is_container",
    "is_trainable_type",
    "mapped_stack",
    "op_definition",
    "pywrap_tfe",
    "read_variable",
    "recording_is_stopped",
    "registered_gradient",
    "run_op",
    "script_ops",
    "takes_resources",
    "tell_tape",
    "traced_custom_gradient",
    "vector_jacobian_product",
    "verify_entry_points",
]

# Wire numbers of the types through which TensorFlow's tapes differentiate (`IsTrainable` in backprop_util.py): float16,
# bfloat16, float32, float64, complex64, complex128, and the containers resource and variant.
_RESOURCE, _VARIANT = 20, 21
TRAINABLE_TYPES = frozenset({19, 14, 1, 2, 8, 18, _RESOURCE, _VARIANT})
# Folders of the files that define ops, their gradients and their forward-mode derivatives.
DIFFERENTIATION_LIBRARY = (str(Path(custom_gradient.__file__).parent), str(Path(context.__file__).parent))


class IncompatibleTensorFlowError(RuntimeError):
    """The installed TensorFlow lacks an entry point that recording needs."""


class _EntryPoint(NamedTuple):
    module: str
    attribute: str
    purpose: str


_ENTRY_POINTS = (
    _EntryPoint("tensorflow.python.pywrap_tfe", "TFE_Py_FastPathExecute", "seeing the reads of variables"),
    _EntryPoint("tensorflow.python.pywrap_tfe", "TFE_Py_TapeVariableAccessed", "knowing the watched variables"),
    _EntryPoint("tensorflow.python.pywrap_tfe", "TFE_Py_TapeSetRecordOperation", "observing custom gradients"),
    _EntryPoint("tensorflow.python.pywrap_tfe", "TFE_Py_TapeSetIsStopped", "honouring stop_recording"),
    _EntryPoint("tensorflow.python.eager.context", "Context.add_op_callback", "observing eager ops"),
    _EntryPoint("tensorflow.python.eager.context", "Context.call_function", "seeing what graph functions draw"),
    _EntryPoint("tensorflow.python.framework.ops", "_EagerTensorBase._numpy", "seeing what leaves TensorFlow"),
    _EntryPoint("tensorflow.python.eager.execute", "execute_with_callbacks", "observing eager ops"),
    _EntryPoint("tensorflow.python.eager.execute", "quick_execute", "replaying ops"),
    _EntryPoint("tensorflow.python.eager.execute", "record_gradient", "differentiating replayed ops"),
    _EntryPoint("tensorflow.python.eager.imperative_grad", "imperative_grad", "differentiating replayed ops"),
    _EntryPoint("tensorflow.python.eager.tape", "push_new_tape", "differentiating replayed ops"),
    _EntryPoint("tensorflow.python.framework.op_def_library", "value_to_attr_value", "compiling replays"),
    _EntryPoint("tensorflow.python.framework.ops", "Graph._create_op_internal", "compiling replays"),
    _EntryPoint("tensorflow.python.eager.backprop", "GradientTape._push_tape", "following tapes"),
    _EntryPoint("tensorflow.python.eager.backprop", "GradientTape._pop_tape", "following tapes"),
    _EntryPoint("tensorflow.python.eager.forwardprop", "ForwardAccumulator._watch", "forward mode"),
    _EntryPoint("tensorflow.python.eager.forwardprop", "ForwardAccumulator._push_accumulator", "forward mode"),
    _EntryPoint("tensorflow.python.eager.forwardprop", "ForwardAccumulator._pop_accumulator", "forward mode"),
    _EntryPoint("tensorflow.python.eager.backprop", "_MockOp", "running the gradients of single ops"),
    _EntryPoint(
        "tensorflow.python.eager.polymorphic_function.atomic_function",
        "AtomicFunction.call_flat",
        "observing calls of graph functions",
    ),
    _EntryPoint("tensorflow.python.ops.custom_gradient", "_eager_mode_decorator", "observing custom gradients"),
    _EntryPoint(
        "tensorflow.python.eager.polymorphic_function.atomic_function",
        "AtomicFunction.children",
        "finding gradients inside graph functions",
    ),
    _EntryPoint("tensorflow.python.ops.script_ops", "EagerFunc.__call__", "observing tf.py_function"),
)


def verify_entry_points() -> None:
    """Check that every private entry point is where it is expected.

    Raises:
        IncompatibleTensorFlowError: with the names that are missing, what they serve, and the TensorFlow version.
    """
    missing = [point for point in _ENTRY_POINTS if not _exists(point)]
    if not missing:
        return
    import tensorflow as tf  # noqa: PLC0415  only the message needs the version

    names = ", ".join(f"{point.module}.{point.attribute} ({point.purpose})" for point in missing)
    raise IncompatibleTensorFlowError(f"TensorFlow {tf.__version__} lacks {names}; gradients cannot be recorded")


def _exists(point: _EntryPoint) -> bool:
    try:
        holder: Any = importlib.import_module(point.module)
    except ImportError:
        return False
    for name in point.attribute.split("."):
        if not hasattr(holder, name):
            return False
        holder = getattr(holder, name)
    return True


def is_trainable_type(tensor: Any) -> bool:
    """Whether TensorFlow's tapes differentiate through tensors of this one's type."""
    return tensor._datatype_enum() in TRAINABLE_TYPES


def is_container(tensor: Any) -> bool:
    """Whether a tensor holds other tensors (TensorList)."""
    return bool(tensor._datatype_enum() == _VARIANT)


def handle_of(source: Any) -> Any:
    """The resource handle of a variable (TensorFlow's or Keras'), or the argument itself if it is none."""
    return getattr(source, "handle", source)


def flat_tensors(values: list[Any]) -> list[Any]:
    """The tensors that a tape differentiates for these tensors, variables' handles and composite tensors."""
    return list(composite_tensor_gradient.get_flat_tensors_for_gradients([handle_of(value) for value in values]))


def recording_is_stopped() -> bool:
    """Whether TensorFlow itself has switched all recording off on this thread."""
    return bool(pywrap_tfe.TFE_Py_TapeSetIsStopped())


def run_op(op_type: str, number_of_outputs: int, inputs: list[Any], attributes: tuple[Any, ...]) -> list[Any]:
    """Run one op unseen by tapes, accumulators and op callbacks; returns its outputs.

    While a graph is being built the op is added to it, and in a thread that has opened a `Tape` that tape records it.
    """
    there = context.context()
    if not there.executing_eagerly():
        return _add_op(op_type, inputs, attributes)
    outputs = execute.quick_execute(op_type, number_of_outputs, inputs, attributes, there)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    if _RECORDING and threading.get_ident() in _RECORDING:
        execute.record_gradient(op_type, inputs, attributes, outputs)
    return outputs


def tell_tape(op_type: str, inputs: list[Any], attributes: tuple[Any, ...], outputs: list[Any]) -> None:
    """Let the `Tape` that this thread has open record an op that has run before."""
    execute.record_gradient(op_type, inputs, attributes, outputs)


def _add_op(op_type: str, inputs: list[Any], attributes: tuple[Any, ...]) -> list[Any]:
    definition = op_definition(op_type)
    assert definition is not None
    given = dict(zip(attributes[::2], attributes[1::2], strict=True))
    encoded = {
        attribute.name: op_def_library.value_to_attr_value(given[attribute.name], attribute.type, attribute.name)
        for attribute in definition.attr
        if attribute.name in given
    }
    graph = ops.get_default_graph()
    return list(graph._create_op_internal(op_type, inputs, attrs=encoded, op_def=definition).outputs)


# Threads that have opened a `Tape`.
_RECORDING: set[int] = set()


class Tape:
    """A tape of the calling thread that none of the observers around `tf.GradientTape` sees."""

    def __init__(self) -> None:
        self._tape: Any = None

    @contextmanager
    def recording(self, watched: Sequence[Any]) -> Iterator[None]:
        """Record the ops inside the block that depend on the watched tensors."""
        self._tape = tape.push_new_tape(persistent=False, watch_accessed_variables=False)
        _RECORDING.add(threading.get_ident())
        try:
            for tensor in watched:
                tape.watch(self._tape, tensor)
            yield
        finally:
            _RECORDING.discard(threading.get_ident())
            tape.pop_tape(self._tape)

    def gradients(self, targets: list[Any], sources: list[Any], output_gradients: list[Any]) -> list[Any]:
        """The gradients by TensorFlow's own gradient functions; None where there is no path."""
        given = imperative_grad.imperative_grad(self._tape, targets, sources, output_gradients, sources)
        return list(given)


def in_thread_of_its_own(function: Callable[[], Result]) -> Result:
    """Call a function where neither tapes, nor op callbacks, nor a graph of the calling thread are open.

    Raises:
        Exception: what the function raises.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)
        finally:
            finished.set()

    finished = threading.Event()
    thread = threading.Thread(target=run, name="pytest-tfgrad", daemon=True)
    try:
        thread.start()
        # An interrupted `join` takes the thread for ended, in Python 3.11 at least; an interrupted `wait` does not.
        finished.wait()
        thread.join()
    except BaseException:
        # A timeout or Ctrl-C: what runs on would run beside the next tests.
        _end(thread)
        raise
    if errors:
        raise errors[0]
    return results[0]


def _end(thread: threading.Thread) -> None:
    """Make a thread raise SystemExit at its next line of Python, and wait until it has ended."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        thread.join()


def read_variable(handle: Any) -> Any | None:
    """The value behind a variable's handle, or None if the resource is no initialised variable."""
    if handle._datatype_enum() != _RESOURCE:
        return None
    handle_data = getattr(handle, "_handle_data", None)
    if handle_data is None or not handle_data.is_set or not handle_data.shape_and_type:
        return None
    try:
        return run_op("ReadVariableOp", 1, [handle], ("dtype", handle_data.shape_and_type[0].dtype))[0]
    except Exception:
        # Tables, iterators and uninitialised variables: there is no value to keep.
        return None


def function_definition(function: Any) -> Any:
    """The `FunctionDef` of a graph function, given by itself or by its name."""
    if isinstance(function, str):
        return context.context().get_function_def(function)
    # TensorFlow up to 2.16 has no `cached_definition`.
    return function.cached_definition if hasattr(function, "cached_definition") else function.definition


def define_function(definition: Any, owner: Any) -> None:
    """Register a graph function by its `FunctionDef` for as long as `owner` lives."""
    context.context().add_function_def(definition)
    weakref.finalize(owner, context.context().remove_function, definition.signature.name).atexit = False


def function_graphs(function: Any) -> dict[str, Any]:
    """The traced graphs of a graph function and of all those it calls, by the functions' names."""
    graphs: dict[str, Any] = {}
    stack = [function]
    while stack:
        one = stack.pop()
        name = one.name.decode()
        if name not in graphs:
            graphs[name] = one._cached_graph
            stack.extend(one.children)
    return {name: graph for name, graph in graphs.items() if graph is not None}


def current_graph() -> Any:
    """The graph that is being built on this thread."""
    return ops.get_default_graph()


def mapped_stack() -> list[tuple[str, int, str]]:
    """File, line and function of each frame, innermost first; code that autograph rewrote is where it was written."""
    return [(frame.filename, frame.lineno, frame.name) for frame in reversed(tf_stack.extract_stack())]


def registered_gradient(name: str) -> Any | None:
    """The gradient function that is registered under this name, None if there is none or the op has no gradient."""
    try:
        return ops._gradient_registry.lookup(name)
    except LookupError:
        return None


def has_no_gradient(op_type: str) -> bool:
    """Whether tapes take the results of an op for constants: no gradient is registered, or that there is none is."""
    return op_definition(op_type) is not None and registered_gradient(op_type) is None


def vector_jacobian_product(
    op_type: str, gradient: Any, attributes: tuple[Any, ...], inputs: list[Any], outputs: list[Any], upstream: list[Any]
) -> list[Any]:
    """What a registered gradient function gives for one op, per input; None where it gives none."""
    operation = backprop._MockOp(attributes, inputs, outputs, op_type, ())
    results = gradient(operation, *upstream)
    return list(results) if isinstance(results, (list, tuple)) else [results]


def traced_custom_gradient(name: str) -> tuple[Any, int] | None:
    """The gradient function behind a custom gradient that was called in a graph, by its registered name.

    Returns:
        The function as the user wrote it, and the number of tensors that the custom gradient's call returned; None if
        nothing of that name is a custom gradient.
    """
    registered = registered_gradient(name) if name.startswith("CustomGradient-") else None
    inner = _free_variables(registered).get("tape_grad_fn")
    variables = _free_variables(inner)
    if "grad_fn" not in variables or "flat_result_len" not in variables:
        return None
    return variables["grad_fn"], int(variables["flat_result_len"])


def _free_variables(function: Any) -> dict[str, Any]:
    """Values of the free variables of a Python function, by name."""
    code, cells = getattr(function, "__code__", None), getattr(function, "__closure__", None)
    if code is None or cells is None:
        return {}
    return {name: cell.cell_contents for name, cell in zip(code.co_freevars, cells, strict=True)}


@cache
def op_definition(op_type: str) -> Any | None:
    """The `OpDef` of a primitive op, or None for names that are no registered op (graph functions)."""
    return op_def_registry.get(op_type)


@cache
def takes_resources(op_type: str) -> bool:
    """Whether an op may take a resource, a variable for one, as such; also if nothing is known of the op."""
    definition = op_definition(op_type)
    return definition is None or any(argument.type == _RESOURCE for argument in definition.input_arg)


@cache
def can_run_again(op_type: str) -> bool:
    """Whether an op gives the same in float64 as it gave: not so stateful ops, nor random ones, seeded or not."""
    definition = op_definition(op_type)
    random = "Random" in op_type or "TruncatedNormal" in op_type
    return definition is not None and not definition.is_stateful and not random


@cache
def has_kernel(op_type: str, types: frozenset[tuple[str, int]]) -> bool:
    """Whether the CPU has a kernel of this op for the given values of its type attributes."""
    wanted = dict(types)
    return any(
        all(
            constraint.name not in wanted or wanted[constraint.name] in constraint.allowed_values.list.type
            for constraint in kernel.constraint
        )
        for kernel in kernels.get_registered_kernels_for_op(op_type).kernel
        if kernel.device_type == "CPU"
    )
