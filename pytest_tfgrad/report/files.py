"""Reports as files: which kinds there are, and how one is written."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_tfgrad.results import Report

SUFFIXES = (".json", ".html")
"""Of the reports that can be written."""

_NEEDED_FOR_HTML = ("jinja2", "matplotlib")


def missing_for(suffix: str) -> str:
    """What to tell the user if a report of this kind needs something that is not installed; empty if it does not."""
    absent = [name for name in _NEEDED_FOR_HTML if find_spec(name) is None] if suffix == ".html" else []
    if not absent:
        return ""
    return f"an HTML report needs {' and '.join(absent)}: pip install 'pytest-tfgrad[html]'"


def write_report(report: Report, path: Path, root: Path) -> None:
    """Write a report of the kind that the path's suffix says.

    Whoever reads ``path`` sees the old file or the whole new one.

    Args:
        report: what to write.
        path: of the file, with one of `SUFFIXES`.
        root: folder to which paths in the report are shown relative.

    Raises:
        OSError: the folder cannot be written to.
    """
    text = _json(report) if path.suffix == ".json" else _html(report, root)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _json(report: Report) -> str:
    from pytest_tfgrad.report.json_report import json_text  # noqa: PLC0415 - runs that check nothing do without

    return json_text(report)


def _html(report: Report, root: Path) -> str:
    from pytest_tfgrad.report.html import html_text  # noqa: PLC0415 - imports matplotlib

    return html_text(report, root)
