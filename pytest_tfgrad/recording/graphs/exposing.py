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
from pytest_tfgrad.recording.graphs.looping import copy_of, drawn_name, looping, new_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
# Stateful by declaration, but what they give follows from inputs and variables, or is worked out from what they call.
_FOLLOWED = _CALLS | {"Case", "If", "ReadVariableOp", "ResourceGather", "ResourceGatherNd", "While"}


@dataclass(frozen=True, eq=False)
class Drawn:
    """What one run of a function's body drew.

    Attributes:
        values: drawn tensors by their full names in the body.
        calls: what the functions it called drew, by the name of the calling op.
        rounds: what each round of its loops drew, by the name of the loop's op.
    """

    values: dict[str, Any]
    calls: dict[str, Drawn]
    rounds: dict[str, list[Drawn]]


@dataclass(frozen=True, eq=False)
class ExposedFunction:
    """A copy of a graph function that also returns what it draws.

    Attributes:
        name: the copy's name.
        draws: full names of the drawn tensors in the function's own body.
        calls: the exposed functions that it calls, by the name of the calling op.
        loops: the exposed bodies of its loops, by the name of the loop's op.
        types: wire numbers of the types of all that it returns beyond the function's own results; what a loop draws
            comes as lists.
    """

    name: str
    draws: tuple[str, ...]
    calls: dict[str, ExposedFunction]
    loops: dict[str, ExposedFunction]
    types: tuple[int, ...]

    def sorted(self, tensors: Sequence[Any]) -> Drawn:
        """The additional results in their places."""
        return self._take(iter(tensors))

    def _take(self, tensors: Iterator[Any]) -> Drawn:
        values = {name: next(tensors) for name in self.draws}
        calls = {op: called._take(tensors) for op, called in self.calls.items()}
        rounds = {op: body._take_rounds([next(tensors) for _ in body.types]) for op, body in self.loops.items()}
        return Drawn(values, calls, rounds)

    def _take_rounds(self, lists: Sequence[Any]) -> list[Drawn]:
        """What each round of the loop drew, of which this function is the body."""
        if not lists:
            return []
        (length,) = adapter.run_op("TensorListLength", 1, [lists[0]], ())
        return [self._take(iter(self._items(lists, number))) for number in range(int(length))]

    def _items(self, lists: Sequence[Any], number: int) -> list[Any]:
        any_shape = tf.constant(-1)
        return [
            adapter.run_op("TensorListGetItem", 1, [one, tf.constant(number), any_shape], ("element_dtype", kind))[0]
            for one, kind in zip(lists, self.types, strict=True)
        ]


# By function, so that a function called in several recordings goes on with the same random numbers.
_EXPOSED: weakref.WeakKeyDictionary[Any, ExposedFunction | None] = weakref.WeakKeyDictionary()


def exposed(function: Any, loops: bool) -> ExposedFunction | None:
    """The copy of a graph function that shows what it draws, None if it draws nothing.

    Args:
        function: the function.
        loops: whether to keep the random numbers of every round of its loops. That takes no more memory than a tape
            around the function does, but more than one inside the loop.
    """
    if function not in _EXPOSED:
        _EXPOSED[function] = _expose(adapter.function_definition(function), function, loops)
    return _EXPOSED[function]


def _expose(definition: Any, owner: Any, loops: bool, in_loop: bool = False) -> ExposedFunction | None:
    """Define the copy; it lives as long as the function that owns it."""
    copy = copy_of(definition)
    # XLA compiles no list whose length it does not know.
    loops = loops and "_XlaMustCompile" not in definition.attr
    draws = dict(itertools.chain.from_iterable(_draws(node) for node in copy.node_def if _shows(node, in_loop)))
    calls, bodies = {}, {}
    for node in copy.node_def:
        if node.op in _CALLS:
            calls[node.name] = _expose(adapter.function_definition(node.attr["f"].func.name), owner, loops, in_loop)
        elif node.op == "While" and loops:
            body = adapter.function_definition(node.attr["body"].func.name)
            bodies[node.name] = _expose(body, owner, loops, in_loop=True)
    kept_calls = {name: called for name, called in calls.items() if called is not None}
    kept_loops = {name: body for name, body in bodies.items() if body is not None}
    if not draws and not kept_calls and not kept_loops:
        return None
    results = list(draws.items())
    nodes = {node.name: node for node in copy.node_def}
    for name, called in kept_calls.items():
        results += _extended(nodes[name], called)
    for name, body in kept_loops.items():
        results += looping(copy, nodes[name], body.name, body.types, owner)
    for position, (tensor, number) in enumerate(results):
        name = drawn_name(position)
        copy.signature.output_arg.add(name=name, type=number)
        copy.ret[name] = tensor
    copy.signature.name = new_name(definition)
    adapter.define_function(copy, owner)
    types = tuple(number for _, number in results)
    return ExposedFunction(copy.signature.name, tuple(draws), kept_calls, kept_loops, types)


def _shows(node: Any, in_loop: bool) -> bool:
    """Whether what a node draws is to be kept; in a loop not what a data set gives, which may be all of it."""
    return not in_loop or "Random" in node.op or node.op in ("TruncatedNormal", "Multinomial")


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
