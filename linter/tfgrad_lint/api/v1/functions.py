"""``tf.compat.v1``: functions of TensorFlow 1 that TensorFlow 2 does not have, or has otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api import creation, masking, operators, variables
from tfgrad_lint.api.initializers import initializer
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import NONE, TRUE, ApiObject, Sequence, Tensor, Value
from tfgrad_lint.shapes.conflicts import AssignConflict
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, meet

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


@model("tf.compat.v1.where")
def where(operation: Operation, condition: Value, x: Value = NONE, y: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/where: a vector may choose among rows."""
    chosen = operation.tensor(condition)
    sides = operation.tensor(x), operation.tensor(y)
    rank = sides[0].shape.rank
    if operation.is_none(x) or chosen.shape.rank != 1 or rank == 1:
        return masking.where(operation, condition, x, y)
    return operation.derived(sides[0].shape, sides[0].dtype, *sides)


@model("tf.compat.v1.placeholder")
def placeholder(operation: Operation, dtype: Value, shape: Value = NONE, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/placeholder."""
    operation.build_graph()
    declared = UNKNOWN_SHAPE if operation.is_none(shape) else operation.shape(shape)
    return operation.tensor_result(declared, operation.dtype(dtype))


@model("tf.compat.v1.feed_dict")
def feed(operation: Operation, placeholder: Value, value: Value) -> Value:
    """Model an entry of the dictionary that ``Session.run`` takes: the value must have the placeholder's shape.

    Raises:
        AssignConflict: it certainly has not.
    """
    if not isinstance(placeholder, Tensor) or placeholder.node.what.rpartition(".")[2] != "placeholder":
        return NONE
    given = operation.array(value).shape
    if meet(placeholder.shape, given) is None:
        raise AssignConflict(placeholder.shape, given)
    return NONE


@model("tf.compat.v1.placeholder_with_default")
def placeholder_with_default(operation: Operation, input: Value, shape: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/placeholder_with_default."""
    default = operation.tensor(input)
    declared = UNKNOWN_SHAPE if operation.is_none(shape) else operation.shape(shape)
    return operation.derived(declared, default.dtype, default)


@model("tf.compat.v1.get_variable")
def get_variable(
    operation: Operation,
    name: Value,
    shape: Value = NONE,
    dtype: Value = NONE,
    initializer: Value = NONE,
    regularizer: Value = NONE,
    trainable: Value = NONE,
    collections: Value = NONE,
    caching_device: Value = NONE,
    partitioner: Value = NONE,
    validate_shape: Value = TRUE,
    use_resource: Value = NONE,
    custom_getter: Value = NONE,
    constraint: Value = NONE,
    synchronization: Value = NONE,
    aggregation: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/get_variable."""
    if isinstance(initializer, Tensor | Sequence):
        initial = creation.converted(operation, initializer, dtype)
        return variables.new_variable(operation, initial.shape, initial, initial.dtype, trainable)
    dims = None if operation.is_none(shape) else operation.dims(shape)
    declared = creation.filled_shape(dims)
    initial = operation.tensor_result(declared, operation.dtype(dtype, "float32"), explicit=1 in (dims or ()))
    return variables.new_variable(operation, declared, initial, initial.dtype, trainable)


@model("tf.compat.v1.Variable")
def variable(
    operation: Operation,
    initial_value: Value = NONE,
    trainable: Value = NONE,
    collections: Value = NONE,
    validate_shape: Value = TRUE,
    caching_device: Value = NONE,
    name: Value = NONE,
    variable_def: Value = NONE,
    dtype: Value = NONE,
    expected_shape: Value = NONE,
    import_scope: Value = NONE,
    constraint: Value = NONE,
    use_resource: Value = NONE,
    synchronization: Value = NONE,
    aggregation: Value = NONE,
    shape: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/Variable."""
    return variables.variable(operation, initial_value, trainable, dtype=dtype, shape=shape)


def assign(
    operation: Operation,
    ref: Value,
    value: Value,
    _validate_shape: Value = NONE,
    _use_locking: Value = NONE,
    _name: Value = NONE,
) -> Value:
    """Model ``tf.compat.v1.assign`` and its like: the variable."""
    return variables.assign(operation, ref, value)


def divided(operation: Operation, x: Value, y: Value, _name: Value) -> Value:
    """Model ``tf.compat.v1.div``: integers are divided as in Python 2."""
    return operators.arithmetic(operation, x, y)


def nothing(operation: Operation, *_arguments: Value) -> Value:
    """Model an operation of a graph whose result is of no use."""
    return ApiObject("tf.Operation", operation.node())


add_family(
    "tf.compat.v1.assign",
    assign,
    "ref value validate_shape use_locking name",
    validate_shape=NONE,
    use_locking=NONE,
    name=NONE,
)
add_family(
    "tf.compat.v1.assign_add tf.compat.v1.assign_sub",
    assign,
    "ref value use_locking name",
    use_locking=NONE,
    name=NONE,
)
add_family(
    "tf.compat.v1.global_variables_initializer tf.compat.v1.local_variables_initializer "
    "tf.compat.v1.initialize_all_variables",
    nothing,
    "",
)
_CONSTANT = "value dtype verify_shape"
add_family("tf.compat.v1.initializers.constant", initializer, _CONSTANT, value=NONE, dtype=NONE, verify_shape=NONE)
add_family("tf.compat.v1.initializers.zeros tf.compat.v1.initializers.ones", initializer, "dtype", dtype=NONE)
add_family("tf.compat.v1.set_random_seed tf.compat.v1.random.set_random_seed", nothing, "seed")
add_family("tf.compat.v1.div", divided, "x y name", name=NONE)
