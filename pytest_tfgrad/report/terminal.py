"""What a person reads about gradients that are not right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_tfgrad.report import numbers
from pytest_tfgrad.report.culprits import suspect_lines
from pytest_tfgrad.results import Checked, Consequence, Fault, GradientResult, Remark, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pytest_tfgrad.results import Place, TestResult

_KINDS = {"gradient": "gradient", "jacobian": "jacobian", "batch_jacobian": "batch jacobian", "jvp": "jvp"}
_LABEL_WIDTH = 11
# After these, one line a gradient: when a whole network is wrong, its first layers tell enough.
_SHOWN_BLOCKS = 5
# Wrong entries in the table without -v; what they have in common is told by the pattern.
_SHOWN_ENTRIES = 3


def failure_text(result: TestResult, failing: Sequence[GradientResult], root: Path, verbosity: int = 0) -> str:
    """The report of a test that fails for its gradients: one block a gradient.

    Args:
        result: of the test.
        failing: the gradients for which it fails, at least one.
        root: folder to which paths are shown relative.
        verbosity: how often -v was given: once shows a block for every failing gradient and more entries in each,
            twice the other gradients too.
    """
    shown = len(failing) if verbosity > 0 else _SHOWN_BLOCKS
    blocks = [gradient_text(gradient, root, result.nodeid, verbosity) for gradient in failing[:shown]]
    if len(failing) > shown:
        blocks.append("\n".join(one_line(gradient, root) for gradient in failing[shown:]))
    rest = len(result.gradients) - len(failing)
    if rest:
        others = [f"{numbers.plural(rest, 'other gradient')} of this test: {tally_of(result, failing)}"]
        if verbosity > 1:
            failed = {id(gradient) for gradient in failing}
            others += [f"  {one_line(g, root)}{_numbers(g)}" for g in result.gradients if id(g) not in failed]
        blocks.append("\n".join(others))
    return "\n\n".join(blocks)


def explanation_text(result: TestResult, root: Path, verbosity: int = 0) -> str:
    """What stands with the failure of a test that fails by itself: which of its gradients are not right, and why.

    Args:
        result: of the gradients that the test took before it failed.
        root: folder to which paths are shown relative.
        verbosity: how often -v was given.

    Returns:
        One block a gradient that is wrong, None or not finite, and how many others have which verdict; empty if the
        test took no gradient.
    """
    told = (Verdict.WRONG, Verdict.NONE, Verdict.NONFINITE)
    notable = [gradient for gradient in result.gradients if gradient.verdict in told and not gradient.intended]
    if notable:
        return failure_text(result, notable, root, verbosity)
    return (
        f"{numbers.plural(len(result.gradients), 'gradient')} checked: {tally_of(result)}" if result.gradients else ""
    )


def gradient_text(result: GradientResult, root: Path, nodeid: str | None, verbosity: int = 0) -> str:
    """One gradient that is not right.

    Args:
        result: of the gradient.
        root: folder to which paths are shown relative.
        nodeid: name of the test for the command that repeats the check; None outside pytest.
        verbosity: how often -v was given.
    """
    lines = [_headline(result), "", *_call(result, root), ""]
    if result.entries:
        lines += [*_table(result, _SHOWN_ENTRIES if verbosity < 1 else len(result.entries)), ""]
    lines += _facts(result, root, nodeid, verbosity)
    return "\n".join(lines)


def one_line(result: GradientResult, root: Path) -> str:
    """One gradient in one line, for the summary."""
    where = f"{numbers.path(result.location.path, root)}:{result.location.line}: " if result.location.line else ""
    return f"{where}{_KINDS[result.kind]} of {result.target!r} w.r.t. {result.source!r}: {_outcome(result)}"


def tally_of(result: TestResult, without: Iterable[GradientResult] = ()) -> str:
    """How many gradients of a test have which verdict."""
    left_out = {id(gradient) for gradient in without}
    return tally([gradient for gradient in result.gradients if id(gradient) not in left_out])


def tally(gradients: Sequence[GradientResult]) -> str:
    """How many gradients have which verdict: ``10 right, 1 wrong``."""
    checked = [g for g in gradients if not g.is_unchecked and not g.intended]
    counts = [(verdict.value, sum(g.verdict is verdict for g in checked)) for verdict in Verdict]
    counts.append(("different as declared", sum(bool(g.intended) for g in gradients)))
    counts.append(("not checked", sum(g.is_unchecked for g in gradients)))
    by_shape = sum(g.verdict is Verdict.RIGHT and g.checked is Checked.SHAPE for g in gradients)
    texts = {word: f"{count} {word}" for word, count in counts if count}
    if by_shape:
        texts["right"] += f" ({by_shape} by shape only)" if by_shape < counts[0][1] else " (by shape only)"
    return ", ".join(texts.values()) or "none"


def _outcome(result: GradientResult) -> str:
    if result.verdict is Verdict.WRONG:
        what = result.reason if result.fault is not Fault.VALUE else _how_many(result)
        return f"wrong, {what}"
    words = {Verdict.NONE: "None", Verdict.NONFINITE: "not finite", Verdict.INCONCLUSIVE: "inconclusive"}
    word = "not checked" if result.is_unchecked else words.get(result.verdict, "right")
    if _is_of_sum(result):
        return f"{word}, but {Remark.SUMMED.value} of shape {numbers.shape(result.target_shape)}"
    where = f" (line {result.origin.line})" if result.origin else ""
    return f"{word}, {result.reason}{where}" if result.reason else word


def _is_of_sum(result: GradientResult) -> bool:
    """Whether what is said about a right gradient is that its target is no scalar."""
    if result.verdict is not Verdict.RIGHT or Remark.SUMMED not in result.remarks:
        return False
    said = Consequence.NOTHING if Remark.STOPPED not in result.remarks else Consequence.WARN
    return result.consequence not in (Consequence.NOTHING, said)


def _headline(result: GradientResult) -> str:
    titles = {Verdict.NONE: "GradientMissing", Verdict.NONFINITE: "GradientNotFinite"}
    titles |= {Verdict.INCONCLUSIVE: "GradientInconclusive"}
    title = titles.get(result.verdict) or ("GradientMismatch" if result.fault is Fault.VALUE else "GradientShape")
    what = f"{_KINDS[result.kind]} of {result.target!r} w.r.t. {result.source!r}"
    if result.fault is Fault.DTYPE:
        title = "GradientDtype"
    if result.fault is Fault.INDICES:
        title = "GradientIndices"
    says = {
        Verdict.NONE: "is None",
        Verdict.NONFINITE: "is not finite",
        Verdict.INCONCLUSIVE: "could not be checked" if result.is_unchecked else "is inconclusive",
    }
    if result.verdict is Verdict.RIGHT and not _is_of_sum(result):
        return f"{what} is right"
    if result.verdict is Verdict.RIGHT:
        entries = numbers.plural(math.prod(result.target_shape), "entry", "entries")
        return f"GradientOfSum: {what} is that of the sum of the target's {entries}"
    if result.verdict is not Verdict.WRONG:
        return f"{title}: {what} {says[result.verdict]}"
    if result.fault is Fault.VALUE:
        return f"{title}: {what} is {_how_many(result)}"
    said = {
        Fault.SHAPE: f"has shape {numbers.shape(result.gradient_shape or ())}",
        Fault.DTYPE: f"is {result.gradient_dtype}",
        Fault.INDICES: "has indices out of range",
    }
    return f"{title}: {what} {said[result.fault or Fault.SHAPE]}"


def _how_many(result: GradientResult) -> str:
    if result.kind != "gradient":
        return "wrong"
    entries = numbers.plural(result.size, "entry", "entries")
    if result.looked_at == result.size:
        return f"wrong in {result.wrong_entries} of {entries}"
    return f"wrong in {result.wrong_entries} of {result.looked_at} entries that were looked at, of {result.size}"


def _call(result: GradientResult, root: Path) -> list[str]:
    return _at(result.location, root) if result.location.line else ["  (no line of the test's own code asked for it)"]


def _at(place: Place, root: Path) -> list[str]:
    inside = f": in {place.function}" if place.function else ""
    line = f"  {numbers.path(place.path, root)}:{place.line}{inside}"
    return [line, f"      {place.text}"] if place.text else [line]


def _numbers(result: GradientResult) -> str:
    """What was compared of a gradient that is not wrong, behind its line."""
    if result.analytic is None or result.numeric is None or result.error_estimate is None:
        return ""
    estimate = f"{numbers.value(result.numeric)} ± {numbers.error(result.error_estimate)}"
    return f" (tape {numbers.value(result.analytic)}, numeric {estimate})"


def _table(result: GradientResult, shown: int) -> list[str]:
    rows = [("entry", "tape", "numeric (float64)", "tape / numeric")]
    for entry in result.entries[:shown]:
        numeric = f"{numbers.value(entry.numeric)} ± {numbers.error(entry.error)}"
        name = numbers.index(entry.index, entry.part)
        rows.append((name, numbers.value(entry.tape), numeric, numbers.ratio(entry.tape, entry.numeric)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    more = result.wrong_entries - len(result.entries[:shown])
    if more > 0 and result.kind == "gradient":
        lines.append(f"  and {numbers.plural(more, 'more wrong entry', 'more wrong entries')}")
    return [line.rstrip() for line in lines]


def _facts(result: GradientResult, root: Path, nodeid: str | None, verbosity: int) -> list[str]:
    target = f"{result.target!r} {result.target_dtype} {numbers.shape(result.target_shape)}"
    source = f"{result.source!r} {result.source_dtype} {numbers.shape(result.source_shape)}"
    facts = [("shapes", [f"target {target}, source {source}"])]
    if result.reason:
        facts.append(("because", [result.reason, *(_source_line(result.origin, root) if result.origin else [])]))
    if result.remedy:
        facts.append(("remedy", [result.remedy]))
    if result.fault is Fault.VALUE:
        facts += [("evidence", [_evidence(result)]), *_tolerance(result)]
    if result.pattern:
        facts.append(("pattern", [result.pattern]))
    if result.suspects:
        facts.append(("suspect", suspect_lines(result, root)))
    if result.cleared:
        facts.append(("not this", [numbers.names(result.cleared, everything=verbosity > 0)]))
    if verbosity > 0 and result.evaluations:
        facts.append(("effort", [f"{result.evaluations} evaluations in {numbers.seconds(result.seconds)}"]))
    facts += [(label, [text]) for label, text in _advice(result, nodeid)]
    return [
        f"  {(label if place == 0 else '').ljust(_LABEL_WIDTH)}{line}"
        for label, lines in facts
        for place, line in enumerate(lines)
    ]


def _source_line(place: Place, root: Path) -> list[str]:
    return [f"{numbers.path(place.path, root)}:{place.line}: {place.text}"]


def _tolerance(result: GradientResult) -> list[tuple[str, list[str]]]:
    """How far apart the worst numbers are and may be."""
    if result.tolerance is None or result.analytic is None or result.numeric is None:
        return []
    off = numbers.error(abs(result.analytic - result.numeric))
    allowed = numbers.error(result.tolerance)
    return [("tolerance", [f"the worst entry is off by {off} where {allowed} is allowed"])]


def _evidence(result: GradientResult) -> str:
    parts = []
    if result.directions:
        parts.append(f"{result.disagreeing} of {result.directions} random directions disagree")
    elif result.kind == "gradient" and result.looked_at < result.size:
        parts.append(f"{result.looked_at} of {result.size} entries compared")
    else:
        parts.append("every entry compared")
    if result.shrink is not None:
        parts.append(f"smooth here (differences shrink {result.shrink:.1f}x per halving)")
    return "; ".join(parts)


def _advice(result: GradientResult, nodeid: str | None) -> list[tuple[str, str]]:
    if nodeid is None:
        return []
    if result.fault is Fault.VALUE:
        intended = f'@pytest.mark.gradcheck(expect={{"{result.source}": "differs"}}, reason="...")'
        return [("repeat", f'pytest "{nodeid}" --gradcheck-mode=full'), ("intended?", intended)]
    if result.verdict is Verdict.NONE:
        return [("intended?", "@pytest.mark.gradcheck(allow_none=True)")]
    if _is_of_sum(result):
        return [("intended?", "differentiate tf.reduce_sum(...) of it, give output_gradients, or take tape.jacobian")]
    if result.verdict is Verdict.NONFINITE:
        return [("intended?", "@pytest.mark.gradcheck(allow_nonfinite=True)")]
    return []
