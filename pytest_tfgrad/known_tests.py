"""Which tests are known to take gradients, from one run to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_tfgrad.results import TestResult

_KEY = "gradcheck/takes_gradients"


def remember(config: pytest.Config, tests: Iterable[TestResult]) -> None:
    """Keep, in pytest's cache, which of these tests took gradients; what is known of others stays."""
    cache: pytest.Cache | None = getattr(config, "cache", None)
    looked_at = {test.nodeid: bool(test.gradients) for test in tests if not test.skipped}
    if cache is not None and looked_at:
        cache.set(_KEY, {**cache.get(_KEY, {}), **looked_at})


def leave_out_tests_without_gradients(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that took no gradient when they were last looked at; unknown tests stay.

    Raises:
        pytest.UsageError: no test was looked at yet, or there is no cache to know it from.
    """
    cache: pytest.Cache | None = getattr(config, "cache", None)
    known = cache.get(_KEY, {}) if cache is not None else {}
    if not known:
        reason = "pytest's cache is switched off" if cache is None else "no earlier run is known"
        raise pytest.UsageError(f"--gradcheck-only: {reason}; run pytest --gradcheck once")
    left_out = [item for item in items if not known.get(item.nodeid, True)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if known.get(item.nodeid, True)]
