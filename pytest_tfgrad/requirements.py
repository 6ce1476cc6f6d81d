"""What has to be installed for a check."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

_INSTALL = "pip install 'pytest-tfgrad[tensorflow]'"


# TensorFlow is distributed under several names.
_DISTRIBUTIONS = ("tensorflow", "tensorflow-cpu", "tf-nightly", "tf-nightly-cpu", "tensorflow-macos")


def versions() -> str:
    """The versions of this package, of TensorFlow and of NumPy, without importing any of them."""
    found = [("pytest-tfgrad", _version("pytest-tfgrad"))]
    found += [("TensorFlow", number) for name in _DISTRIBUTIONS if (number := _version(name))][:1]
    found += [("NumPy", _version("numpy"))]
    return ", ".join(f"{name} {number}" for name, number in found if number)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def without_tensorflow(asker: str) -> str:
    """What to tell the user if TensorFlow is not installed; empty if it is. Does not import it.

    Args:
        asker: what needs it, as the user wrote it.
    """
    if "tensorflow" in sys.modules or find_spec("tensorflow") is not None:
        return ""
    return f"{asker} needs TensorFlow, which is not installed: {_INSTALL}"
