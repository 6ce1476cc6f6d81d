"""A progress bar for runs that take long."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

# Seconds without a bar: what ends sooner would only flicker.
_PATIENCE = 1.0


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None] | None]:
    """Give a function that takes (done, total) and shows them; None where standard error is no terminal.

    The bar appears after a second and leaves no trace.
    """
    if not sys.stderr.isatty():
        yield None
        return
    start = time.monotonic()
    bar: Progress | None = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        if bar is None and time.monotonic() - start >= _PATIENCE:
            bar = _started_bar(total)
        if bar is not None:
            bar.update(bar.tasks[0].id, completed=done)

    try:
        yield show
    finally:
        if bar is not None:
            bar.stop()


def _started_bar(total: int) -> Progress:
    # 50 ms to import, a fifth of what linting one file takes, and most runs show no bar.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("linting"), BarColumn(), MofNCompleteColumn(), TextColumn("files"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("", total=total)
    bar.start()
    return bar
