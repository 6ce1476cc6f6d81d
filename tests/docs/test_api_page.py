"""The page about the API shows everything that is public; what it says of it, it takes from the code."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^::: (\S+)$", PAGE, re.MULTILINE)


def found(name: str) -> object:
    """Import what a dotted name stands for."""
    module, _, attribute = name.rpartition(".")
    try:
        return importlib.import_module(name)
    except ImportError:
        return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("package", ["pytest_tfgrad", "tfgrad_lint"])
def test_all_public_names_are_shown(package: str) -> None:
    module = importlib.import_module(package)
    shown = [found(name) for name in SHOWN]
    for name in module.__all__:
        public = getattr(module, name)
        assert public in shown or importlib.import_module(public.__module__) in shown, name


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_is_documented(name: str) -> None:
    assert (found(name).__doc__ or "").strip()
