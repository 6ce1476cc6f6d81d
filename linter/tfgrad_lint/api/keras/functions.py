"""``keras.ops``, ``keras.backend`` and ``keras.activations``: functions of TensorFlow under names of Keras.

https://keras.io/api/ops and https://www.tensorflow.org/api_docs/python/tf/keras/backend
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.keras.signature import parse
from tfgrad_lint.api.ranks import check_rank
from tfgrad_lint.api.registry import Model, add_model, lookup, model
from tfgrad_lint.domain.values import NONE, Constant, OfType, Sequence, Tensor, TensorShape, Value, of_dim
from tfgrad_lint.shapes.conflicts import DtypeConflict, MatchConflict
from tfgrad_lint.shapes.dims import UNKNOWN, equal
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule

_OPS: Final = "tf.keras.ops."
_BACKEND: Final = "tf.keras.backend."
_ACTIVATIONS: Final = "tf.keras.activations."

# A line for each group: modules, names, signature, TensorFlow's function (the name stands for {}) and which of its
# parameters gets which of the signature's.
_TABLE: Final = """
o b | mean sum max min prod any all | x, axis=None, keepdims=False | tf.reduce_{} | input_tensor=x axis keepdims
o b | std | x, axis=None, keepdims=False | tf.math.reduce_std | input_tensor=x axis keepdims
o b | var | x, axis=None, keepdims=False | tf.math.reduce_variance | input_tensor=x axis keepdims
o b | logsumexp | x, axis=None, keepdims=False | tf.reduce_logsumexp | input_tensor=x axis keepdims
b | argmax argmin | x, axis=-1 | tf.{} | input=x axis
o b | abs exp sqrt square sign round sin cos tanh sigmoid | x | tf.{} | x
o b | log | x | tf.math.log | x
o | log1p rsqrt expm1 floor ceil sinh cosh tan erf | x | tf.math.{} | x
o b a | softplus softsign elu | x, alpha=1.0 | tf.nn.{} | features=x
b a | relu | x, negative_slope=0.0, max_value=None, threshold=0.0 | tf.nn.relu | features=x
o | relu relu6 | x | tf.nn.{} | features=x
o a | selu gelu silu | x | tf.nn.{} | features=x
o a | swish | x | tf.nn.silu | features=x
o | leaky_relu | x, negative_slope=0.2 | tf.nn.leaky_relu | features=x
a | sigmoid tanh exponential linear hard_sigmoid mish | x | tf.sigmoid | x
o b | hard_sigmoid | x | tf.sigmoid | x
o b a | softmax | x, axis=-1 | tf.nn.softmax | logits=x axis
o a | log_softmax | x, axis=-1 | tf.nn.log_softmax | logits=x axis
o b | maximum minimum equal not_equal greater greater_equal less less_equal | x1, x2 | tf.{} | x=x1 y=x2
o | add subtract multiply divide | x1, x2 | tf.{} | x=x1 y=x2
o | power | x1, x2 | tf.pow | x=x1 y=x2
b | pow | x, a | tf.pow | x y=a
o | clip | x, x_min, x_max | tf.clip_by_value | t=x clip_value_min=x_min clip_value_max=x_max
b | clip | x, min_value, max_value | tf.clip_by_value | t=x clip_value_min=min_value clip_value_max=max_value
o | matmul | x1, x2 | tf.matmul | a=x1 b=x2
o | reshape | x, newshape | tf.reshape | tensor=x shape=newshape
b | reshape | x, shape | tf.reshape | tensor=x shape
o | transpose | x, axes=None | tf.transpose | a=x perm=axes
b | transpose | x | tf.transpose | a=x
b | permute_dimensions | x, pattern | tf.transpose | a=x perm=pattern
o | expand_dims | x, axis | tf.expand_dims | input=x axis
b | expand_dims | x, axis=-1 | tf.expand_dims | input=x axis
o | squeeze | x, axis=None | tf.squeeze | input=x axis
b | squeeze | x, axis | tf.squeeze | input=x axis
o | concatenate | xs, axis=0 | tf.concat | values=xs axis
b | concatenate | tensors, axis=-1 | tf.concat | values=tensors axis
o b | stack | x, axis=0 | tf.stack | values=x axis
b | tile | x, n | tf.tile | input=x multiples=n
o | tile | x, repeats | tf.tile | input=x multiples=repeats
o b | cast | x, dtype | tf.cast | x dtype
o b | zeros ones | shape, dtype=None | tf.{} | shape
o b | zeros_like ones_like | x, dtype=None | tf.{} | input=x
o | full | shape, fill_value, dtype=None | tf.fill | dims=shape value=fill_value
b | gather | reference, indices | tf.gather | params=reference indices
b | one_hot | indices, num_classes | tf.one_hot | indices depth=num_classes
o | one_hot | x, num_classes, axis=-1, dtype=None, sparse=False | tf.one_hot | indices=x depth=num_classes axis
b | l2_normalize | x, axis=None | tf.math.l2_normalize | x axis
b | random_normal | shape, mean=0.0, stddev=1.0, dtype=None, seed=None | tf.random.normal | shape
b | random_uniform | shape, minval=0.0, maxval=1.0, dtype=None, seed=None | tf.random.uniform | shape
b | shape | x | tf.shape | input=x
o b | stop_gradient | variable | tf.stop_gradient | input=variable
o | where | condition, x1=None, x2=None | tf.where | condition x=x1 y=x2
o | convert_to_tensor | x, dtype=None, sparse=None, ragged=None | tf.convert_to_tensor | value=x
o | norm | x, ord=None, axis=None, keepdims=False | tf.norm | tensor=x axis keepdims
"""
_MODULES: Final = {"o": _OPS, "b": _BACKEND, "a": _ACTIVATIONS}


def _adapted(target: str, parameters: tuple[str, ...], given: dict[str, str]) -> Rule:
    """Return a rule that calls the model of ``target`` with parameters under its names for them."""

    def rule(operation: Operation, *values: Value) -> Value:
        own = dict(zip(parameters, values, strict=True))
        inner = lookup(target)
        if inner is None:
            return operation.unknown(*values)
        # From here on it is that function: rules and messages know it by its own name.
        operation.name = target
        try:
            result = inner.call(operation, (), {name: own[source] for name, source in given.items()})
        except DtypeConflict:
            # Keras converts where TensorFlow refuses.
            return operation.unknown(*values)
        return _with_open_dtype(result)

    return rule


def _with_open_dtype(result: Value) -> Value:
    # Keras promotes in its own way and has a default that programs change.
    if not isinstance(result, Tensor) or result.content is not None:
        return result
    return Tensor(result.shape, None, result.node, result.kind, explicit=result.explicit)


def _register() -> None:
    for line in _TABLE.strip().splitlines():
        modules, names, text, target, arguments = (part.strip() for part in line.split("|"))
        signature = parse(text)
        pairs = (each.partition("=") for each in arguments.split())
        given = {name: source or name for name, _, source in pairs}
        for name in names.split():
            rule = _adapted(target.format(name), signature.parameters, given)
            for module in modules.split():
                add_model(Model(_MODULES[module] + name, rule, signature.parameters, signature.defaults))


_register()


@model("tf.keras.ops.shape", "tf.keras.backend.int_shape")
def shape(operation: Operation, x: Value) -> Value:
    """https://keras.io/api/ops/core/#shape-function: a tuple of sizes."""
    operand = operation.tensor(x)
    sizes = TensorShape(operand.shape, operand.node)
    dims = sizes.dims()
    return sizes if dims is None else Sequence(tuple(map(of_dim, dims)))


