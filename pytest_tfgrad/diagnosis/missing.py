"""Why a tape returned None, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.diagnosis.assigned_names import assigned_name
from pytest_tfgrad.diagnosis.flow import READS, Flow
from pytest_tfgrad.diagnosis.source_code import place_of, place_of_code
from pytest_tfgrad.recording.trace import records_between
from pytest_tfgrad.replay.slicing import cut, is_constant

if TYPE_CHECKING:
    from pytest_tfgrad.diagnosis.flow import Cut
    from pytest_tfgrad.recording import GradientCall, OpRecord
    from pytest_tfgrad.recording.history import Story
    from pytest_tfgrad.results import Place

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
    source, target = call.sources[index], call.targets[0]
    if not source.dtype.startswith(_DIFFERENTIABLE):
        reason = f"the source is {source.dtype}; only floating and complex tensors have gradients"
        convert = "tf.strings.to_number" if source.dtype == "string" else "tf.cast"
        return Missing(reason, f"make it float32 before the tape watches it: {convert}({source.name}, tf.float32)")
    if not any(target.dtype.startswith(_DIFFERENTIABLE) for target in call.targets):
        reason = f"the target is {target.dtype}; only floating and complex tensors have gradients"
        return Missing(reason, f"differentiate a floating tensor from before {target.name!r} became {target.dtype}")
    if call.story is not None:
        return _by_story(call, index, call.story)
    return _by_trace(call, index)


def _by_story(call: GradientCall, index: int, story: Story) -> Missing:
    source = call.sources[index]
    identity = call.trace.sources[index].tensor._id
    flow = Flow(story, identity, [target._id for target in call.trace.targets])
    if story.watched[index] is None:
        replaced = _replaced(call, index, flow)
        if replaced is not None:
            return replaced
        if source.kind == "tensor" or not story.accesses_watched or not story.trainable[index]:
            return _unwatched(call, index, story)
    withheld = _withheld(call, flow)
    if withheld is not None:
        return withheld
    cut = flow.cut()
    if cut is not None:
        return _cut(call, index, cut)
    return _apart(call, index, flow)


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
    if place is None or assigned_name(place) != name:
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
    op = f"the read of {source!r}" if cut.event.op_type in READS else cut.event.op_type
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
    if not flow.is_used:
        reason = f"{source!r} is not used: no op took it since the tape was opened"
        return Missing(reason, f"compute {target!r} from {source!r}, or leave it out of the sources")
    made = flow.constant_made_after_source()
    if made is not None:
        reason = (
            f"{source!r} is used, but {made.op_type} takes a constant here that was made outside of TensorFlow's ops "
            "(by NumPy or Python) after it"
        )
        return Missing(reason, "use TensorFlow's ops in place of NumPy's all the way", place_of(made.location()))
    last = flow.last_use()
    reason = f"{target!r} does not depend on {source!r}; what is computed from it last, here, does not get there"
    return Missing(reason, f"differentiate what depends on {source!r}", place_of(last.location()) if last else None)


def _by_trace(call: GradientCall, index: int) -> Missing:
    """The reason as far as the ops on the tape tell it, for tapes inside graph functions."""
    trace = call.trace
    path = records_between(trace.records, [trace.sources[index].tensor], trace.targets)
    cuts = [record for record in path if is_constant(record)]
    if cuts:
        op = cuts[-1].op_type
        reason = f"the path from the source to the target goes through {op}, which has no gradient"
        return Missing(reason, f"use another op in place of {op}", _place(cuts[-1]))
    if path:
        ops = ", ".join(dict.fromkeys(record.op_type for record in path))
        return Missing(f"an op between source and target has no gradient: one of {ops}")
    return Missing("no differentiable op that the tape saw leads from the source to the target")


def _place(record: OpRecord) -> Place | None:
    return place_of(record.site.location()) if record.site is not None else None


def why_zero(call: GradientCall, index: int) -> Missing | None:
    """Why the gradient with respect to source ``index`` would be None but for ``unconnected_gradients="zero"``.

    Args:
        call: in which the tape returned a gradient for it.
        index: position of the source.

    Returns:
        None if the zeros are a gradient, or if nothing leads from the source to the target.
    """
    result, trace = call.results[index], call.trace
    if call.unconnected_gradients != "zero" or result is None or np.any(result):
        return None
    source = trace.sources[index].tensor
    path = records_between(trace.records, [source], trace.targets)
    if not path or source._id in cut(path, [source], trace.targets).connected:
        return None
    return why_none(call, index)
