"""How paths are taken and how they are shown."""

from __future__ import annotations

import os
from pathlib import Path


def absolute(path: Path | str) -> Path:
    """Return ``path`` made absolute and freed of ``..``, links kept: findings show the path that the user typed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the links


def display(path: Path | str) -> str:
    """Return ``path`` relative to the working folder where it can be, with forward slashes."""
    try:
        return os.path.relpath(path).replace(os.sep, "/")
    except ValueError:  # another drive on Windows
        return str(path).replace(os.sep, "/")