@model("tf.keras.backend.ndim")
def ndim(operation: Operation, x: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/backend/ndim."""
    rank = operation.tensor(x).shape.rank
    return OfType("int") if rank is None else Constant(rank)


@model("tf.keras.backend.flatten")
def flatten(operation: Operation, x: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/backend/flatten: one axis."""
    operand = operation.tensor(x)
    return operation.tensor_result(Shape((operand.shape.size,)), operand.dtype, operand)


@model("tf.keras.backend.batch_flatten")
def batch_flatten(operation: Operation, x: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/backend/batch_flatten: two axes."""
    operand = operation.tensor(x)
    dims = operand.shape.dims
    shape = Shape((dims[0], Shape(dims[1:]).size)) if dims else UNKNOWN_SHAPE
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.keras.backend.dot")
def dot(operation: Operation, x: Value, y: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/backend/dot: a matrix product at rank 2."""
    left, right = operation.tensor(x), operation.tensor(y)
    product = lookup("tf.matmul")
    if left.shape.rank != 2 or right.shape.rank != 2 or product is None:
        return operation.unknown(left, right)
    operation.name = "tf.matmul"
    return product.call(operation, (left, right), {})


@model("tf.keras.backend.cast_to_floatx")
def cast_to_floatx(operation: Operation, x: Value) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/backend/cast_to_floatx."""
    operand = operation.tensor(x)
    return Tensor(operand.shape, None, operation.node(operand), operand.kind)


@model("tf.keras.backend.epsilon")
def epsilon(operation: Operation) -> Value:
    """https://keras.io/api/utils/config_utils."""
    return OfType("float")


@model("tf.keras.backend.floatx", "tf.keras.backend.image_data_format", "tf.keras.backend.backend")
def text(operation: Operation) -> Value:
    """https://keras.io/api/utils/config_utils."""
    return OfType("str")


@model("tf.keras.backend.binary_crossentropy")
def binary_crossentropy(
    operation: Operation, target: Value, output: Value, from_logits: Value = NONE, *rest: Value
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/backend/binary_crossentropy: a value for each entry."""
    predictions = operation.tensor(output)
    return operation.tensor_result(predictions.shape, None, predictions, operation.tensor(target))


@model("tf.keras.backend.categorical_crossentropy", "tf.keras.backend.sparse_categorical_crossentropy")
def categorical_crossentropy(
    operation: Operation, target: Value, output: Value, from_logits: Value = NONE, axis: Value = NONE, *rest: Value
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/backend/categorical_crossentropy: one for each example."""
    predictions = operation.tensor(output)
    dims = predictions.shape.dims
    shape = Shape(dims[:-1]) if dims and operation.is_none(axis) else UNKNOWN_SHAPE
    return operation.tensor_result(shape, None, predictions, operation.tensor(target))


@model("tf.keras.backend.ctc_batch_cost")
def ctc_batch_cost(
    operation: Operation, y_true: Value, y_pred: Value, input_length: Value, label_length: Value
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/keras/backend/ctc_batch_cost: a column of losses.

    Raises:
        RankConflict: labels, predictions or lengths have another rank; the lengths are columns.
        MatchConflict: they are of batches of different sizes.
    """
    predictions = operation.tensor(y_pred)
    others = (("y_true", y_true), ("input_length", input_length), ("label_length", label_length))
    parts = [("y_pred", predictions, 3), *((name, operation.tensor(value), 2) for name, value in others)]
    for name, tensor, rank in parts:
        check_rank(name, tensor.shape, rank)
    batch = UNKNOWN if predictions.shape.dims is None else predictions.shape.dims[0]
    for name, tensor, _ in parts[1:]:
        if tensor.shape.dims is not None and equal(tensor.shape.dims[0], batch) is False:
            raise MatchConflict(name, tensor.shape, "y_pred", predictions.shape, 0, 0)
    return operation.tensor_result(Shape((batch, 1)), None, *(tensor for _, tensor, _ in parts))
