"""The line that says how far a long check is, on a real (pseudo) terminal."""

from __future__ import annotations

import json
import os
import re
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


# Gives the process the terminal as its own, so that Ctrl-C reaches it, which shells make their background jobs ignore.
LEAD = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGINT, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def on_a_terminal(pytester: pytest.Pytester, *args: str, ctrl_c_after: str = "") -> tuple[int, str]:
    """The exit status of Python with these arguments, and what it writes to a terminal of 100 columns.

    Args:
        pytester: whose folder it runs in.
        *args: of Python.
        ctrl_c_after: what has to be written for Ctrl-C to be typed; empty for no Ctrl-C.
    """
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm", "NO_COLOR": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", LEAD, sys.executable, *args],
        **dict.fromkeys(("stdin", "stdout", "stderr"), theirs),
        cwd=pytester.path,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    written, awaited = b"", ctrl_c_after.encode()
    try:
        while chunk := os.read(ours, 4096):
            written += chunk
            if awaited and awaited in written:
                os.write(ours, b"\x03")
                awaited = b""
    except OSError:
        # Linux reports the end of a terminal whose other side is closed as an error.
        pass
    finally:
        os.close(ours)
        process.wait()
    return process.returncode, written.decode()


def pytest_on_a_terminal(pytester: pytest.Pytester, *args: str) -> str:
    """What pytest writes to a terminal about a slow check."""
    pytester.makepyfile(test_it=SLOW)
    return on_a_terminal(pytester, "-m", "pytest", *BARE, *args)[1]


def test_a_long_check_says_how_far_it_is_and_leaves_the_other_lines_alone(pytester: pytest.Pytester) -> None:
    lines = pytest_on_a_terminal(pytester).replace("\r\n", "\n").split("\n")
    (told,) = [line for line in lines if "gradcheck: " in line]
    assert " s, gradient call 1 of 1, entry 3 of 8, test_it.py::test_slow" in told
    assert told.count("\r") > 1
    assert max(len(part) for part in told.split("\r")) <= 100
    before, after = (lines[lines.index(told) + step] for step in (-1, 1))
    assert before == "test_it.py ."
    assert after.startswith("test_it.py ..")


def test_without_capture_it_stands_between_what_tests_print(pytester: pytest.Pytester) -> None:
    written = pytest_on_a_terminal(pytester, "-s")
    assert " s, gradient call 1 of 1, entry 3 of 8, test_it.py::test_slow" in written
    assert "3 passed" in written


LONG = """
import tensorflow as tf
from pytest_tfgrad import check_gradients
import pytest_tfgrad.progress

pytest_tfgrad.progress._PATIENCE = pytest_tfgrad.progress._INTERVAL = 0.0

def deep(x):
    for _ in range(60):
        x = tf.sin(x + 0.001 * (x @ x))
    return tf.reduce_sum(x)

def check(side):
    return check_gradients(deep, [tf.ones([side, side])], mode="full", max_seconds=60)
"""


def test_a_check_outside_of_pytest_says_how_far_it_is(pytester: pytest.Pytester) -> None:
    status, written = on_a_terminal(pytester, "-c", f"{LONG}\ncheck(3)\nprint('done')")
    assert status == 0
    assert re.search(r"\rgradcheck: \d+ s, gradient call 1 of 1, entry 3 of 9", written)
    # The line is taken away before anything else is written.
    assert re.search(r"\r +\r+done\r\n$", written)


def test_a_check_outside_of_a_terminal_is_silent(pytester: pytest.Pytester) -> None:
    result = pytester.run(sys.executable, "-c", f"{LONG}\ncheck(3)")
    assert "gradcheck" not in result.stderr.str() + result.stdout.str()


INTERRUPTED = f"""
import pytest
{LONG}

def test_first():
    x = tf.ones([2])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(x)
    tape.gradient(y, x)

@pytest.mark.gradcheck(mode="full", max_seconds=60)
def test_long():
    x = tf.ones([100, 100])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = deep(x)
    tape.gradient(y, x)

def test_never(): pass
"""


@pytest.mark.parametrize("flags", [[], ["-s"]], ids=["captured", "-s"])
def test_ctrl_c_in_a_check_ends_the_run_with_a_whole_report(pytester: pytest.Pytester, flags: list[str]) -> None:
    pytester.makepyfile(test_it=INTERRUPTED)
    command = ["-m", "pytest", *BARE, "--gradcheck", "--gradcheck-report=out.json", *flags]
    status, written = on_a_terminal(pytester, *command, ctrl_c_after="test_it.py::test_long")
    assert status == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in written
    assert "Traceback (most recent call last)" not in written
    tests = {test["nodeid"]: test for test in json.loads((pytester.path / "out.json").read_text())["tests"]}
    assert [gradient["verdict"] for gradient in tests["test_it.py::test_first"]["gradients"]] == ["right"]
    assert "test_it.py::test_never" not in tests


@pytest.mark.parametrize("flag", ["-q", "-n1"])
def test_it_is_silent_when_asked_to_be_and_in_workers(pytester: pytest.Pytester, flag: str) -> None:
    written = pytest_on_a_terminal(pytester, flag)
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
