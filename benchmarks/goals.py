"""What a benchmark is held to: each prints its goals last, and `run.py` puts those of all at the top of RESULTS.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER = ("goal", "asked", "measured", "met")


@dataclass(frozen=True)
class Goal:
    """A figure beside what is asked of it.

    Attributes:
        what: is measured.
        asked: what it should be, in words.
        measured: what it is.
        met: whether that is enough.
        otherwise: why it is not, and what was tried; shown only then.
    """

    what: str
    asked: str
    measured: str
    met: bool
    otherwise: str = ""

    def row(self) -> tuple[str, str, str, str]:
        """Cells of a table under `HEADER`."""
        return self.what, self.asked, self.measured, "yes" if self.met else f"no: {self.otherwise or 'not known why'}"


def at_most(what: str, limit: float, value: float, otherwise: str = "", unit: str = "") -> Goal:
    """A figure that should not be larger than ``limit``, both in the same unit."""
    return Goal(what, f"at most {limit:,g}{unit}", f"{value:,.3g}{unit}", value <= limit, otherwise)


def at_least(what: str, limit: float, value: float, otherwise: str = "", unit: str = "") -> Goal:
    """A figure that should not be smaller than ``limit``, both in the same unit."""
    return Goal(what, f"at least {limit:,g}{unit}", f"{value:,.3g}{unit}", value >= limit, otherwise)


def print_goals(goals: Iterable[Goal]) -> None:
    """As a table, after which a benchmark prints nothing."""
    print(f"\n{table(HEADER, (goal.row() for goal in goals), texts=4)}", flush=True)
