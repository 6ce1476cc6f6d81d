"""The JSON report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_tfgrad.plain_results import to_plain

if TYPE_CHECKING:
    from pytest_tfgrad.results import Report


def json_text(report: Report) -> str:
    """A report as JSON; numbers that JSON does not know are null."""
    return json.dumps(to_plain(report), indent=1, allow_nan=False) + "\n"
