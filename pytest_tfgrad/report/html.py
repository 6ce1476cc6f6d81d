"""The HTML report: one file that needs nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pytest_tfgrad.report import numbers
from pytest_tfgrad.report.culprits import CONSTANT, title
from pytest_tfgrad.report.pictures import ROW, graph_picture, heat_maps, step_picture
from pytest_tfgrad.report.terminal import gradient_text, one_line, tally
from pytest_tfgrad.results import Consequence, Layout, Verdict

if TYPE_CHECKING:
    from pytest_tfgrad.results import GradientResult, Grid, Place, Report, TestResult

# From the worst to the best: the verdict of a test is the first that one of its gradients has.
_ORDER = ("wrong", "none", "nonfinite", "inconclusive", "different as declared", "right")
_NOTHING = "no gradient"
_NOT_CHECKED = "not checked"
# Heat maps take 0.3 s and 30 kB; all three pictures of a wrong gradient 1 s and 100 kB, so that a page with 500 of them
# would take eight minutes and 53 MB; with these limits it takes 40 s and 7 MB.
_PICTURED = {"right": 100, "other": 50}
_LEFT_OUT = (
    f"The first {_PICTURED['other']} gradients that are not right have pictures; run this test alone to see its own."
)
_LAYOUTS = {
    Layout.COMPLEX: "The imaginary parts stand to the right of the real ones.",
    Layout.JACOBIAN: "Rows are the entries of the target, columns those of the source.",
    Layout.BATCH_JACOBIAN: "Rows are the entries of all targets of the batch, columns those of one source.",
}


@dataclass(frozen=True)
class _Card:
    """One gradient as the page shows it."""

    result: GradientResult
    label: str
    text: str
    line: str
    heat: str
    heat_caption: str
    curve: str
    graph: str
    left_out: str


@dataclass(frozen=True)
class _Part:
    """One test as the page shows it."""

    test: TestResult
    label: str
    tally: str
    cards: tuple[_Card, ...]
    fails: bool


def html_text(report: Report, root: Path) -> str:
    """A report as one self-contained page.

    Args:
        report: what to show.
        root: folder to which paths are shown relative.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def path(place: Place) -> str:
        return f"{numbers.path(place.path, root)}:{place.line}"

    environment.filters |= {
        "path": path,
        "file": lambda place: f"{Path(place.path).name}:{place.line}",
        "shape": numbers.shape,
        "seconds": numbers.seconds,
        "value": numbers.value,
        "error": numbers.error,
        "title": title,
    }
    environment.globals |= {"plural": numbers.plural, "index": numbers.index, "ratio": numbers.ratio}
    environment.globals |= {"row": ROW, "constant": CONSTANT}
    drawn: Counter[str] = Counter()
    parts = sorted((_part(test, root, drawn) for test in report.tests), key=lambda part: _rank(part.label))
    gradients = [gradient for test in report.tests for gradient in test.gradients]
    counts = Counter(map(_label, gradients))
    return environment.get_template("page.html.jinja").render(
        version=report.version,
        parts=parts,
        counts=[(label, counts[label]) for label in (*_ORDER, _NOT_CHECKED) if counts[label]],
        labels=sorted({part.label for part in parts}, key=_rank),
        seconds=sum(test.seconds for test in report.tests),
        tests=sum(bool(test.gradients) for test in report.tests),
        gradients=len(gradients),
    )


def _rank(label: str) -> int:
    order = (*_ORDER[:4], _NOT_CHECKED, *_ORDER[4:], _NOTHING)
    return order.index(label)


def _label(gradient: GradientResult) -> str:
    if gradient.intended:
        return "different as declared"
    return _NOT_CHECKED if gradient.is_unchecked else gradient.verdict.value


def _part(test: TestResult, root: Path, drawn: Counter[str]) -> _Part:
    labels = {_label(gradient) for gradient in test.gradients}
    label = min(labels, key=_rank) if labels else _NOT_CHECKED if test.skipped else _NOTHING
    cards = sorted((_card(g, test, root, drawn) for g in test.gradients), key=lambda card: _rank(card.label))
    fails = any(gradient.consequence is Consequence.FAIL for gradient in test.gradients)
    return _Part(test, label, tally(test.gradients), tuple(cards), fails)


def _card(result: GradientResult, test: TestResult, root: Path, drawn: Counter[str]) -> _Card:
    is_told = result.verdict is not Verdict.RIGHT or result.consequence is not Consequence.NOTHING
    kind = "other" if is_told else "right"
    has_pictures = bool(result.grid or result.curve or result.path)
    drawn[kind] += has_pictures
    is_left_out = has_pictures and drawn[kind] > _PICTURED[kind]
    grid, curve, path = (None, None, ()) if is_left_out else (result.grid, result.curve, result.path)
    return _Card(
        result,
        _label(result),
        gradient_text(result, root, test.nodeid, 1) if is_told else "",
        one_line(result, root),
        heat_maps(grid) if grid is not None else "",
        _heat_caption(grid, result.size) if grid is not None else "",
        step_picture(result, curve) if curve is not None and result.numeric is not None else "",
        graph_picture(path, result.culprit) if path else "",
        _LEFT_OUT if is_left_out and is_told else "",
    )


def _heat_caption(grid: Grid, size: int) -> str:
    """What a reader has to know about the heat maps; empty if they show every entry where it stands."""
    parts = [_LAYOUTS[grid.layout]] if grid.layout in _LAYOUTS else []
    if grid.block != (1, 1):
        rows, columns = grid.block
        parts.append(
            f"Each cell stands for up to {rows} x {columns} entries and shows the one furthest from its estimate, "
            "or the largest one where none was compared."
        )
    if grid.compared < size:
        parts.append(f"{grid.compared} of {size} entries were compared one by one; the others are grey.")
    return " ".join(parts)
