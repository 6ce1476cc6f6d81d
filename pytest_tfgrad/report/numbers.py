"""Numbers and names as a reader wants them."""

from __future__ import annotations

import math
from pathlib import Path

_SHOWN_NAMES = 6


def value(number: float) -> str:
    """A value with its sign and five digits: ``+0.44000``, ``-1.2346e-08``."""
    if number != 0 and not 1e-3 <= abs(number) < 1e5:
        return f"{number:+.4e}"
    digits = 5 if abs(number) < 1 else max(0, 5 - math.ceil(math.log10(abs(number) + 1e-300)))
    return f"{number:+.{digits}f}"


def error(number: float) -> str:
    """The size of an error, one digit: ``3e-10``."""
    return f"{number:.0e}"


def ratio(tape: float, numeric: float) -> str:
    """How often one number contains the other, as far as that means anything."""
    if numeric == 0 or not math.isfinite(tape / numeric) or abs(tape / numeric) >= 1e6:
        return "-"
    return f"{tape / numeric:.4g}"


def ordinal(position: int) -> str:
    """A place in a row: ``1st``, ``4th``, ``12th``."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{position}{'th' if position % 100 in (11, 12, 13) else endings.get(position % 10, 'th')}"


def shape(dimensions: tuple[int, ...]) -> str:
    """A shape: ``(3, 4)``, ``()``."""
    return str(tuple(dimensions))


def index(position: tuple[int, ...], part: str) -> str:
    """An entry by its index: ``[3, 17]``, ``[2].imag``; a scalar's is ``()``."""
    return (f"[{', '.join(map(str, position))}]" if position else "()") + (f".{part}" if part else "")


def names(all_names: tuple[str, ...], *, everything: bool = False) -> str:
    """Names in quotes, the first few if there are many and not everything is wanted."""
    limit = len(all_names) if everything else _SHOWN_NAMES
    shown = ", ".join(repr(name) for name in all_names[:limit])
    rest = len(all_names) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown


def path(absolute: str, root: Path) -> str:
    """A path relative to ``root`` if it lies inside, with forward slashes."""
    try:
        return Path(absolute).relative_to(root).as_posix()
    except ValueError:
        return absolute


def seconds(number: float) -> str:
    """A duration: ``0.2 s``, ``15 s``."""
    return f"{number:.0f} s" if number >= 10 else f"{number:.1f} s"


def plural(count: int, noun: str, many: str | None = None) -> str:
    """A count with its noun: ``1 gradient``, ``2 gradients``, ``2 entries``."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"
