"""What a Keras layer is to the linter: a signature, a rule for the shape of its result, and what inputs it takes.

A layer is an ``ApiObject`` whose attributes are the arguments of its constructor. Calling it runs its rule. What
changes, the input that it was built for, is remembered by the operation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tfgrad_lint.api import registry
from tfgrad_lint.api.keras.signature import Signature, parse
from tfgrad_lint.api.keras.version1 import OLD, ambiguous, either, translated
from tfgrad_lint.api.ranks import check_least_rank, check_rank
from tfgrad_lint.domain.events import Normalized
from tfgrad_lint.domain.values import (
    NONE,
    ApiObject,
    Constant,
    External,
    Node,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
)
from tfgrad_lint.shapes.conflicts import Conflict, LayerConflict, SizeConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, of_rank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfgrad_lint.api.operation import Operation

PREFIX: Final = "tf.keras.layers."
ACTIVATION: Final = "tf.keras.activations."
BASE: Final = "tf.keras.layers.Layer"

# Under these names it is remembered what shape of input a layer was built for, and where the program told Keras that
# the channels of images are.
_BUILT: Final = "built"
_DATA_FORMAT: Final = "data format"


@dataclass(frozen=True, slots=True)
class Takes:
    """The inputs that a layer takes: of exactly ``rank`` or of at least ``min_rank`` axes, the batch included.

    ``fixed`` gives the axes, counted from the last, whose sizes the layer's weights fix when it is first called.
    """

    rank: int | None = None
    min_rank: int | None = None
    fixed: Callable[[Call, int], tuple[int, ...]] | None = None


class Call:
    """One call of a layer: its constructor's arguments, its inputs, and how to make results."""

    __slots__ = ("inputs", "keywords", "layer", "operation", "rest")

    def __init__(
        self,
        operation: Operation,
        layer: ApiObject,
        inputs: Value,
        rest: tuple[Value, ...] = (),
        keywords: Mapping[str, Value] | None = None,
    ) -> None:
        self.operation = operation
        self.layer = layer
        self.inputs = inputs
        self.rest = rest
        self.keywords = keywords or {}

    # The constructor's arguments.

    def argument(self, name: str) -> Value:
        """Return an argument of the constructor."""
        return self.layer.attributes.get(name, NONE)

    def integer(self, name: str) -> Dim:
        """Return an integer argument, UNKNOWN if it is not known which."""
        return self.operation.integer(self.argument(name))

    def flag(self, name: str) -> bool | None:
        """Return the truth of an argument, None if it is not known."""
        return self.operation.boolean(self.argument(name))

    def text(self, name: str) -> str | None:
        """Return a string argument, None if it is not known or no string."""
        return self.operation.text(self.argument(name))

    def window(self, name: str, rank: int) -> tuple[Dim, ...]:
        """Return an argument with one entry for each of ``rank`` axes; one integer stands for all."""
        dims = self.operation.dims(self.argument(name))
        if dims is None:
            return (UNKNOWN,) * rank
        return dims * rank if len(dims) == 1 else dims if len(dims) == rank else (UNKNOWN,) * rank

    def channels_first(self) -> bool | None:
        """Tell whether the channels lie before the other axes, None if that is not known."""
        told = self.argument("data_format")
        if self.operation.is_none(told):
            told = self.operation.recall("tf.keras", _DATA_FORMAT) or Constant("channels_last")
        text = self.operation.text(told)
        return None if text not in {"channels_first", "channels_last"} else text == "channels_first"

    # Results.

    def result(self, shape: Shape, *inputs: Value, dtype: str | None = None) -> Tensor:
        """Return a tensor made from ``inputs`` (the layer's own if none are given) and from the layer's weights."""
        step = self.node(*inputs)
        step.shape = shape
        made = Tensor(shape, dtype, self._activated(step))
        if self._is_softmax():
            axes = (len(shape.dims) - 1,) if shape.dims else None
            self.operation.emit(Normalized(self.layer.node.site or self.operation.site, self.layer.type, made, axes))
        return made

    def _activated(self, node: Node) -> Node:
        """Return the step of the activation after ``node``, the step of the layer: ``node`` itself if there is none."""
        name = self._activation()
        if name in {None, "linear"}:
            return node
        return Node(f"{ACTIVATION}{name}", (node,), node.site, opaque=node.opaque, tapes=node.tapes)

    def _activation(self) -> str | None:
        """Return the name of the layer's activation, None if it has none or that is not known."""
        activation = self.argument("activation")
        if isinstance(activation, External):
            return activation.name.rpartition(".")[2]
        return self.operation.text(activation)

    def _is_softmax(self) -> bool:
        return self._activation() == "softmax"

    def node(self, *inputs: Value) -> Node:
        """Return the step that reads ``inputs`` (the layer's own if none are given) and the layer's weights."""
        return self.operation.node(*(inputs or (self.inputs,)), self.layer, opaque=self._calls_unknown())

    def unknown(self) -> Unknown:
        """Return a result of which nothing is known."""
        return Unknown(self.operation.node(self.inputs, self.layer, opaque=True))

    def _calls_unknown(self) -> bool:
        # A function of the user's as activation may read any variable.
        return not isinstance(self.argument("activation"), Constant | External)


