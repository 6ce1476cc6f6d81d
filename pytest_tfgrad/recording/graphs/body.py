"""The body of a graph function, read from its definition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

ASSIGNMENTS = frozenset({"AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp"})


@dataclass(frozen=True, eq=False)
class Node:
    """One op of a graph function.

    Attributes:
        definition: its `NodeDef`.
        signature: the `OpDef` of its op.
    """

    definition: Any
    signature: Any

    @property
    def op_type(self) -> str:
        """Name of the op."""
        return str(self.definition.op)

    @property
    def functions(self) -> list[str]:
        """Names of the functions among its attributes."""
        return _functions_of(self.definition)

    @property
    def gradient(self) -> str:
        """Name of the registered gradient that takes the place of the op's own; empty if none does."""
        return str(self.definition.attr["_gradient_op_type"].s.decode()) if self._is_overridden else ""

    @property
    def _is_overridden(self) -> bool:
        return "_gradient_op_type" in self.definition.attr

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """Attributes that the op's signature knows, as an eager call takes them; functions by their names."""
        given = self.definition.attr
        return {
            attribute.name: _attribute_value(attribute.type, given[attribute.name])
            for attribute in self.signature.attr
            if attribute.name in given
        }

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the tensors it takes, control inputs left out."""
        return tuple(_full_name(name) for name in self.definition.input if not name.startswith("^"))

    @cached_property
    def outputs(self) -> tuple[tuple[str, int], ...]:
        """Name (`node:argument:index`) and wire number of the type of each output."""
        return tuple(
            (f"{self.definition.name}:{argument.name}:{index}", number)
            for argument in self.signature.output_arg
            for index, number in enumerate(self._types(argument))
        )

    def _types(self, argument: Any) -> list[int]:
        if argument.type_list_attr:
            return list(self.attributes[argument.type_list_attr])
        number = self.attributes[argument.type_attr] if argument.type_attr else argument.type
        return [number] * (self.attributes[argument.number_attr] if argument.number_attr else 1)


class CannotInline(Exception):
    """What a graph function did cannot be worked out; the message says why, in one sentence."""


class Body:
    """The ops of one graph function.

    Attributes:
        name: the function's name.
        arguments: names of its inputs.
        results: full names of the tensors it returns.
    """

    def __init__(self, definition: Any) -> None:
        self.name = str(definition.signature.name)
        self.arguments = tuple(argument.name for argument in definition.signature.input_arg)
        self.results = tuple(_full_name(definition.ret[argument.name]) for argument in definition.signature.output_arg)
        self._nodes = {node.name: node for node in definition.node_def}

    def nodes(self, roots: Iterable[str] = (), functions: Container[str] = ()) -> Iterator[Node]:
        """The ops that results or assignments to variables need, each after those whose outputs it takes.

        Otherwise they come in the order in which they were traced, so that reads and assignments keep their order.

        Args:
            roots: names of further ops that are needed.
            functions: names of functions whose calls are needed.
        """
        chosen = {_node_name(name) for name in self.results} | set(roots)
        chosen |= {name for name, node in self._nodes.items() if node.op in ASSIGNMENTS}
        chosen |= {
            name for name, node in self._nodes.items() if any(called in functions for called in _functions_of(node))
        }
        needed = self._ancestors(chosen)
        done: set[str] = set()
        for name in self._nodes:
            if name in needed:
                yield from map(self._node, self._in_order(name, needed, done))

    def called(self) -> set[str]:
        """Names of the functions that its ops call."""
        return {name for node in self._nodes.values() for name in _functions_of(node)}

    def output_name(self, op: str, index: int) -> str:
        """Full name of one of an op's outputs."""
        return self._node(op).outputs[index][0]

    def _ancestors(self, names: set[str]) -> set[str]:
        found: set[str] = set()
        stack = [name for name in names if name in self._nodes]
        while stack:
            name = stack.pop()
            if name not in found:
                found.add(name)
                before = (_node_name(tensor) for tensor in self._nodes[name].input if not tensor.startswith("^"))
                stack.extend(other for other in before if other in self._nodes)
        return found

    def _in_order(self, root: str, needed: set[str], done: set[str]) -> Iterator[str]:
        """A node after the needed nodes that come before it, control inputs included; what is done is left out."""
        stack = [(root, False)]
        while stack:
            name, ready = stack.pop()
            if name in done:
                continue
            if ready:
                done.add(name)
                yield name
                continue
            stack.append((name, True))
            before = {_node_name(tensor) for tensor in self._nodes[name].input}
            stack.extend((other, False) for other in before if other in needed and other not in done)

    def _node(self, name: str) -> Node:
        definition = self._nodes[name]
        signature = adapter.op_definition(definition.op)
        if signature is None:
            raise CannotInline(
                f"The op {definition.op} inside a tf.function is not in TensorFlow's registry; "
                'use functions="eager" to check this gradient.'
            )
        return Node(definition, signature)


def _functions_of(definition: Any) -> list[str]:
    """Names of the functions among a node's attributes."""
    return [
        function.name
        for value in definition.attr.values()
        for function in ([value.func] if value.HasField("func") else value.list.func)
    ]


def _full_name(tensor: str) -> str:
    """An op's first output may be written without its index; arguments have no colon."""
    return f"{tensor}:0" if tensor.count(":") == 1 else tensor


def _node_name(tensor: str) -> str:
    return tensor.removeprefix("^").split(":")[0]


def _attribute_value(kind: str, value: Any) -> Any:
    if kind.startswith("list("):
        field, convert = _FIELDS[kind[5:-1]]
        return [convert(member) for member in getattr(value.list, field)]
    field, convert = _FIELDS[kind]
    return convert(getattr(value, field))


def _function_name(value: Any) -> str:
    return str(value.name)


# Field of `AttrValue` that holds an attribute of each kind, and what an eager call takes for it.
_FIELDS: dict[str, tuple[str, Any]] = {
    "bool": ("b", bool),
    "float": ("f", float),
    "func": ("func", _function_name),
    "int": ("i", int),
    "shape": ("shape", tf.TensorShape),
    "string": ("s", bytes),
    "tensor": ("tensor", tf.make_ndarray),
    "type": ("type", int),
}
