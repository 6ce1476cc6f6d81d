"""Fourier transforms and framing of signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.axes import axis_argument
from tfgrad_lint.api.defaults import FLOAT32, LAST, TWO, ZERO
from tfgrad_lint.api.ranks import check_least_rank
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import FALSE, NONE, TRUE, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_RANKS = {"fft": 1, "fft2d": 2, "fft3d": 3}


def transform(operation: Operation, input: Value, _name: Value) -> Tensor:
    """Model a Fourier transform of complex numbers: the shape stays."""
    operand = operation.tensor(input)
    _check(operand, _axes_of(operation))
    return operation.derived(operand.shape, operand.dtype, operand)


def _axes_of(operation: Operation) -> int:
    kind = operation.name.rpartition(".")[2].lstrip("ir")
    return _RANKS.get(kind, 1)


def _check(operand: Tensor, least: int) -> None:
    check_least_rank("input", operand.shape, least)


def real_transform(operation: Operation, input_tensor: Value, fft_length: Value, _name: Value) -> Tensor:
    """Model a Fourier transform from or to real numbers: the last axis is halved or doubled."""
    operand = operation.tensor(input_tensor)
    count = _axes_of(operation)
    _check(operand, count)
    inverse = operation.name.rpartition(".")[2].startswith("i")
    dtype = dtypes.real_part(operand.dtype) if inverse else dtypes.complex_of(operand.dtype)
    if inverse and operand.dtype not in dtypes.COMPLEX:
        dtype = None
    lengths = None if operation.is_none(fft_length) else operation.dims(fft_length)
    dims = operand.shape.dims
    if dims is None or (lengths is None and not operation.is_none(fft_length)):
        return operation.tensor_result(UNKNOWN_SHAPE, dtype, operand)
    sizes: list[Dim] = list(dims[len(dims) - count :]) if lengths is None else list(lengths)
    if len(sizes) != count:
        return operation.tensor_result(UNKNOWN_SHAPE, dtype, operand)
    if lengths is None and inverse:
        sizes[-1] = _doubled(sizes[-1])
    elif not inverse:
        sizes[-1] = _halved(sizes[-1])
    return operation.tensor_result(Shape((*dims[: len(dims) - count], *sizes)), dtype, operand)


def _halved(size: Dim) -> Dim:
    return 0 if size == 0 else size // 2 + 1


def _doubled(size: Dim) -> Dim:
    return max(2 * (size - 1), 0) if isinstance(size, int) else UNKNOWN


def shifted(operation: Operation, x: Value, _axes: Value, _name: Value) -> Tensor:
    """Model a shift of frequencies."""
    operand = operation.tensor(x)
    return operation.derived(operand.shape, operand.dtype, operand)


def cosine(
    operation: Operation, input: Value, _type: Value, n: Value, axis: Value, _norm: Value, _name: Value
) -> Tensor:
    """Model the cosine transforms: ``n`` cuts or fills up the last axis."""
    operand = operation.tensor(input)
    dims = operand.shape.dims
    shape = operand.shape
    if not operation.is_none(n):
        shape = UNKNOWN_SHAPE if not dims else Shape((*dims[:-1], operation.integer(n)))
    return operation.tensor_result(shape, operand.dtype, operand)


@model("tf.signal.frame")
def frame(
    operation: Operation,
    signal: Value,
    frame_length: Value,
    frame_step: Value,
    pad_end: Value = FALSE,
    pad_value: Value = ZERO,
    axis: Value = LAST,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/signal/frame: an axis becomes frames and their entries."""
    operand = operation.tensor(signal)
    place = axis_argument(operation, axis, operand.shape)
    length, step, padded = operation.integer(frame_length), operation.integer(frame_step), operation.boolean(pad_end)
    dims = operand.shape.dims
    if dims is None or place is None or padded is None:
        return operation.tensor_result(UNKNOWN_SHAPE, operand.dtype, operand)
    count = frame_count(dims[place], length, step, padded)
    shape = Shape((*dims[:place], count, length, *dims[place + 1 :]))
    return operation.tensor_result(shape, operand.dtype, operand)


def frame_count(size: Dim, length: Dim, step: Dim, padded: bool) -> Dim:
    """Return the number of frames of a signal."""
    if not isinstance(step, int) or step <= 0:
        return UNKNOWN
    if padded:
        return -(-size // step)
    if isinstance(size, int) and isinstance(length, int):
        return max(0, 1 + (size - length) // step)
    return UNKNOWN


@model("tf.signal.stft")
def stft(
    operation: Operation,
    signals: Value,
    frame_length: Value,
    frame_step: Value,
    fft_length: Value = NONE,
    window_fn: Value = NONE,
    pad_end: Value = FALSE,
    name: Value = NONE,
) -> Tensor:
    """https://www.tensorflow.org/api_docs/python/tf/signal/stft: frames and their frequencies."""
    operand = operation.tensor(signals)
    _check(operand, 1)
    length, step, padded = operation.integer(frame_length), operation.integer(frame_step), operation.boolean(pad_end)
    dims = operand.shape.dims
    shape = UNKNOWN_SHAPE
    if dims and padded is not None:
        points: Dim = operation.integer(fft_length)
        if operation.is_none(fft_length):
            # The next power of two that holds a frame.
            points = 1 << (length - 1).bit_length() if isinstance(length, int) and length > 0 else UNKNOWN
        shape = Shape((*dims[:-1], frame_count(dims[-1], length, step, padded), points // 2 + 1))
    return operation.tensor_result(shape, dtypes.complex_of(operand.dtype), operand)


def window(operation: Operation, window_length: Value, *options: Value) -> Tensor:
    """Model a window function: a vector."""
    return operation.tensor_result(Shape((operation.integer(window_length),)), operation.dtype(options[-2]))


_TRANSFORMS = "tf.signal.fft tf.signal.ifft tf.signal.fft2d tf.signal.ifft2d tf.signal.fft3d tf.signal.ifft3d"
_REAL = "tf.signal.rfft tf.signal.irfft tf.signal.rfft2d tf.signal.irfft2d tf.signal.rfft3d tf.signal.irfft3d"
_WINDOWS = "tf.signal.hann_window tf.signal.hamming_window"

add_family(_TRANSFORMS, transform, "input name", name=NONE)
add_family(_REAL, real_transform, "input_tensor fft_length name", fft_length=NONE, name=NONE)
add_family("tf.signal.fftshift tf.signal.ifftshift", shifted, "x axes name", axes=NONE, name=NONE)
add_family(
    "tf.signal.dct tf.signal.idct",
    cosine,
    "input type n axis norm name",
    type=TWO,
    n=NONE,
    axis=LAST,
    norm=NONE,
    name=NONE,
)
add_family(_WINDOWS, window, "window_length periodic dtype name", periodic=TRUE, dtype=FLOAT32, name=NONE)
