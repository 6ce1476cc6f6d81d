"""What every format renders."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tfgrad_lint.errors import UnreadableError
from tfgrad_lint.source import Place, Source, source_of_bytes

if TYPE_CHECKING:
    from tfgrad_lint.findings import Finding, Span


@dataclass(frozen=True)
class Report:
    """Findings in their order, with the texts that they speak about.

    Args:
        findings: Sorted as they are to be shown.
        sources: Texts by path; those that only traces speak about are added when they are asked for.
        files: How many files were looked at.
    """

    findings: tuple[Finding, ...]
    sources: dict[str, Source | None] = field(default_factory=dict)
    files: int = 0

    def source(self, path: str) -> Source | None:
        """Return the text of the file that findings or traces call ``path``, None if it cannot be read."""
        if path not in self.sources:
            try:
                self.sources[path] = source_of_bytes(path, Path(path).read_bytes())
            except (OSError, UnreadableError):
                self.sources[path] = None
        return self.sources[path]

    def place(self, path: str, span: Span) -> Place:
        """Return where ``span`` of the file ``path`` is for the user."""
        # Only in notebooks does a place differ from its span, so no other file is read for it.
        source = self.source(path) if path.endswith(".ipynb") else None
        return Place(None, span) if source is None else source.place(span)


def line_text(finding: Finding, report: Report) -> str:
    """Return the line at which a finding starts, without the space around it; empty if it cannot be read."""
    source = report.source(finding.path)
    if source is None or finding.span.line > len(source.lines):
        return ""
    return source.lines[finding.span.line - 1].strip()
