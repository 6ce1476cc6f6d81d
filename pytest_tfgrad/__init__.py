"""Checks the gradients that a test's tapes record, shapes and values, against numerical estimates."""

from __future__ import annotations

from pytest_tfgrad.api import assert_gradient_shape, check_gradients
from pytest_tfgrad.errors import GradientError

__all__ = ["GradientError", "assert_gradient_shape", "check_gradients"]
