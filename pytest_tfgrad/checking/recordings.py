"""From the gradient calls of a test to verdicts: free checks always, numerical ones within the time allowed."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.checking.entry_grid import grid_of, grid_of_jacobian
from pytest_tfgrad.checking.free_checks import free_checks
from pytest_tfgrad.checking.from_findings import unconnected, undecided, with_finding
from pytest_tfgrad.checking.jacobian_entries import jacobian_columns, jacobian_entries
from pytest_tfgrad.checking.rounding import accuse_formulas, excuse_rounding
from pytest_tfgrad.checking.same_target import replays_something_else
from pytest_tfgrad.checking.stopped import stopped_parts
from pytest_tfgrad.diagnosis.alternatives import ignores_upstream, stale
from pytest_tfgrad.diagnosis.culprit import CulpritSearch
from pytest_tfgrad.diagnosis.curve import step_curve
from pytest_tfgrad.diagnosis.missing import why_zero
from pytest_tfgrad.diagnosis.pattern import pattern_of
from pytest_tfgrad.diagnosis.source_code import place_of
from pytest_tfgrad.diagnosis.surroundings import surroundings_of
from pytest_tfgrad.errors import own_failure
from pytest_tfgrad.numeric import Budget, Finding, Settings, check
from pytest_tfgrad.replay import CannotReplay, build_replay
from pytest_tfgrad.replay.claims import claims_of, recorded_precision
from pytest_tfgrad.results import (
    Checked,
    Consequence,
    Fault,
    GradientResult,
    Remark,
    TestResult,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_tfgrad.options import Options
    from pytest_tfgrad.recording import GradientCall, Recording
    from pytest_tfgrad.replay import Replay
    from pytest_tfgrad.replay.claims import Claims
    from pytest_tfgrad.results import Place

_CONSEQUENCES = {
    "fail": Consequence.FAIL,
    "error": Consequence.FAIL,
    "warn": Consequence.WARN,
    "ignore": Consequence.NOTHING,
}
_SAMPLER = (
    "{name} has a custom gradient and compares random numbers with its arguments, as samplers by rejection do: "
    "differences for fixed random numbers cannot check such a gradient"
)


def check_recording(
    recording: Recording, options: Options, nodeid: str, watcher: Callable[[str], None] | None = None
) -> TestResult:
    """Check every gradient that a test took.

    Args:
        recording: of the test.
        options: how.
        nodeid: name of the test; the random directions depend on it alone (and on ``options.seed``).
        watcher: is told again and again what is being done, in a few words.
    """
    start = time.monotonic()
    checked: dict[int, list[GradientResult]] = {}
    turns = _turns(recording.calls)
    for place, (turn, number) in enumerate(turns):
        call = recording.calls[number]
        left = max(0.0, options.max_seconds - (time.monotonic() - start))
        # What one call does not use of its share is there for the others.
        sharing = sum(other == turn for other, _ in turns[place:])
        budget = Budget(left / sharing, grace=left, watcher=_counting(watcher, place + 1, len(turns)))
        seed = f"{options.seed}:{nodeid}:{number}"
        earlier = recording.calls[:number]
        results = _with_stops(check_call(call, options, seed, budget), call, earlier, seed, budget)
        checked[number] = [_with_stale(result, call, index, earlier) for index, result in enumerate(results)]
    declared = [_judged(result, options) for _, results in sorted(checked.items()) for result in results]
    notes = (*recording.notes, *_zeros(recording.calls), *_unmet(declared, options))
    return TestResult(nodeid, tuple(declared), notes, time.monotonic() - start)


def _counting(watcher: Callable[[str], None] | None, number: int, count: int) -> Callable[[str], None] | None:
    """A watcher that adds which of the test's calls is being checked."""
    if watcher is None:
        return None
    return lambda doing: watcher(", ".join(filter(None, (f"gradient call {number} of {count}", doing))))


def _turns(calls: Sequence[GradientCall]) -> list[tuple[int, int]]:
    """The order in which calls are checked: how often their line asked before, then their number.

    The first step of a training loop and the gradient after the loop matter more than the loop's second step.
    """
    before: Counter[object] = Counter()
    turns = []
    for number, call in enumerate(calls):
        turns.append((before[call.location], number))
        before[call.location] += 1
    return sorted(turns)


