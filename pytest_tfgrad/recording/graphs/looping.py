"""Lets a loop in a graph function keep what each of its rounds draws, in lists that it hands from round to round."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS = itertools.count()
_VARIANT = int(tf.variant.as_datatype_enum)
_INT32 = int(tf.int32.as_datatype_enum)


def copy_of(definition: Any) -> Any:
    """A copy of a function's definition."""
    copy = type(definition)()
    copy.CopyFrom(definition)
    return copy


def new_name(definition: Any) -> str:
    """A name for a copy that no function has."""
    return f"{definition.signature.name}_tfgrad_{next(_NUMBERS)}"


def drawn_name(position: int) -> str:
    """Name of an additional result of a copy."""
    return f"tfgrad_drawn_{position}"


def looping(copy: Any, node: Any, body: str, types: Sequence[int], owner: Any) -> list[tuple[str, int]]:
    """Let a loop's op run a body that has additional results, and keep these in lists.

    Args:
        copy: definition of the function that holds the loop.
        node: the loop's op in it.
        body: name of the body with the additional results.
        types: wire numbers of their types.
        owner: lives as long as the functions that are defined here are needed.

    Returns:
        Full names and types of the lists after the last round.
    """
    own = len(node.attr["T"].list.type)
    inputs = [name for name in node.input if not name.startswith("^")]
    controls = [name for name in node.input if name.startswith("^")]
    del node.input[:]
    node.input.extend([*inputs, *_empty_lists(copy, node.name, types), *controls])
    node.attr["T"].list.type.extend([_VARIANT] * len(types))
    if node.attr["output_shapes"].list.shape:
        for _ in types:
            node.attr["output_shapes"].list.shape.add(unknown_rank=True)
    node.attr.pop("_output_shapes", None)
    node.attr["body"].func.name = _pushing(body, types, owner)
    node.attr["cond"].func.name = _ignoring(node.attr["cond"].func.name, len(types), owner)
    return [(f"{node.name}:output:{own + position}", _VARIANT) for position in range(len(types))]


def _empty_lists(copy: Any, loop: str, types: Sequence[int]) -> list[str]:
    anything = copy.node_def.add(name=f"{loop}_tfgrad_any", op="Const")
    anything.attr["dtype"].type = _INT32
    anything.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(-1, tf.int32))
    names = []
    for position, number in enumerate(types):
        empty = copy.node_def.add(name=f"{loop}_tfgrad_list_{position}", op="EmptyTensorList")
        empty.input.extend([f"{anything.name}:output:0"] * 2)
        empty.attr["element_dtype"].type = number
        empty.attr["shape_type"].type = _INT32
        names.append(f"{empty.name}:handle:0")
    return names


def _pushing(body: str, types: Sequence[int], owner: Any) -> str:
    """Define a body that takes the lists and returns them with its additional results behind; its name."""
    definition = adapter.function_definition(body)
    copy = copy_of(definition)
    outputs = {argument.name: argument for argument in copy.signature.output_arg}
    for position, number in enumerate(types):
        taken, drawn = f"tfgrad_list_{position}", drawn_name(position)
        copy.signature.input_arg.add(name=taken, type=_VARIANT)
        push = copy.node_def.add(name=f"tfgrad_push_{position}", op="TensorListPushBack")
        push.input.extend([taken, copy.ret[drawn]])
        push.attr["element_dtype"].type = number
        outputs[drawn].type = _VARIANT
        copy.ret[drawn] = f"{push.name}:output_handle:0"
    copy.signature.name = new_name(definition)
    adapter.define_function(copy, owner)
    return str(copy.signature.name)


def _ignoring(condition: str, count: int, owner: Any) -> str:
    """Define a condition that takes the lists too; its name."""
    definition = adapter.function_definition(condition)
    copy = copy_of(definition)
    for position in range(count):
        copy.signature.input_arg.add(name=f"tfgrad_list_{position}", type=_VARIANT)
    copy.signature.name = new_name(definition)
    adapter.define_function(copy, owner)
    return str(copy.signature.name)
