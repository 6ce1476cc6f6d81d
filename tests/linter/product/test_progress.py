from __future__ import annotations

import sys

import pytest
from tfgrad_lint.commands import progress


@pytest.fixture
def terminal(monkeypatch, run):
    """Run the linter as on a terminal, with a clock that advances by the given seconds a call."""

    def run_on_terminal(*arguments, seconds, is_terminal=True):
        ticks = iter(range(10_000))
        monkeypatch.setattr(progress.time, "monotonic", lambda: next(ticks) * seconds)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        return run("lint", "--jobs", "1", *arguments)

    return run_on_terminal


@pytest.mark.parametrize(
    ("seconds", "is_terminal", "shown"), [(0.6, True, True), (0.1, True, False), (0.6, False, False)]
)
def test_a_bar_appears_only_on_a_terminal_and_after_a_second(write, terminal, seconds, is_terminal, shown):
    write({f"m{index}.py": "import tensorflow\ntfg101\n" for index in range(4)})
    outcome = terminal(seconds=seconds, is_terminal=is_terminal)
    assert ("linting" in outcome.err) == shown
    assert ("4/4" in outcome.err) == shown
    assert "linting" not in outcome.out
    assert outcome.code == 1
