"""Finds shape mismatches, unintended broadcasting and GradientTape mistakes without running the code.

``lint_source`` and ``lint_paths`` are the command ``tfgrad lint`` as functions; they return ``Finding`` values.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfgrad_lint.config import Overrides
    from tfgrad_lint.errors import UsageError
    from tfgrad_lint.findings import Finding
    from tfgrad_lint.linting import LintResult, lint_paths, lint_source
    from tfgrad_lint.settings import Settings

__all__ = ["Finding", "LintResult", "Overrides", "Settings", "UsageError", "lint_paths", "lint_source"]

_HOME = {
    "Finding": "findings",
    "LintResult": "linting",
    "Overrides": "config",
    "Settings": "settings",
    "UsageError": "errors",
    "lint_paths": "linting",
    "lint_source": "linting",
}


def __getattr__(name: str) -> Any:
    # Lazily: the parser and the rules take a quarter of a second to import, and `tfgrad --version` needs neither.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
