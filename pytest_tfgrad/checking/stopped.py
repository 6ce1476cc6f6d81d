"""Second derivatives from which a `tf.stop_gradient` in a custom gradient's own gradient function takes a part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.numeric import Outcome, Settings, check
from pytest_tfgrad.recording.graphs.unknown import UnknownTensor
from pytest_tfgrad.recording.trace import records_between
from pytest_tfgrad.replay import CannotReplay, build_replay
from pytest_tfgrad.replay.claims import claims_of, recorded_precision
from pytest_tfgrad.replay.promotion import promotion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_tfgrad.numeric import Budget
    from pytest_tfgrad.recording import GradientCall, OpRecord
    from pytest_tfgrad.recording.records import Stop

# As for a single op: two directions tell right from wrong.
_DIRECTIONS = 2


def stopped_parts(
    call: GradientCall, earlier: Sequence[GradientCall], usable: Sequence[int], seed: str, budget: Budget
) -> dict[int, Stop]:
    """The sources whose gradient is right only with what such a `tf.stop_gradient` stops taken for a constant.

    The first gradient is a function of the sources, made of the ops that computed it. With the stops of gradient
    functions taken out of it, its derivative differs from what the tape gave, or it does not.

    Args:
        call: with right gradients.
        earlier: the calls before it, whose results it may differentiate.
        usable: positions of the sources to look at.
        seed: of the random directions.
        budget: for the comparison.

    Returns:
        For each of these sources, the first such stop on the way from it to the target. A source of which that cannot
        be told is left out.
    """
    stops = {stop.record.sequence: stop for one in earlier for stop in one.trace.stops}
    if not stops or call.kind != "gradient":
        return {}
    try:
        with tf.init_scope():
            records = [
                replace(record, op_type="Identity") if record.sequence in stops else record
                for record in _with_values(call, earlier)
            ]
        found = {index: _first(call, index, records, stops) for index in usable}
        touched = [index for index, stop in found.items() if stop is not None]
        if not touched:
            return {}
        sources = [source.tensor for source in call.trace.sources]
        path = records_between(records, sources, call.trace.targets)
        thawed = replace(call, trace=replace(call.trace, records=path))
        replay = build_replay(thawed)
        claims = claims_of(thawed, replay, touched, seed, recorded_precision(thawed, replay))
        findings, _ = check(claims.problem, Settings("projection", _DIRECTIONS, seed), budget)
    except (CannotReplay, tf.errors.OpError, TypeError, ValueError, LookupError):
        # Ops of a backward pass are run outside of what they were written for; one that fails decides nothing.
        return {}
    pairs = zip(claims.indices, findings, strict=True)
    differing = [index for index, finding in pairs if finding.outcome is Outcome.DISAGREES]
    return {index: stop for index in differing if (stop := found[index]) is not None}


def _first(call: GradientCall, index: int, records: Sequence[OpRecord], stops: dict[int, Stop]) -> Stop | None:
    path = records_between(records, [call.trace.sources[index].tensor], call.trace.targets)
    return next((stops[record.sequence] for record in path if record.sequence in stops), None)


def _with_values(call: GradientCall, earlier: Sequence[GradientCall]) -> Iterator[OpRecord]:
    """The ops of all these calls, each once and in order, with the values that backward passes let go of."""
    traces = [call.trace, *(one.trace for one in earlier)]
    ops: dict[int, OpRecord] = {}
    for record in (*(r for trace in traces for r in trace.records), *(r for t in traces[1:] for r in t.backward)):
        # The tape's own record of an op comes before the backward pass's, which has no values.
        ops.setdefault(record.sequence, record)
    tensors: dict[int, Any] = {}
    kept = [*call.trace.targets, *(t for record in ops.values() for t in (*record.inputs, *record.outputs))]
    tensors.update((tensor._id, tensor) for tensor in kept if not isinstance(tensor, UnknownTensor))
    for _, record in sorted(ops.items()):
        inputs = tuple(tensors.get(tensor._id, tensor) for tensor in record.inputs)
        if any(tensor._id not in tensors for tensor in record.outputs):
            attributes = promotion(record, widen=False).attributes
            outputs = adapter.run_op(record.op_type, len(record.outputs), list(inputs), attributes)
            tensors.update(zip((tensor._id for tensor in record.outputs), outputs, strict=True))
        yield replace(record, inputs=inputs, outputs=tuple(tensors[tensor._id] for tensor in record.outputs))
