"""Functions that remove axes, or run along one: sums, means, norms, arguments of the maximum, cumulative sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api import content
from tfgrad_lint.api.axes import axes_argument, axis_argument
from tfgrad_lint.api.defaults import INT64, ZERO
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, Constant, Sequence, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.dims import Dim, product
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

# Names under tf and tf.math.
_NUMERIC = "sum mean max min prod logsumexp std variance euclidean_norm"
_LOGICAL = "all any"
_MATH_ONLY = ("std", "variance", "euclidean_norm")


def reduced_shape(shape: Shape, axes: tuple[int, ...] | None, keepdims: bool | None) -> Shape:
    """Return the shape after a reduction over ``axes``, from 0; None stands for axes that are not known."""
    if shape.dims is None or keepdims is None:
        return UNKNOWN_SHAPE
    if axes is None:
        return of_rank(len(shape.dims)) if keepdims else UNKNOWN_SHAPE
    if keepdims:
        return Shape(tuple(1 if axis in axes else dim for axis, dim in enumerate(shape.dims)))
    return Shape(tuple(dim for axis, dim in enumerate(shape.dims) if axis not in axes))


def reduce_over(
    operation: Operation, operand: Tensor, axis: Value, keepdims: Value, dtype: str | None, cut: str | None = None
) -> Tensor:
    """Return ``operand`` reduced over the axes that the argument ``axis`` names.

    Raises:
        AxisConflict: the operand has no such axis.
        RepeatedAxisConflict: an axis is named twice.
    """
    keep = operation.boolean(keepdims)
    axes = axes_argument(operation, axis, operand.shape)
    shape = reduced_shape(operand.shape, axes, keep)
    if operation.is_none(axis) and not keep and keep is not None:
        shape = SCALAR
    known = None if keep is not False else reduced_content(operation, operand, axes)
    result = operation.tensor_result(shape, dtype, operand, cut=cut, content=known, explicit=bool(keep))
    return operation.reduced(operand, axes, keep, result, axis)


def reduction(operation: Operation, input_tensor: Value, axis: Value, keepdims: Value, _name: Value) -> Tensor:
    """Model ``tf.reduce_sum`` and its like."""
    operand = operation.tensor(input_tensor)
    dtype = operand.dtype
    if operation.name.endswith(("variance", "std")):
        dtype = dtypes.real_part(dtype)
    return reduce_over(operation, operand, axis, keepdims, dtype)


def logical_reduction(operation: Operation, input_tensor: Value, axis: Value, keepdims: Value, _name: Value) -> Tensor:
    """Model ``tf.reduce_all`` and ``tf.reduce_any``."""
    return reduce_over(operation, operation.tensor(input_tensor), axis, keepdims, "bool", "booleans carry no gradient")


@model("tf.math.count_nonzero")
def count_nonzero(
    operation: Operation,
    input: Value,
    axis: Value = NONE,
    keepdims: Value = FALSE,
    dtype: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/count_nonzero."""
    target = operation.dtype(dtype, "int64")
    return reduce_over(operation, operation.tensor(input), axis, keepdims, target, "counts carry no gradient")


