"""Dimensions, and numbers for their symbols, to test the algebra with."""

from __future__ import annotations

from hypothesis import strategies as st
from tfgrad_lint.shapes.dims import Dim, Symbol, of_symbol, substitute

SYMBOLS = tuple(Symbol(name) for name in ("B", "T", "D"))

Values = dict[Symbol, Dim]


def _combined(children: st.SearchStrategy[Dim]) -> st.SearchStrategy[Dim]:
    pairs = st.tuples(children, children)
    return st.one_of(
        pairs.map(lambda pair: pair[0] + pair[1]),
        pairs.map(lambda pair: pair[0] - pair[1]),
        pairs.map(lambda pair: pair[0] * pair[1]),
    )


atoms: st.SearchStrategy[Dim] = st.one_of(st.integers(0, 6), st.sampled_from(SYMBOLS).map(of_symbol))
# Sums and products of sizes, as programs make them.
dims = st.recursive(atoms, _combined, max_leaves=5)
values: st.SearchStrategy[Values] = st.fixed_dictionaries({symbol: st.integers(0, 9) for symbol in SYMBOLS})


def number(dim: Dim, given: Values) -> int:
    """Return the integer that ``dim`` is for these values of its symbols."""
    result = substitute(dim, given)
    assert isinstance(result, int), result
    return result
