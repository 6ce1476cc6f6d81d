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

# Along a random direction over 64 entries one that is off by 1e-3 of a typical one is missed at most once in 60 times
# (docs/gradient-checks.md); it takes part in two such groups, beside other entries in each.
_SIZE = 64
_ROUNDS = 2


def undecided(screen: Screen, source: int, span: slice, random: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Groups of coordinates that do not agree at first sight: their members have to be looked at one by one.

    Args:
        screen: of the claim.
        source: which source.
        span: its coordinates.
        random: forms the groups.
    """
    for _ in range(_ROUNDS):
        order = span.start + random.permutation(span.stop - span.start)
        for start in range(0, order.size, _SIZE):
            group = order[start : start + _SIZE]
            if screen.along(source, group, random) is None:
                yield group
