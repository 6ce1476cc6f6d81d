"""Colours as roles, so that the code which draws does not know whether there are any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import click

Role = Literal["place", "error", "warning", "gutter", "label", "note", "help", "count"]
Paint = Callable[[str, Role], str]

_STYLES: dict[Role, dict[str, Any]] = {
    "place": {"bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "gutter": {"fg": "blue", "bold": True},
    "label": {"fg": "cyan", "bold": True},
    "note": {"bold": True},
    "help": {"fg": "green", "bold": True},
    "count": {"bold": True},
}


def plain(text: str, role: Role) -> str:
    """Return ``text`` as it is."""
    del role
    return text


def coloured(text: str, role: Role) -> str:
    """Return ``text`` with the terminal codes of its role."""
    return click.style(text, **_STYLES[role]) if text else text
