"""How much memory the values of a replay may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_tfgrad.replay.errors import CannotReplay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.replay.operation import Operation, Values

MOST_BYTES = 2**31
"""Of values at a time: what a recording of at most 1 GiB in float32 takes in float64.

What functions compute inside is not recorded, and would have no bound else.
"""


@dataclass(eq=False)
class Memory:
    """Counts what a replay's ops make while it runs for the first time, as if no result shared the memory of another.

    Attributes:
        made: bytes of all results together.
    """

    made: int = 0
    _held: int = field(default=0, init=False)
    _sizes: dict[int, int] = field(default_factory=dict, init=False)

    def count(self, op: Operation, values: Values) -> None:
        """Add the results of an op that ran.

        Raises:
            CannotReplay: if more would be held at a time than is allowed.
        """
        for identity in op.outputs:
            size = self._sizes[identity] = _size(values[identity])
            self.made += size
            self._held += size
        if self._held > MOST_BYTES:
            raise CannotReplay(f"Recomputing it in float64 takes more than {MOST_BYTES / 2**20:.0f} MiB of memory.")

    def release(self, identities: Sequence[int]) -> None:
        """Take off what is not needed any more."""
        self._held -= sum(self._sizes.pop(identity, 0) for identity in identities)

    @property
    def allows_to_keep_all(self) -> bool:
        """Whether all results may be held at the same time, as a backward pass does."""
        return self.made <= MOST_BYTES


def _size(tensor: Any) -> int:
    """Bytes of a tensor's values; 0 for containers, whose members count themselves."""
    try:
        return int(tensor.dtype.size) * int(tensor.shape.num_elements() or 0)
    except (TypeError, ValueError):
        return 0
