"""What the docstring of a class says, in Google's style."""

from __future__ import annotations

import inspect
import re

_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n        .*)*)", re.MULTILINE)


def summary(subject: type) -> str:
    """Return the first line."""
    return inspect.cleandoc(subject.__doc__ or "").partition("\n")[0]


def meanings(subject: type) -> dict[str, str]:
    """Return what is said of each attribute, by its name."""
    _, _, section = inspect.cleandoc(subject.__doc__ or "").partition("\nAttributes:\n")
    return {name: " ".join(text.split()) for name, text in _ATTRIBUTE.findall(section)}
