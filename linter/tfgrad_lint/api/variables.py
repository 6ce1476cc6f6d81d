"""``tf.Variable``: how one is made, its attributes and the methods that assign to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import attribute, model
from tfgrad_lint.domain.values import (
    ANEW,
    FALSE,
    NONE,
    TRUE,
    ApiObject,
    Constant,
    DType,
    External,
    Integer,
    Mapping,
    OfType,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
)
from tfgrad_lint.shapes.conflicts import AssignConflict, DtypeConflict
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

# What an initial value may be without being a function that makes one.
_PLAIN = (Tensor, TensorShape, Constant, Integer, OfType, Sequence, Mapping, Unknown, ApiObject, DType, External)


@model("tf.Variable")
def variable(
    operation: Operation,
    initial_value: Value = NONE,
    trainable: Value = NONE,
    validate_shape: Value = TRUE,
    caching_device: Value = NONE,
    name: Value = NONE,
    variable_def: Value = NONE,
    dtype: Value = NONE,
    import_scope: Value = NONE,
    constraint: Value = NONE,
    synchronization: Value = NONE,
    aggregation: Value = NONE,
    shape: Value = NONE,
    experimental_enable_variable_lifting: Value = TRUE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/Variable: the initial value may be a function without arguments."""
    given = initial_value if isinstance(initial_value, _PLAIN) else operation.call(initial_value)
    target = operation.dtype(dtype)
    operand = operation.tensor(given, target)
    own = operand.shape
    if not operation.is_none(shape):
        declared = operation.shape(shape)
        if meet(own, declared) is None:
            raise AssignConflict(declared, own)
        # A size that is declared open may change with an assignment.
        own = declared
    return new_variable(operation, own, operand, operand.dtype if operation.is_none(dtype) else target, trainable)


def new_variable(operation: Operation, shape: Shape, initial: Tensor, dtype: str | None, trainable: Value) -> Tensor:
    """Return a variable with an initial value, which no gradient reaches through it."""
    node = operation.node(initial, cut=ANEW)
    watched = operation.is_none(trainable) or operation.boolean(trainable) is not False
    return Tensor(shape, dtype, node, "variable", explicit=initial.explicit, trainable=watched)


@model("Variable.assign", "Variable.assign_add", "Variable.assign_sub")
def assign(
    operation: Operation,
    receiver: Value,
    value: Value,
    use_locking: Value = NONE,
    name: Value = NONE,
    read_value: Value = TRUE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/Variable#assign: the variable itself; nothing is broadcast.

    Raises:
        AssignConflict: the value has another shape.
        DtypeConflict: the value is a tensor of another dtype. Arrays are cast; Keras' own variables cast tensors too.
    """
    if not isinstance(receiver, Tensor):
        return operation.unknown(receiver, value)
    operand = operation.tensor(value, receiver.dtype)
    dtypes = receiver.dtype, operand.dtype
    fixed = isinstance(value, Tensor) and value.kind != "array" and receiver.node.what == "tf.Variable"
    if fixed and dtypes[0] is not None and dtypes[1] is not None and dtypes[0] != dtypes[1]:
        raise DtypeConflict(dtypes[0], dtypes[1])
    if meet(receiver.shape, operand.shape) is None:
        raise AssignConflict(receiver.shape, operand.shape)
    receiver.node.assigned += (operation.node(operand),)
    return receiver


@model("Variable.read_value", "Variable.value", "Variable.initialized_value")
def read_value(operation: Operation, receiver: Value) -> Value:
    """Return the value as a tensor."""
    operand = operation.tensor(receiver)
    return operation.derived(operand.shape, operand.dtype, operand)


@attribute("Variable.trainable")
def trainable(operation: Operation, receiver: Tensor) -> Value:
    """Tell whether tapes watch the variable by themselves."""
    return TRUE if receiver.trainable else FALSE


@attribute("Variable.initial_value", "Variable.initializer")
def initial_value(operation: Operation, receiver: Tensor) -> Value:
    """Return something of the variable's shape."""
    return operation.tensor_result(receiver.shape, receiver.dtype)


@model("Variable.sparse_read", "Variable.gather_nd")
def sparse_read(operation: Operation, receiver: Value, indices: Value, name: Value = NONE) -> Tensor:
    """Return rows of a variable."""
    operand, rows = operation.tensor(receiver), operation.tensor(indices)
    shape = UNKNOWN_SHAPE
    if operation.name.endswith("sparse_read") and operand.shape.dims and rows.shape.dims is not None:
        shape = Shape(rows.shape.dims + operand.shape.dims[1:])
    return operation.tensor_result(shape, operand.dtype, operand)


@model(
    "Variable.scatter_add",
    "Variable.scatter_sub",
    "Variable.scatter_update",
    "Variable.scatter_max",
    "Variable.scatter_min",
    "Variable.scatter_mul",
    "Variable.scatter_div",
)
def scatter(
    operation: Operation, receiver: Value, sparse_delta: Value, use_locking: Value = FALSE, name: Value = NONE
) -> Value:
    """Return the variable after an update of some of its rows."""
    return receiver


@model("Variable.scatter_nd_add", "Variable.scatter_nd_sub", "Variable.scatter_nd_update")
def scatter_nd(operation: Operation, receiver: Value, indices: Value, updates: Value, name: Value = NONE) -> Value:
    """Return the variable after an update of some of its entries."""
    return receiver
