"""A line on the terminal that says how far a long check is, inside of pytest and outside."""

from __future__ import annotations

import shutil
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import pytest

# On the suites tried, the checks of a test took 0.05 to 0.5 s: whoever waits for longer than this looks for a reason.
_PATIENCE = 2.0
# Faster than this nobody reads; each line costs one write to the terminal.
_INTERVAL = 0.5


class _Pace:
    """When a line is to be written again."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._next = self._start + _PATIENCE

    def line(self, doing: str) -> str:
        """The line if it is time for it, cut to the width of the terminal; else empty."""
        now = time.monotonic()
        if now < self._next:
            return ""
        self._next = now + _INTERVAL
        # The last column stays free: some terminals begin a new line when it is written to.
        return f"gradcheck: {now - self._start:.0f} s, {doing}"[: shutil.get_terminal_size().columns - 1]


class TerminalLine:
    """Says how far a check outside of pytest is, once it takes long; silent where the stream is no terminal.

    Args:
        stream: where to write.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream if stream.isatty() else None
        self._pace = _Pace()
        self._width = 0

    def __call__(self, doing: str) -> None:
        """Tell what is being done now, in a few words."""
        if self._stream is not None and (line := self._pace.line(doing)):
            self._write(line)

    def close(self) -> None:
        """Take the line away."""
        if self._width:
            self._write("")
            self._write("")

    def _write(self, line: str) -> None:
        assert self._stream is not None
        self._stream.write("\r" + line.ljust(self._width))
        self._stream.flush()
        self._width = len(line)


class ProgressLine:
    """Says how far the check of one test is, once it takes long; silent where nobody sees a line being rewritten.

    Written through pytest's own terminal reporter, which knows what else stands on the line, while pytest's capture is
    suspended: the reporter writes to the output that is captured. Workers of pytest-xdist have no terminal.

    Args:
        config: of the run.
        nodeid: of the test.
    """

    def __init__(self, config: pytest.Config, nodeid: str) -> None:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        quiet = reporter is None or not reporter.isatty or reporter.verbosity < 0 or hasattr(config, "workerinput")
        self._reporter: Any = None if quiet else reporter
        capture = config.pluginmanager.get_plugin("capturemanager")
        self._uncaptured: Callable[[], AbstractContextManager[None]] = (
            nullcontext if capture is None else capture.global_and_fixture_disabled
        )
        self._nodeid = nodeid
        self._pace = _Pace()
        self._shown = False

    def __call__(self, doing: str) -> None:
        """Tell what is being done now.

        Args:
            doing: a few words, such as "gradient 1 of 2, entry 3 of 8".
        """
        line = "" if self._reporter is None else self._pace.line(f"{doing}, {self._nodeid}")
        if not line:
            return
        with self._uncaptured():
            if not self._shown:
                self._reporter.ensure_newline()
                self._shown = True
            self._reporter.rewrite(line, erase=True)
            self._reporter.flush()

    def close(self) -> None:
        """Leave the line as it is, and the terminal as the test's outcome is to find it."""
        if not self._shown:
            return
        with self._uncaptured():
            if self._reporter.verbosity == 0:
                self._reporter.write_fspath_result(self._nodeid, "")
            else:
                self._reporter.line("")
            self._reporter.flush()
