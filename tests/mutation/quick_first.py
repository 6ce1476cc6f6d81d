"""A plugin of pytest for mutmut's runs: quick tests first, which notice most changes in a fraction of a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

# Where mutmut keeps how long each test took, in the folder in which it runs them.
TIMES = Path("mutmut-stats.json")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by the time they took in the run without a change."""
    seconds = json.loads(TIMES.read_text(encoding="utf-8"))["duration_by_test"] if TIMES.exists() else {}
    items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))
