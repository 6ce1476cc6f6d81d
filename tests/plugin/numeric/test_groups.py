"""Entries of a large source in groups."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from pytest_tfgrad.numeric import Outcome
from pytest_tfgrad.numeric.comparison import Comparison
from pytest_tfgrad.numeric.derivative import Derivative
from pytest_tfgrad.numeric.directions import generator
from pytest_tfgrad.numeric.groups import undecided

AGREES = Comparison(Outcome.AGREES, 1.0, Derivative(1.0, 0.0, 1.0, 0.0, 4.0), 0.1, 1.0)
SPAN = slice(50, 350)


@dataclass
class ToldScreen:
    """Agrees along groups without these coordinates, in place of looking."""

    wrong: frozenset[int] = frozenset()
    relative: float = 1e-6
    groups: list[np.ndarray] = field(default_factory=list)

    def tolerance(self, source: int) -> float:
        assert source == 3
        return self.relative

    def along(self, source: int, positions: np.ndarray, random: np.random.Generator) -> Comparison | None:
        assert source == 3
        random.random()
        self.groups.append(positions)
        return None if self.wrong & set(positions.tolist()) else AGREES


def groups(screen: ToldScreen) -> list[np.ndarray]:
    return list(undecided(screen, 3, SPAN, generator("groups")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("relative", "sizes"), [(1e-6, [128, 128, 44]), (1.01e-6, [64, 64, 64, 64, 44]), (0.9e-6, [128, 128, 44])]
)
def test_every_entry_is_in_one_group_of_each_of_two_rounds(relative: float, sizes: list[int]) -> None:
    screen = ToldScreen(relative=relative)
    assert groups(screen) == []
    assert [group.size for group in screen.groups] == 2 * sizes
    rounds = [np.concatenate(screen.groups[: len(sizes)]), np.concatenate(screen.groups[len(sizes) :])]
    for positions in rounds:
        np.testing.assert_array_equal(np.sort(positions), np.arange(SPAN.start, SPAN.stop))
    assert (rounds[0] != rounds[1]).any()


def test_groups_are_random_and_repeatable() -> None:
    first, second = ToldScreen(), ToldScreen()
    groups(first)
    groups(second)
    assert all((one == other).all() for one, other in zip(first.groups, second.groups, strict=True))
    assert (np.diff(first.groups[0]) != 1).any()


def test_groups_that_do_not_agree_are_told() -> None:
    screen = ToldScreen(wrong=frozenset({50, 349}))
    found = groups(screen)
    assert all(any(group is one for one in screen.groups) for group in found)
    for wrong in screen.wrong:
        assert sum(wrong in group for group in found) == 2
    assert 2 <= len(found) <= 4
