"""Where the ops between a source and a target stand in a drawing: a row each, and a lane for what runs beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.results import PathStep


@dataclass(frozen=True)
class Lanes:
    """A drawing of a graph whose nodes are rows from top to bottom: the source, the ops, the target.

    Attributes:
        lane: of each row, from 0.
        edges: rows that an edge leads from and to; it runs down in the lane of the first and turns before the second.
    """

    lane: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]

    @property
    def width(self) -> int:
        """Number of lanes."""
        return max(self.lane) + 1


def lanes_of(path: Sequence[PathStep]) -> Lanes:
    """The drawing of the ops between a source and a target; no edge passes through a row that it does not end in.

    Args:
        path: the ops in the order in which they ran.
    """
    edges = [(number + 1, row) for row, step in enumerate(path, 1) for number in step.inputs]
    target = len(path) + 1
    used = {start for start, _ in edges}
    # Nothing between source and target is without a use: what no op takes goes into the target.
    edges += [(row, target) for row in range(target) if row not in used]
    last = {start: max(end for begin, end in edges if begin == start) for start, _ in edges}
    occupants: list[int] = []
    lane = []
    for row in range(target + 1):
        free = (place for place, occupant in enumerate(occupants) if last.get(occupant, 0) <= row)
        place = next(free, len(occupants))
        occupants[place : place + 1] = [row]
        lane.append(place)
    return Lanes(tuple(lane), tuple(edges))
