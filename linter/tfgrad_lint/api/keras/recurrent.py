"""Recurrent layers, their cells and wrappers around layers."""

from __future__ import annotations

from typing import Final

from tfgrad_lint.api.keras.layer import Call, Takes, any_layer, fitted, is_layer, last_axis, run
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.domain.values import ApiObject, Constant, Sequence, Tensor, Value
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

_TAKES: Final = Takes(rank=3, fixed=last_axis)
_FLAGS: Final = "return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False"
_START: Final = (
    "use_bias=True, kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros', "
)
_PENALTIES: Final = "kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, "
_CONSTRAINTS: Final = "kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, "
_DROPOUTS: Final = "dropout=0.0, recurrent_dropout=0.0, "
_LAYER_TAIL: Final = f"{_PENALTIES}activity_regularizer=None, {_CONSTRAINTS}{_DROPOUTS}"
_CELL_TAIL: Final = f"{_PENALTIES}{_CONSTRAINTS}{_DROPOUTS}"
_GATES: Final = "units, activation='tanh', recurrent_activation='sigmoid', "

# How many states each cell carries from step to step.
_STATES: Final = {"LSTM": 2, "LSTMCell": 2, "GRU": 1, "GRUCell": 1, "SimpleRNN": 1, "SimpleRNNCell": 1}


def _first(value: Value) -> Value:
    # Initial states may be given behind the input.
    return value.items[0] if isinstance(value, Sequence) and value.items else value


def _kind(layer: ApiObject) -> str:
    return layer.type.rpartition(".")[2]


@any_layer("LSTM", f"{_GATES}{_START}unit_forget_bias=True, {_LAYER_TAIL}seed=None, {_FLAGS}, use_cudnn='auto'", _TAKES)
@any_layer("GRU", f"{_GATES}{_START}{_LAYER_TAIL}seed=None, {_FLAGS}, reset_after=True, use_cudnn='auto'", _TAKES)
@any_layer("SimpleRNN", f"units, activation='tanh', {_START}{_LAYER_TAIL}{_FLAGS}, seed=None", _TAKES)
def recurrent(call: Call) -> Value:
    """https://keras.io/api/layers/recurrent_layers/lstm: the last step's output, or all, and the states if asked."""
    return _outputs(call, call.integer("units"), _STATES[_kind(call.layer)])


def _outputs(call: Call, units: Dim, states: int | None) -> Value:
    operand = call.operation.tensor(_first(call.inputs))
    shape = fitted(call, operand.shape)
    batch, time = (UNKNOWN, UNKNOWN) if shape.dims is None else shape.dims[:2]
    sequences, state = call.flag("return_sequences"), call.flag("return_state")
    if sequences is None:
        output = call.result(UNKNOWN_SHAPE)
    else:
        output = call.result(Shape((batch, time, units) if sequences else (batch, units)))
    if state is None or (state and states is None):
        return call.unknown()
    if not state:
        return output
    return Sequence((output, *(call.result(Shape((batch, units))) for _ in range(states or 0))), "list")


@any_layer("RNN", f"cell, {_FLAGS}, zero_output_for_mask=False", Takes(min_rank=3))
def rnn(call: Call) -> Value:
    """https://keras.io/api/layers/recurrent_layers/rnn: what the cell gives at each step."""
    cell = call.argument("cell")
    if isinstance(cell, Sequence) and cell.items:
        cell = cell.items[-1]
    if not isinstance(cell, ApiObject) or _kind(cell) not in _STATES:
        return call.unknown()
    stacked = isinstance(call.argument("cell"), Sequence)
    return _outputs(call, call.operation.integer(cell.attributes["units"]), None if stacked else _STATES[_kind(cell)])


@any_layer("LSTMCell", f"{_GATES}{_START}unit_forget_bias=True, {_CELL_TAIL}seed=None")
@any_layer("GRUCell", f"{_GATES}{_START}{_CELL_TAIL}reset_after=True, seed=None")
@any_layer("SimpleRNNCell", f"units, activation='tanh', {_START}{_CELL_TAIL}seed=None")
def cell(call: Call) -> Value:
    """https://keras.io/api/layers/recurrent_layers/lstm_cell: one step's output and the new states."""
    operand = call.operation.tensor(call.inputs)
    batch = operand.shape.dims[0] if operand.shape.dims else UNKNOWN
    inputs = (call.inputs, *call.rest, *call.keywords.values())
    output = call.result(Shape((batch, call.integer("units"))), *inputs)
    return Sequence((output, Sequence((output,) * _STATES[_kind(call.layer)], "list")))


@any_layer("StackedRNNCells", "cells")
def stacked_cells(call: Call) -> Value:
    """https://keras.io/api/layers/recurrent_layers/stacked_rnn_cell."""
    return call.unknown()


@any_layer("Bidirectional", "layer, merge_mode='concat', weights=None, backward_layer=None")
def bidirectional(call: Call) -> Value:
    """https://keras.io/api/layers/recurrent_layers/bidirectional: both directions side by side, or combined."""
    inner = call.argument("layer")
    if not isinstance(inner, ApiObject) or not is_layer(inner):
        return call.unknown()
    result = run(Call(call.operation, inner, call.inputs))
    output, states = (result.items[0], result.items[1:]) if isinstance(result, Sequence) else (result, ())
    mode = call.argument("merge_mode")
    if not isinstance(output, Tensor) or not isinstance(mode, Constant):
        return call.unknown()
    if mode.value is None:
        return call.unknown()
    shape = output.shape
    if mode.value == "concat" and shape.dims is not None:
        shape = Shape((*shape.dims[:-1], shape.dims[-1] * 2))
    merged = call.result(shape, output)
    return Sequence((merged, *states, *states), "list") if states else merged


@any_layer("TimeDistributed", "layer")
def time_distributed(call: Call) -> Value:
    """https://keras.io/api/layers/recurrent_layers/time_distributed: the layer applied to each step.

    Raises:
        RankConflict: the input has no time axis.
    """
    operand = call.operation.tensor(call.inputs)
    inner = call.argument("layer")
    dims = operand.shape.dims
    if dims is None:
        return call.unknown()
    check_least_rank("inputs", operand.shape, 3)
    step = Tensor(Shape((dims[0], *dims[2:])), operand.dtype, operand.node)
    if isinstance(inner, ApiObject) and is_layer(inner):
        result = run(Call(call.operation, inner, step))
    else:
        result = call.operation.call(inner, step)
    if not isinstance(result, Tensor) or not result.shape.dims:
        return call.unknown()
    return call.result(Shape((result.shape.dims[0], dims[1], *result.shape.dims[1:])), result, operand)
