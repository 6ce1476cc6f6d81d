"""What is checked of every gradient because it costs nothing: presence, shape, type, indices, finiteness."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.diagnosis.missing import Missing, why_none
from pytest_tfgrad.diagnosis.nonfinite import origin_of_nonfinite
from pytest_tfgrad.diagnosis.source_code import place_of
from pytest_tfgrad.results import Fault, GradientResult, Remark, Verdict

if TYPE_CHECKING:
    from pytest_tfgrad.recording import GradientCall


def free_checks(call: GradientCall) -> tuple[GradientResult, ...]:
    """One result per source: wrong, none or nonfinite if that can be seen without any computation, else right.

    TensorFlow checks none of this for custom gradients (observed with 2.21: a gradient of shape ``()`` for a source of
    shape ``(3,)`` is returned as it is).
    """
    return tuple(_free_check(call, index) for index in range(len(call.sources)))


def expected_shape(call: GradientCall, index: int) -> tuple[int, ...]:
    """The shape that the result for source ``index`` must have.

    A gradient has the source's shape, a jacobian the target's followed by the source's (which is nothing for a jvp), a
    batch jacobian the batch size followed by both without their first axes
    (https://www.tensorflow.org/api_docs/python/tf/GradientTape).
    """
    source, target = call.sources[index].shape, call.targets[0].shape
    if call.kind == "gradient":
        return source
    return target + source[1:] if call.kind == "batch_jacobian" else target + source


def _free_check(call: GradientCall, index: int) -> GradientResult:
    verdict, fault, reason = _judge(call, index)
    missing = why_none(call, index) if verdict is Verdict.NONE else Missing(reason)
    source, target, info = call.sources[index], call.targets[0], call.result_info[index]
    result = call.results[index]
    parts = 2 if result is not None and np.iscomplexobj(result) else 1
    return GradientResult(
        verdict=verdict,
        kind=call.kind,
        target=", ".join(endpoint.name for endpoint in call.targets),
        target_shape=target.shape,
        target_dtype=target.dtype,
        source=source.name,
        source_shape=source.shape,
        source_dtype=source.dtype,
        gradient_shape=None if info is None else info.shape,
        gradient_dtype="" if info is None else info.dtype,
        location=place_of(call.location),
        fault=fault,
        reason=missing.reason,
        remedy=missing.remedy,
        origin=missing.place,
        remarks=_remarks(call, index, verdict),
        size=0 if result is None else int(result.size) * parts,
    )


def _remarks(call: GradientCall, index: int, verdict: Verdict) -> tuple[Remark, ...]:
    result = call.results[index]
    found = []
    if verdict is Verdict.RIGHT and result is not None and result.size and not np.any(result):
        found.append(Remark.ZERO)
    given = zip(call.targets, call.output_gradients, strict=True)
    if call.kind == "gradient" and any(weight is None and math.prod(target.shape) > 1 for target, weight in given):
        found.append(Remark.SUMMED)
    return tuple(found)


def _judge(call: GradientCall, index: int) -> tuple[Verdict, Fault | None, str]:
    result, info, source = call.results[index], call.result_info[index], call.sources[index]
    if result is None or info is None:
        return Verdict.NONE, None, ""
    shape = expected_shape(call, index)
    if info.shape != shape:
        return Verdict.WRONG, Fault.SHAPE, f"{_rule(call)} {_shape(shape)}, not {_shape(info.shape)}"
    if info.dtype != source.dtype:
        return Verdict.WRONG, Fault.DTYPE, f"the source is {source.dtype}, its gradient {info.dtype}"
    if not info.indices_in_range:
        return Verdict.WRONG, Fault.INDICES, f"its IndexedSlices name rows outside the source's {source.shape[0]}"
    broken = ~np.isfinite(result.astype(np.complex128 if np.iscomplexobj(result) else np.float64))
    if broken.any():
        first = tuple(int(i) for i in np.argwhere(broken)[0])
        noun = "entry is" if broken.sum() == 1 else "entries are"
        where = f", the first at {list(first)}" if result.ndim else ""
        origin = origin_of_nonfinite(call)
        said = f"{int(broken.sum())} of {broken.size} {noun} NaN or infinite{where}{origin and '; '}{origin}"
        return Verdict.NONFINITE, None, said
    return Verdict.RIGHT, None, ""


def _rule(call: GradientCall) -> str:
    if call.kind == "gradient":
        return "a gradient has its source's shape"
    if call.kind == "jvp":
        return "a jvp has its target's shape"
    rest = "target + source" if call.kind == "jacobian" else "batch + target + source"
    return f"a {call.kind.replace('_', ' ')} has the shape {rest},"


def _shape(shape: tuple[int, ...]) -> str:
    return str(tuple(shape))
