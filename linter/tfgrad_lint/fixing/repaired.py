"""What fixing did to one file, or would do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class FixMode(Enum):
    """What is done with the new content of a file."""

    WRITE = "written"
    SHOW = "shown only"


@dataclass(frozen=True)
class FixRequest:
    """Which fixes are applied (the unsafe ones too?) and what is done with the result."""

    unsafe: bool
    mode: FixMode


@dataclass(frozen=True)
class Repaired:
    """The outcome for one file.

    Attributes:
        fixed: (code, name) of each finding that was fixed, in the order of fixing.
        content: The new content of the file.
        difference: The change as a unified diff.
    """

    fixed: tuple[tuple[str, str], ...]
    content: bytes
    difference: str
