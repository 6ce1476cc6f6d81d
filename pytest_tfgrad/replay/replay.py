"""A gradient call's targets as a function of its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.body import CannotInline
from pytest_tfgrad.recording.graphs.inlining import inlined
from pytest_tfgrad.recording.request import Slices
from pytest_tfgrad.recording.trace import records_making_containers
from pytest_tfgrad.replay.compiled import compiled_evaluation, evaluations_worth_compiling
from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.jitter import jittered_targets
from pytest_tfgrad.replay.memory import Memory
from pytest_tfgrad.replay.operation import known
from pytest_tfgrad.replay.reference import recorded_gradients, reference_gradients
from pytest_tfgrad.replay.running import Start, forget, results, run, unneeded_after
from pytest_tfgrad.replay.slicing import cut, shared_reads
from pytest_tfgrad.replay.special_operations import narrow_operation, operation
from pytest_tfgrad.replay.types import FLOAT64, cast, epsilon, is_narrow, type_of, widened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_tfgrad.recording.gradient_call import Array, GradientCall
    from pytest_tfgrad.recording.records import OpRecord
    from pytest_tfgrad.replay.operation import Operation, Step, Values


class Replay:
    """Recomputes the targets of one gradient call from changed sources, in float64.

    Nothing of the test's state takes part: variables keep their values, random numbers are the recorded ones, and no
    tape sees the ops.

    Attributes:
        sources: recorded values of the sources that are checked, in float64 or complex128.
        source_index: position of each in the call's sources.
        targets: values of the call's targets at `sources`, as replayed.
        recorded_targets: values of the call's targets as the test computed them.
        precision: spacing at one of the coarsest type that a replayed op computes in; 2.2e-16 unless an op has no
            float64 kernel.
        notes: a sentence for each op that does not compute in float64.
    """

    def __init__(self, call: GradientCall) -> None:
        trace = call.trace
        differentiable = [source.tensor for source in trace.sources if _is_differentiable(source.value)]
        # Outside every graph, device and tape that the caller may have open.
        with tf.init_scope():
            records = shared_reads(_inlined(trace.records))
            chosen = cut(records, differentiable, trace.targets)
            operations = [operation(record, chosen.varying) for record in chosen.records]
            self.source_index = tuple(
                index
                for index, source in enumerate(trace.sources)
                if _is_differentiable(source.value)
                and (source.tensor._id in chosen.connected or call.results[index] is not None)
            )
            self._start = Start(
                [(trace.sources[index].tensor, widened(trace.sources[index].value)) for index in self.source_index],
                frozenset(tensor._id for op in operations for tensor in op.record.outputs),
            )
        self._trace = trace
        self._kept_for_backward = records_making_containers(records, trace.backward)
        self._varying = chosen.varying
        self._compiled: Callable[[Sequence[Array]], tuple[Array, ...]] | None = None
        self.sources: tuple[Array, ...] = tuple(np.asarray(base.numpy()) for base in self._start.bases)
        self.recorded_targets: tuple[Array, ...] = tuple(target.numpy() for target in trace.targets)
        self._unneeded = unneeded_after(operations, trace.targets)
        self._memory = Memory()
        self._operations, self.targets = self._first_run(operations, chosen.varying)
        self.precision = max([epsilon(FLOAT64), *(op.epsilon for op in self._operations)])
        self.notes = _notes(self._operations)

    def evaluate(self, points: Sequence[Array]) -> tuple[Array, ...]:
        """Values of the targets where the sources have the given values.

        Args:
            points: one array per entry of `sources`, of the same shape.

        Raises:
            CannotReplay: if an op fails at these values.
        """
        if self._compiled is not None:
            return self._compiled(points)
        with tf.init_scope():
            values, changes = self._start.at(points)
            for op, unneeded in zip(self._operations, self._unneeded, strict=True):
                run(op, values, changes)
                forget(unneeded, values)
            return results(self._trace.targets, values)

    def compile(self) -> bool:
        """Let further evaluations run as one graph function; whether that was possible."""
        with tf.init_scope():
            self._compiled = compiled_evaluation(self._operations, self._start, self._trace.targets)
        return self._compiled is not None

    @property
    def compilation_cost(self) -> int:
        """Number of evaluations that take about as long as `compile`; 0 if it gains nothing."""
        return evaluations_worth_compiling(self._operations)

    def reference(self, weights: Sequence[Array]) -> tuple[Array | None, ...]:
        """The gradients of the weighted targets by TensorFlow's own gradient functions of the replayed ops, in float64.

        Custom gradients have no part in it: the ops inside them are differentiated one by one.

        Args:
            weights: one array per target and of its shape.

        Returns:
            One array per source; None where it cannot be told.
        """
        if not self._memory.allows_to_keep_all:
            return (None,) * len(self.source_index)
        return reference_gradients(self._operations, self._start, self._trace.targets, weights)

    def recorded_reference(self, weights: Sequence[Array]) -> tuple[Array | None, ...]:
        """As `reference`, in the test's own types and at its own values where these are known: it costs far less.

        It is as far off as the test's types round, which is no loss where they rounded the gradient in question too.
        """
        trace = self._trace
        sources = [trace.sources[index].tensor for index in self.source_index]
        recorded = recorded_gradients(self._operations, sources, trace.targets, weights)
        return self.reference(weights) if recorded is None else recorded

    def rounded_reference(self, weights: Sequence[Array]) -> tuple[Array | None, ...]:
        """As `reference`, in the types in which the test computed: how far both are apart is what these types lose."""
        own = [narrow_operation(op.record, self._varying) or op for op in self._operations]
        return reference_gradients(own, self._start, self._trace.targets, weights)

    def gradients(self) -> tuple[Array | None, ...]:
        """What the tape's own ops compute in float64 at `sources`, per source; None where that cannot be told.

        It cannot for jacobians, nor where the gradient is a constant that no op computes.

        Where this agrees with differences and the tape's answer does not, the formula is right and the difference is
        rounding: terms cancel, and the narrow type keeps few of the digits that are left.
        """
        unknown = (None,) * len(self.source_index)
        if not self._trace.backward or not self._memory.allows_to_keep_all:
            return unknown
        try:
            with tf.init_scope():
                return self._gradients()
        except CannotReplay:
            return unknown

    def _gradients(self) -> tuple[Array | None, ...]:
        backward = [record for record in _inlined(self._trace.backward) if adapter.can_run_again(record.op_type)]
        # What ran meanwhile for others, forward mode for one, may rest on values that nobody recorded.
        backward = [*self._kept_for_backward, *_leading_to(self._trace.results, backward)]
        computed = {tensor._id for record in backward for tensor in record.outputs if adapter.is_trainable_type(tensor)}
        varying = frozenset(self._start.computed | self._start.identities | computed)
        values, changes = self._start.at(self.sources)
        for op in self._operations:
            run(op, values, changes)
        for record in backward:
            _run_once(record, varying, values)
        return tuple(_dense(self._trace.results[index], values) for index in self.source_index)

    def _first_run(
        self, operations: Sequence[Operation], varying: frozenset[int]
    ) -> tuple[tuple[Operation, ...], tuple[Array, ...]]:
        """Run the ops at the recorded values; one that fails in float64, although it has a kernel, gets its own types.

        Returns:
            The ops to use from now on, and the values of the targets.
        """
        proven = []
        with tf.init_scope():
            values, changes = self._start.at(self.sources)
            for op, unneeded in zip(operations, self._unneeded, strict=True):
                try:
                    run(op, values, changes)
                    proven.append(op)
                except CannotReplay:
                    narrow = narrow_operation(op.record, varying)
                    if narrow is None:
                        raise
                    run(narrow, values, changes)
                    proven.append(narrow)
                self._memory.count(op, values)
                self._memory.release(unneeded)
                forget(unneeded, values)
            return tuple(proven), results(self._trace.targets, values)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The replayed ops in order, ready to be run one by one."""
        return self._operations

    def base_values(self) -> Values:
        """Every varying tensor by its identity, at the recorded values of the sources, in the wider types.

        A variable's handle stands for the change of its value, which is zero here.

        Raises:
            CannotReplay: if that is more than may be held at a time.
        """
        if not self._memory.allows_to_keep_all:
            raise CannotReplay("The values of all ops in float64 do not fit into the memory allowed.")
        with tf.init_scope():
            values, changes = self._start.at(self.sources)
            for op in self._operations:
                run(op, values, changes)
        return values

    def rounded_targets(self) -> tuple[Array, ...]:
        """The targets at `sources` if every op's results are rounded to the types in which the test had them."""
        with tf.init_scope():
            values, changes = self._start.at(self.sources)
            for op, unneeded in zip(self._operations, self._unneeded, strict=True):
                run(op, values, changes)
                for tensor in op.record.outputs:
                    if is_narrow(type_of(tensor)):
                        values[tensor._id] = widened(cast(values[tensor._id], type_of(tensor)))
                forget(unneeded, values)
            return results(self._trace.targets, values)

    def jittered_targets(self, random: np.random.Generator) -> tuple[Array, ...]:
        """The targets at `sources` if every result on the way is a rounding off, which way is left to `random`.

        Raises:
            CannotReplay: if an op fails at these values.
        """
        with tf.init_scope():
            return jittered_targets(self._operations, self._unneeded, self._start, self._trace.targets, random)

    def steps(self) -> tuple[Step, ...]:
        """The replayed ops in order."""
        return tuple(op.step() for op in self._operations)