@model("tf.norm", "tf.linalg.norm")
def norm(
    operation: Operation,
    tensor: Value,
    ord: Value = NONE,
    axis: Value = NONE,
    keepdims: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/norm."""
    operand = operation.tensor(tensor)
    keep = FALSE if operation.is_none(keepdims) else keepdims
    # The Euclidean norm of complex numbers comes back complex, others as real numbers.
    euclidean = operation.is_none(ord) or operation.text(ord) in ("euclidean", "fro") or operation.integer(ord) == 2
    dtype = operand.dtype if euclidean or operand.dtype not in dtypes.COMPLEX else None
    return reduce_over(operation, operand, axis, keep, dtype)


def argument(
    operation: Operation,
    input: Value,
    axis: Value = NONE,
    output_type: Value = INT64,
    name: Value = NONE,
) -> Tensor:
    """Model ``tf.argmax`` and ``tf.argmin``: over the first axis unless told."""
    operand = operation.tensor(input)
    return argument_over(operation, operand, Constant(0) if operation.is_none(axis) else axis, output_type)


def argument_over(operation: Operation, operand: Tensor, axis: Value, output_type: Value) -> Tensor:
    """Return the positions of the largest or smallest entries along ``axis``.

    Raises:
        AxisConflict: the operand has no such axis.
        RankConflict: the operand is a scalar.
    """
    check_least_rank("input", operand.shape, 1)
    chosen = axis_argument(operation, axis, operand.shape)
    axes = None if chosen is None else (chosen,)
    shape = reduced_shape(operand.shape, axes, False)
    if axes is None and operand.shape.rank:
        shape = of_rank(operand.shape.rank - 1)
    result = operation.tensor_result(
        shape, operation.dtype(output_type), operand, cut=f"{operation.name} has no gradient"
    )
    return operation.reduced(operand, axes, False, result, axis)


def cumulative(
    operation: Operation,
    x: Value,
    axis: Value = ZERO,
    exclusive: Value = FALSE,
    reverse: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """Model cumulative sums and products along one axis."""
    operand = operation.tensor(x)
    check_least_rank("x", operand.shape, 1)
    axis_argument(operation, axis, operand.shape)
    return operation.derived(operand.shape, operand.dtype, operand)


@model("tf.math.zero_fraction", "tf.nn.zero_fraction")
def zero_fraction(operation: Operation, value: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/zero_fraction."""
    return operation.tensor_result(SCALAR, "float32", operation.tensor(value), cut="counts carry no gradient")


@model("tf.nn.l2_loss")
def l2_loss(operation: Operation, t: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/nn/l2_loss."""
    operand = operation.tensor(t)
    return reduce_over(operation, operand, NONE, FALSE, operand.dtype)


@model("tf.math.lbeta")
def lbeta(operation: Operation, x: Value, name: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/math/lbeta: over the last axis."""
    operand = operation.tensor(x)
    if operand.shape.rank == 0:
        return operation.tensor_result(UNKNOWN_SHAPE, operand.dtype, operand)
    return reduce_over(operation, operand, Constant(-1), FALSE, operand.dtype)


@model("tf.nn.moments")
def moments(
    operation: Operation,
    x: Value,
    axes: Value,
    shift: Value = NONE,
    keepdims: Value = FALSE,
    name: Value = NONE,
) -> Sequence:
    """https://www.tensorflow.org/api_docs/python/tf/nn/moments: mean and variance."""
    operand = operation.tensor(x)
    mean = reduce_over(operation, operand, axes, keepdims, operand.dtype)
    return Sequence((mean, reduce_over(operation, operand, axes, keepdims, operand.dtype)))


@model("tf.nn.weighted_moments")
def weighted_moments(
    operation: Operation,
    x: Value,
    axes: Value,
    frequency_weights: Value,
    keepdims: Value = FALSE,
    name: Value = NONE,
) -> Sequence:
    """https://www.tensorflow.org/api_docs/python/tf/nn/weighted_moments."""
    operand, weights = operation.tensor(x), operation.tensor(frequency_weights)
    shape = reduced_shape(operand.shape, axes_argument(operation, axes, operand.shape), operation.boolean(keepdims))
    if weights.shape.rank is None or operand.shape.rank is None or weights.shape.rank > operand.shape.rank:
        shape = UNKNOWN_SHAPE
    return Sequence(
        tuple(operation.tensor_result(shape, operand.dtype, operand, weights, explicit=True) for _ in range(2))
    )


def reduced_content(operation: Operation, operand: Tensor, axes: tuple[int, ...] | None) -> Dim | None:
    """Return the product or sum of the elements of an integer vector, None if not known."""
    dims = content.elements(operand)
    if dims is None or axes != (0,):
        return None
    last = operation.name.rpartition(".")[2]
    if last not in ("reduce_prod", "prod", "reduce_sum", "sum"):
        return None
    total: Dim = product(dims) if last.endswith("prod") else 0
    if last.endswith("sum"):
        for dim in dims:
            total = total + dim
    return total


def _names(suffixes: str, prefix: str) -> str:
    return " ".join(
        f"{package}.{prefix}{suffix}"
        for suffix in suffixes.split()
        for package in (("tf.math",) if suffix in _MATH_ONLY else ("tf", "tf.math"))
    )


add_family(
    _names(_NUMERIC, "reduce_"), reduction, "input_tensor axis keepdims name", axis=NONE, keepdims=FALSE, name=NONE
)
add_family(
    _names(_LOGICAL, "reduce_"),
    logical_reduction,
    "input_tensor axis keepdims name",
    axis=NONE,
    keepdims=FALSE,
    name=NONE,
)
model("tf.argmax", "tf.math.argmax", "tf.argmin", "tf.math.argmin")(argument)
model("tf.cumsum", "tf.math.cumsum", "tf.math.cumprod", "tf.math.cumulative_logsumexp")(cumulative)