def set_data_format(operation: Operation, data_format: Value) -> None:
    """Remember what layers take for ``data_format`` where they are not told."""
    operation.remember("tf.keras", _DATA_FORMAT, data_format)


# Returns the shape of the result from that of the input.
ShapeRule: TypeAlias = Callable[[Call, Shape], Shape]
# Returns the result itself.
Rule: TypeAlias = Callable[[Call], Value]


# Checks the arguments of a constructor, and raises a Conflict if they do not fit each other.
Check: TypeAlias = Callable[[Call], None]


@dataclass(frozen=True, slots=True)
class LayerType:
    """A class of layers; ``made`` checks what they are made from."""

    name: str
    signature: Signature
    rule: Rule
    takes: Takes
    made: Check | None = None


_TYPES: Final[dict[str, LayerType]] = {}


def layer(
    names: str, signature: str, takes: Takes | None = None, made: Check | None = None
) -> Callable[[ShapeRule], ShapeRule]:
    """Register a rule for layers with one tensor in and one out, under class ``names`` separated by spaces."""

    def register(rule: ShapeRule) -> ShapeRule:
        def run(call: Call) -> Value:
            operand = call.operation.tensor(call.inputs)
            shape = fitted(call, operand.shape)
            return call.result(rule(call, shape))

        add(names, signature, run, takes, made)
        return rule

    return register


def any_layer(names: str, signature: str, takes: Takes | None = None) -> Callable[[Rule], Rule]:
    """Register a rule that makes the whole result, under class ``names`` separated by spaces."""

    def register(rule: Rule) -> Rule:
        add(names, signature, rule, takes)
        return rule

    return register


def add(names: str, signature: str, rule: Rule, takes: Takes | None = None, made: Check | None = None) -> None:
    """Register a class of layers; names after the first are further ones of the same class."""
    first, *others = names.split()
    layer_type = LayerType(first, parse(signature), rule, takes or Takes(), made)
    _TYPES[PREFIX + first] = layer_type
    registry.add_class(PREFIX + first, BASE)
    for name in (first, *others):
        registry.add_model(
            _Constructor(
                PREFIX + name,
                _constructor(layer_type, name),
                layer_type.signature.parameters,
                layer_type.signature.defaults,
                open=True,
            )
        )


