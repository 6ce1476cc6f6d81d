"""``np.fft``: Fourier transforms of arrays, and the frequencies that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.axes import axis_argument
from tfgrad_lint.api.defaults import LAST, ONE_FLOAT
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.api.registry import add_family
from tfgrad_lint.domain.values import NONE, Constant, Sequence, Tensor, Value
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.shapes.dims import Dim

# Whether single precision is kept depends on NumPy's version.
_DOUBLE: Final = ("float64", "complex128", "int32", "int64", "bool")

_LAST_TWO: Final = Sequence((Constant(-2), Constant(-1)))


def _dtype(operand: Tensor, kind: str) -> str | None:
    return kind if operand.dtype in _DOUBLE else None


def along_axis(operation: Operation, a: Value, n: Value, axis: Value, _norm: Value, _out: Value) -> Tensor:
    """Model a transform along one axis, which is cut or filled up to ``n`` before it, or after it if it gives reals."""
    operand, kind = operation.array(a), operation.name.rpartition(".")[2]
    check_least_rank("a", operand.shape, 1)
    at = axis_argument(operation, axis, operand.shape)
    shape = UNKNOWN_SHAPE if operand.shape.rank is None else of_rank(operand.shape.rank)
    if operand.shape.dims is not None and at is not None:
        size = operand.shape.dims[at] if operation.is_none(n) else operation.integer(n)
        dims = list(operand.shape.dims)
        dims[at] = _transformed(size, kind, is_result=not operation.is_none(n))
        shape = Shape(tuple(dims))
    return operation.array_result(shape, _dtype(operand, "float64" if kind == "irfft" else "complex128"), operand)


def _transformed(size: Dim, kind: str, *, is_result: bool) -> Dim:
    if kind == "rfft":
        return size // 2 + 1
    return 2 * (size - 1) if kind == "irfft" and not is_result else size


def along_axes(operation: Operation, a: Value, s: Value, _axes: Value, _norm: Value, _out: Value) -> Tensor:
    """Model a transform along several axes."""
    operand = operation.array(a)
    if operation.name.endswith("2"):
        check_least_rank("a", operand.shape, 2)
    rank = operand.shape.rank
    shape = operand.shape if operation.is_none(s) else UNKNOWN_SHAPE if rank is None else of_rank(rank)
    return operation.array_result(shape, _dtype(operand, "complex128"), operand)


def shifted(operation: Operation, x: Value, _axes: Value) -> Tensor:
    """Model ``np.fft.fftshift`` and its inverse."""
    operand = operation.array(x)
    return operation.array_result(operand.shape, operand.dtype, operand)


def frequencies(operation: Operation, n: Value, _d: Value, _device: Value) -> Tensor:
    """Model ``np.fft.fftfreq`` and ``np.fft.rfftfreq``."""
    count = operation.integer(n)
    size = count // 2 + 1 if operation.name.endswith("rfftfreq") else count
    return operation.array_result(Shape((size,)), "float64")


add_family(
    "np.fft.fft np.fft.ifft np.fft.rfft np.fft.irfft",
    along_axis,
    "a n axis norm out",
    n=NONE,
    axis=LAST,
    norm=NONE,
    out=NONE,
)
add_family("np.fft.fftn np.fft.ifftn", along_axes, "a s axes norm out", s=NONE, axes=NONE, norm=NONE, out=NONE)
add_family("np.fft.fft2 np.fft.ifft2", along_axes, "a s axes norm out", s=NONE, axes=_LAST_TWO, norm=NONE, out=NONE)
add_family("np.fft.fftshift np.fft.ifftshift", shifted, "x axes", axes=NONE)
add_family("np.fft.fftfreq np.fft.rfftfreq", frequencies, "n d device", d=ONE_FLOAT, device=NONE)
