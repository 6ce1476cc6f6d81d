"""Numerical derivatives with error estimates, and the comparison of a claimed gradient with them; plain NumPy."""

from __future__ import annotations

from pytest_tfgrad.numeric.budget import Budget, OutOfBudget
from pytest_tfgrad.numeric.check import Mode, Settings, check
from pytest_tfgrad.numeric.comparison import Comparison, Outcome
from pytest_tfgrad.numeric.entries import Entry
from pytest_tfgrad.numeric.finding import Finding
from pytest_tfgrad.numeric.problem import Problem
from pytest_tfgrad.numeric.tolerance import ROUNDINGS, Rounding, rounding_for

__all__ = [
    "ROUNDINGS",
    "Budget",
    "Comparison",
    "Entry",
    "Finding",
    "Mode",
    "OutOfBudget",
    "Outcome",
    "Problem",
    "Rounding",
    "Settings",
    "check",
    "rounding_for",
]
