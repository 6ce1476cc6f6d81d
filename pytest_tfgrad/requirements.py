"""What has to be installed for a check."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import pytest

_INSTALL = "pip install 'pytest-tfgrad[tensorflow]'"


def require_tensorflow(asker: str) -> None:
    """Make sure that TensorFlow can be imported, without importing it.

    Args:
        asker: what needs it, as the user wrote it.

    Raises:
        pytest.UsageError: it is not installed.
    """
    if "tensorflow" not in sys.modules and find_spec("tensorflow") is None:
        raise pytest.UsageError(f"{asker} needs TensorFlow, which is not installed: {_INSTALL}")
