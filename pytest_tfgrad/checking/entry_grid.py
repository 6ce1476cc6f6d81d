"""The entries of a gradient or a jacobian as a matrix for a picture, those of a large one in blocks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.results import Grid, Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.checking.jacobian_entries import Column
    from pytest_tfgrad.numeric import Entry

    Array = NDArray[Any]

# A picture of more cells a side shows none of them; 64 x 64 add 100 kB to a JSON report.
_SIDE = 64


def grid_of(gradient: Array, entries: Sequence[Entry]) -> Grid | None:
    """All entries of a gradient, with estimates where there are some.

    The last axis are the columns, all others the rows; of a complex gradient the imaginary parts stand to the right of
    the real ones.

    Args:
        gradient: what the tape returned.
        entries: those that were compared one by one.

    Returns:
        None for scalars, and if no entry was compared.
    """
    if gradient.size < 2 or not entries:
        return None
    parts = {"real": np.real(gradient), "imag": np.imag(gradient)} if np.iscomplexobj(gradient) else {"": gradient}
    estimates = {part: np.full(gradient.shape, np.nan) for part in parts}
    for entry in entries:
        estimates[entry.part][entry.index] = entry.numeric
    columns = gradient.shape[-1]
    pairs = [(values.reshape(-1, columns), estimates[part].reshape(-1, columns)) for part, values in parts.items()]
    return _grid(pairs, Layout.COMPLEX if len(parts) > 1 else Layout.ENTRIES)


def grid_of_jacobian(jacobian: Array, columns: Sequence[Column], kind: str, source_rank: int) -> Grid | None:
    """A jacobian as a matrix: rows are the entries of the target, columns those of the source.

    Of a batch jacobian the rows are the entries of all targets, one after the other, and the columns those of one
    source.

    Args:
        jacobian: what the tape returned.
        columns: those that were compared.
        kind: of the gradient call.
        source_rank: number of axes of the source.

    Returns:
        None for one entry, and for complex numbers.
    """
    if jacobian.size < 2 or np.iscomplexobj(jacobian):
        return None
    by_batch = kind == "batch_jacobian"
    rank = source_rank - 1 if by_batch else source_rank
    shape = jacobian.shape[jacobian.ndim - rank :]
    tape = jacobian.reshape(-1, int(np.prod(shape)))
    estimates = np.full(tape.shape, np.nan)
    for column in columns:
        inner = column.index[1:] if by_batch else column.index
        first = column.index[0] * column.numeric.size if by_batch else 0
        at = int(np.ravel_multi_index(inner, shape)) if inner else 0
        estimates[first : first + column.numeric.size, at] = column.numeric.ravel()
    return _grid([(tape, estimates)], Layout.BATCH_JACOBIAN if by_batch else Layout.JACOBIAN)


def _grid(pairs: Sequence[tuple[Array, Array]], layout: Layout) -> Grid:
    """Matrices side by side, each with its estimates; one with a longer side than 64 is divided into blocks.

    The cell of a block shows the entry that is furthest from its estimate, or its largest one if none was compared.
    """
    rows, columns = pairs[0][0].shape
    block = (math.ceil(rows / _SIDE), math.ceil(columns * len(pairs) / _SIDE))
    shown = [_shown(np.asarray(tape, np.float64), estimates, block) for tape, estimates in pairs]
    tape, numeric = (np.concatenate([pair[which] for pair in shown], axis=1) for which in (0, 1))
    compared = sum(int(np.isfinite(estimates).sum()) for _, estimates in pairs)
    return Grid(_floats(tape), _floats(numeric), tape.shape[1], block, compared, layout)


def _shown(tape: Array, numeric: Array, block: tuple[int, int]) -> tuple[Array, Array]:
    blocks = _blocks(tape, block), _blocks(numeric, block)
    chosen = _telling(*blocks)[..., None]
    first, second = (np.take_along_axis(array, chosen, axis=-1)[..., 0] for array in blocks)
    return first, second


def _floats(matrix: Array) -> tuple[float, ...]:
    return tuple(map(float, matrix.ravel()))


def _blocks(matrix: Array, block: tuple[int, int]) -> Array:
    """A matrix as a matrix of blocks, each a vector; NaN fills the blocks at the edges."""
    rows, columns = (math.ceil(size / step) for size, step in zip(matrix.shape, block, strict=True))
    padding = [(0, count * step - size) for count, step, size in zip((rows, columns), block, matrix.shape, strict=True)]
    padded = np.pad(matrix, padding, constant_values=np.nan)
    apart: Array = padded.reshape(rows, block[0], columns, block[1]).swapaxes(1, 2)
    return apart.reshape(rows, columns, block[0] * block[1])


def _telling(tape: Array, numeric: Array) -> Array:
    """Position of the entry of each block that is shown."""
    mismatch = np.where(np.isfinite(numeric), np.abs(tape - numeric), -1.0)
    largest = np.where(np.isnan(tape), -1.0, np.abs(tape))
    compared = np.isfinite(numeric).any(axis=-1)
    found: Array = np.where(compared, mismatch.argmax(axis=-1), largest.argmax(axis=-1))
    return found
