"""Every entry of a large source, several at a time: group testing.

R. Dorfman, "The Detection of Defective Members of Large Populations", Annals of Mathematical Statistics 14(4), 1943.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from pytest_tfgrad.numeric.screening import Screen

# In float64 an entry that is off by 1e-3 of a typical one is missed at most once in 60 times along a random direction
# over 128 entries (docs/gradient-checks.md); it takes part in two such groups, beside other entries in each. Groups are
# smaller where first sight allows for more rounding.
_SIZE, _SMALLER_SIZE = 128, 64
_FINE = 1e-6
_ROUNDS = 2


def undecided(screen: Screen, source: int, span: slice, random: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Groups of coordinates that do not agree at first sight: their members have to be looked at one by one.

    Args:
        screen: of the claim.
        source: which source.
        span: its coordinates.
        random: forms the groups.
    """
    size = _SIZE if screen.tolerance(source) <= _FINE else _SMALLER_SIZE
    for _ in range(_ROUNDS):
        order = span.start + random.permutation(span.stop - span.start)
        for start in range(0, order.size, size):
            group = order[start : start + size]
            if screen.along(source, group, random) is None:
                yield group
