"""In which types an op runs when it is replayed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.types import epsilon, is_narrow, type_of, wider

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_tfgrad.recording.records import OpRecord

# They take float64 and compute in float32 inside: CTCLoss, of 120 ops whose second differences were looked at, alone.
_FLOAT32_INSIDE = frozenset({"CTCLoss"})


@dataclass(frozen=True)
class Promotion:
    """How one op is called.

    Attributes:
        attributes: names and values in turn.
        input_types: type in which each input is passed.
        epsilon: spacing at one of the coarsest type that the op computes in.
    """

    attributes: tuple[Any, ...]
    input_types: tuple[int, ...]
    epsilon: float


def promotion(record: OpRecord, widen: bool = True) -> Promotion:
    """Let the op compute in float64 (complex128) if TensorFlow can, else in its own types.

    Args:
        record: the op as it was recorded.
        widen: whether to try wider types at all.

    Raises:
        CannotReplay: if the op is unknown to TensorFlow's op registry.
    """
    own_types = tuple(type_of(tensor) for tensor in record.inputs)
    output_types = tuple(type_of(tensor) for tensor in record.outputs)
    pairs = tuple(tuple(part) if isinstance(part, list) else part for part in record.attributes)
    try:
        return _promotion(record.op_type, pairs, own_types, output_types, widen)
    except TypeError:  # an array among the attributes
        return _promotion.__wrapped__(record.op_type, pairs, own_types, output_types, widen)


# Nets repeat a few kinds of ops.
@lru_cache(maxsize=4096)
def _promotion(
    op_type: str, pairs: tuple[Any, ...], own_types: tuple[int, ...], output_types: tuple[int, ...], widen: bool
) -> Promotion:
    definition = adapter.op_definition(op_type)
    if definition is None:
        raise CannotReplay(f"The op {op_type} is not in TensorFlow's registry, so it cannot be replayed.")
    attributes = _normalised(definition, pairs)
    promoted = _promoted(definition, attributes) if widen else None
    if promoted is None:
        return Promotion(_flat(attributes), own_types, _coarsest((*own_types, *output_types)))
    argument_types = _argument_is_promoted(definition, attributes)
    input_types = tuple(wider(own) if free else own for own, free in zip(own_types, argument_types, strict=True))
    fixed = [argument.type for argument in (*definition.input_arg, *definition.output_arg) if is_narrow(argument.type)]
    if op_type in _FLOAT32_INSIDE:
        fixed.append(tf.float32.as_datatype_enum)
    return Promotion(_flat(promoted), input_types, max([epsilon(tf.float64.as_datatype_enum), *map(epsilon, fixed)]))


def _coarsest(types: Sequence[int]) -> float:
    return max((epsilon(number) for number in types if is_narrow(number)), default=epsilon(tf.float64.as_datatype_enum))


def _normalised(definition: Any, pairs: tuple[Any, ...]) -> dict[str, Any]:
    """Attributes by name, types as wire numbers; None stands for an empty list or, elsewhere, for the default."""
    given = dict(zip(pairs[::2], pairs[1::2], strict=True))
    attributes = {}
    for attribute in definition.attr:
        if attribute.name not in given:
            continue
        value = given[attribute.name]
        if value is None and attribute.type.startswith("list("):
            value = []
        if isinstance(value, tuple):
            value = list(value)
        if attribute.type == "type":
            value = _type_number(value)
        elif attribute.type == "list(type)":
            value = [_type_number(member) for member in value]
        if value is not None:
            attributes[attribute.name] = value
    return attributes


def _type_number(value: Any) -> int:
    return int(tf.as_dtype(value).as_datatype_enum)


def _promoted(definition: Any, attributes: Mapping[str, Any]) -> dict[str, Any] | None:
    """The attributes with every narrow type widened, None if TensorFlow has no kernel for them."""
    promoted = dict(attributes)
    chosen = []
    for attribute in definition.attr:
        value = attributes.get(attribute.name)
        if attribute.type == "type" and value is not None and is_narrow(value):
            promoted[attribute.name] = wider(value)
            chosen.append((attribute.name, wider(value)))
            allowed = attribute.allowed_values.list.type
            if allowed and wider(value) not in allowed:
                return None
        elif attribute.type == "list(type)" and value is not None:
            promoted[attribute.name] = [wider(member) for member in value]
    return promoted if adapter.has_kernel(definition.name, frozenset(chosen)) else None


def _argument_is_promoted(definition: Any, attributes: Mapping[str, Any]) -> Iterator[bool]:
    """For each flattened input, whether its type follows an attribute and not the op's fixed signature."""
    for argument in definition.input_arg:
        count = 1
        if argument.number_attr:
            count = int(attributes[argument.number_attr])
        elif argument.type_list_attr:
            count = len(attributes[argument.type_list_attr])
        yield from [bool(argument.type_attr or argument.type_list_attr)] * count


def _flat(attributes: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(part for pair in attributes.items() for part in pair)
