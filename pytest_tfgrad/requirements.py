"""What has to be installed for a check."""

from __future__ import annotations

import sys
from importlib.util import find_spec

_INSTALL = "pip install 'pytest-tfgrad[tensorflow]'"


def without_tensorflow(asker: str) -> str:
    """What to tell the user if TensorFlow is not installed; empty if it is. Does not import it.

    Args:
        asker: what needs it, as the user wrote it.
    """
    if "tensorflow" in sys.modules or find_spec("tensorflow") is not None:
        return ""
    return f"{asker} needs TensorFlow, which is not installed: {_INSTALL}"