def build_replay(call: GradientCall) -> Replay:
    """Prepare to recompute the targets of a gradient call.

    Raises:
        CannotReplay: if an op on the path cannot be run again, or fails already at the recorded values.
    """
    return Replay(call)


def _inlined(records: Sequence[OpRecord]) -> list[OpRecord]:
    try:
        return inlined(records)
    except CannotInline as reason:
        raise CannotReplay(str(reason)) from reason


def _is_differentiable(value: Any) -> bool:
    return value is not None and (value.dtype.is_floating or value.dtype.is_complex)


def _leading_to(results: Sequence[Any | None], records: Sequence[OpRecord]) -> list[OpRecord]:
    """The records that the results depend on, in order."""
    members = (part for result in results for part in (result if isinstance(result, Slices) else (result,)))
    needed = {tensor._id for tensor in members if tensor is not None}
    leading = []
    for record in reversed(records):
        if any(tensor._id in needed for tensor in record.outputs):
            needed.update(tensor._id for tensor in record.inputs)
            leading.append(record)
    return leading[::-1]


def _run_once(record: OpRecord, varying: frozenset[int], values: Values) -> None:
    try:
        run(operation(record, varying), values, {})
    except CannotReplay:
        narrow = narrow_operation(record, varying)
        if narrow is None:
            raise
        run(narrow, values, {})


def _dense(result: Any, values: Values) -> Array | None:
    """A result as an array; slices with the same index are added up."""
    if result is None:
        return None
    if not isinstance(result, Slices):
        return _value(result, values)
    if result.dense_shape is None:
        return None
    slices = _value(result.values, values)
    dense = np.zeros(tuple(result.dense_shape.numpy()), slices.dtype)
    np.add.at(dense, result.indices.numpy(), slices)
    return dense


def _value(tensor: Any, values: Values) -> Array:
    value = values[tensor._id] if tensor._id in values else widened(known(tensor))
    return np.asarray(value.numpy())


def _notes(operations: Sequence[Operation]) -> tuple[str, ...]:
    narrow = {op.record.op_type for op in operations if op.epsilon > epsilon(FLOAT64)}
    return tuple(f"{name} does not compute in float64" for name in sorted(narrow))
