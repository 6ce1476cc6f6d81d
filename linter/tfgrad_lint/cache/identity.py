"""A name for the linter as it is installed, so that no other version's results are taken for its own."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path

from tfgrad_lint.dependencies import digest

_PACKAGE = Path(__file__).parents[1]


def identity() -> str:
    """Return a name that changes with the version, with any file of the package, with Python's and with libcst's.

    Files are told by size and time of change, which costs 2 ms where their content would cost 20.
    """
    parts = [version("pytest-tfgrad"), version("libcst"), sys.version]
    for folder, folders, names in os.walk(_PACKAGE):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            stat = (Path(folder) / name).stat()
            parts.append(f"{folder}/{name} {stat.st_size} {stat.st_mtime_ns}")
    return digest("\n".join(parts).encode())
