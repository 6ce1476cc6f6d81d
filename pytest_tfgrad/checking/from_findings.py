"""What the numerical check finds about a source, as the result of its gradient."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric import Outcome
from pytest_tfgrad.numeric.formula import ROUNDED
from pytest_tfgrad.results import Checked, EntryResult, Fault, GradientResult, Remark, Verdict

if TYPE_CHECKING:
    from pytest_tfgrad.numeric import Finding
    from pytest_tfgrad.recording import GradientCall
    from pytest_tfgrad.replay import Replay

# No reader compares more numbers than these.
_KEPT_ENTRIES = 20
_VERDICTS = {
    Outcome.AGREES: Verdict.RIGHT,
    Outcome.DISAGREES: Verdict.WRONG,
    Outcome.UNDECIDED: Verdict.INCONCLUSIVE,
}


def undecided(result: GradientResult, reason: str) -> GradientResult:
    """A result that was right so far, as one that could not be decided, and why."""
    if result.verdict is not Verdict.RIGHT:
        return result
    return replace(result, verdict=Verdict.INCONCLUSIVE, reason=reason)


def unconnected(result: GradientResult, call: GradientCall, index: int) -> GradientResult:
    """The result for a source that no replayed op leads from: right if it is zero."""
    claimed = call.results[index]
    if claimed is not None and not np.any(claimed):
        reason = "zeros: the target does not depend on it"
        return replace(result, checked=Checked.ENTRIES, reason=reason, looked_at=result.size)
    return undecided(result, "no recorded op leads from the source to the target")


def with_finding(result: GradientResult, finding: Finding, replay: Replay) -> GradientResult:
    """The result with what the numerical check says about its source."""
    checked = {"entries": Checked.ENTRIES, "directions": Checked.DIRECTIONS, "none": Checked.SHAPE}[finding.method]
    verdict = _VERDICTS[finding.outcome]
    reason = finding.reason
    if verdict is Verdict.INCONCLUSIVE and replay.notes:
        reason = f"{reason} ({'; '.join(replay.notes)})"
    disagreeing = sum(c.outcome is Outcome.DISAGREES or c.rounded for c in finding.comparisons)
    result = replace(
        result,
        verdict=verdict,
        fault=Fault.VALUE if verdict is Verdict.WRONG else None,
        reason=reason,
        checked=checked,
        looked_at=max(len(finding.entries), finding.covered),
        directions=len(finding.comparisons),
        disagreeing=disagreeing,
    )
    if reason == ROUNDED:
        result = replace(result, remarks=(*result.remarks, Remark.CANCELLATION))
    return _with_worst(result, finding)


def _with_worst(result: GradientResult, finding: Finding) -> GradientResult:
    """The result with the numbers of its worst comparison and its wrong entries."""
    wrong = finding.wrong
    entries = wrong or finding.entries
    if entries:
        worst = max(entries, key=lambda e: e.mismatch)
        size = max(abs(worst.tape), abs(worst.numeric))
        return replace(
            result,
            analytic=worst.tape,
            numeric=worst.numeric,
            error_estimate=worst.error,
            max_rel_error=worst.mismatch / size if size else 0.0,
            tolerance=worst.tolerance if math.isfinite(worst.tolerance) else None,
            entries=tuple(EntryResult(e.index, e.part, e.tape, e.numeric, e.error) for e in wrong[:_KEPT_ENTRIES]),
            wrong_entries=len(wrong),
            shrink=worst.shrink if math.isfinite(worst.shrink) else None,
        )
    finite = [c for c in finding.comparisons if math.isfinite(c.mismatch)]
    if not finite:
        return result
    slope = max(finite, key=lambda c: c.mismatch)
    return replace(
        result,
        analytic=slope.claimed,
        numeric=slope.derivative.value,
        error_estimate=slope.derivative.error,
        max_rel_error=slope.mismatch / slope.scale if slope.scale else 0.0,
        tolerance=slope.tolerance,
    )
