"""Puts observers around TensorFlow's entry points, and takes them away again exactly."""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.custom_gradients import custom_gradient, operation_told
from pytest_tfgrad.recording.forward import observe_jvp
from pytest_tfgrad.recording.observation import observe_gradient
from pytest_tfgrad.recording.python_functions import python_function, python_function_in_a_graph

if TYPE_CHECKING:
    from pytest_tfgrad.recording.gradient_call import GradientKind
    from pytest_tfgrad.recording.graphs.calls import FunctionCalls
    from pytest_tfgrad.recording.ops import Ops
    from pytest_tfgrad.recording.recorder import Recorder
    from pytest_tfgrad.recording.records import CustomGradientScope
    from pytest_tfgrad.recording.switch import Switch

Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]
_GRADIENT_METHODS: tuple[GradientKind, ...] = ("gradient", "jacobian", "batch_jacobian")


@contextmanager
def observing(recorder: Recorder) -> Iterator[None]:
    """Report tapes, variables, custom gradients and graph functions to the recorder inside the block."""
    tape, accumulator = tf.GradientTape, tf.autodiff.ForwardAccumulator
    switch, tapes, ops = recorder.switch, recorder.tapes, recorder.ops
    replacements: list[tuple[Any, str, Wrapper]] = [
        (tape, "_push_tape", _telling(switch, tapes.entered)),
        (tape, "_pop_tape", _telling(switch, tapes.left)),
        (tape, "watch", _telling(switch, tapes.watched)),
        *((tape, kind, _around_gradient(recorder, kind)) for kind in _GRADIENT_METHODS),
        (accumulator, "_watch", _telling(switch, tapes.forward_watches)),
        (accumulator, "_push_accumulator", _telling(switch, tapes.forward_entered)),
        (accumulator, "_pop_accumulator", _telling(switch, tapes.left)),
        (accumulator, "jvp", _around_jvp(recorder)),
        (adapter.pywrap_tfe, "TFE_Py_FastPathExecute", _around_fast_path(ops)),
        (adapter.pywrap_tfe, "TFE_Py_TapeVariableAccessed", _around_variable_access(recorder)),
        (adapter.pywrap_tfe, "TFE_Py_TapeSetRecordOperation", _around_told_operations(ops)),
        (adapter.custom_gradient, "_eager_mode_decorator", _around_custom_gradients(ops)),
        (adapter.AtomicFunction, "call_flat", _around_functions(recorder.functions)),
        (adapter.context.Context, "call_function", _around_function_calls(ops)),
        (adapter.script_ops.EagerFunc, "__call__", _around_python_functions(recorder)),
        (adapter.EagerTensorBase, "_numpy", _around_reading(ops)),
        (adapter.execute, "execute", lambda _: adapter.execute.execute_with_callbacks),
    ]
    with ExitStack() as stack:
        for holder, name, wrapper in replacements:
            stack.enter_context(_replaced(holder, name, wrapper))
        stack.callback(recorder.close)
        recorder.open()
        yield


