"""Results of all tests in the process that reports: the only one, or the controller of pytest-xdist."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tfgrad.known_tests import remember
from pytest_tfgrad.options import OptionError, parse
from pytest_tfgrad.report.files import SUFFIXES, missing_for, write_report

if TYPE_CHECKING:
    from pytest_tfgrad.results import TestResult
    from pytest_tfgrad.selection import RunSettings

# The attribute of a test's report that carries its result; pytest sends attributes of plain data between processes.
_ATTRIBUTE = "gradcheck"


def attach(report: pytest.TestReport, result: TestResult) -> None:
    """Put a result on the report of its test."""
    from pytest_tfgrad.plain_results import to_plain  # noqa: PLC0415 - runs that check nothing do without

    setattr(report, _ATTRIBUTE, to_plain(result))


class Collector:
    """Collects what tests found out, and writes it where the user wants it.

    Args:
        settings: of the run.
        path: of the report; None for no report.
        slowest: how many of the slowest checks to show, 0 for all, None for none.
    """

    def __init__(self, settings: RunSettings, path: Path | None, slowest: int | None) -> None:
        self._settings = settings
        self._path = path
        self._slowest = slowest
        self._tests: list[TestResult] = []

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result that a report carries."""
        data = getattr(report, _ATTRIBUTE, None)
        if data is not None:
            from pytest_tfgrad.plain_results import restored  # noqa: PLC0415 - runs that check nothing do without

            self._tests.append(restored(data))

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        """Print what was checked and what was not."""
        if not self._tests and not self._settings.every_test:
            return
        from pytest_tfgrad.report.summary import (  # noqa: PLC0415 - runs that check nothing do without
            slowest_lines,
            summary_lines,
        )

        if self._slowest is not None and (lines := slowest_lines(self._tests, self._slowest)):
            terminalreporter.write_sep("=", "slowest gradient checks")
            for line in lines:
                terminalreporter.write_line(line)
        terminalreporter.write_sep("=", "gradients")
        for line in summary_lines(self._tests, config.rootpath):
            terminalreporter.write_line(line)

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report, also when the run was interrupted, and remember which tests take gradients."""
        remember(session.config, self._tests)
        if self._path is None:
            return
        from pytest_tfgrad.results import Report  # noqa: PLC0415 - runs that check nothing do without

        report = Report(version("pytest-tfgrad"), tuple(self._tests))
        try:
            write_report(report, self._path, session.config.rootpath)
        except OSError as error:
            raise pytest.UsageError(f"--gradcheck-report: cannot write {self._path}: {error.strerror}") from None


def durations(config: pytest.Config) -> int | None:
    """How many of the slowest checks are to be shown, None for none.

    Raises:
        pytest.UsageError: the number makes no sense.
    """
    text = config.getoption("gradcheck_durations")
    try:
        return None if text is None else int(parse("durations", text, "--gradcheck-durations"))
    except OptionError as error:
        raise pytest.UsageError(str(error)) from None


def report_path(config: pytest.Config) -> Path | None:
    """Where the report is to be written.

    Raises:
        pytest.UsageError: the suffix is unknown or the folder cannot be written to.
    """
    text = config.getoption("gradcheck_report")
    if text is None:
        return None
    path = Path(config.invocation_params.dir, text)
    if path.suffix not in SUFFIXES:
        raise pytest.UsageError(f"--gradcheck-report: {text!r} must end in {' or '.join(SUFFIXES)}")
    if missing := missing_for(path.suffix):
        raise pytest.UsageError(f"--gradcheck-report: {missing}")
    if not path.parent.is_dir():
        raise pytest.UsageError(f"--gradcheck-report: the folder {str(path.parent)!r} does not exist")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise pytest.UsageError(f"--gradcheck-report: {str(path)!r} cannot be written to")
    return path
