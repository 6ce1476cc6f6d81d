"""Checks many files, in this process or in several."""

from __future__ import annotations

import os
import signal
from functools import partial
from typing import TYPE_CHECKING

from tfgrad_lint.deep_stack import deep_stack
from tfgrad_lint.file_check import check_file, forget_imports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tfgrad_lint.file_result import FileResult
    from tfgrad_lint.fixing.repaired import FixRequest
    from tfgrad_lint.settings import Settings

    Work = Sequence[tuple[Path, Settings]]

# A worker takes 0.3 s to start where processes are not forked; a file of ordinary length is checked in about 10 ms.
_FILES_WORTH_A_WORKER = 60

# Small enough to share the work evenly, large enough that handing it over (0.2 ms) does not count.
_CHUNK = 8


def check_files(work: Work, jobs: int | None = None, fix: FixRequest | None = None) -> Iterator[FileResult]:
    """Yield the result of each file, in the order of ``work``.

    Args:
        work: Absolute paths with the settings that hold for them.
        jobs: The number of processes; 1 is this one alone, None as many as there are processors and work for.
        fix: What to fix; None: nothing.
    """
    jobs = jobs or max(1, min(available_processors(), len(work) // _FILES_WORTH_A_WORKER))
    if jobs == 1:
        forget_imports()
        yield from _checked(work, fix)
        return
    # A run that is one process, as for a file in an editor, need not import what starts others.
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    chunks = [work[start : start + _CHUNK] for start in range(0, len(work), _CHUNK)]
    pool = ProcessPoolExecutor(jobs, initializer=_leave_interrupts_to_the_parent)
    try:
        for results in pool.map(partial(_check_chunk, fix=fix), chunks):
            yield from results
    finally:
        # On Ctrl-C what has not begun is dropped; what is at work ends within its step budget.
        pool.shutdown(cancel_futures=True)


def available_processors() -> int:
    """Return how many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _checked(work: Work, fix: FixRequest | None) -> Iterator[FileResult]:
    check = check_file if fix is None else _fixing(fix)
    with deep_stack() as call:
        for path, settings in work:
            yield call(check, path, settings)


def _fixing(fix: FixRequest) -> Callable[[Path, Settings], FileResult]:
    from tfgrad_lint.fixing.file_fix import fix_file  # noqa: PLC0415 - like this only where something is to be fixed

    return partial(fix_file, request=fix)


def _check_chunk(work: Work, fix: FixRequest | None) -> list[FileResult]:
    return list(_checked(work, fix))


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
