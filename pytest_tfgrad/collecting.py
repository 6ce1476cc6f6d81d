"""Results of all tests in the process that reports: the only one, or the controller of pytest-xdist."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tfgrad.report.json_report import write_json
from pytest_tfgrad.report.summary import summary_lines
from pytest_tfgrad.results import Report, TestResult, restored, to_plain

if TYPE_CHECKING:
    from pytest_tfgrad.selection import RunSettings

# The attribute of a test's report that carries its result; pytest sends attributes of plain data between processes.
_ATTRIBUTE = "gradcheck"


def attach(report: pytest.TestReport, result: TestResult) -> None:
    """Put a result on the report of its test."""
    setattr(report, _ATTRIBUTE, to_plain(result))


class Collector:
    """Collects what tests found out, and writes it where the user wants it.

    Args:
        settings: of the run.
        path: of the JSON report; None for no report.
    """

    def __init__(self, settings: RunSettings, path: Path | None) -> None:
        self._settings = settings
        self._path = path
        self._tests: list[TestResult] = []

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result that a report carries."""
        data = getattr(report, _ATTRIBUTE, None)
        if data is not None:
            self._tests.append(restored(data))

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        """Print what was checked and what was not."""
        if not self._tests and not self._settings.every_test:
            return
        terminalreporter.write_sep("=", "gradients")
        for line in summary_lines(self._tests, config.rootpath):
            terminalreporter.write_line(line)

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report, also when the run was interrupted."""
        if self._path is None:
            return
        try:
            write_json(Report(version("pytest-tfgrad"), tuple(self._tests)), self._path)
        except OSError as error:
            raise pytest.UsageError(f"--gradcheck-report: cannot write {self._path}: {error.strerror}") from None


def report_path(config: pytest.Config) -> Path | None:
    """Where the report is to be written.

    Raises:
        pytest.UsageError: the suffix is unknown or the folder cannot be written to.
    """
    text = config.getoption("gradcheck_report")
    if text is None:
        return None
    path = Path(config.invocation_params.dir, text)
    if path.suffix != ".json":
        raise pytest.UsageError(f"--gradcheck-report: {text!r} must end in .json")
    if not path.parent.is_dir():
        raise pytest.UsageError(f"--gradcheck-report: the folder {str(path.parent)!r} does not exist")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise pytest.UsageError(f"--gradcheck-report: {str(path)!r} cannot be written to")
    return path
