"""Functions that work element by element: the result has the operand's shape, or the broadcast of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import Model, add_model
from tfgrad_lint.interpreter.values import NONE, Tensor

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.interpreter.values import Value

# Names by the name of their parameter; every one takes ``name`` too.
_UNARY = {
    "x": "tf.abs tf.math.abs tf.exp tf.math.exp tf.math.log tf.math.log1p tf.math.expm1 tf.sqrt tf.math.sqrt "
    "tf.square tf.math.square tf.math.rsqrt tf.sin tf.math.sin tf.cos tf.math.cos tf.tan tf.math.tan tf.tanh "
    "tf.math.tanh tf.nn.tanh tf.sigmoid tf.math.sigmoid tf.nn.sigmoid tf.negative tf.math.negative",
    "features": "tf.nn.relu tf.nn.relu6 tf.nn.elu tf.nn.selu tf.nn.softplus tf.math.softplus",
}

_BINARY = (
    "tf.add tf.math.add tf.subtract tf.math.subtract tf.multiply tf.math.multiply tf.math.divide "
    "tf.divide tf.maximum tf.math.maximum tf.minimum tf.math.minimum"
)


def unary(operation: Operation, x: Value, _name: Value) -> Tensor:
    """Model a function of one tensor that keeps its shape and dtype."""
    operand = operation.tensor(x)
    return operation.tensor_result(operand.shape, operand.dtype, operand)


def binary(operation: Operation, x: Value, y: Value, _name: Value) -> Tensor:
    """Model a function of two tensors that broadcast; a Python number takes the other operand's dtype."""
    left, right = operands(operation, x, y)
    return operation.broadcast(left, right)


def operands(operation: Operation, x: Value, y: Value) -> tuple[Tensor, Tensor]:
    """Return both as tensors, a Python value with the dtype of the tensor beside it."""
    if isinstance(x, Tensor):
        return x, operation.tensor(y, x.dtype)
    right = operation.tensor(y)
    return operation.tensor(x, right.dtype if isinstance(y, Tensor) else None), right


for _parameter, _names in _UNARY.items():
    for _name in _names.split():
        add_model(Model(_name, unary, (_parameter, "name"), {"name": NONE}))
for _name in _BINARY.split():
    add_model(Model(_name, binary, ("x", "y", "name"), {"name": NONE}))
