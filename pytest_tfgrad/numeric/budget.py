"""How long a check may take."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class OutOfBudget(Exception):
    """The time allowed for a check is spent; what is not decided by now stays undecided."""


@dataclass(eq=False)
class Budget:
    """A number of seconds, counted from construction, asked before each evaluation.

    Args:
        seconds: the time allowed, at least 0; infinity for no limit.
        grace: seconds added once, when a gradient is suspected to be wrong and has to be looked at closely.
        clock: tells the time in seconds.
        watcher: is told before each evaluation what it is for.
    """

    seconds: float = float("inf")
    grace: float = 0.0
    clock: Callable[[], float] = time.monotonic
    watcher: Callable[[str], None] | None = None
    _purpose: str = field(default="", init=False)
    spent: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._start = self.clock()

    def elapsed(self) -> float:
        """Seconds since construction."""
        return self.clock() - self._start

    @property
    def is_over(self) -> bool:
        """Whether the time is spent."""
        return self.elapsed() >= self.seconds

    def suspect(self) -> None:
        """Grant the grace, once."""
        self.seconds += self.grace
        self.grace = 0.0

    def spend(self) -> None:
        """Count one evaluation.

        Raises:
            OutOfBudget: the time is over.
        """
        if self.is_over:
            raise OutOfBudget(f"the time allowed (max_seconds) was over after {self.spent} evaluations")
        self.spent += 1
        if self.watcher is not None:
            self.watcher(self._purpose)

    @contextmanager
    def spent_on(self, purpose: str) -> Iterator[None]:
        """Tell the watcher what the evaluations inside are for, in a few words."""
        outer, self._purpose = self._purpose, purpose
        try:
            yield
        finally:
            self._purpose = outer
