"""Tables as Markdown, which is what every benchmark prints and `run.py` collects."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def figure(value: float) -> str:
    """A number with two digits that count, without an exponent.

    >>> figure(6773.0), figure(0.01234), figure(1_149_000.0)
    ('6,800', '0.012', '1,100,000')
    """
    return f"{float(f'{value:.2g}'):,.15g}"


def table(header: Sequence[str], rows: Iterable[Sequence[object]], texts: int = 1) -> str:
    """A table whose first columns are text, one or as many as said, and whose others are figures.

    >>> print(table(["model", "ratio"], [["LSTM", 1.2]]))
    | model | ratio |
    | --- | ---: |
    | LSTM | 1.2 |
    """
    lines = [header, [*["---"] * texts, *["---:"] * (len(header) - texts)], *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
