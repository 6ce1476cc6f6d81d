"""Telling a wrong formula from a right one whose digits the test's own precision loses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_tfgrad.numeric import Budget, Finding, Outcome, Settings, check, rounding_for
from pytest_tfgrad.numeric.formula import EXPLAINED, ROUNDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pytest_tfgrad.replay import Replay
    from pytest_tfgrad.replay.claims import Claims

    Array = NDArray[Any]

HIDDEN = "the tape's own ops, run again in float64, give another gradient than this; rounding hides part of the error"
# Where only a second computation in the test's own types tells what they lose, a right jacobian was up to 1.8
# times as far off (softmax, norms, standard deviations and inverses of badly scaled matrices, 130 jacobians).
_MEASURED = 16.0


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
    settled = {Outcome.AGREES, Outcome.UNDECIDED} if budget.is_over else {Outcome.AGREES}
    doubtful = [position for position, finding in enumerate(findings) if finding.outcome not in settled]
    if not doubtful:
        return findings
    exact = _in_float64(claims)
    explained = {
        position: exact[position]
        for position in doubtful
        if position in exact and _could_explain(exact[position], claims.problem.gradients[position], findings[position])
    }
    unrepeated = [position for position in doubtful if position not in exact]
    explained |= _within_measured_loss(claims, replay, unrepeated)
    again = _check_again(claims, explained, settings, budget)
    return tuple(
        _taken_back(finding, again[position]) if position in again else finding
        for position, finding in enumerate(findings)
    )


def _within_measured_loss(claims: Claims, replay: Replay, positions: Sequence[int]) -> dict[int, Array]:
    """The gradients in float64 that explain what the tape computed by ops which cannot be run again.

    What the test's own types lose is measured: TensorFlow's gradients of the replayed ops are taken in these types and
    in float64.
    """
    if not positions:
        return {}
    slots = {index: slot for slot, index in enumerate(replay.source_index)}
    exact, rounded = replay.reference(claims.weights), replay.rounded_reference(claims.weights)
    found = {}
    for position in positions:
        slot = slots[claims.indices[position]]
        true, narrow, claimed = exact[slot], rounded[slot], claims.problem.gradients[position]
        if true is None or narrow is None or true.shape != claimed.shape or narrow.shape != claimed.shape:
            continue
        lost = float(np.max(np.abs(true - narrow), initial=0.0))
        if float(np.max(np.abs(true - claimed), initial=0.0)) <= _MEASURED * lost:
            found[position] = true
    return found


def accuse_formulas(
    claims: Claims, findings: tuple[Finding, ...], settings: Settings, budget: Budget
) -> tuple[Finding, ...]:
    """The findings, with those replaced whose formula is wrong by less than the rounding of its narrow type.

    The check allows a bfloat16 gradient some 10 %; the ops that computed it, run again in float64, need no allowance.

    Args:
        claims: that were checked.
        findings: one per claim.
        settings: how the claims were checked.
        budget: for checking them again.
    """
    coarse = [
        position
        for position, finding in enumerate(findings)
        if finding.outcome is Outcome.AGREES
        and claims.problem.rounding_of(position).epsilon > rounding_for("float32").epsilon
    ]
    if not coarse:
        return findings
    exact = _in_float64(claims)
    again = _check_again(claims, {p: exact[p] for p in coarse if p in exact}, settings, budget)
    accused = {
        position: replace(finding, reason=HIDDEN)
        for position, finding in again.items()
        if _is_seen(exact[position], claims.problem.gradients[position], finding)
        and _exceeds_constants(finding, claims.problem.rounding_of(position).epsilon)
    }
    return tuple(accused.get(position, finding) for position, finding in enumerate(findings))


def _in_float64(claims: Claims) -> dict[int, Array]:
    """What the tape's own ops compute in float64, by the position of the claim, where that is known."""
    exact = claims.problem.exact
    known = exact() if exact is not None else ()
    return {position: gradient for position, gradient in enumerate(known) if gradient is not None}


def _check_again(
    claims: Claims, gradients: Mapping[int, Array], settings: Settings, budget: Budget
) -> dict[int, Finding]:
    """The findings about some claims with other gradients, which are good to float64."""
    if not gradients:
        return {}
    positions = sorted(gradients)
    # By now the replay may sum in another order than when its targets were computed.
    problem = replace(claims.problem.claiming(gradients).about(positions), centre=None)
    again, _ = check(problem, settings, budget)
    return dict(zip(positions, again, strict=True))


def _taken_back(finding: Finding, again: Finding) -> Finding:
    """What remains of a finding about the tape's numbers once its formula was checked."""
    if again.outcome is Outcome.DISAGREES:
        return finding
    if again.outcome is Outcome.AGREES or _rules_out(finding, again):
        return replace(again, outcome=Outcome.AGREES, reason=ROUNDED)
    return again


def _rules_out(finding: Finding, again: Finding) -> bool:
    """Whether the formula is as near to an estimate that did not settle as rounding in float64 lets one see.

    So it is where the target does not depend on the source at all but for rounding, which has no slope to settle on.
    """
    if not finding.wrong or not again.entries:
        return False
    seen = EXPLAINED * finding.wrong[0].mismatch
    return all(entry.mismatch <= entry.tolerance <= seen for entry in again.entries)


def _could_explain(exact: Array, claimed: Array, finding: Finding) -> bool:
    """Whether rounding accounts for the mismatch that was found, as far as it is known."""
    return not finding.wrong or _lost(exact, claimed) >= EXPLAINED * finding.wrong[0].mismatch


def _is_seen(exact: Array, claimed: Array, finding: Finding) -> bool:
    """Whether the tape's own numbers show the error of their formula: they are nearer to it than it is to be right."""
    return bool(finding.wrong) and _lost(exact, claimed) < EXPLAINED * finding.wrong[0].mismatch


def _exceeds_constants(finding: Finding, epsilon: float) -> bool:
    """Whether an entry is further off than the rounding of a constant in the formula, such as 2/sqrt(pi) of erf."""
    return any(entry.mismatch > epsilon * abs(entry.numeric) for entry in finding.wrong)


def _lost(exact: Array, claimed: Array) -> float:
    return float(np.max(np.abs(exact - claimed), initial=0.0))
