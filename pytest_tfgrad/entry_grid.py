"""The entries of a gradient as a matrix for a picture, those of a large one in blocks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.results import Grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.numeric import Entry

    Array = NDArray[Any]

# A picture of more cells a side shows none of them; 64 x 64 add 100 kB to a JSON report.
_SIDE = 64


def grid_of(gradient: Array, entries: Sequence[Entry]) -> Grid | None:
    """All entries of a gradient, with estimates where there are some.

    The last axis are the columns, all others the rows. A matrix with a longer side than 64 is divided into blocks. The
    cell of a block shows the entry that is furthest from its estimate, or its largest one if none was compared.

    Args:
        gradient: what the tape returned.
        entries: those that were compared one by one.

    Returns:
        None for scalars, complex gradients, and if no entry was compared.
    """
    if gradient.size < 2 or np.iscomplexobj(gradient) or not entries:
        return None
    estimates = np.full(gradient.shape, np.nan)
    for entry in entries:
        estimates[entry.index] = entry.numeric
    columns = gradient.shape[-1]
    tape, numeric = (np.asarray(array, np.float64).reshape(-1, columns) for array in (gradient, estimates))
    block = (math.ceil(tape.shape[0] / _SIDE), math.ceil(columns / _SIDE))
    blocks = _blocks(tape, block), _blocks(numeric, block)
    chosen = _telling(*blocks)[..., None]
    shown, estimated = (np.take_along_axis(array, chosen, axis=-1)[..., 0] for array in blocks)
    return Grid(_floats(shown), _floats(estimated), shown.shape[1], block, len(entries))


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
