"""Why a tape returned None."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.recording.trace import records_between
from pytest_tfgrad.replay.slicing import cut, is_constant

if TYPE_CHECKING:
    from pytest_tfgrad.recording import GradientCall

_DIFFERENTIABLE = ("float", "bfloat", "half", "complex")


def why_none(call: GradientCall, index: int) -> str:
    """Why the gradient with respect to source ``index`` is None, as one clause.

    Args:
        call: in which the tape returned None for it.
        index: position of the source.
    """
    source = call.sources[index]
    if not source.dtype.startswith(_DIFFERENTIABLE):
        return f"the source is {source.dtype}; only floating and complex tensors have gradients"
    if not any(target.dtype.startswith(_DIFFERENTIABLE) for target in call.targets):
        return f"the target is {call.targets[0].dtype}; only floating and complex tensors have gradients"
    trace = call.trace
    path = records_between(trace.records, [trace.sources[index].tensor], trace.targets)
    cuts = [record for record in path if is_constant(record)]
    if cuts:
        place = cuts[-1].site.location() if cuts[-1].site is not None else None
        where = f" ({Path(place.path).name}:{place.line})" if place is not None else ""
        return f"the path from the source to the target goes through {cuts[-1].op_type}{where}, which has no gradient"
    if path:
        ops = ", ".join(dict.fromkeys(record.op_type for record in path))
        return f"an op between source and target has no gradient: one of {ops}"
    return "no differentiable op that the tape saw leads from the source to the target"


def why_zero(call: GradientCall, index: int) -> str:
    """Why the gradient with respect to source ``index`` would be None but for ``unconnected_gradients="zero"``.

    Args:
        call: in which the tape returned a gradient for it.
        index: position of the source.

    Returns:
        One clause; empty if the zeros are a gradient, or if nothing leads from the source to the target.
    """
    result, trace = call.results[index], call.trace
    if call.unconnected_gradients != "zero" or result is None or np.any(result):
        return ""
    source = trace.sources[index].tensor
    path = records_between(trace.records, [source], trace.targets)
    if not path or source._id in cut(path, [source], trace.targets).connected:
        return ""
    return why_none(call, index)
