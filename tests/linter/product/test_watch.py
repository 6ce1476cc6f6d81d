"""``--watch``, run as a user runs it."""

from __future__ import annotations

import builtins
import queue
import signal
import subprocess
import sys
import threading

import pytest

WRONG = "import tensorflow as tf\nx = (\n"


class Watching:
    """A running ``tfgrad lint --watch`` whose lines are read as they come."""

    def __init__(self):
        # A shell that runs the tests in the background has its children ignore the interrupt.
        program = (
            "import signal, sys\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from tfgrad_lint.cli import main\n"
            "sys.exit(main(['lint', '--watch', '--output-format', 'concise']))\n"
        )
        command = [sys.executable, "-u", "-c", program]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def run(self):
        """Return the lines of the next run."""
        lines = []
        while not lines or not lines[-1].startswith("Watching"):
            lines.append(self._lines.get(timeout=60))
        return lines[:-1]


@pytest.fixture
def watching(write):
    write({"a.py": "import tensorflow as tf\n", "notes.txt": ""})
    started = Watching()
    yield started
    started.process.kill()
    started.process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a child process differently there")
def test_each_change_is_linted_until_an_interrupt(watching, write):
    assert watching.run() == ["No findings in 1 file."]
    write({"a.py": WRONG})
    assert watching.run() == ["a.py:2:5: TFG001 '(' was never closed", "1 finding in 1 file."]
    write({"notes.txt": "not watched", "pyproject.toml": "[tool.tfgrad]\nselct = []\n"})
    assert watching.run() == ["tfgrad: error: pyproject.toml: tool.tfgrad.selct: unknown key; did you mean 'select'?"]
    write({"pyproject.toml": '[tool.tfgrad]\nignore = ["TFG001"]\n'})
    assert watching.run() == ["No findings in 1 file."]
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(timeout=60) == 130


def test_without_the_library_the_extra_is_named(run, write, monkeypatch):
    write({"a.py": ""})
    real = builtins.__import__

    def without(name, *rest):
        if name == "watchfiles":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    outcome = run("lint", "--watch")
    assert outcome.code == 2
    assert outcome.err == "tfgrad: error: --watch needs watchfiles: pip install 'pytest-tfgrad[watch]'\n"
