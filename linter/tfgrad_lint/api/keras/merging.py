"""Layers that merge several inputs, and attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api import registry
from tfgrad_lint.api.joining import concat_shape
from tfgrad_lint.api.keras.layer import PREFIX, Call, any_layer, run
from tfgrad_lint.domain.values import ApiObject, Sequence, Tensor, Value
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import MatchConflict
from tfgrad_lint.shapes.dims import UNKNOWN, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim


def _operands(call: Call) -> list[Tensor] | None:
    items = call.operation.items(call.inputs)
    return [call.operation.tensor(item) for item in items] if items else None


@any_layer("Add", "")
@any_layer("Subtract", "")
@any_layer("Multiply", "")
@any_layer("Average", "")
@any_layer("Maximum", "")
@any_layer("Minimum", "")
def elementwise(call: Call) -> Value:
    """https://keras.io/api/layers/merging_layers/add: examples are broadcast, batches are not.

    Raises:
        BroadcastConflict: the shapes of the examples do not fit.
    """
    operands = _operands(call)
    if operands is None or any(not operand.shape.dims for operand in operands):
        return call.result(UNKNOWN_SHAPE)
    shapes = [operand.shape.dims or () for operand in operands]
    if len({len(dims) for dims in shapes}) > 1:
        # How ranks are evened out differs between versions.
        return call.result(UNKNOWN_SHAPE)
    inner = Shape(shapes[0][1:])
    for dims in shapes[1:]:
        inner = broadcast(inner, Shape(dims[1:]))
    if inner.dims is None:
        return call.result(UNKNOWN_SHAPE)
    batch = next((dims[0] for dims in shapes if dims[0] is not UNKNOWN), UNKNOWN)
    return call.result(Shape((batch, *inner.dims)))


@any_layer("Concatenate", "axis=-1")
def concatenate(call: Call) -> Value:
    """https://keras.io/api/layers/merging_layers/concatenate.

    Raises:
        JoinConflict: the shapes differ in another axis.
        AxisConflict: the inputs have no such axis.
    """
    operands = _operands(call)
    axis = call.integer("axis")
    if operands is None:
        return call.result(UNKNOWN_SHAPE)
    return call.result(concat_shape([operand.shape for operand in operands], axis if isinstance(axis, int) else None))


@any_layer("Dot", "axes, normalize=False")
def dot(call: Call) -> Value:
    """https://keras.io/api/layers/merging_layers/dot: one axis of each example is summed over.

    Raises:
        MatchConflict: the two axes have different sizes.
    """
    operands, axes = _operands(call), call.operation.dims(call.argument("axes"))
    if operands is None or len(operands) != 2 or axes is None or not all(isinstance(axis, int) for axis in axes):
        return call.result(UNKNOWN_SHAPE)
    pair = [axis for axis in axes if isinstance(axis, int)] * (2 if len(axes) == 1 else 1)
    left, right = (operand.shape for operand in operands)
    if left.dims is None or right.dims is None or len(pair) != 2:
        return call.result(UNKNOWN_SHAPE)
    first, second = pair[0] % len(left.dims), pair[1] % len(right.dims)
    if equal(left.dims[first], right.dims[second]) is False:
        raise MatchConflict("inputs[0]", left, "inputs[1]", right, first, second)
    rest = (*_without(left.dims, first), *_without(right.dims, second)[1:])
    return call.result(Shape(rest if len(rest) > 1 else (*rest, 1)))


def _without(dims: tuple[Dim, ...], axis: int) -> tuple[Dim, ...]:
    return dims[:axis] + dims[axis + 1 :]


@any_layer("Attention", "use_scale=False, score_mode='dot', dropout=0.0, seed=None")
@any_layer("AdditiveAttention", "use_scale=True, dropout=0.0")
def attention(call: Call) -> Value:
    """https://keras.io/api/layers/attention_layers/attention: a value for each query."""
    operands = _operands(call)
    if call.keywords or call.rest or operands is None or len(operands) < 2:
        return call.unknown()
    query, value = operands[0].shape.dims, operands[1].shape.dims
    if query is None or value is None or len(query) != 3 or len(value) != 3:
        return call.result(UNKNOWN_SHAPE)
    return call.result(Shape((*query[:2], value[2])))


_PROJECTIONS: Final = (
    "dropout=0.0, use_bias=True, {shape}flash_attention=None, kernel_initializer='glorot_uniform', "
    "bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, "
    "kernel_constraint=None, bias_constraint=None, use_gate=False, seed=None"
)


@any_layer(
    "MultiHeadAttention",
    "num_heads, key_dim, value_dim=None, "
    + _PROJECTIONS.format(shape="output_shape=None, attention_axes=None, sliding_window=None, "),
)
@any_layer(
    "GroupQueryAttention",
    "head_dim, num_query_heads, num_key_value_heads, " + _PROJECTIONS.format(shape="sliding_window=None, "),
)
def multi_head_attention(call: Call) -> Value:
    """https://keras.io/api/layers/attention_layers/multi_head_attention: the shape of the query.

    Raises:
        MatchConflict: queries and values are of batches of different sizes.
    """
    query = call.operation.tensor(call.inputs)
    value = call.rest[0] if call.rest else call.keywords.get("value")
    batches = query.shape.dims, value.shape.dims if isinstance(value, Tensor) else None
    if batches[0] and batches[1] and isinstance(value, Tensor) and equal(batches[0][0], batches[1][0]) is False:
        raise MatchConflict("query", query.shape, "value", value.shape, 0, 0)
    given = (call.inputs, *call.rest, *call.keywords.values())
    plain = call.operation.is_none(call.argument("output_shape"))
    output = call.result(query.shape if plain else UNKNOWN_SHAPE, *given)
    scores = call.keywords.get("return_attention_scores")
    if scores is None or call.operation.boolean(scores) is False:
        return output
    return Sequence((output, call.result(UNKNOWN_SHAPE, *given)))


def _function(class_name: str) -> registry.Rule:
    def merge(operation: Operation, inputs: Value, *arguments: Value, **options: Value) -> Value:
        """https://keras.io/api/layers/merging_layers: the layer made and called at once."""
        constructor = registry.lookup(PREFIX + class_name)
        if constructor is None:
            return operation.unknown(inputs)
        layer = constructor.call(operation, arguments, {**options})
        return run(Call(operation, layer, inputs)) if isinstance(layer, ApiObject) else operation.unknown(inputs)

    return merge


for _name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"):
    registry.add_model(
        registry.Model(PREFIX + _name.lower(), _function(_name), ("inputs",), {}, variadic="arguments", open=True)
    )
