"""What the error of a wrong gradient looks like, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pytest_tfgrad.numeric import Finding

    Array = NDArray[Any]

# Two numbers that differ by less than this are the same for a pattern; the numeric ones are good to 1e-6 or better.
_SAME = 1e-4
# With fewer entries than these, every error would be a constant factor.
_FEW = 2
# A factor like 2/3 is worth telling as such up to this denominator.
_SIMPLE = 9
# Rows of a table that are named.
_SHOWN_ROWS = 5


@dataclass(frozen=True, eq=False)
class _Looked:
    """The entries that were looked at, as arrays; ``indices`` has the shape (entries, rank).

    ``complete`` says that they are all, ``covered`` that the others agree, if only together.
    """

    indices: Array
    tape: Array
    numeric: Array
    wrong: Array
    complete: bool
    covered: bool

    @property
    def scale(self) -> float:
        return float(np.max(np.abs(self.numeric), initial=0.0)) or 1.0

    def matches(self, values: Array) -> bool:
        """Whether these values are the numeric ones."""
        return bool(np.all(np.abs(values - self.numeric) <= _SAME * self.scale))


@dataclass(frozen=True)
class Surroundings:
    """What is known about where a gradient comes from, beside its numbers.

    Attributes:
        source: what to call the source.
        sizes: what a number of terms would be, by that number (`the first axis of ...`).
        rows: how often each index of the source's first axis was gathered; empty if it was not.
        weighted: whether an entry stands for a weighted column of a jacobian, whose place tells nothing.
    """

    source: str = "the source"
    sizes: Mapping[int, str] = field(default_factory=dict)
    rows: Mapping[int, int] = field(default_factory=dict)
    weighted: bool = False


_NOTHING = Surroundings()


def pattern_of(claimed: Array, source: Array, finding: Finding, around: Surroundings = _NOTHING) -> str:
    """The simplest description that fits every entry that was looked at; empty if none does.

    Args:
        claimed: the whole gradient as the tape returned it.
        source: the source's values.
        finding: that the gradient is wrong, with the entries that were compared.
        around: what else is known.
    """
    if np.iscomplexobj(claimed):
        return _conjugated(finding)
    looked = _looked(finding)
    everywhere = bool(np.all(looked.wrong | (np.abs(looked.numeric) <= _SAME * looked.scale)))
    if everywhere and len(looked.tape) >= _FEW:
        found = _zero(looked) or _factor(looked, around.sizes) or _rearranged(looked, claimed) or _offset(looked)
        if found:
            return found
    if around.weighted:
        return ""
    return (
        _rearranged(looked, claimed)
        or _repeated(looked, around.rows)
        or _place(looked, claimed.shape)
        or _sign_of_source(looked, source, around.source)
        or _border(looked, claimed.shape)
        or _mask(looked)
        or _range(looked, claimed.shape)
        or _along_an_axis(looked, claimed.shape)
    )


def _looked(finding: Finding) -> _Looked:
    # What could not be decided speaks neither for a pattern nor against it.
    entries = [entry for entry in finding.entries if entry.outcome is not Outcome.UNDECIDED]
    return _Looked(
        np.array([e.index for e in entries], dtype=np.int64).reshape(len(entries), -1),
        np.array([e.tape for e in entries]),
        np.array([e.numeric for e in entries]),
        np.array([e.outcome is Outcome.DISAGREES for e in entries]),
        finding.is_complete,
        finding.covered == finding.size or finding.is_complete,
    )


def _zero(looked: _Looked) -> str:
    return "zero everywhere, though the target depends on it" if not np.any(looked.tape) else ""


def _factor(looked: _Looked, sizes: Mapping[int, str]) -> str:
    """A constant factor, with its likely origin."""
    factor = float(np.dot(looked.tape, looked.numeric) / np.dot(looked.numeric, looked.numeric))
    if factor == 0 or not looked.matches(looked.tape / factor):
        return ""
    if abs(factor + 1) <= _SAME:
        return "sign: every entry is the negative of the right one"
    count, inverse = round(factor), round(1 / factor)
    if count > _FEW and abs(factor - count) <= _SAME * count:
        meant = f"as if summed where a mean over {count} terms was meant"
        return f"constant factor {count}: {meant}{_origin(count, sizes)}"
    if inverse > _FEW and abs(factor * inverse - 1) <= _SAME:
        meant = f"as if averaged where a sum over {inverse} terms was meant"
        return f"constant factor 1/{inverse}: {meant}{_origin(inverse, sizes)}"
    simple = Fraction(factor).limit_denominator(_SIMPLE)
    is_simple = simple.denominator > 1 and abs(factor - simple) <= _SAME * abs(factor)
    return f"constant factor {factor:.4g}" + (f" ({simple})" if is_simple else "")


def _origin(count: int, sizes: Mapping[int, str]) -> str:
    """What the number of terms may be, as a further clause; empty if nothing has that size."""
    return f"; {count} is {sizes[count]}" if count in sizes else ""


def _rearranged(looked: _Looked, claimed: Array) -> str:
    """The right values at wrong places: transposed or reversed."""
    if len(looked.tape) < _FEW or not looked.wrong.any():
        return ""
    where = tuple(looked.indices.T)
    is_square = claimed.ndim >= 2 and claimed.shape[-1] == claimed.shape[-2]
    if is_square and looked.matches(np.swapaxes(claimed, -1, -2)[where]):
        return "transposed: it is right after swapping the last two axes"
    for axis in range(claimed.ndim):
        if looked.matches(np.flip(claimed, axis)[where]):
            return f"reversed along axis {axis}"
    return ""


def _offset(looked: _Looked) -> str:
    offset = float(np.mean(looked.tape - looked.numeric))
    return f"constant offset {offset:+.4g} on every entry" if looked.matches(looked.tape - offset) else ""


def _place(looked: _Looked, shape: tuple[int, ...]) -> str:
    """Where the wrong entries lie: a single one, or one slice of one axis."""
    wrong = looked.indices[looked.wrong]
    total = int(np.prod(shape, dtype=np.int64))
    single = len(wrong) == 1 and total > 1
    if single and looked.covered:
        return f"single entry; the other {total - 1} agree"
    if single and len(looked.tape) > 1:
        return f"single entry; of the rest, {len(looked.tape) - 1} were looked at and agree"
    if not looked.complete:
        return ""
    for axis in range(len(shape)):
        values = np.unique(wrong[:, axis])
        if len(values) == 1 and shape[axis] > 1:
            slot = ", ".join(str(values[0]) if a == axis else ":" for a in range(len(shape)))
            whole = total // shape[axis]
            return f"only in [{slot}]: {len(wrong)} of its {whole} entries; all others agree"
    return ""


def _sign_of_source(looked: _Looked, source: Array, name: str) -> str:
    values = source[tuple(looked.indices.T)]
    for sign, chosen in (("negative", values < 0), ("positive", values > 0), ("zero", values == 0)):
        if _exactly(looked, chosen):
            return f"only where {name} is {sign}"
    return ""


def _repeated(looked: _Looked, rows: Mapping[int, int]) -> str:
    """Rows of a table that are gathered more than once, where only these are wrong."""
    if not looked.indices.shape[1]:
        return ""
    times = np.array([rows.get(int(row), 0) for row in looked.indices[:, 0]])
    if not np.any((times == 1) & ~looked.wrong) or not _exactly(looked, times > 1):
        return ""
    named = np.unique(looked.indices[looked.wrong, 0])
    shown = ", ".join(map(str, named[:_SHOWN_ROWS])) + (", ..." if len(named) > _SHOWN_ROWS else "")
    return f"only at indices that occur more than once ({shown})"


def _border(looked: _Looked, shape: tuple[int, ...]) -> str:
    """The first and the last index of one axis, or of several, where only these are wrong."""
    at_edge = [
        np.isin(looked.indices[:, axis], (0, size - 1)) if size > _FEW else np.zeros(len(looked.wrong), bool)
        for axis, size in enumerate(shape)
    ]
    for axis, chosen in enumerate(at_edge):
        if _exactly(looked, chosen):
            return f"only at the boundaries: the first and the last index of axis {axis}"
    for count in range(len(shape), 1, -1):
        if _exactly(looked, np.any(at_edge[len(shape) - count :], axis=0)):
            axes = ", ".join(str(axis) for axis in range(len(shape) - count, len(shape)))
            return f"only at the boundaries: the first and the last indices of axes {axes}"
    return ""


def _mask(looked: _Looked) -> str:
    """Zeros that are missing, or that should not be there, where nothing else is wrong."""
    count = int(np.count_nonzero(~looked.wrong))
    if not count:
        return ""
    agree = "1 entry agrees" if count == 1 else f"{count} entries agree"
    if bool(np.all(np.abs(looked.numeric[looked.wrong]) <= _SAME * looked.scale)):
        return f"not zero where the derivative is zero, as if a mask were missing; {agree}"
    if not np.any(looked.tape[looked.wrong]):
        return f"zero in some entries where the derivative is not, as if a mask were too wide; {agree}"
    return ""


def _range(looked: _Looked, shape: tuple[int, ...]) -> str:
    """A run of indices of one axis, such as that of one gate of several, where all entries are wrong and no others."""
    if not looked.complete or not looked.wrong.any():
        return ""
    for axis in reversed(range(len(shape))):
        wrong = looked.indices[looked.wrong, axis]
        first, last = int(wrong.min()), int(wrong.max())
        values = looked.indices[:, axis]
        if _exactly(looked, (values >= first) & (values <= last)):
            slots = ", ".join(f"{first}:{last + 1}" if a == axis else ":" for a in range(len(shape)))
            return f"only in [{slots}]; all others agree"
    return ""


def _along_an_axis(looked: _Looked, shape: tuple[int, ...]) -> str:
    """An error that is the same all along one axis, which is what the derivative of a mean or a sum looks like."""
    if not shape or not looked.complete or not looked.wrong.any():
        return ""
    off = np.zeros(shape)
    off[tuple(looked.indices.T)] = looked.tape - looked.numeric
    same = _SAME * float(np.max(np.abs(off)))
    for axis in reversed(range(len(shape))):
        if shape[axis] > _FEW and np.all(np.ptp(off, axis) <= same):
            return f"off by the same amount along axis {axis}, as if the path through a sum or mean over it were wrong"
    return ""


def _exactly(looked: _Looked, chosen: Array) -> bool:
    """Whether these entries are wrong and no others are; entries that are zero on both sides may be right."""
    silent = (np.abs(looked.numeric) <= _SAME * looked.scale) & ~looked.wrong
    some = bool(np.any(chosen & looked.wrong)) and bool(np.any(~chosen & ~looked.wrong))
    return some and bool(np.all((chosen == looked.wrong) | (chosen & silent)))


def _conjugated(finding: Finding) -> str:
    scale = max((abs(e.numeric) for e in finding.entries), default=1.0)
    for entry in finding.entries:
        right = -entry.numeric if entry.part == "imag" else entry.numeric
        if abs(entry.tape - right) > _SAME * scale:
            return ""
    return "conjugated: TensorFlow's gradient of a complex source is the conjugate of the derivative"
