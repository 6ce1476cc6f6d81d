"""A name for a finding that stays when lines above it come or go."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from tfgrad_lint.output.report import line_text

if TYPE_CHECKING:
    from tfgrad_lint.output.report import Report

# 128 bits: no two findings of any project share one by chance.
_HEX_DIGITS = 32


def fingerprints(report: Report) -> list[str]:
    """Return one fingerprint a finding: a hash of its rule, its path and the text of its line.

    Findings that agree in all three are told apart by their order.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    result = []
    for finding in report.findings:
        key = (finding.code, finding.path, line_text(finding, report))
        result.append(hashlib.sha256("\0".join((*key, str(seen[key]))).encode("utf-8", "replace")).hexdigest())
        seen[key] += 1
    return [digest[:_HEX_DIGITS] for digest in result]
