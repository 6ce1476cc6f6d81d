"""Shows what a graph function draws: random numbers, batches of a data set, results of Python.

Such values cannot be computed again from the function's inputs. A copy of the function that returns them too, and is
otherwise the same op for op, runs in its place while it is recorded.
"""

from __future__ import annotations

import itertools
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
# Stateful by declaration, but what they give follows from inputs and variables, or is worked out from what they call.
_FOLLOWED = _CALLS | {"Case", "If", "ReadVariableOp", "ResourceGather", "ResourceGatherNd", "While"}
_NUMBERS = itertools.count()


@dataclass(frozen=True, eq=False)
class Drawn:
    """What one run of a function's body drew.

    Attributes:
        values: drawn tensors by their full names in the body.
        calls: what the functions it called drew, by the name of the calling op.
    """

    values: dict[str, Any]
    calls: dict[str, Drawn]


@dataclass(frozen=True, eq=False)
class ExposedFunction:
    """A copy of a graph function that also returns what it draws.

    Attributes:
        name: the copy's name.
        draws: full names of the drawn tensors in the function's own body.
        calls: the exposed functions that it calls, by the name of the calling op.
        types: wire numbers of the types of all that it returns beyond the function's own results.
    """

    name: str
    draws: tuple[str, ...]
    calls: dict[str, ExposedFunction]
    types: tuple[int, ...]

    def sorted(self, tensors: Sequence[Any]) -> Drawn:
        """The additional results in their places."""
        return self._take(iter(tensors))

    def _take(self, tensors: Iterator[Any]) -> Drawn:
        values = {name: next(tensors) for name in self.draws}
        return Drawn(values, {op: called._take(tensors) for op, called in self.calls.items()})


# By function, so that a function called in several recordings goes on with the same random numbers.
_EXPOSED: weakref.WeakKeyDictionary[Any, ExposedFunction | None] = weakref.WeakKeyDictionary()


def exposed(function: Any) -> ExposedFunction | None:
    """The copy of a graph function that shows what it draws, None if it draws nothing."""
    if function not in _EXPOSED:
        _EXPOSED[function] = _expose(adapter.function_definition(function), function)
    return _EXPOSED[function]


def _expose(definition: Any, owner: Any) -> ExposedFunction | None:
    """Define the copy; it lives as long as the function that owns it."""
    copy = type(definition)()
    copy.CopyFrom(definition)
    draws = dict(itertools.chain.from_iterable(map(_draws, copy.node_def)))
    calls = {}
    for node in copy.node_def:
        called = _expose(adapter.function_definition(node.attr["f"].func.name), owner) if node.op in _CALLS else None
        if called is not None:
            calls[node.name] = called
    if not draws and not calls:
        return None
    results = list(draws.items())
    for node in copy.node_def:
        if node.name in calls:
            results += _extended(node, calls[node.name])
    for position, (tensor, number) in enumerate(results):
        name = f"tfgrad_drawn_{position}"
        copy.signature.output_arg.add(name=name, type=number)
        copy.ret[name] = tensor
    copy.signature.name = f"{definition.signature.name}_tfgrad_{next(_NUMBERS)}"
    adapter.define_function(copy, owner)
    return ExposedFunction(copy.signature.name, tuple(draws), calls, tuple(number for _, number in results))


def _draws(node: Any) -> Iterator[tuple[str, int]]:
    """Full names and types of what a node draws."""
    signature = adapter.op_definition(node.op)
    if signature is None or not signature.is_stateful or node.op in _FOLLOWED:
        return
    for argument in signature.output_arg:
        types = _types(argument, node)
        if not any(tf.as_dtype(number) in (tf.resource, tf.variant) for number in types):
            yield from ((f"{node.name}:{argument.name}:{index}", number) for index, number in enumerate(types))


def _types(argument: Any, node: Any) -> list[int]:
    if argument.type_list_attr:
        return list(node.attr[argument.type_list_attr].list.type)
    number = node.attr[argument.type_attr].type if argument.type_attr else argument.type
    return [number] * (node.attr[argument.number_attr].i if argument.number_attr else 1)


def _extended(node: Any, called: ExposedFunction) -> list[tuple[str, int]]:
    """Let a node call the copy; names and types of the results that it has in addition."""
    own = len(node.attr["Tout"].list.type)
    node.attr["f"].func.name = called.name
    node.attr["Tout"].list.type.extend(called.types)
    node.attr.pop("_output_shapes", None)
    return [(f"{node.name}:output:{own + index}", number) for index, number in enumerate(called.types)]