def check_call(call: GradientCall, options: Options, seed: str, budget: Budget) -> tuple[GradientResult, ...]:
    """Check one gradient call.

    Args:
        call: as recorded.
        options: how.
        seed: of the random directions.
        budget: the time for it.

    Returns:
        One result per source, in the call's order.
    """
    results = free_checks(call)
    usable = [index for index, result in enumerate(results) if result.verdict is Verdict.RIGHT]
    if not options.values or not usable:
        return _with_suspects(results, call, seed, budget)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # What a replay computes off the test's own path is nobody's concern.
        warnings.simplefilter("ignore")
        try:
            return _check_values(call, results, usable, options, seed, budget)
        except CannotReplay as reason:
            return tuple(undecided(result, str(reason)) for result in results)
        except Exception as error:
            return tuple(undecided(result, own_failure(error)) for result in results)


def _check_values(
    call: GradientCall,
    results: tuple[GradientResult, ...],
    usable: list[int],
    options: Options,
    seed: str,
    budget: Budget,
) -> tuple[GradientResult, ...]:
    replay = build_replay(call)
    arithmetic = recorded_precision(call, replay)
    difference = replays_something_else(replay, arithmetic)
    if difference:
        return tuple(undecided(result, difference) for result in results)
    claims = claims_of(call, replay, usable, seed, arithmetic)
    settings = Settings(options.mode, options.directions, seed, options.rtol, options.atol)
    findings, evaluations = check(claims.problem, settings, budget)
    findings = excuse_rounding(claims, findings, replay, settings, budget)
    findings = accuse_formulas(claims, findings, settings, budget)
    checked = list(results)
    search = CulpritSearch(call, replay, seed, budget)
    for position, (index, finding) in enumerate(zip(claims.indices, findings, strict=True)):
        result = with_finding(results[index], finding, replay)
        if call.kind == "gradient" and (finding.is_complete or finding.wrong):
            result = replace(result, grid=grid_of(claims.problem.gradients[position], finding.entries))
        sampler = search.sampler(index) if result.verdict is Verdict.WRONG else ""
        if sampler:
            result = undecided(results[index], _SAMPLER.format(name=sampler))
        elif result.verdict is Verdict.WRONG:
            result = _explained(result, call, claims, position, finding, replay, budget)
            upstream = ignores_upstream(claims, position, settings, budget)
            result = _suspecting(replace(result, pattern=upstream or result.pattern), index, search)
        checked[index] = result
    for index in set(usable) - set(claims.indices):
        checked[index] = unconnected(results[index], call, index)
    for index in set(range(len(results))) - set(usable):
        checked[index] = _suspecting(results[index], index, search)
    cleared = tuple(
        result.source for result in checked if result.verdict is Verdict.RIGHT and result.checked is not Checked.SHAPE
    )
    spent = budget.elapsed()
    return tuple(
        replace(r, cleared=cleared if r.verdict is Verdict.WRONG else (), evaluations=evaluations, seconds=spent)
        for r in checked
    )


def _explained(
    result: GradientResult,
    call: GradientCall,
    claims: Claims,
    position: int,
    finding: Finding,
    replay: Replay,
    budget: Budget,
) -> GradientResult:
    """A wrong result with its wrong entries and the pattern of its error."""
    if call.kind != "gradient":
        jacobian = call.results[claims.indices[position]]
        columns = jacobian_columns(call, claims, position, finding.wrong, budget)
        entries = jacobian_entries(columns[: len(finding.wrong)], call.kind)
        worst = max(entries, key=lambda e: abs(e.tape - e.numeric))
        size = max(abs(worst.tape), abs(worst.numeric))
        result = replace(
            result,
            entries=entries,
            analytic=worst.tape,
            numeric=worst.numeric,
            error_estimate=worst.error,
            max_rel_error=abs(worst.tape - worst.numeric) / size,
            tolerance=None,
            grid=None if jacobian is None else grid_of_jacobian(jacobian, columns, call.kind, len(result.source_shape)),
        )
    problem = claims.problem
    around = surroundings_of(call, claims.indices[position], replay)
    pattern = pattern_of(problem.gradients[position], problem.sources[position], finding, around)
    curve = step_curve(problem, position, finding.wrong[0], budget) if finding.wrong else None
    return replace(result, pattern=pattern, curve=curve)


