"""``--fix``, ``--unsafe-fixes`` and ``--diff``: what they ask for, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfgrad_lint.findings import Applicability
from tfgrad_lint.fixing.repaired import FixMode, FixRequest

if TYPE_CHECKING:
    from tfgrad_lint.linting import LintResult


@dataclass(frozen=True)
class Fixing:
    """What the command line says about fixes; each field is the option of its name."""

    fix: bool
    unsafe_fixes: bool
    diff: bool

    @property
    def request(self) -> FixRequest | None:
        """What to do; None: nothing is to be fixed."""
        if not self.fix and not self.diff:
            return None
        return FixRequest(self.unsafe_fixes, FixMode.SHOW if self.diff else FixMode.WRITE)

    def remarks(self, result: LintResult) -> list[str]:
        """Return what was fixed, and what could be."""
        fixed = fixed_count(result)
        said = [f"Fixed {counted(fixed, 'finding')}."] if fixed else []
        return [*said, *self._hint(result)]

    def _hint(self, result: LintResult) -> list[str]:
        fixes = [finding.fix.applicability for finding in result.findings if finding.fix is not None]
        safe = fixes.count(Applicability.SAFE)
        unsafe = fixes.count(Applicability.UNSAFE)
        if self.fix:
            # What is safe and still there could not be applied.
            return [f"{unsafe} fixable with --fix --unsafe-fixes."] if unsafe and not self.unsafe_fixes else []
        if self.unsafe_fixes:
            return [f"{safe + unsafe} fixable with --fix --unsafe-fixes."] if fixes else []
        if safe:
            return [f"{safe} fixable with --fix{f', {unsafe} more with --unsafe-fixes' if unsafe else ''}."]
        return [f"{unsafe} fixable with --fix --unsafe-fixes."] if unsafe else []


def fixed_count(result: LintResult) -> int:
    """Return how many findings were fixed."""
    return sum(len(repaired.fixed) for repaired in result.repaired.values())


def counted(count: int, noun: str) -> str:
    """Return ``1 finding`` or ``2 findings``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
