"""The line that says how far a long check is, on a real (pseudo) terminal."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .test_plugin import BARE, run

pytest_plugins = ["pytester"]

pty = pytest.importorskip("pty", reason="Windows has no pseudo terminals")

# The line itself needs no TensorFlow: a check that takes its time is played by a loop.
SLOW = """
import time
from contextlib import closing
from pytest_tfgrad.progress import ProgressLine

def test_before(): pass

def test_slow(request):
    with closing(ProgressLine(request.config, request.node.nodeid)) as progress:
        start = time.monotonic()
        while time.monotonic() < start + 3.5:
            progress("gradient call 1 of 1, entry 3 of 8")
            time.sleep(0.01)

def test_after(): pass
"""


def on_a_terminal(pytester: pytest.Pytester, *args: str) -> str:
    """What pytest writes to a terminal of 100 columns."""
    pytester.makepyfile(test_it=SLOW)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pytest", *BARE, *args]
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm", "NO_COLOR": "1"}
    process = subprocess.Popen(command, cwd=pytester.path, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 4096):
            written += chunk
    except OSError:
        # Linux reports the end of a terminal whose other side is closed as an error.
        pass
    finally:
        os.close(ours)
        process.wait()
    return written.decode()


def test_a_long_check_says_how_far_it_is_and_leaves_the_other_lines_alone(pytester: pytest.Pytester) -> None:
    lines = on_a_terminal(pytester).replace("\r\n", "\n").split("\n")
    (told,) = [line for line in lines if "gradcheck: " in line]
    assert " s, gradient call 1 of 1, entry 3 of 8, test_it.py::test_slow" in told
    assert told.count("\r") > 1
    assert max(len(part) for part in told.split("\r")) <= 100
    before, after = (lines[lines.index(told) + step] for step in (-1, 1))
    assert before == "test_it.py ."
    assert after.startswith("test_it.py ..")


@pytest.mark.parametrize("flag", ["-q", "-n1"])
def test_it_is_silent_when_asked_to_be_and_in_workers(pytester: pytest.Pytester, flag: str) -> None:
    written = on_a_terminal(pytester, flag)
    assert "3 passed" in written
    assert "gradient call" not in written


FORCED = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    # A truth value in old versions of pytest, a method in new ones: a function is good for both.
    config.pluginmanager.get_plugin("terminalreporter").isatty = lambda: True
"""


@pytest.mark.parametrize("watched", [True, False])
def test_checks_tell_what_they_are_doing_only_on_a_terminal(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, watched: bool
) -> None:
    monkeypatch.setattr("pytest_tfgrad.progress._PATIENCE", 0.0)
    monkeypatch.setattr("pytest_tfgrad.progress._INTERVAL", 0.0)
    if watched:
        pytester.makeconftest(FORCED)
    result = run(
        pytester,
        """
def test_marked(): gradient(tf.sin)
def test_fixture(gradcheck): gradcheck(tf.cos, tf.ones([3]))
""",
        "--gradcheck",
    )
    result.assert_outcomes(passed=2)
    written = result.stdout.str()
    assert ("gradient call 1 of 1, entry 2 of 2, " in written) == watched
    assert ("gradient call 1 of 1, entry 3 of 3, " in written) == watched
