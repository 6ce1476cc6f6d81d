"""The JSON report."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from pytest_tfgrad.results import to_plain

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_tfgrad.results import Report


def write_json(report: Report, path: Path) -> None:
    """Write a report; whoever reads ``path`` sees the old file or the whole new one.

    Raises:
        OSError: the folder cannot be written to.
    """
    text = json.dumps(to_plain(report), indent=1, allow_nan=False)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
