"""The ops between sources and targets as a tape differentiates them: a custom gradient is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.trace import records_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import CodeType

    from pytest_tfgrad.recording import OpRecord
    from pytest_tfgrad.recording.records import Pullback
    from pytest_tfgrad.replay.operation import Operation

# Reading a variable is no op to its author, and hands on what it gets.
_READ = "ReadVariableOp"


@dataclass(frozen=True, eq=False)
class Unit:
    """What a tape differentiates in one go.

    Attributes:
        name: of the op, or of the function with the custom gradient.
        operations: the ops of which it consists, ready to be replayed.
        inputs: identities of the tensors that vary and come from outside.
        outputs: identities of the tensors that are used outside.
        is_custom: whether it is a custom gradient.
        pullback: what the custom gradient's own gradient function was given and returned, where that was seen.
        gradient: code of the gradient function, None if it has none.
        compares_draws: whether it is a custom gradient whose function compared random numbers with its arguments.
    """

    name: str
    operations: tuple[Operation, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    is_custom: bool = False
    pullback: Pullback | None = None
    gradient: CodeType | None = None
    compares_draws: bool = False

    @property
    def last(self) -> OpRecord:
        """Its last op."""
        return self.operations[-1].record


@dataclass(frozen=True, eq=False)
class _Group:
    """The records of one custom gradient."""

    name: str
    records: tuple[OpRecord, ...]
    pullback: Pullback | None
    gradient: CodeType | None
    compares_draws: bool = False


def units_of(operations: Sequence[Operation], pullbacks: Iterable[Pullback], targets: Iterable[Any]) -> list[Unit]:
    """The units in the order in which they began.

    Args:
        operations: the replayed ops, in order of execution.
        pullbacks: of the custom gradients that the tape differentiated.
        targets: the tensors that were differentiated.
    """
    records = [operation.record for operation in operations]
    group_of: dict[int, _Group] = {}
    for group in (*_called_groups(records, pullbacks), *_traced_groups(records)):
        for record in group.records:
            group_of.setdefault(id(record), group)
    members: dict[int, list[Operation]] = {}
    groups: dict[int, _Group | None] = {}
    for operation in operations:
        own = group_of.get(id(operation.record))
        if own is None and operation.record.op_type == _READ:
            continue
        key = id(own or operation.record)
        members.setdefault(key, []).append(operation)
        groups[key] = own
    wanted = {tensor._id for tensor in targets}
    users = _users(operations)
    return [_unit(operations, groups[key], users, wanted) for key, operations in members.items()]


def on_path(units: Iterable[Unit], operations: Sequence[Operation], source: Any, targets: Iterable[Any]) -> list[Unit]:
    """The units between one source and the targets."""
    path = {id(record) for record in records_between([op.record for op in operations], [source], targets)}
    return [unit for unit in units if any(id(operation.record) in path for operation in unit.operations)]


def _called_groups(records: Sequence[OpRecord], pullbacks: Iterable[Pullback]) -> list[_Group]:
    """Custom gradients that were called eagerly."""
    found = []
    for pullback in pullbacks:
        inside = records_between(records, pullback.inputs, pullback.outputs)
        if inside:
            scope = pullback.scope
            found.append(_Group(scope.function, inside, pullback, scope.gradient, scope.compares_draws))
    seen = {id(record) for group in found for record in group.records}
    # Those whose gradient functions nobody saw run, as in a jacobian, are known by the scopes of their ops.
    scopes = {record.scope: None for record in records if record.scope is not None and id(record) not in seen}
    for scope in (scope for scope in scopes if not scope.is_python):
        inside = tuple(record for record in records if record.scope is scope and id(record) not in seen)
        found.append(_Group(scope.function, inside, None, scope.gradient, scope.compares_draws))
    return found


def _traced_groups(records: Sequence[OpRecord]) -> list[_Group]:
    """Custom gradients inside graph functions, where an IdentityN carries the gradient.

    TensorFlow gives it the results, followed by the arguments
    (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/ops/custom_gradient.py).
    """
    found = []
    for record in records:
        traced = adapter.traced_custom_gradient(record.gradient) if record.gradient else None
        if traced is None:
            continue
        function, count = traced
        inside = records_between(records, record.inputs[count:], record.inputs[:count])
        code = getattr(function, "__code__", None)
        found.append(_Group(function_around(function), (*inside, record), None, code))
    return found


def function_around(function: Any) -> str:
    """Name of the function in which another one is defined, its own if it is not defined in any."""
    parts = [part for part in str(getattr(function, "__qualname__", "")).split(".") if part != "<locals>"]
    return parts[-2] if len(parts) > 1 else parts[0] if parts else type(function).__name__


def _users(operations: Iterable[Operation]) -> dict[int, set[int]]:
    """Identities of the records that use a tensor, by the tensor's identity."""
    users: dict[int, set[int]] = {}
    for operation in operations:
        for identity in operation.inputs:
            if identity is not None:
                users.setdefault(identity, set()).add(id(operation.record))
    return users


def _unit(members: list[Operation], group: _Group | None, users: dict[int, set[int]], wanted: set[int]) -> Unit:
    own = {id(operation.record) for operation in members}
    produced = [tensor._id for operation in members for tensor in operation.record.outputs]
    taken = [identity for operation in members for identity in operation.inputs if identity is not None]
    inputs = tuple(dict.fromkeys(identity for identity in taken if identity not in set(produced)))
    outputs = tuple(i for i in dict.fromkeys(produced) if i in wanted or users.get(i, set()) - own)
    if group is None:
        record = members[-1].record
        code = getattr(adapter.registered_gradient(record.gradient or record.op_type), "__code__", None)
        return Unit(record.op_type, tuple(members), inputs, outputs, gradient=code)
    return Unit(group.name, tuple(members), inputs, outputs, True, group.pullback, group.gradient, group.compares_draws)
