"""What a rule says and where: plain values that every output format renders."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How sure the claim is: an ERROR raises when the line runs, a WARNING computes something that is not meant."""

    ERROR = "error"
    WARNING = "warning"


class Applicability(Enum):
    """Whether a fix keeps the meaning of right code (SAFE) or needs the user's agreement (UNSAFE)."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, order=True)
class Span:
    """A piece of one file; lines and columns count from 1, the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class TraceEntry:
    """One step of how a value came to be, in this file or another."""

    path: str
    span: Span
    message: str


@dataclass(frozen=True)
class Edit:
    """Replaces the text of ``span`` by ``content``."""

    span: Span
    content: str


@dataclass(frozen=True)
class Fix:
    """A set of edits that removes a finding; edits do not overlap."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Label:
    """A short text under a part of the code frame, such as ``y_pred: [B, 1]``."""

    span: Span
    message: str


@dataclass(frozen=True)
class Finding:
    """One claim about one place.

    ``labels`` lie inside ``span`` and belong to the primary code frame; ``trace`` tells, oldest first, where the
    shapes or dependencies came from; ``notes`` are further facts, ``help`` the next step, each one line.
    """

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    span: Span
    labels: tuple[Label, ...] = ()
    trace: tuple[TraceEntry, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fix: Fix | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """Orders findings by path, line, column, then code."""
        return (self.path, self.span.line, self.span.column, self.code)
