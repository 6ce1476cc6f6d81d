"""From wrong columns of a jacobian to its wrong entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric import OutOfBudget
from pytest_tfgrad.results import EntryResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.numeric import Budget, Entry
    from pytest_tfgrad.recording import GradientCall
    from pytest_tfgrad.replay.claims import Claims

    Array = NDArray[Any]

# The optimum of a plain central difference, eps^(1/3), relative to the entry (or to 1, for a zero).
_POWER = 1 / 3
# No reader compares more numbers of a jacobian than these.
_ENTRIES = 5
# Of a picture: each takes four evaluations, and in a picture of more columns nobody finds one.
_COLUMNS = 32


@dataclass(frozen=True, eq=False)
class Column:
    """The derivatives of a whole target along one entry of a source; of a batch jacobian, of the entry's row.

    Attributes:
        index: of the entry in the source.
        part: "real" or "imag" of a complex entry, else "".
        tape: what the tape returned.
        numeric: estimates of the same numbers.
        error: of each estimate.
    """

    index: tuple[int, ...]
    part: str
    tape: Array
    numeric: Array
    error: Array


def jacobian_columns(
    call: GradientCall, claims: Claims, position: int, wrong: Sequence[Entry], budget: Budget
) -> list[Column]:
    """Columns of a jacobian beside their estimates: the wrong ones, then others as far as the time allows.

    Args:
        call: a jacobian, batch jacobian or jvp.
        claims: made of it.
        position: of the source among the claims.
        wrong: entries of the source whose weighted columns are wrong.
        budget: for all but the first few.
    """
    base = claims.problem.sources[position]
    parts = ("real", "imag") if np.iscomplexobj(base) else ("",)
    every = ((index, part) for index in np.ndindex(base.shape) for part in parts)
    chosen = list(dict.fromkeys([*((entry.index, entry.part) for entry in wrong), *every]))[:_COLUMNS]
    columns = []
    try:
        for number, (index, part) in enumerate(chosen):
            if number >= _ENTRIES:
                budget.spend()
            columns.append(_column(call, claims, position, index, part))
    except OutOfBudget:
        pass
    return columns


def jacobian_entries(columns: Sequence[Column], kind: str) -> tuple[EntryResult, ...]:
    """The worst entry of each of the first columns, the worst first.

    Args:
        columns: that are wrong.
        kind: of the gradient call.
    """
    entries = [_worst(column, kind) for column in columns[:_ENTRIES]]
    return tuple(sorted(entries, key=lambda e: -abs(e.tape - e.numeric)))


def _worst(column: Column, kind: str) -> EntryResult:
    mismatch = np.abs(column.tape - column.numeric)
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(mismatch)), mismatch.shape))
    by_batch = kind == "batch_jacobian"
    index = (column.index[0], *at, *column.index[1:]) if by_batch else (*at, *column.index)
    return EntryResult(index, column.part, float(column.tape[at]), float(column.numeric[at]), float(column.error[at]))


def _column(call: GradientCall, claims: Claims, position: int, index: tuple[int, ...], part: str) -> Column:
    problem = claims.problem
    step = problem.precision**_POWER * max(abs(problem.sources[position][index]), 1e-3)
    whole, half = (_difference(claims, position, index, part, size) for size in (step, step / 2))
    numeric, error = np.real((4 * half - whole) / 3), np.abs(np.real(half - whole))
    if call.kind == "batch_jacobian":
        numeric, error = numeric[index[0]], error[index[0]]
    tape = np.real(_tape_column(call, claims, position, index))
    return Column(index, part, tape, numeric, error)


def _difference(claims: Claims, position: int, index: tuple[int, ...], part: str, step: float) -> Array:
    """Central difference of the target along one entry of one source."""
    problem = claims.problem
    ends = []
    for sign in (-1.0, 1.0):
        points = list(problem.sources)
        moved = points[position].copy()
        moved[index] += sign * step * (1j if part == "imag" else 1.0)
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
