"""Which dtype two operands meet in: TensorFlow refuses to promote tensors, NumPy promotes arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.conversion import is_python
from tfgrad_lint.domain.values import Constant, Integer, OfType, Sequence, Tensor, TensorShape, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.conflicts import DtypeConflict

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_ORDER = ("bool", "int", "float", "complex")


def operands(operation: Operation, x: Value, y: Value) -> tuple[Tensor, Tensor, str | None]:
    """Return both as tensors with the dtype in which they meet: a Python number or array takes that of a tensor.

    Raises:
        DtypeConflict: two tensors have different dtypes, or a Python number does not fit an integer tensor.
    """
    if is_strong(x):
        return _beside(operation, x, y)
    if is_strong(y):
        right, left, dtype = _beside(operation, y, x)
        # tf.add refuses a float64 array in front of a float32 tensor where tf.multiply converts it.
        converts = operation.name.startswith("operator.") or left.kind != "array" or left.dtype == right.dtype
        return left, right, dtype if converts else None
    left, right = operation.tensor(x), operation.tensor(y)
    return left, right, _of_weak(x, y, left, right)


def is_strong(value: Value) -> bool:
    """Tell whether ``value`` is a tensor or variable, whose dtype TensorFlow never changes by itself."""
    return isinstance(value, Tensor) and value.kind != "array"


def array_operands(operation: Operation, x: Value, y: Value) -> tuple[Tensor, Tensor, str | None]:
    """Return both as arrays with the dtype to which NumPy promotes them."""
    left, right = operation.array(x), operation.array(y)
    kinds = python_kind(x), python_kind(y)
    if kinds[0] is not None and kinds[1] is None:
        return left, right, dtypes.promote_scalar(right.dtype, kinds[0])
    if kinds[1] is not None and kinds[0] is None:
        return left, right, dtypes.promote_scalar(left.dtype, kinds[1])
    dtype = dtypes.promote(left.dtype, right.dtype)
    if 0 in (left.shape.rank, right.shape.rank) and left.shape.rank != right.shape.rank:
        # Before NumPy 2 a scalar array was promoted by its value.
        whole = right if left.shape.rank == 0 else left
        dtype = dtype if dtype == whole.dtype else None
    return left, right, dtype


def python_kind(value: Value) -> str | None:
    """Return the type of a Python number (``bool``, ``int``, ``float``, ``complex``), None if it is none."""
    if isinstance(value, Constant):
        name = type(value.value).__name__
    elif isinstance(value, OfType):
        name = value.type
    else:
        name = "int" if isinstance(value, Integer) else ""
    return name if name in _ORDER else None


def check_dtypes(*operands: Tensor) -> None:
    """Check that all operands that are tensors have one dtype.

    Raises:
        DtypeConflict: two certainly differ.
    """
    strong = [tensor.dtype for tensor in operands if tensor.kind != "array" and tensor.dtype is not None]
    for other in strong[1:]:
        if other != strong[0]:
            raise DtypeConflict(strong[0], other)


def _beside(operation: Operation, strong: Value, other: Value) -> tuple[Tensor, Tensor, str | None]:
    tensor = operation.tensor(strong)
    if is_strong(other):
        second = operation.tensor(other)
        check_dtypes(tensor, second)
        return tensor, second, tensor.dtype or second.dtype
    kind = _highest(other)
    if (kind == "float" and tensor.dtype in dtypes.INTEGER) or (
        kind == "complex" and tensor.dtype in dtypes.INTEGER | dtypes.FLOATING
    ):
        raise DtypeConflict(str(tensor.dtype), kind)
    return tensor, operation.tensor(other, tensor.dtype), tensor.dtype


def _highest(value: Value) -> str | None:
    if isinstance(value, Sequence):
        kinds = [kind for item in value.items if (kind := _highest(item)) is not None]
        return max(kinds, key=_ORDER.index) if kinds and is_python(value) else None
    return "int" if isinstance(value, TensorShape) else python_kind(value)


def _of_weak(x: Value, y: Value, left: Tensor, right: Tensor) -> str | None:
    if left.dtype == right.dtype:
        return left.dtype
    # The first operand decides, and an integer second one is converted to it.
    return left.dtype if is_python(x) and is_python(y) and left.dtype == "float32" else None
