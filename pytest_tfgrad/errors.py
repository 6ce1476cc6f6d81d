"""What is raised at a wrong gradient, and what is said where the plugin itself fails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_tfgrad.results import GradientResult, TestResult


class GradientError(AssertionError):
    """At least one gradient is not what it should be; the message is the report.

    Attributes:
        results: of all gradients that were checked, the right ones too.
    """

    def __init__(self, message: str, results: tuple[GradientResult, ...]) -> None:
        super().__init__(message)
        self.results = results


def raise_failing(result: TestResult, nodeid: str | None) -> None:
    """Raise for the gradients that fail a test, if there are any.

    Args:
        result: of the test.
        nodeid: its name for the command that repeats it; None outside of pytest.

    Raises:
        GradientError: with the report.
    """
    if result.failing:
        from pytest_tfgrad.report.terminal import gradient_text  # noqa: PLC0415 - runs that check nothing do without

        texts = [gradient_text(gradient, Path.cwd(), nodeid) for gradient in result.failing]
        raise GradientError("\n\n".join(texts), result.gradients)


def own_failure(error: Exception) -> str:
    """What is said where an error of the plugin's own ended a check, which must not end the test."""
    return f"the check itself failed, please report it: {type(error).__name__}: {error}"
