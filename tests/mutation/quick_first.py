"""A plugin of pytest for mutmut's runs: quick tests first, which notice most changes in a fraction of a second."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis

if TYPE_CHECKING:
    import pytest

# Where mutmut keeps how long each test took, in the folder in which it runs them.
TIMES = Path("mutmut-stats.json")
# Tests that take longer than so many seconds are left out; set for the first look at all changes.
SLOWEST = "MUTATION_SLOWEST"

# A change is noticed by the first example that fails: nobody reads the smallest one.
hypothesis.settings.register_profile(
    "mutation",
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    database=None,
    derandomize=True,
    deadline=None,
)
hypothesis.settings.load_profile("mutation")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by the time they took in the run without a change, and leave out the slow ones if asked to."""
    if not TIMES.exists():
        return
    seconds = json.loads(TIMES.read_text(encoding="utf-8"))["duration_by_test"]
    items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))
    slowest = float(os.environ.get(SLOWEST, "inf"))
    quick = [item for item in items if seconds.get(item.nodeid, 0.0) <= slowest]
    items[:] = quick or items[:1]
