"""The examples of the rules with their findings fixed."""

from pathlib import Path

from tfgrad_lint import lint_source
from tfgrad_lint.fixing.file_fix import fix_bytes
from tfgrad_lint.fixing.repaired import FixMode, FixRequest
from tfgrad_lint.rules.base import Rule
from tfgrad_lint.settings import Settings


def fixed(source: str, rule: type[Rule]) -> str | None:
    """Return ``source`` with every finding fixed, None if one of them has no fix."""
    settings = Settings(extend_select=(rule.code,), preview=rule.preview)
    if any(finding.fix is None for finding in lint_source(source, settings=settings)):
        return None
    request = FixRequest(unsafe=True, mode=FixMode.SHOW)
    repaired = fix_bytes(Path("example.py"), source.encode(), settings, request).repaired
    return repaired.content.decode() if repaired is not None else None
