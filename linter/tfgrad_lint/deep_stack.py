"""Runs work that recurses as deeply as the nesting of a user's code, without overflowing the C stack."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from tfgrad_lint.garbage import rare_collections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
T = TypeVar("T")

# libcst's parser needs 4 to 8 KiB a level (1,000 brackets fit into 8 MiB, 2,000 abort the process; 64,000 fit into
# 512 MiB). Only the pages that are touched cost memory.
_STACK_BYTES = 512 << 20

# Python's own limit of 1,000 stops at an expression of about 300 nested calls, each of which takes several frames.
_RECURSION_LIMIT = 20_000


class Call(Protocol):
    """Calls a function elsewhere, and returns or raises what it does."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return ``function(*args, **kwargs)``."""


@contextmanager
def deep_stack() -> Iterator[Call]:
    """Give a way to call functions, one after another, in a thread whose stack is 512 MiB; what all analyses run in.

    Interrupted by Ctrl-C, the block ends after the running call, because a parser that is still at work while the
    interpreter shuts down aborts the process.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    size = threading.stack_size(_STACK_BYTES)
    try:
        with rare_collections(), ThreadPoolExecutor(max_workers=1, thread_name_prefix="tfgrad-lint") as executor:
            # The size counts for threads that start from now on: start ours, and leave it to no other.
            executor.submit(int).result()
            threading.stack_size(size)

            def call(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
                return executor.submit(function, *args, **kwargs).result()

            yield call
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
