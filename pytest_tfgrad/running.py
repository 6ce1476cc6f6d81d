"""Running one test with its gradients recorded, and checking them when it is over."""

from __future__ import annotations

import sys
import unittest
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.errors import own_failure
from pytest_tfgrad.recording import record
from pytest_tfgrad.report.terminal import explanation_text
from pytest_tfgrad.results import TestResult
from pytest_tfgrad.tensorflow_adapter import IncompatibleTensorFlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from pytest_tfgrad.recording import Recording
    from pytest_tfgrad.selection import Plan


@dataclass(eq=False)
class Watch:
    """What was recorded while a test ran.

    Attributes:
        recording: of the test; None if recording was not possible.
        obstacle: why it was not.
    """

    recording: Recording | None
    obstacle: str = ""


@contextmanager
def watched(plan: Plan) -> Iterator[Watch]:
    """Record the gradients that are taken inside the block, as the plan says."""
    assert plan.options is not None
    try:
        recorder = record(plan.options.functions)
        recording = recorder.__enter__()
    except IncompatibleTensorFlowError as error:
        yield Watch(None, str(error))
        return
    try:
        yield Watch(recording)
    finally:
        recorder.__exit__(*sys.exc_info())


def check_watched(watch: Watch, plan: Plan, nodeid: str, watcher: Callable[[str], None]) -> TestResult:
    """Check what was recorded of a test that passed.

    Args:
        watch: of the test.
        plan: how it is checked.
        nodeid: its name.
        watcher: is told again and again what is being done.
    """
    assert plan.options is not None
    if watch.recording is None:
        return TestResult(nodeid, skipped=watch.obstacle)
    result = check_recording(watch.recording, plan.options, nodeid, watcher)
    if plan.marked and not result.gradients:
        note = "it is marked, but no gradient was taken in it."
        return replace(result, notes=(*result.notes, note))
    return result


def is_failure(error: BaseException) -> bool:
    """Whether a test that ended so failed by what it computes, and not by a skip, a timeout or Ctrl-C."""
    return isinstance(error, Exception) and not isinstance(error, unittest.SkipTest)


def explanation(watch: Watch, plan: Plan, item: pytest.Item, watcher: Callable[[str], None]) -> str:
    """What is known of the gradients of a test that failed by itself, to stand with its failure.

    Args:
        watch: of the test.
        plan: how its gradients would be checked if it passed.
        item: the test.
        watcher: is told again and again what is being done.

    Returns:
        The text; empty if no gradient was taken. It says what the plugin itself met, too: nothing may hide the failure.
    """
    try:
        result = check_watched(watch, plan, item.nodeid, watcher)
        return explanation_text(result, item.config.rootpath, item.config.option.verbose)
    except Exception as error:  # the user waits for the failure of the test, not for ours
        return own_failure(error)
