"""CPU time and memory, measured one way in all benchmarks that run in this process."""

from __future__ import annotations

import gc
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds_once(call: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    call()
    return time.process_time() - start


# A first call also traces and compiles, for at most some tenths of a second.
LONG = 10.0


def seconds(call: Callable[[], object], at_least: float = 0.2) -> float:
    """Median CPU time of a call after a first one, repeated until the sum is long enough to mean something.

    The first one counts alone if it is so long that what only a first one does cannot matter.
    """
    first = seconds_once(call)
    if first > LONG:
        return first
    gc.collect()
    times: list[float] = []
    while len(times) < 3 or sum(times) < at_least:
        times.append(seconds_once(call))
    return statistics.median(times)


def own_peak_mebibytes() -> float:
    """The memory that this process needed at most; Linux only."""
    # Not ru_maxrss, in which a process starts with what its parent needed.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
