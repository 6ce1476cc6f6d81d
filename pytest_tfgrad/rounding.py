"""Telling a wrong formula from a right one whose digits the test's own precision loses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric import Budget, Finding, Outcome, Settings, check, rounding_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pytest_tfgrad.claims import Claims
    from pytest_tfgrad.replay import Replay

    Array = NDArray[Any]

ROUNDED = "the formula is right; the tape's value differs because its precision loses digits where terms cancel"
# A mismatch of which rounding explains less than half is no rounding.
_EXPLAINED = 0.5


def excuse_rounding(
    claims: Claims, findings: tuple[Finding, ...], replay: Replay, settings: Settings, budget: Budget
) -> tuple[Finding, ...]:
    """The findings, with those taken back that hold for the tape's numbers but not for its formula.

    The tape's own backward ops are run again in float64. Where their result is right although the tape's is not, the
    two differ by rounding alone.

    Args:
        claims: that were checked.
        findings: one per claim.
        replay: of the call.
        settings: how the claims were checked.
        budget: for checking them again.
    """
    doubtful = [position for position, finding in enumerate(findings) if finding.outcome is not Outcome.AGREES]
    if not doubtful:
        return findings
    exact = dict(zip(replay.source_index, replay.gradients(), strict=True))
    gradients = list(claims.problem.gradients)
    rounding = [claims.problem.rounding_of(position) for position in range(len(gradients))]
    explained = []
    for position in doubtful:
        gradient = exact[claims.indices[position]]
        if gradient is not None and _could_explain(gradient, gradients[position], findings[position]):
            gradients[position], rounding[position] = gradient, rounding_for("float64")
            explained.append(position)
    if not explained:
        return findings
    again, _ = check(replace(claims.problem, gradients=tuple(gradients), rounding=tuple(rounding)), settings, budget)
    taken_back = {p: replace(again[p], reason=ROUNDED) for p in explained if again[p].outcome is Outcome.AGREES}
    return tuple(taken_back.get(position, finding) for position, finding in enumerate(findings))


def _could_explain(exact: Array, claimed: Array, finding: Finding) -> bool:
    """Whether rounding accounts for the mismatch that was found, as far as it is known."""
    if exact.shape != claimed.shape or not np.isfinite(exact).all():
        return False
    lost = float(np.max(np.abs(exact - claimed), initial=0.0))
    return not finding.wrong or lost >= _EXPLAINED * finding.wrong[0].mismatch