class _Constructor(registry.Model):
    """The constructor of a layer, which takes the arguments of Keras 1 too."""

    def call(self, operation: Operation, positional: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
        """Return the layer.

        Raises:
            UnboundArguments: the arguments do not fit the signature.
            LayerConflict: the layer refuses them.
        """
        if not OLD.isdisjoint(keywords.keys() - set(self.parameters)):
            if "dim_ordering" not in keywords and operation.recall("tf.keras", _DATA_FORMAT) is None:
                # Where Keras 1 had the channels was a matter of its configuration.
                set_data_format(operation, operation.unknown())
            positional, keywords = translated(operation, self.name.rpartition(".")[2], positional, keywords)
        return registry.Model.call(self, operation, positional, keywords)


def _constructor(layer_type: LayerType, called: str) -> registry.Rule:
    name, parameters = PREFIX + layer_type.name, layer_type.signature.parameters

    def make(operation: Operation, *arguments: Value, **keywords: Value) -> Value:
        given = {**dict(zip(parameters, arguments, strict=True)), **keywords}
        if ambiguous(called, given):
            given = either(given)
        result = ApiObject(name, operation.node(), given)
        if layer_type.made is not None:
            layer_type.made(Call(operation, result, NONE))
        return result

    return make


def same_shape(names: str, signature: str, takes: Takes | None = None) -> None:
    """Register layers that give back the shape of their input."""
    for name in names.split():
        layer(name, signature, takes)(lambda call, shape: shape)


def is_layer(value: Value) -> bool:
    """Tell whether ``value`` is an object of a class registered here."""
    return isinstance(value, ApiObject) and value.type in _TYPES


def type_of(layer_object: ApiObject) -> LayerType:
    """Return the class of a layer for which :func:`is_layer` holds."""
    return _TYPES[layer_object.type]


def run(call: Call) -> Value:
    """Return the result of a call of a layer.

    Raises:
        LayerConflict: the layer refuses the inputs.
    """
    layer_type = type_of(call.layer)
    try:
        return layer_type.rule(call)
    except LayerConflict:
        raise
    except Conflict as cause:
        raise LayerConflict(layer_type.name, _shapes(call), cause) from None


def _shapes(call: Call) -> tuple[Shape, ...]:
    if isinstance(call.inputs, Sequence):
        return tuple(item.shape for item in call.inputs.items if isinstance(item, Tensor))
    return (call.operation.tensor(call.inputs).shape,)


def fitted(call: Call, shape: Shape) -> Shape:
    """Check an input against what the layer takes and was built for; return what is known of its shape.

    Raises:
        RankConflict: the layer takes another rank.
        SizeConflict: a size differs from the one that the layer's weights were made for.
    """
    takes = type_of(call.layer).takes
    if shape.dims is None:
        return UNKNOWN_SHAPE if takes.rank is None else of_rank(takes.rank)
    rank = len(shape.dims)
    if takes.rank is not None:
        check_rank("inputs", shape, takes.rank)
    if takes.min_rank is not None:
        check_least_rank("inputs", shape, takes.min_rank)
    if takes.fixed is not None:
        _check_built(call, shape, takes.fixed(call, rank))
    return shape


def _check_built(call: Call, shape: Shape, axes: tuple[int, ...]) -> None:
    built = call.operation.recall(call.layer, _BUILT)
    if built is None:
        call.operation.remember(call.layer, _BUILT, TensorShape(shape, call.operation.tensor(call.inputs).node))
        return
    expected = built.shape.dims if isinstance(built, TensorShape) else None
    for axis in axes:
        if expected is None or shape.dims is None or not -len(expected) <= axis:
            return
        if equal(shape.dims[axis], expected[axis]) is False:
            raise SizeConflict(shape, axis, expected[axis])


def last_axis(call: Call, rank: int) -> tuple[int, ...]:
    """Fix the last axis."""
    return (-1,)


def channel_axis(call: Call, rank: int) -> tuple[int, ...]:
    """Fix the axis of the channels."""
    first = call.channels_first()
    return () if first is None else (1 - rank,) if first else (-1,)


def named_axes(call: Call, rank: int) -> tuple[int, ...]:
    """Fix the axes that the argument ``axis`` names."""
    axes = call.operation.dims(call.argument("axis")) or ()
    return tuple(axis - rank if axis >= 0 else axis for axis in axes if isinstance(axis, int) and -rank <= axis < rank)
