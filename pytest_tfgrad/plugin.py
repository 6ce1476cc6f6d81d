"""The hooks through which pytest calls this plugin; imports neither TensorFlow nor NumPy.

Every run of pytest loads this, so what only a checked test needs is imported there.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tfgrad.collecting import Collector, attach, durations, report_path
from pytest_tfgrad.errors import raise_failing
from pytest_tfgrad.known_tests import leave_out_tests_without_gradients
from pytest_tfgrad.options import INI_KEYS, MARKER_ARGUMENTS, OptionError, marker_settings
from pytest_tfgrad.progress import ProgressLine
from pytest_tfgrad.requirements import versions, without_tensorflow
from pytest_tfgrad.selection import Plan, RunSettings, plan_of, run_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytest_tfgrad.results import GradientResult, TestResult

_SETTINGS = pytest.StashKey[RunSettings]()
_PLAN = pytest.StashKey[Plan]()
_PROBLEM = pytest.StashKey[str]()
_RESULT = pytest.StashKey["TestResult"]()
_EXPLANATION = pytest.StashKey[str]()

MARKERS = {
    "gradcheck": "check shapes and values of every gradient that the test takes from a tape",
    "gradshape": "check shapes, types, None and finiteness of every gradient that the test takes from a tape",
    "no_gradcheck": "leave the gradients of the test alone under --gradcheck",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flags and the keys of the ini file."""
    group = parser.getgroup("gradcheck", "gradients of tf.GradientTape")
    group.addoption("--gradcheck", action="store_true", help="check the gradients that every test takes from tapes")
    group.addoption(
        "--gradcheck-report",
        metavar="PATH",
        help="write all results to PATH (.json or .html), also when the run is interrupted",
    )
    group.addoption(
        "--gradcheck-mode",
        metavar="MODE",
        help="full: every entry; projection: random directions; auto (default): by size",
    )
    group.addoption(
        "--gradcheck-only",
        action="store_true",
        help="as --gradcheck, without the tests that took no gradient when they were last looked at (unknown ones run)",
    )
    group.addoption(
        "--gradcheck-durations",
        metavar="N",
        help="show the N tests whose gradients took longest to check; 0 shows all",
    )
    group.addoption("--gradcheck-strict", action="store_true", help="fail tests with inconclusive gradients")
    for key in INI_KEYS:
        parser.addini(f"gradcheck_{key}", f"as the marker argument {key}, for every checked test", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; refuse settings that make no sense before anything runs."""
    for name, purpose in MARKERS.items():
        config.addinivalue_line("markers", f"{name}({', '.join(MARKER_ARGUMENTS[name])}): {purpose}")
    try:
        config.stash[_SETTINGS] = settings = run_settings(config)
    except OptionError as error:
        raise pytest.UsageError(str(error)) from None
    path, slowest = report_path(config), durations(config)
    if settings.every_test and (missing := without_tensorflow("--gradcheck")):
        raise pytest.UsageError(missing)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(settings, path, slowest), "gradcheck-collector")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Print the settings in force, where they concern tests without a marker."""
    settings = config.stash[_SETTINGS]
    if not settings.every_test:
        return None
    options = settings.options("flag")
    return (
        f"gradcheck: {versions()}\n"
        f"gradcheck: every test; mode {options.mode}, {options.directions} directions, functions {options.functions}, "
        f"at most {options.max_seconds:g} s a test; None: {options.none}, NaN or Inf: {options.nonfinite}"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Decide about each test; wrong markers are errors before any test runs."""
    problems: dict[pytest.Item, str] = {}
    for item in items:
        try:
            plan = item.stash[_PLAN] = plan_of(item, config.stash[_SETTINGS])
        except OptionError as error:
            problems[item] = f"{item.nodeid}: {error}"
        else:
            if plan.marked and (missing := without_tensorflow(f"the marker of {item.nodeid}")):
                problems[item] = missing
    if problems and not hasattr(config, "workerinput"):
        raise pytest.UsageError("\n".join(problems.values()))
    if config.getoption("gradcheck_only"):
        leave_out_tests_without_gradients(config, items)
    # A worker of pytest-xdist cannot end the run: an error of its collection is taken for a crash.
    for item, problem in problems.items():
        item.stash[_PROBLEM] = problem


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test with a wrong marker on a worker of pytest-xdist."""
    if _PROBLEM in item.stash:
        pytest.fail(item.stash[_PROBLEM], pytrace=False)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Record while the test runs, check when it has passed, fail it for its gradients."""
    plan = item.stash.get(_PLAN, Plan(None))
    if plan.options is None:
        if plan.excused:
            _leave_out(item, plan.excused)
        return (yield)
    from pytest_tfgrad.report.terminal import failure_text  # noqa: PLC0415 - runs that check nothing do without
    from pytest_tfgrad.running import check_watched, explanation, is_failure, watched  # noqa: PLC0415 - imports TensorFlow

    failure: BaseException | None = None
    try:
        with watched(plan) as watch:
            outcome = yield
        # A unittest test keeps its exceptions until its report is made.
        failure = next((info.value for info in getattr(item, "_excinfo", None) or ()), None)
    except BaseException as error:
        failure = error
        raise
    finally:
        if failure is not None:
            _leave_out(item, "failed, or was skipped, by itself")
            if is_failure(failure):
                with closing(ProgressLine(item.config, item.nodeid)) as progress:
                    item.stash[_EXPLANATION] = explanation(watch, plan, item, progress)
    if failure is None:
        try:
            with closing(ProgressLine(item.config, item.nodeid)) as progress:
                result = check_watched(watch, plan, item.nodeid, progress)
        except BaseException:
            _leave_out(item, "its check was interrupted")
            raise
        _add(item, result)
        if result.failing:
            verbosity = item.config.option.verbose
            pytest.fail(failure_text(result, result.failing, item.config.rootpath, verbosity), pytrace=False)
    return outcome


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send what was found out about a test with its report, and put it into JUnit's file."""
    if call.when == "call" and _RESULT in item.stash:
        from pytest_tfgrad.report.junit import properties  # noqa: PLC0415 - runs that check nothing do without

        item.user_properties += properties(item.stash[_RESULT])
    report = yield
    if call.when == "call" and _RESULT in item.stash:
        attach(report, item.stash[_RESULT])
        del item.stash[_RESULT]
    if call.when == "call" and _EXPLANATION in item.stash:
        if text := item.stash[_EXPLANATION]:
            report.sections.append(("gradients taken before the failure", text))
        del item.stash[_EXPLANATION]
    return report


@pytest.fixture
def gradcheck(request: pytest.FixtureRequest) -> Callable[..., tuple[GradientResult, ...]]:
    """Check the gradients of a function: ``gradcheck(fn, *inputs, order=1, rtol=None, ...)``.

    Takes the keyword arguments of the marker ``gradcheck``; returns one result per input and raises
    ``pytest_tfgrad.GradientError`` if one is wrong, None or not finite.
    """
    if missing := without_tensorflow("the fixture gradcheck"):
        pytest.fail(missing, pytrace=False)
    from pytest_tfgrad.explicit import check_function  # noqa: PLC0415 - imports TensorFlow

    node: pytest.Item = request.node

    def check(fn: Callable[..., Any], *inputs: Any, order: int = 1, **settings: Any) -> tuple[GradientResult, ...]:
        __tracebackhide__ = True
        options = node.config.stash[_SETTINGS].options("marker", marker_settings("gradcheck", (), settings))
        with closing(ProgressLine(node.config, node.nodeid)) as progress:
            result = check_function(fn, inputs, order, options, node.nodeid, progress)
        _add(node, result)
        raise_failing(result, node.nodeid)
        return result.gradients

    return check


def _add(item: pytest.Item, result: TestResult) -> None:
    """Keep a result until the report of the test is made."""
    item.stash[_RESULT] = item.stash[_RESULT].plus(result) if _RESULT in item.stash else result


def _leave_out(item: pytest.Item, reason: str) -> None:
    """Keep why the gradients of a test were not checked."""
    from pytest_tfgrad.results import TestResult  # noqa: PLC0415 - runs that check nothing do without

    _add(item, TestResult(item.nodeid, skipped=reason))
