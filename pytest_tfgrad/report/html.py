"""The HTML report: one file that needs nothing else."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pytest_tfgrad.report import numbers
from pytest_tfgrad.report.culprits import CONSTANT, title
from pytest_tfgrad.report.pictures import ROW, graph_picture, heat_maps, step_picture
from pytest_tfgrad.report.terminal import gradient_text, one_line, tally
from pytest_tfgrad.results import Consequence, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_tfgrad.results import GradientResult, Grid, Place, Report, TestResult

# From the worst to the best: the verdict of a test is the first that one of its gradients has.
_ORDER = ("wrong", "none", "nonfinite", "inconclusive", "different as declared", "right")
_NOTHING = "no gradient"
_NOT_CHECKED = "not checked"
# A picture adds 15 to 30 kB to the page and takes 0.2 s: those of right gradients end here, those of others do not.
_PICTURES_OF_RIGHT = 100


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
    drawn = itertools.count()
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


def _part(test: TestResult, root: Path, drawn: Iterator[int]) -> _Part:
    labels = {_label(gradient) for gradient in test.gradients}
    label = min(labels, key=_rank) if labels else _NOT_CHECKED if test.skipped else _NOTHING
    cards = sorted((_card(g, test, root, drawn) for g in test.gradients), key=lambda card: _rank(card.label))
    fails = any(gradient.consequence is Consequence.FAIL for gradient in test.gradients)
    return _Part(test, label, tally(test.gradients), tuple(cards), fails)


def _card(result: GradientResult, test: TestResult, root: Path, drawn: Iterator[int]) -> _Card:
    is_told = result.verdict is not Verdict.RIGHT or result.consequence is not Consequence.NOTHING
    grid = result.grid
    if grid is not None and not is_told and next(drawn) >= _PICTURES_OF_RIGHT:
        grid = None
    return _Card(
        result,
        _label(result),
        gradient_text(result, root, test.nodeid, 1) if is_told else "",
        one_line(result, root),
        heat_maps(grid) if grid is not None else "",
        _heat_caption(grid, result.size) if grid is not None else "",
        step_picture(result, result.curve) if result.curve is not None and result.numeric is not None else "",
        graph_picture(result.path, result.culprit) if result.path else "",
    )


def _heat_caption(grid: Grid, size: int) -> str:
    """What a reader has to know about the heat maps; empty if they show every entry."""
    parts = []
    if grid.block != (1, 1):
        rows, columns = grid.block
        parts.append(
            f"Each cell stands for up to {rows} x {columns} entries and shows the one furthest from its estimate, "
            "or the largest one where none was compared."
        )
    if grid.compared < size:
        parts.append(f"{grid.compared} of {size} entries were compared one by one; the others are grey.")
    return " ".join(parts)
