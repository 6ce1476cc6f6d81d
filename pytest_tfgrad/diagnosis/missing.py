"""Why a tape returned None, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.diagnosis.assigned_names import reassigned_name
from pytest_tfgrad.diagnosis.flow import READS, Flow
from pytest_tfgrad.diagnosis.silent import silent_op
from pytest_tfgrad.diagnosis.source_code import place_of, place_of_code
from pytest_tfgrad.diagnosis.units import function_around
from pytest_tfgrad.recording.history import FUNCTION
from pytest_tfgrad.recording.trace import records_between

if TYPE_CHECKING:
    from pytest_tfgrad.diagnosis.flow import Cut
    from pytest_tfgrad.recording import GradientCall
    from pytest_tfgrad.recording.history import Story
    from pytest_tfgrad.results import Place

# What gradient functions ask for of a tensor that they do not need themselves.
_SHAPES = frozenset({"Rank", "Shape", "ShapeN", "Size"})
_ALLOW = "allow_none=True says that this is meant"
_DIFFERENTIABLE = ("float", "bfloat", "half", "complex")


@dataclass(frozen=True)
class Missing:
    """Why a gradient is None.

    Attributes:
        reason: one clause.
        remedy: what to do, an imperative; empty if nothing is known to help.
        place: the line that the reason speaks of.
    """

    reason: str
    remedy: str = ""
    place: Place | None = None


def why_none(call: GradientCall, index: int) -> Missing:
    """Why the gradient with respect to source ``index`` is None.

    Args:
        call: in which the tape returned None for it.
        index: position of the source.
    """
    try:
        return _why_none(call, index)
    except Exception as error:
        # The test must not fail for what explains its gradients.
        fault = f"{type(error).__name__}: {error}"
        return Missing(f"the reason is not known: looking for it failed, please report it: {fault}")


def _why_none(call: GradientCall, index: int) -> Missing:
    source, target = call.sources[index], call.targets[0]
    if not source.dtype.startswith(_DIFFERENTIABLE):
        reason = f"the source is {source.dtype}; only floating and complex tensors have gradients"
        convert = "tf.strings.to_number" if source.dtype == "string" else "tf.cast"
        return Missing(reason, f"make it float32 before the tape watches it: {convert}({source.name}, tf.float32)")
    if not any(target.dtype.startswith(_DIFFERENTIABLE) for target in call.targets):
        reason = f"the target is {target.dtype}; only floating and complex tensors have gradients"
        return Missing(reason, f"differentiate a floating tensor from before {target.name!r} became {target.dtype}")
    return _by_ops(call, index) if call.story is None else _by_story(call, index, call.story)


def _by_ops(call: GradientCall, index: int) -> Missing:
    """The reason as far as the recorded ops tell it, for forward accumulators."""
    if records_between(call.trace.records, [call.trace.sources[index].tensor], call.trace.targets):
        return _silent(call, index)
    reason = "no differentiable op that the accumulator recorded leads from the primals to the target"
    return Missing(reason, f"compute {call.targets[0].name!r} from the primals inside the accumulator's block")


def _by_story(call: GradientCall, index: int, story: Story) -> Missing:
    flow = _flow(call, index, story)
    is_unwatched = _is_unwatched(call, index, story)
    # What the tape itself recorded needs no watch.
    if is_unwatched and not flow.starts_on_tape:
        return _replaced(call, index, flow) or _unwatched(call, index, story)
    withheld = _withheld(call, flow)
    if withheld is not None:
        return withheld
    cut = flow.cut()
    if cut is not None:
        return _cut(call, index, cut)
    if not flow.arrives:
        return _apart(call, index, flow)
    return _unwatched(call, index, story) if is_unwatched else _silent(call, index)


def _flow(call: GradientCall, index: int, story: Story) -> Flow:
    return Flow(story, call.trace.sources[index].tensor._id, [target._id for target in call.trace.targets])


def _is_unwatched(call: GradientCall, index: int, story: Story) -> bool:
    is_automatic = call.sources[index].kind == "variable" and story.accesses_watched and story.trainable[index]
    return story.watched[index] is None and not is_automatic


def _unwatched(call: GradientCall, index: int, story: Story) -> Missing:
    source = call.sources[index]
    watch = f"call tape.watch({source.name}) inside the tape's block, before it is used"
    if source.kind == "tensor":
        return Missing("the source is a tensor that the tape never watched", watch)
    if not story.accesses_watched:
        return Missing("the tape was made with watch_accessed_variables=False and never watched the source", watch)
    return Missing("the source is a variable with trainable=False, which tapes do not watch", watch)


def _replaced(call: GradientCall, index: int, flow: Flow) -> Missing | None:
    """The reason if the source is a tensor that took the place of a variable."""
    name = call.sources[index].name
    made = flow.origin_of_source()
    if made is None or call.sources[index].kind != "tensor" or not flow.comes_from_variable(made):
        return None
    place = place_of(made.location())
    if place is None or reassigned_name(place) != name:
        return None
    reason = f"{name!r} is no variable any more: this line gave its name to a tensor, which the tape does not watch"
    return Missing(reason, f"change the variable in place: {name}.assign(...) or {name}.assign_sub(...)", place)


def _withheld(call: GradientCall, flow: Flow) -> Missing | None:
    """The reason if the gradient function of a custom gradient gave None for what is computed from the source."""
    for pullback in call.trace.pullbacks:
        for position, (tensor, result) in enumerate(zip(pullback.inputs, pullback.results, strict=True), 1):
            if result is None and flow.reaches(tensor._id):
                site = pullback.scope.site
                place = place_of_code(pullback.scope.gradient) or place_of(site.location() if site else None)
                reason = f"the custom gradient of {pullback.scope.function} gives None for argument {position}"
                return Missing(reason, "return a gradient for every argument that the result depends on", place)
    return None


def _cut(call: GradientCall, index: int, cut: Cut) -> Missing:
    source, target = call.sources[index].name, call.targets[0].name
    place = place_of(cut.event.location())
    if cut.event.op_type in _SHAPES:
        reason = f"{target!r} takes no more than a shape of what is computed from {source!r}, so its derivative is zero"
        return Missing(reason, f"differentiate what depends on the values of {source!r}; {_ALLOW}", place)
    op = f"the read of {source!r}" if cut.event.op_type in READS else _named(cut.event.op_type)
    reasons = {
        "before watch": (
            f"{op} used {source!r} before the tape watched it",
            f"call tape.watch({source}) before this line",
        ),
        "stopped": (
            f"{op} ran inside tape.stop_recording(), so its result is a constant for the tape",
            "take this line out of the stop_recording block",
        ),
        "before tape": (
            f"{op} ran before the tape was opened, so its result is a constant for the tape",
            "move this line into the tape's with block",
        ),
        "after tape": (
            f"{op} ran after the tape's with block had ended, so the tape did not record it",
            "move this line into the tape's with block",
        ),
        "stop_gradient": (
            "the path is cut by stop_gradient",
            "take tf.stop_gradient out if this gradient is wanted",
        ),
        "assign": (
            "the value is written into a variable with assign, which tapes do not follow",
            f"compute {target!r} from the value itself in place of reading the variable again",
        ),
        "integers": (
            f"the path goes through {op}, which gives {cut.type_name}; only floating tensors have gradients",
            "stay with floating tensors on the way, or use a soft version of the op",
        ),
        "no gradient": (
            f"the path goes through {op}, which has no gradient in TensorFlow",
            f"use another op in place of {op}, or give it a gradient with tf.custom_gradient",
        ),
        "left": (
            "the value leaves TensorFlow here; what Python or NumPy computes from it is a constant for the tape",
            "use TensorFlow's ops in place of NumPy's and of .numpy(), or tf.py_function with a gradient",
        ),
    }
    reason, remedy = reasons[cut.kind]
    return Missing(reason, remedy, place)


def _apart(call: GradientCall, index: int, flow: Flow) -> Missing:
    """The reason if nothing that TensorFlow saw leads from the source to the target."""
    source, target = call.sources[index].name, call.targets[0].name
    made = flow.constant_made_after_source()
    if made is not None and made.is_backward:
        reason = f"{target!r} is a gradient that does not depend on {source!r}, as that of a linear function"
        return Missing(reason, f"differentiate what depends on {source!r}; {_ALLOW}", place_of(made.location()))
    if made is not None:
        reason = (
            f"no op leads from {source!r} to {target!r}; {_named(made.op_type)} takes a constant here that was made "
            f"outside of TensorFlow's ops (by NumPy or Python) after {source!r} was used"
        )
        return Missing(reason, "use TensorFlow's ops in place of NumPy's all the way", place_of(made.location()))
    last = flow.last_use()
    if last is None:
        reason = f"{source!r} is not used: {target!r} is computed without it"
        return Missing(reason, f"compute {target!r} from {source!r}, or leave it out of the sources")
    reason = f"{target!r} does not depend on {source!r}; what is computed from it last, here, does not get there"
    return Missing(reason, f"differentiate what depends on {source!r}", place_of(last.location()))


def _silent(call: GradientCall, index: int) -> Missing:
    """The reason if the tape recorded all the way, so that a gradient function on it gave None."""
    silent, path = silent_op(call.trace, index)
    if silent is None:
        ops = ", ".join(dict.fromkeys(record.op_type for record in path))
        return Missing(f"an op between source and target gives no gradient: one of {ops}")
    record = silent.record
    place = place_of(record.site.location()) if record.site is not None else None
    custom = adapter.traced_custom_gradient(record.gradient) if record.gradient else None
    if custom is not None:
        function, _ = custom
        place = place_of_code(getattr(function, "__code__", None)) or place
        reason = f"the custom gradient of {function_around(function)} gives None"
        return Missing(reason, "return a gradient for every argument that the result depends on", place)
    argument = f" for its input {silent.position}" if silent.position else ""
    remedy = f"use another op in place of {record.op_type}, or give it a gradient with tf.custom_gradient"
    return Missing(f"the gradient of {record.op_type} gives None{argument}", remedy, place)


def _named(op_type: str) -> str:
    """An op as a reader knows it."""
    return "the call of a tf.function" if op_type == FUNCTION else op_type


def why_zero(call: GradientCall, index: int) -> Missing | None:
    """Why the gradient with respect to source ``index`` would be None but for ``unconnected_gradients="zero"``.

    Args:
        call: in which the tape returned a gradient for it.
        index: position of the source.

    Returns:
        None if the zeros are a gradient, or if nothing leads from the source to the target.
    """
    result, story = call.results[index], call.story
    if call.unconnected_gradients != "zero" or result is None or np.any(result) or story is None:
        return None
    flow = _flow(call, index, story)
    is_lost = not flow.arrives or (_is_unwatched(call, index, story) and not flow.starts_on_tape)
    return why_none(call, index) if flow.leads_to_target and is_lost else None
