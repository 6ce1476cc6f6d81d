"""What checking one file gives: plain values, which know nothing of how they were found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfgrad_lint.dependencies import Dependency
    from tfgrad_lint.findings import Finding
    from tfgrad_lint.fixing.repaired import Repaired
    from tfgrad_lint.source import Source


@dataclass(frozen=True)
class Failure:
    """An error of the linter's own in one file: one line, and the whole traceback."""

    path: str
    error: str
    traceback: str


@dataclass(frozen=True)
class FileResult:
    """What was found in one file.

    ``unmodelled`` are the functions whose results are unknown to the linter, each with the number of its calls.
    ``is_relevant`` is False if the text does not name TensorFlow or Keras, so that nothing more was looked at;
    ``source`` is None in that case and if the file could not be read. ``content`` is the digest of the bytes that were
    checked; as long as it and the ``dependencies`` hold, a new check finds the same. ``repaired`` is what fixing did,
    ``unwritten`` why the fixed content could not be written.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    unmodelled: tuple[tuple[str, int], ...] = ()
    failure: Failure | None = None
    source: Source | None = None
    is_relevant: bool = True
    content: str | None = None
    dependencies: frozenset[Dependency] = frozenset()
    repaired: Repaired | None = None
    unwritten: str | None = None
