"""Jacobian-vector products of `tf.autodiff.ForwardAccumulator` as derivatives with respect to one number.

A product of the jacobian with tangents `t` is the derivative of the target at `s = 0` when each primal `x` is replaced
by `x + s * t`. So two ops are put before the recorded ones, and the product is checked as the jacobian with respect to
`s`, a scalar.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.location import Location, site_of_caller
from pytest_tfgrad.recording.naming import arguments_of_call, names_of, variable_path
from pytest_tfgrad.recording.records import OpRecord
from pytest_tfgrad.recording.request import GradientRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_tfgrad.recording.recorder import Recorder

_NOWHERE = Location("", 0, "", "")


def observe_jvp(
    recorder: Recorder, method: Callable[..., Any], accumulator: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Run an accumulator's `jvp` and give the recorder a `GradientCall` per target, or a note why there is none.

    Args:
        recorder: the recorder.
        method: the method as TensorFlow defines it.
        accumulator: whose method it is.
        args: positional arguments of the call behind the accumulator.
        kwargs: keyword arguments of the call.

    Returns:
        What the method returns.
    """
    result = method(accumulator, *args, **kwargs)
    if recorder.ops.thread.gradient_depth == 0 and not recorder.switch.is_off:
        with recorder.switch.guarded():
            _keep(recorder, accumulator, args[0] if args else kwargs["primals"], result)
    return result


def _keep(recorder: Recorder, accumulator: Any, targets: Any, result: Any) -> None:
    site = site_of_caller()
    location = site.location() if site else _NOWHERE
    tensors = [adapter.handle_of(target) for target in tf.nest.flatten(targets)]
    results = tf.nest.flatten(result)
    log, watched = recorder.ops.logs.of(accumulator), recorder.tapes.watched_forward(accumulator)
    reason = _obstacle(watched, tensors) if log is not None else "uses an accumulator that was not followed"
    if reason or log is None:
        recorder.recording.note(f"The jvp at {location.path}:{location.line} {reason}: it was not checked.")
        return
    step = tf.zeros((), tensors[0].dtype)
    moves = list(_moves(watched, step))
    names = names_of(tensors, "target", arguments_of_call(location, "jvp")[0])
    source = " and ".join(_name(primal, position, watched) for position, (primal, _) in enumerate(watched))
    for target, name, product in zip(tensors, names, results, strict=True):
        request = GradientRequest(
            kind="jvp",
            targets=(target,),
            sources=(step,),
            variables=(None,),
            output_gradients=(None,),
            results=(product,),
            unconnected_gradients="none",
            location=location,
            target_names=(name,),
            source_names=(source,),
        )
        call = request.call([*moves, *log.records], (), (product,))
        recorder.ops.keep(call.trace.size_in_bytes())
        recorder.recording.calls.append(call)


def _obstacle(watched: Sequence[tuple[Any, Any]], targets: Sequence[Any]) -> str:
    """Why the product cannot be followed, to stand behind its place; empty if it can."""
    tensors = [tensor for pair in watched for tensor in pair]
    if not all(isinstance(tensor, adapter.EagerTensor) for tensor in (*map(adapter.handle_of, tensors), *targets)):
        return 'is taken inside a tf.function (use functions="eager")'
    if any(tangent.shape != primal.shape for primal, tangent in watched):
        return "has tangents in batches"
    if len({tensor.dtype for tensor in (*(tangent for _, tangent in watched), *targets)}) > 1:
        return "mixes types"
    return ""


def _moves(watched: Sequence[tuple[Any, Any]], step: Any) -> Iterator[OpRecord]:
    """Ops that add `step` times its tangent to each primal; a variable's handle stands for its change."""
    numbers = itertools.count(-2 * len(watched))
    attributes = ("T", step.dtype.as_datatype_enum)
    for primal, tangent in watched:
        handle = adapter.handle_of(primal)
        (change,) = adapter.run_op("Mul", 1, [step, tangent], attributes)
        if handle is not primal:
            yield OpRecord(next(numbers), "Mul", (step, tangent), attributes, (handle,))
            continue
        # The recorded tensor is what comes out, so what goes in needs an identity of its own.
        (base,) = adapter.run_op("Identity", 1, [primal], attributes)
        yield OpRecord(next(numbers), "Mul", (step, tangent), attributes, (change,))
        yield OpRecord(next(numbers), "AddV2", (base, change), attributes, (primal,))


def _name(primal: Any, position: int, watched: Sequence[Any]) -> str:
    return variable_path(primal) or ("primals" if len(watched) == 1 else f"primals[{position}]")
