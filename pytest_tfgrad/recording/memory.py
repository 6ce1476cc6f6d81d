"""How many bytes recording keeps alive, and how many it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_tfgrad.recording.tape_log import TapeLogs


class MemoryBound:
    """The bound on the tensors that the logs of tapes and finished gradient calls hold.

    Attributes:
        most: the bound in bytes.
        unchecked: bytes that came since all were last added up. Who records adds to it.
        step: how many of them there may be: adding up over all tapes for every op would be slow, and a hundredth of the
            bound is near enough.
    """

    def __init__(self, most: int, logs: TapeLogs) -> None:
        self.most = most
        self.unchecked = 0
        self.step = most / 100
        self._logs = logs
        self._kept = 0

    def keep(self, size: int) -> None:
        """Count bytes that are held until the end of the test, whatever becomes of the tapes."""
        self._kept += size
        self.unchecked += size

    def is_exceeded(self) -> bool:
        """Whether more is held than the bound allows; looked at anew every `step` bytes."""
        if self.unchecked < self.step:
            return False
        self.unchecked = 0
        return self._kept + self._logs.size_in_bytes > self.most
