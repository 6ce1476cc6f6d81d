"""Recurrent cells and what runs them over a sequence: ``tf.nn.rnn_cell``, ``tf.nn.dynamic_rnn``, ``tf.contrib.rnn``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.keras.layer import is_layer
from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import Model, add_class, add_model, attribute, model
from tfgrad_lint.domain.values import (
    FALSE,
    NONE,
    TRUE,
    ApiObject,
    Constant,
    Sequence,
    Tensor,
    TensorShape,
    Value,
    of_dim,
)
from tfgrad_lint.shapes.conflicts import ArgumentConflict, RankConflict, SizeConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule

_HOME: Final = "tf.compat.v1."
_CELL: Final = "tf.compat.v1.nn.rnn_cell.RNNCell"
# How many states each cell carries from step to step.
_STATES: Final = {
    "BasicRNNCell": 1,
    "GRUCell": 1,
    "BasicLSTMCell": 2,
    "LSTMCell": 2,
    "LayerNormBasicLSTMCell": 2,
    "LSTMBlockCell": 2,
    "GRUBlockCell": 1,
}
_MODULES: Final = ("nn.rnn_cell.", "contrib.rnn.", "contrib.rnn.python.ops.core_rnn_cell.")
_DEPTH: Final = "depth"

add_class(_CELL)


def _maker(states: int) -> Rule:
    def make(operation: Operation, num_units: Value, *rest: Value, **options: Value) -> Value:
        """https://www.tensorflow.org/api_docs/python/tf/compat/v1/nn/rnn_cell."""
        # A projection makes the output smaller than what the cell keeps.
        known = {"units": num_units, "kept": num_units, "states": Constant(states)}
        if len(rest) > 3 or "num_proj" in options:
            known["units"] = options.get("num_proj", operation.unknown())
        if operation.boolean(options.get("state_is_tuple", TRUE)) is not True:
            known["states"] = NONE
        return ApiObject(_CELL, operation.node(), known)

    return make


def _wrapped(operation: Operation, cell: Value, *rest: Value, **options: Value) -> Value:
    """Return the cell itself, which a dropout around it does not change."""
    return cell


