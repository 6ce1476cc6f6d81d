"""From a wrong column of a jacobian to its wrong entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.results import EntryResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.claims import Claims
    from pytest_tfgrad.numeric import Entry
    from pytest_tfgrad.recording import GradientCall

    Array = NDArray[Any]

# The optimum of a plain central difference, eps^(1/3), relative to the entry (or to 1, for a zero).
_POWER = 1 / 3


def jacobian_entries(
    call: GradientCall, claims: Claims, position: int, wrong: Sequence[Entry]
) -> tuple[EntryResult, ...]:
    """The worst entry of each wrong column, the worst first; three evaluations a column.

    Args:
        call: a jacobian or batch jacobian.
        claims: made of it.
        position: of the source among the claims.
        wrong: entries of the source whose weighted columns are wrong.
    """
    entries = [_worst(call, claims, position, entry) for entry in wrong]
    return tuple(sorted(entries, key=lambda e: -abs(e.tape - e.numeric)))


def _worst(call: GradientCall, claims: Claims, position: int, entry: Entry) -> EntryResult:
    problem = claims.problem
    base = problem.sources[position]
    step = problem.precision**_POWER * max(abs(base[entry.index]), 1e-3)
    whole, half = (_column(claims, position, entry, step), _column(claims, position, entry, step / 2))
    numeric = np.real((4 * half - whole) / 3)
    tape = np.real(_tape_column(call, claims, position, entry.index))
    if call.kind == "batch_jacobian":
        numeric = numeric[entry.index[0]]
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(np.abs(tape - numeric))), tape.shape))
    by_batch = call.kind == "batch_jacobian"
    index = (entry.index[0], *at, *entry.index[1:]) if by_batch else (*at, *entry.index)
    error = float(np.abs(np.real(half - whole))[(entry.index[0], *at) if by_batch else at])
    return EntryResult(index, entry.part, float(tape[at]), float(numeric[at]), error)


def _column(claims: Claims, position: int, entry: Entry, step: float) -> Array:
    """Central difference of the target along one entry of one source."""
    problem = claims.problem
    ends = []
    for sign in (-1.0, 1.0):
        points = list(problem.sources)
        moved = points[position].copy()
        moved[entry.index] += sign * step * (1j if entry.part == "imag" else 1.0)
        points[position] = moved
        (target,) = problem.evaluate(points)
        ends.append(target)
    change: Array = (ends[1] - ends[0]) / (2 * step)
    return change


def _tape_column(call: GradientCall, claims: Claims, position: int, index: tuple[int, ...]) -> Array:
    result = call.results[claims.indices[position]]
    assert result is not None
    if call.kind != "batch_jacobian":
        column: Array = result.reshape(*result.shape[: result.ndim - len(index)], -1)[..., _flat(index, result.shape)]
        return column
    row: Array = result[index[0]]
    rest = index[1:]
    entries: Array = row.reshape(*row.shape[: row.ndim - len(rest)], -1)[..., _flat(rest, row.shape)]
    return entries


def _flat(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    """Position of ``index`` among the last axes of ``shape`` when these are laid out as one."""
    return int(np.ravel_multi_index(index, shape[len(shape) - len(index) :])) if index else 0