@contextmanager
def functions_run_eagerly(eagerly: bool) -> Iterator[None]:
    """Run every `tf.function` as plain Python inside the block, or leave the setting as it is."""
    before = tf.config.functions_run_eagerly()
    if not eagerly:
        yield
        return
    try:
        tf.config.run_functions_eagerly(True)
        with warnings.catch_warnings():
            # tf.data warns that its functions stay graphs; a test that turns warnings into errors must not fail for it.
            warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run_functions_eagerly`")
            yield
    finally:
        # What the test itself switched off stays off.
        if tf.config.functions_run_eagerly():
            tf.config.run_functions_eagerly(before)


@contextmanager
def _replaced(holder: Any, name: str, wrapper: Wrapper) -> Iterator[None]:
    original = vars(holder)[name]
    try:
        setattr(holder, name, wrapper(original))
        yield
    finally:
        setattr(holder, name, original)


def _telling(switch: Switch, tell: Callable[..., None]) -> Wrapper:
    """Around a method that returns nothing: ``tell`` takes what it takes, and is called afterwards."""

    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def method(*args: Any, **kwargs: Any) -> None:
            original(*args, **kwargs)
            with switch.guarded():
                tell(*args, **kwargs)

        return method

    return wrapper


def _around_gradient(recorder: Recorder, kind: GradientKind) -> Wrapper:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def method(tape: Any, *args: Any, **kwargs: Any) -> Any:
            # Gradients inside the gradient of a py_function or inside forward mode are none of the test's.
            if sys._getframe(1).f_code.co_filename.startswith(adapter.DIFFERENTIATION_LIBRARY):
                return original(tape, *args, **kwargs)
            return observe_gradient(recorder, kind, original, (tape, *args), kwargs)

        return method

    return wrapper


def _around_jvp(recorder: Recorder) -> Wrapper:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def jvp(accumulator: Any, *args: Any, **kwargs: Any) -> Any:
            if sys._getframe(1).f_code.co_filename.startswith(adapter.DIFFERENTIATION_LIBRARY):
                return original(accumulator, *args, **kwargs)
            return observe_jvp(recorder, original, accumulator, args, kwargs)

        return jvp

    return wrapper


def _around_fast_path(ops: Ops) -> Wrapper:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        are_plain = _PLAIN.issuperset

        @functools.wraps(original)
        def fast_path_execute(*args: Any) -> Any:
            # The C code reads variables among the arguments without reporting it.
            if not are_plain(map(type, args)) and ops.thread.observed and _hold_variable(args):
                if adapter.takes_resources(args[1]):
                    raise adapter.FallbackException("the slow path reports the reads that it makes")
                args = tuple(map(_read, args))
            return original(*args)

        return fast_path_execute

    return wrapper


def _hold_variable(arguments: Iterable[Any]) -> bool:
    """Whether a variable is among the arguments or in a list among them."""
    for argument in arguments:
        kind = type(argument)
        if kind is list:
            if _hold_variable(argument):
                return True
        elif issubclass(kind, adapter.BaseResourceVariable):
            return True
        else:
            _PLAIN.add(kind)
    return False


def _read(argument: Any) -> Any:
    """The value of a variable, by a read that is reported; lists with theirs; anything else as it is."""
    if isinstance(argument, list):
        return [_read(member) for member in argument]
    return argument.value() if isinstance(argument, adapter.BaseResourceVariable) else argument


# Types that are known to be no variables: variables are an abstract class, whose own test is too slow for every op.
_PLAIN: set[type] = set()


def _around_variable_access(recorder: Recorder) -> Wrapper:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def tape_variable_accessed(variable: Any) -> None:
            original(variable)
            if recorder.ops.follows:
                recorder.tapes.variable_accessed(variable)

        return tape_variable_accessed

    return wrapper


def _around_told_operations(ops: Ops) -> Wrapper:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def tape_set_record_operation(
            op_type: str, outputs: Any, inputs: Any, backward_function: Any, forward_function: Any = None
        ) -> None:
            if ops.follows:
                with ops.switch.guarded():
                    backward_function = operation_told(ops, op_type, outputs, inputs, backward_function)
            original(op_type, outputs, inputs, backward_function, forward_function)

        return tape_set_record_operation

    return wrapper


def _around_reading(ops: Ops) -> Wrapper:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def read(tensor: Any) -> Any:
            with ops.switch.guarded():
                ops.left(tensor)
            return original(tensor)

        return read

    return wrapper


def _around_custom_gradients(ops: Ops) -> Wrapper:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def eager_mode_decorator(function: Any, args: Any, kwargs: Any) -> Any:
            if not ops.follows:
                return original(function, args, kwargs)
            with custom_gradient(ops, function) as scope:
                return original(_telling_gradient(function, scope), args, kwargs)

        return eager_mode_decorator

    return wrapper


def _telling_gradient(function: Callable[..., Any], scope: CustomGradientScope) -> Callable[..., Any]:
    """The function, which tells its scope what its gradient function is."""

    @functools.wraps(function)
    def telling(*args: Any, **kwargs: Any) -> Any:
        result, gradient = function(*args, **kwargs)
        scope.gradient = getattr(inspect.unwrap(gradient), "__code__", None)
        return result, gradient

    return telling


def _around_python_functions(recorder: Recorder) -> Wrapper:
    ops = recorder.ops

    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(eager_function: Any, device: Any, token: Any, args: Any) -> Any:
            if not ops.follows or ops.thread.inside_function:
                runs = recorder.functions.only_running
                if eager_function._is_grad_func or runs is None:
                    return original(eager_function, device, token, args)
                with python_function_in_a_graph(ops, runs, eager_function._func, token, args) as scope:
                    outputs = original(eager_function, device, token, args)
                    scope.outputs = tuple(tf.nest.flatten(outputs))
                return outputs
            with python_function(ops, eager_function._func, args) as scope:
                outputs = original(eager_function, device, token, args)
            scope.outputs = tuple(tf.nest.flatten(outputs))
            return outputs

        return call

    return wrapper


def _around_function_calls(ops: Ops) -> Wrapper:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call_function(context: Any, name: Any, tensor_inputs: Any, num_outputs: int) -> Any:
            thread = ops.thread
            copy, thread.exposed = thread.exposed, None
            if copy is None:
                return original(context, name, tensor_inputs, num_outputs)
            outputs = original(context, copy.name.encode(), tensor_inputs, num_outputs + len(copy.types))
            thread.drawn = outputs[num_outputs:]
            return outputs[:num_outputs] or None

        return call_function

    return wrapper


def _around_functions(functions: FunctionCalls) -> Wrapper:
    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call_flat(function: Any, *args: Any) -> Any:
            if not adapter.context.executing_eagerly():
                return original(function, *args)
            with functions.call(function, args) as seen:
                outputs = original(function, *args)
                seen.extend(outputs or ())
            return outputs

        return call_flat

    return wrapper
