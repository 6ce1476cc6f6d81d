"""What is put on a test case of a JUnit file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_tfgrad.report.terminal import tally
from pytest_tfgrad.results import Verdict

if TYPE_CHECKING:
    from pytest_tfgrad.results import TestResult


def properties(result: TestResult) -> list[tuple[str, str]]:
    """Names and values of the properties that tell about a test's gradients.

    ``gradcheck`` is the tally (``3 right, 1 wrong``) or why nothing was checked, ``gradcheck.seconds`` how long that
    took, and ``gradcheck.wrong`` (``none``, ``nonfinite``, ``inconclusive``) names each gradient of that verdict.
    """
    if result.skipped:
        return [("gradcheck", f"not checked: {result.skipped}")]
    if not result.gradients:
        return []
    found = [("gradcheck", tally(result.gradients)), ("gradcheck.seconds", f"{result.seconds:.3f}")]
    for gradient in result.gradients:
        if gradient.verdict is not Verdict.RIGHT:
            why = gradient.pattern or gradient.reason
            name = f"{gradient.target} w.r.t. {gradient.source}"
            found.append((f"gradcheck.{gradient.verdict.value}", f"{name}: {why}" if why else name))
    return found
