"""What a person reads about gradients that are not right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_tfgrad.report import numbers
from pytest_tfgrad.results import Checked, Fault, GradientResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pytest_tfgrad.results import Culprit, Place, TestResult

_KINDS = {"gradient": "gradient", "jacobian": "jacobian", "batch_jacobian": "batch jacobian"}
_LABEL_WIDTH = 11
# After these, one line a gradient: when a whole network is wrong, its first layers tell enough.
_SHOWN_BLOCKS = 5


def failure_text(result: TestResult, failing: Sequence[GradientResult], root: Path) -> str:
    """The report of a test that fails for its gradients: one block a gradient.

    Args:
        result: of the test.
        failing: the gradients for which it fails, at least one.
        root: folder to which paths are shown relative.
    """
    blocks = [gradient_text(gradient, root, result.nodeid) for gradient in failing[:_SHOWN_BLOCKS]]
    if len(failing) > _SHOWN_BLOCKS:
        blocks.append("\n".join(one_line(gradient, root) for gradient in failing[_SHOWN_BLOCKS:]))
    rest = len(result.gradients) - len(failing)
    if rest:
        blocks.append(f"{numbers.plural(rest, 'other gradient')} of this test: {tally_of(result, failing)}")
    return "\n\n".join(blocks)


def gradient_text(result: GradientResult, root: Path, nodeid: str | None) -> str:
    """One gradient that is not right.

    Args:
        result: of the gradient.
        root: folder to which paths are shown relative.
        nodeid: name of the test for the command that repeats the check; None outside pytest.
    """
    lines = [_headline(result), "", *_call(result, root), ""]
    if result.entries:
        lines += [*_table(result), ""]
    lines += _facts(result, root, nodeid)
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
    return f"{word}, {result.reason}" if result.reason else word


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


def _table(result: GradientResult) -> list[str]:
    rows = [("entry", "tape", "numeric (float64)", "tape / numeric")]
    for entry in result.entries:
        numeric = f"{numbers.value(entry.numeric)} ± {numbers.error(entry.error)}"
        name = numbers.index(entry.index, entry.part)
        rows.append((name, numbers.value(entry.tape), numeric, numbers.ratio(entry.tape, entry.numeric)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    more = result.wrong_entries - len(result.entries)
    if more > 0 and result.kind == "gradient":
        lines.append(f"  and {numbers.plural(more, 'more wrong entry', 'more wrong entries')}")
    return [line.rstrip() for line in lines]


def _facts(result: GradientResult, root: Path, nodeid: str | None) -> list[str]:
    facts = [
        ("target", f"{result.target!r}, {result.target_dtype} {numbers.shape(result.target_shape)}"),
        ("source", f"{result.source!r}, {result.source_dtype} {numbers.shape(result.source_shape)}"),
    ]
    if result.fault is Fault.VALUE:
        facts.append(("evidence", _evidence(result)))
    if result.pattern:
        facts.append(("pattern", result.pattern))
    if result.suspects:
        facts.append(("suspect", _suspect(result, root)))
    if result.cleared:
        facts.append(("not this", numbers.names(result.cleared)))
    if result.reason:
        facts.append(("because", result.reason))
    facts += _advice(result, nodeid)
    return [f"  {label.ljust(_LABEL_WIDTH)}{text}" for label, text in facts]


def _evidence(result: GradientResult) -> str:
    parts = []
    if result.directions:
        parts.append(f"{result.disagreeing} of {result.directions} random directions disagree")
    else:
        parts.append("every entry compared")
    if result.shrink is not None:
        parts.append(f"smooth here (differences shrink {result.shrink:.1f}x per halving)")
    return "; ".join(parts)


def _suspect(result: GradientResult, root: Path) -> str:
    if result.culprit is None:
        each = ", ".join(f"{suspect.name}{_in(suspect, root)}" for suspect in result.suspects)
        return f"one of {len(result.suspects)} custom gradients on the way: {each}"
    culprit = result.culprit
    name = f"custom gradient of {culprit.name}" if culprit.kind == "custom gradient" else culprit.name
    where = f", {numbers.path(culprit.place.path, root)}:{culprit.place.line}" if culprit.place else ""
    rest = "; the others pass their own check" if culprit.cleared and culprit.count > 1 else ""
    of_all = f"op {culprit.position} of {numbers.plural(culprit.count, 'op')}"
    return f"{name}{where}, {of_all} between source and target{rest}"


def _in(suspect: Culprit, root: Path) -> str:
    return f" ({numbers.path(suspect.place.path, root)}:{suspect.place.line})" if suspect.place else ""


def _advice(result: GradientResult, nodeid: str | None) -> list[tuple[str, str]]:
    if nodeid is None:
        return []
    if result.fault is Fault.VALUE:
        intended = f'@pytest.mark.gradcheck(expect={{"{result.source}": "differs"}}, reason="...")'
        return [("repeat", f'pytest "{nodeid}" --gradcheck-mode=full'), ("intended?", intended)]
    if result.verdict is Verdict.NONE:
        return [("intended?", "@pytest.mark.gradcheck(allow_none=True)")]
    if result.verdict is Verdict.NONFINITE:
        return [("intended?", "@pytest.mark.gradcheck(allow_nonfinite=True)")]
    return []
