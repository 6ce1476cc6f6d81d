"""Runs work that recurses as deeply as the nesting of a user's code, without overflowing the C stack."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# libcst's parser needs 4 to 8 KiB a level (1,000 brackets fit into 8 MiB, 2,000 abort the process; 64,000 fit into
# 512 MiB). Only the pages that are touched cost memory.
_STACK_BYTES = 512 << 20

# Python's own limit of 1,000 stops at an expression of about 300 nested calls, each of which takes several frames.
_RECURSION_LIMIT = 20_000


def with_deep_stack(work: Callable[[], T]) -> T:
    """Return ``work()``, run in a thread whose stack is 512 MiB; what it raises is raised here."""
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            failure.append(error)

    size = threading.stack_size(_STACK_BYTES)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    try:
        # A daemon, so that Ctrl-C ends the process at once.
        thread = threading.Thread(target=run, name="tfgrad-lint", daemon=True)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if failure:
        raise failure[0]
    return outcome[0]