def _with_suspects(
    results: tuple[GradientResult, ...], call: GradientCall, seed: str, budget: Budget
) -> tuple[GradientResult, ...]:
    """The results with what wrong shapes come from, as far as the call can be replayed."""
    if all(result.verdict is not Verdict.WRONG for result in results):
        return results
    try:
        search = CulpritSearch(call, build_replay(call), seed, budget)
    except CannotReplay:
        return results
    return tuple(_suspecting(result, index, search) for index, result in enumerate(results))


def _suspecting(result: GradientResult, index: int, search: CulpritSearch) -> GradientResult:
    """A result with where it comes from, if it is wrong."""
    if result.verdict is not Verdict.WRONG:
        return result
    suspects = search.suspects(index)
    culprit = suspects[0] if len(suspects) == 1 else None
    return replace(result, suspects=suspects, culprit=culprit, path=search.path(index))


def _with_stale(
    result: GradientResult, call: GradientCall, index: int, earlier: Sequence[GradientCall]
) -> GradientResult:
    """The result with the remark that it was returned before, if it was."""
    if result.verdict is not Verdict.WRONG:
        return result
    return replace(result, pattern=stale(call, index, earlier) or result.pattern)


def _with_stops(
    results: tuple[GradientResult, ...], call: GradientCall, earlier: Sequence[GradientCall], seed: str, budget: Budget
) -> tuple[GradientResult, ...]:
    """The results with the remark, where it applies, that a gradient function stops part of its own derivative."""
    right = [index for index, r in enumerate(results) if r.verdict is Verdict.RIGHT and r.checked is not Checked.SHAPE]
    changed = list(results)
    for index, stop in stopped_parts(call, earlier, right, seed, budget).items():
        result = results[index]
        site = stop.record.site
        changed[index] = replace(
            result,
            reason=f"only if what stop_gradient stops in the gradient function of {stop.function} is meant as a "
            "constant; without the stop, the derivative of the first gradient is another one",
            remedy="take tf.stop_gradient out of the gradient function if second derivatives are wanted",
            origin=place_of(site.location() if site is not None else None),
            remarks=(*result.remarks, Remark.STOPPED),
        )
    return tuple(changed)


def _judged(result: GradientResult, options: Options) -> GradientResult:
    """The result with what it does to the test, and why its difference is intended if the test says so."""
    if result.source in options.expect and result.fault is Fault.VALUE:
        return replace(result, intended=options.reason)
    consequences = {
        Verdict.RIGHT: Consequence.NOTHING,
        Verdict.WRONG: Consequence.FAIL,
        Verdict.NONE: _CONSEQUENCES[options.none],
        Verdict.NONFINITE: _CONSEQUENCES[options.nonfinite],
        Verdict.INCONCLUSIVE: Consequence.FAIL if options.strict else Consequence.WARN,
    }
    consequence = consequences[result.verdict]
    if Remark.STOPPED in result.remarks:
        consequence = Consequence.WARN
    if Remark.SUMMED in result.remarks and consequence is not Consequence.FAIL:
        consequence = _CONSEQUENCES[options.nonscalar] if options.nonscalar != "ignore" else consequence
    return replace(result, consequence=consequence)


def _zeros(calls: Sequence[GradientCall]) -> list[str]:
    """What ``unconnected_gradients="zero"`` hides, a sentence for each source."""
    notes = []
    for call in calls:
        for index, source in enumerate(call.sources):
            if missing := why_zero(call, index):
                place = f"{call.location.path}:{call.location.line}"
                notes.append(
                    f'The gradient w.r.t. {source.name!r} at {place} is zero because unconnected_gradients="zero" '
                    f"stands in for None: {missing.reason}{_at(missing.place)}."
                )
    return list(dict.fromkeys(notes))


def _at(place: Place | None) -> str:
    return f" ({Path(place.path).name}:{place.line})" if place is not None else ""


def _unmet(results: list[GradientResult], options: Options) -> list[str]:
    """What the test declares as different and is not, a sentence each."""
    notes = []
    for name in options.expect:
        mine = [result for result in results if result.source == name]
        if not mine:
            known = ", ".join(repr(s) for s in dict.fromkeys(result.source for result in results)) or "none"
            notes.append(f"expect names {name!r}, but no gradient was taken with respect to it (sources: {known}).")
        elif all(result.verdict is Verdict.RIGHT for result in mine):
            notes.append(f"expect says that the gradient of {name!r} differs, but it is right: take the entry out.")
    return notes