def _several(operation: Operation, cells: Value, state_is_tuple: Value = TRUE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/nn/rnn_cell/MultiRNNCell: one cell after another."""
    if not isinstance(cells, Sequence) or operation.boolean(state_is_tuple) is not True:
        return operation.unknown(cells)
    return ApiObject(_CELL, operation.node(cells), {"cells": cells})


for _module in _MODULES:
    for _name, _count in _STATES.items():
        add_model(Model(f"{_HOME}{_module}{_name}", _maker(_count), ("num_units",), {}, variadic="rest", open=True))
    for _name in ("DropoutWrapper", "DeviceWrapper", "ResidualWrapper"):
        add_model(Model(f"{_HOME}{_module}{_name}", _wrapped, ("cell",), {}, variadic="rest", open=True))
    add_model(
        Model(
            f"{_HOME}{_module}MultiRNNCell",
            _several,
            ("cells", "state_is_tuple"),
            {"state_is_tuple": TRUE},
        )
    )


def _units(operation: Operation, cell: Value) -> Dim | None:
    """Return the size of a cell's output, None if it is no cell that is known."""
    if not isinstance(cell, ApiObject):
        return None
    if cell.type == _CELL and "cells" in cell.attributes:
        cells = cell.attributes["cells"]
        return _units(operation, cells.items[-1]) if isinstance(cells, Sequence) and cells.items else None
    known = cell.type == _CELL or (is_layer(cell) and cell.type.endswith(("LSTMCell", "GRUCell", "SimpleRNNCell")))
    return operation.integer(cell.attributes["units"]) if known else None


def _state(operation: Operation, cell: Value, batch: Dim, *inputs: Value) -> Value:
    """Return the state of a cell for a batch."""
    if not isinstance(cell, ApiObject) or cell.type != _CELL:
        return operation.unknown(*inputs)
    cells = cell.attributes.get("cells")
    if isinstance(cells, Sequence):
        return Sequence(tuple(_state(operation, each, batch, *inputs) for each in cells.items))
    count = cell.attributes["states"]
    if not isinstance(count, Constant) or count.value is None:
        return operation.unknown(*inputs)
    sizes = [operation.integer(cell.attributes[name]) for name in ("kept", "units")]
    parts = tuple(operation.tensor_result(Shape((batch, size)), None, *inputs) for size in sizes)
    return parts[-1] if count.value == 1 else Sequence(parts)


def _build(operation: Operation, cell: Value, shape: Shape) -> None:
    """Note the size of a cell's input, which its weights fix.

    Raises:
        SizeConflict: it was built for another one, as where one cell stands for all of several layers.
    """
    dims = shape.dims
    if not isinstance(cell, ApiObject) or cell.type != _CELL or not dims:
        return
    cells = cell.attributes.get("cells")
    if isinstance(cells, Sequence):
        for each in cells.items:
            _build(operation, each, shape)
            units = _units(operation, each)
            shape = Shape((UNKNOWN, UNKNOWN if units is None else units))
        return
    built = operation.recall(cell, _DEPTH)
    before = built.shape.dims[-1] if isinstance(built, TensorShape) and built.shape.dims else UNKNOWN
    if equal(before, dims[-1]) is False:
        raise SizeConflict(shape, -1, before)
    operation.remember(cell, _DEPTH, TensorShape(shape, operation.node()))


def _check_sequence(operation: Operation, cell: Value, inputs: Value, sequence_length: Value) -> Tensor | None:
    """Check what a cell is run over; return it if it is one tensor.

    Raises:
        RankConflict: it has no time axis, or the lengths are no vector.
        SizeConflict: the cell was built for inputs of another size.
    """
    units = _units(operation, cell)
    for index, each in enumerate(inputs.items if isinstance(inputs, Sequence) else (inputs,)):
        name = f"inputs[{index}]" if isinstance(inputs, Sequence) else "inputs"
        rank = each.shape.rank if isinstance(each, Tensor) else None
        if isinstance(each, Tensor) and rank is not None and (rank < 3 or (units is not None and rank > 3)):
            raise RankConflict(name, each.shape, "3")
    if not operation.is_none(sequence_length):
        lengths = operation.tensor(sequence_length)
        check_rank("sequence_length", lengths.shape, 1)
    if not isinstance(inputs, Tensor):
        return None
    _build(operation, cell, inputs.shape)
    return operation.tensor(inputs)


def _run(
    operation: Operation, cell: Value, inputs: Value, sequence_length: Value, time_major: Value
) -> tuple[Value, Value]:
    """Return the outputs of a cell for each step, and its last state."""
    operand = _check_sequence(operation, cell, inputs, sequence_length)
    units, later = _units(operation, cell), operation.boolean(time_major)
    dims = operand.shape.dims if operand is not None else None
    if operand is None or units is None or later is None:
        return operation.unknown(cell, inputs), operation.unknown(cell, inputs)
    if dims is None:
        return operation.tensor_result(Shape((UNKNOWN, UNKNOWN, units)), operand.dtype, operand), _state(
            operation, cell, UNKNOWN, operand
        )
    outputs = operation.tensor_result(Shape((*dims[:2], units)), operand.dtype, operand, cell)
    return outputs, _state(operation, cell, dims[1 if later else 0], operand, cell)


@model("tf.compat.v1.nn.dynamic_rnn")
def dynamic_rnn(
    operation: Operation,
    cell: Value,
    inputs: Value,
    sequence_length: Value = NONE,
    initial_state: Value = NONE,
    dtype: Value = NONE,
    parallel_iterations: Value = NONE,
    swap_memory: Value = FALSE,
    time_major: Value = FALSE,
    scope: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/nn/dynamic_rnn: all outputs, and the last state."""
    return Sequence(_run(operation, cell, inputs, sequence_length, time_major))


@model("tf.compat.v1.nn.bidirectional_dynamic_rnn")
def bidirectional_dynamic_rnn(
    operation: Operation,
    cell_fw: Value,
    cell_bw: Value,
    inputs: Value,
    sequence_length: Value = NONE,
    initial_state_fw: Value = NONE,
    initial_state_bw: Value = NONE,
    dtype: Value = NONE,
    parallel_iterations: Value = NONE,
    swap_memory: Value = FALSE,
    time_major: Value = FALSE,
    scope: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/nn/bidirectional_dynamic_rnn: both of both directions."""
    forward = _run(operation, cell_fw, inputs, sequence_length, time_major)
    backward = _run(operation, cell_bw, inputs, sequence_length, time_major)
    return Sequence((Sequence((forward[0], backward[0])), Sequence((forward[1], backward[1]))))


def _steps(operation: Operation, cell: Value, inputs: Value) -> tuple[list[Tensor] | None, Value]:
    """Return the outputs of a cell for a list of inputs, None if they are not known, and its last state.

    Raises:
        ArgumentConflict: one tensor is given in place of a list.
        RankConflict: an input is no batch of vectors.
    """
    if isinstance(inputs, Tensor):
        raise ArgumentConflict("inputs", f"a list of tensors is needed, one for each step, not one of {inputs.shape}")
    units = _units(operation, cell)
    if not isinstance(inputs, Sequence) or not inputs.items or units is None:
        return None, operation.unknown(cell, inputs)
    outputs: list[Tensor] = []
    batch: Dim = UNKNOWN
    for index, each in enumerate(inputs.items):
        operand = operation.tensor(each)
        check_rank(f"inputs[{index}]", operand.shape, 2)
        _build(operation, cell, operand.shape)
        batch = operand.shape.dims[0] if operand.shape.dims else UNKNOWN
        outputs.append(operation.tensor_result(Shape((batch, units)), operand.dtype, operand, cell))
    return outputs, _state(operation, cell, batch, inputs, cell)


@model("tf.compat.v1.nn.static_rnn")
def static_rnn(
    operation: Operation,
    cell: Value,
    inputs: Value,
    initial_state: Value = NONE,
    dtype: Value = NONE,
    sequence_length: Value = NONE,
    scope: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/nn/static_rnn: lists of inputs and outputs."""
    outputs, state = _steps(operation, cell, inputs)
    told: Value = operation.unknown(cell, inputs) if outputs is None else Sequence(tuple(outputs), "list")
    return Sequence((told, state))


@model("tf.compat.v1.nn.static_bidirectional_rnn")
def static_bidirectional_rnn(
    operation: Operation,
    cell_fw: Value,
    cell_bw: Value,
    inputs: Value,
    initial_state_fw: Value = NONE,
    initial_state_bw: Value = NONE,
    dtype: Value = NONE,
    sequence_length: Value = NONE,
    scope: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/nn/static_bidirectional_rnn: outputs side by side."""
    forward, first = _steps(operation, cell_fw, inputs)
    backward, second = _steps(operation, cell_bw, inputs)
    if forward is None or backward is None:
        return Sequence((operation.unknown(cell_fw, cell_bw, inputs), first, second))
    both = []
    for a, b in zip(forward, backward, strict=True):
        (batch, size), (_, other) = a.shape.dims or (UNKNOWN, UNKNOWN), b.shape.dims or (UNKNOWN, UNKNOWN)
        both.append(operation.tensor_result(Shape((batch, size + other)), a.dtype, a, b))
    return Sequence((Sequence(tuple(both), "list"), first, second))


@model(f"{_CELL}.zero_state")
def zero_state(operation: Operation, self: Value, batch_size: Value, dtype: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/nn/rnn_cell/RNNCell#zero_state."""
    return _state(operation, self, operation.integer(batch_size), self)


@model(f"{_CELL}.__call__")
def call(operation: Operation, self: Value, inputs: Value, state: Value, scope: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/nn/rnn_cell/RNNCell: the output and the new state."""
    operand = operation.tensor(inputs)
    check_rank("inputs", operand.shape, 2)
    _build(operation, self, operand.shape)
    units = _units(operation, self)
    batch = operand.shape.dims[0] if operand.shape.dims else UNKNOWN
    shape = UNKNOWN_SHAPE if units is None else Shape((batch, units))
    output = operation.tensor_result(shape, operand.dtype, operand, state, self)
    return Sequence((output, _state(operation, self, batch, operand, state, self)))


@attribute(f"{_CELL}.output_size")
def output_size(operation: Operation, receiver: Value) -> Value:
    """Return the size of the output."""
    units = _units(operation, receiver)
    return operation.unknown(receiver) if units is None else of_dim(units)
