"""What a model is fed: symbolic inputs, and how data is fitted to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import FALSE, NONE, ApiObject, Sequence, Tensor, TensorShape, Value
from tfgrad_lint.shapes.conflicts import SpecConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.domain.values import Node

INPUT_LAYER: Final = "tf.keras.layers.InputLayer"

_RECURRENT: Final = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN"})


@model("tf.keras.Input", "tf.keras.layers.InputLayer")
def symbolic_input(
    operation: Operation,
    shape: Value = NONE,
    batch_size: Value = NONE,
    dtype: Value = NONE,
    sparse: Value = NONE,
    batch_shape: Value = NONE,
    name: Value = NONE,
    tensor: Value = NONE,
    optional: Value = FALSE,
    **others: Value,
) -> Value:
    """https://keras.io/api/layers/core_layers/input: a tensor whose batch has any size."""
    given = others.get("input_shape", shape)
    batch = others.get("batch_input_shape", batch_shape)
    node = operation.node()
    if not operation.is_none(batch):
        dims = operation.dims(batch)
    else:
        inner = operation.dims(given) if not operation.is_none(given) else None
        size = UNKNOWN if operation.is_none(batch_size) else operation.integer(batch_size)
        dims = None if inner is None else (size, *inner)
    result = Tensor(_named(node, dims), operation.dtype(dtype), node)
    return ApiObject(INPUT_LAYER, node, {"output": result}) if operation.name == INPUT_LAYER else result


def _named(node: Node, dims: tuple[Dim, ...] | None) -> Shape:
    """Give each open size a symbol: ``batch`` to the first."""
    if dims is None:
        return UNKNOWN_SHAPE
    names = ("batch", *(f"input.shape[{axis}]" for axis in range(1, len(dims))))
    return Shape(tuple(node.dim(axis, names[axis]) if dim is UNKNOWN else dim for axis, dim in enumerate(dims)))


def declared_input(operation: Operation, layer: Value) -> Tensor | None:
    """Return the symbolic input that the arguments of a model's first layer declare, None if they do not."""
    if not isinstance(layer, ApiObject):
        return None
    if layer.type == INPUT_LAYER:
        output = layer.attributes["output"]
        return output if isinstance(output, Tensor) else None
    own = layer.attributes
    wrapped = own.get("layer")
    if wrapped is not None and "input_shape" not in own and "batch_input_shape" not in own:
        return declared_input(operation, wrapped) if layer.type.endswith("Bidirectional") else None
    for name, has_batch in (("batch_input_shape", True), ("input_shape", False)):
        if name in own:
            dims = _as_shape(operation, own[name])
            batch = operation.integer(own["batch_size"]) if "batch_size" in own else UNKNOWN
            full = dims if has_batch or dims is None else (batch, *dims)
            return Tensor(_named(layer.node, full), None, layer.node)
    return _by_size(operation, layer)


def _as_shape(operation: Operation, value: Value) -> tuple[Dim, ...] | None:
    # An integer alone, as in input_shape=(8), is no shape: Keras refuses or repairs it by version.
    return operation.dims(value) if isinstance(value, Sequence | TensorShape) else None


def _by_size(operation: Operation, layer: ApiObject) -> Tensor | None:
    own, kind = layer.attributes, layer.type.rpartition(".")[2]
    if kind == "Embedding" or "input_dim" not in own:
        return None
    size = operation.integer(own["input_dim"])
    dims: tuple[Dim, ...] = (UNKNOWN, size)
    if kind in _RECURRENT:
        length = operation.integer(own["input_length"]) if "input_length" in own else UNKNOWN
        dims = (UNKNOWN, length, size)
    return Tensor(_named(layer.node, dims), None, layer.node)


def conformed(given: Tensor, expected: Shape, keras_version: int | None = None) -> Tensor | None:
    """Return ``given`` as a model takes it: with a last axis of size 1 added or removed where only that is missing.

    None means that Keras 3 refuses it while Keras 2, which compares sizes from the front and leaves the rank to the
    layers, does not.

    Raises:
        SpecConflict: both refuse it, or Keras 3 does and is the one in use. The batch is not compared.
    """
    dims, spec = given.shape.dims, expected.dims
    if spec is None:
        return given
    if dims is None:
        return Tensor(Shape((UNKNOWN, *spec[1:])), given.dtype, given.node, given.kind)
    if len(dims) == len(spec) + 1 and equal(dims[-1], 1) is not False:
        dims = dims[:-1]
    elif len(dims) == len(spec) - 1 and equal(spec[-1], 1) is not False:
        dims = (*dims, 1)
    if any(equal(p, q) is False for p, q in zip(dims[1:], spec[1:], strict=False)):
        raise SpecConflict(given.shape, expected)
    if len(dims) != len(spec):
        if keras_version == 3:
            raise SpecConflict(given.shape, expected)
        return None
    return Tensor(Shape(dims), given.dtype, given.node, given.kind)
