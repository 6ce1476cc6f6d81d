"""``tf.einsum`` and ``np.einsum``: sums of products by labelled axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.promotion import check_dtypes, is_strong
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE, Tensor, Value
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.conflicts import BroadcastConflict, EinsumConflict
from tfgrad_lint.shapes.dims import Dim, equal
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, meet_dims

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_ELLIPSIS = "."


@model("tf.einsum", "tf.linalg.einsum")
def einsum(operation: Operation, equation: Value, *inputs: Value, name: Value = NONE, optimize: Value = NONE) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/einsum."""
    tensors = [operation.tensor(value) for value in inputs]
    check_dtypes(*(tensor for tensor, value in zip(tensors, inputs, strict=True) if is_strong(value)))
    text = operation.text(equation)
    shape = UNKNOWN_SHAPE if text is None else einsum_shape(text, tuple(tensor.shape for tensor in tensors))
    dtype = next((tensor.dtype for tensor in tensors if tensor.dtype is not None), None)
    return operation.tensor_result(shape, dtype, *tensors)


def einsum_shape(equation: str, shapes: tuple[Shape, ...]) -> Shape:
    """Return the shape of the result of ``equation``, unknown for an equation of a form that is not read here.

    Raises:
        EinsumConflict: the equation certainly does not fit the operands.

    Example:
        >>> print(einsum_shape("ij,jk->ik", (Shape((2, 3)), Shape((3, 4)))))
        [2, 4]
    """
    compact = equation.replace(" ", "").replace("...", _ELLIPSIS)
    left, arrow, output = compact.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise EinsumConflict(equation, shapes, f"it has {len(terms)} operands, {len(shapes)} are given")
    if any(term.count(_ELLIPSIS) > 1 or not term.replace(_ELLIPSIS, "").isalpha() for term in terms if term != ""):
        return UNKNOWN_SHAPE
    sizes: dict[str, Dim] = {}
    batch: Shape | None = SCALAR
    for index, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        extra = _read_operand(equation, shapes, index, term, sizes)
        batch = _joined(equation, shapes, batch, extra) if shape.dims is not None else None
    if not arrow:
        output = _implicit_output(terms)
    return _output_shape(equation, shapes, output, sizes, batch if any(_ELLIPSIS in term for term in terms) else SCALAR)


def _read_operand(
    equation: str, shapes: tuple[Shape, ...], index: int, term: str, sizes: dict[str, Dim]
) -> tuple[Dim, ...]:
    """Note the sizes of the labels of one operand, and return those of the axes under its ellipsis."""
    dims = shapes[index].dims
    if dims is None:
        return ()
    labels = term.replace(_ELLIPSIS, "")
    if len(labels) > len(dims) or (_ELLIPSIS not in term and len(labels) != len(dims)):
        reason = f"{term.replace(_ELLIPSIS, '...')} names {len(labels)} axes of a tensor of rank {len(dims)}"
        raise EinsumConflict(equation, shapes, reason, operand=index)
    first = term.find(_ELLIPSIS) if _ELLIPSIS in term else len(labels)
    after = len(dims) - (len(labels) - first)
    for label, dim in zip(labels, dims[:first] + dims[after:], strict=True):
        _note(equation, shapes, sizes, label, dim)
    return dims[first:after]


def _note(equation: str, shapes: tuple[Shape, ...], sizes: dict[str, Dim], label: str, dim: Dim) -> None:
    earlier = sizes.get(label, dim)
    known = meet_dims(earlier, dim)
    # An axis of size 1 is broadcast to the label's size.
    one = [size for size in (earlier, dim) if isinstance(size, int) and size == 1]
    if known is None and not one:
        raise EinsumConflict(equation, shapes, "one label has two sizes", label, (earlier, dim))
    if one:
        known = dim if equal(earlier, 1) else earlier
    sizes[label] = dim if known is None else known


def _joined(equation: str, shapes: tuple[Shape, ...], batch: Shape | None, extra: tuple[Dim, ...]) -> Shape | None:
    if batch is None:
        return None
    try:
        return broadcast(batch, Shape(extra))
    except BroadcastConflict as conflict:
        sizes = (conflict.left_dim, conflict.right_dim)
        raise EinsumConflict(equation, shapes, "axes under the ellipsis differ", "...", sizes) from conflict


def _implicit_output(terms: list[str]) -> str:
    # Without an arrow the labels that occur once are kept, in alphabetical order, after the ellipsis.
    together = "".join(terms)
    kept = sorted(label for label in set(together) if label != _ELLIPSIS and together.count(label) == 1)
    return (_ELLIPSIS if _ELLIPSIS in together else "") + "".join(kept)


def _output_shape(
    equation: str, shapes: tuple[Shape, ...], output: str, sizes: dict[str, Dim], batch: Shape | None
) -> Shape:
    if output and not output.replace(_ELLIPSIS, "a").isalpha():
        return UNKNOWN_SHAPE
    labels = output.replace(_ELLIPSIS, "")
    known = all(shape.dims is not None for shape in shapes)
    missing = [label for label in labels if label not in sizes]
    if missing and known:
        raise EinsumConflict(equation, shapes, "a label of the output occurs in no operand", missing[0])
    if missing or (batch is None and _ELLIPSIS in output):
        return UNKNOWN_SHAPE
    if len(set(labels)) < len(labels):
        return UNKNOWN_SHAPE
    before, _, after = output.partition(_ELLIPSIS)
    middle = () if batch is None or _ELLIPSIS not in output else batch.dims or ()
    return Shape((*(sizes[label] for label in before), *middle, *(sizes[label] for label in after)))
