"""Pictures of gradients for the HTML report, drawn by matplotlib and embedded as data."""

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from pytest_tfgrad.report.lanes import lanes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from pytest_tfgrad.results import Culprit, GradientResult, Grid, PathStep, StepCurve

_INK = "#1f2937"
_MUTED = "#6b7280"
_TAPE = "#c2410c"
_NUMERIC = "#1d4ed8"
_LINE = "#9ca3af"
_WRONG = "#b91c1c"
_UNKNOWN = "#d1d5db"
_OUTCOMES = {"end": _INK, "passed": "#15803d", "wrong": _WRONG, "unchecked": _MUTED}
_STYLE: Any = {
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.edgecolor": _MUTED,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "lines.markersize": 3,
    "lines.linewidth": 1.2,
    "svg.fonttype": "none",
    "svg.hashsalt": "pytest-tfgrad",
}
# Fewer columns than this are drawn as squares a reader can count.
_CELL = 0.22
ROW = 26
"""Height of a row of a graph, in the pixels of a page."""
_LANE = 18
# Of a page, per inch.
_PIXELS = 96


def heat_maps(grid: Grid) -> str:
    """Tape, numeric and their difference side by side, as a data URI."""
    tape, numeric = (np.array(values).reshape(-1, grid.columns) for values in (grid.tape, grid.numeric))
    rows, columns = tape.shape
    # A column of numbers reads better lying down.
    if columns == 1:
        tape, numeric, rows, columns = tape.T, numeric.T, 1, rows
    width = min(max(columns * _CELL, 1.8), 3.4)
    height = min(max(rows * _CELL, 0.4), 3.4)
    upright = rows > 1 or columns <= 8
    with mpl.rc_context(_STYLE):
        figure = Figure(
            figsize=(3 * (width + 1.0), height + 0.8) if upright else (2 * width + 3, 3 * (height + 0.9)),
            layout="constrained",
        )
        axes = figure.subplots(1, 3) if upright else figure.subplots(3, 1)
        scale = _largest(tape, numeric)
        off = tape - numeric
        _map(axes[0], tape, "tape", scale, "RdBu_r")
        _map(axes[1], numeric, "numeric", scale, "RdBu_r")
        _map(axes[2], off, "tape - numeric", _largest(off), "PuOr_r")
        return _data(figure)


def _largest(*arrays: NDArray[np.float64]) -> float:
    """The largest magnitude, 1 if there is none above 0."""
    finite = [np.abs(array[np.isfinite(array)]) for array in arrays]
    return max((float(array.max()) for array in finite if array.size), default=0.0) or 1.0


def graph_picture(path: Sequence[PathStep], culprit: Culprit | None) -> str:
    """The ops between a source and a target as a graph, a row each, as a data URI.

    The rows are `ROW` pixels high, so that text of this line height fits beside them: the source, the ops, the target.

    Args:
        path: the ops in the order in which they ran.
        culprit: which of them is marked, if any.
    """
    lanes = lanes_of(path)
    x = np.array(lanes.lane) * _LANE + _LANE / 2
    y = np.arange(len(lanes.lane)) * ROW + ROW / 2
    width, height = lanes.width * _LANE, len(lanes.lane) * ROW
    figure = Figure(figsize=(width / _PIXELS, height / _PIXELS))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    lines = [_edge(x[start], y[start], x[end], y[end]) for start, end in lanes.edges]
    axes.add_collection(PathCollection(lines, facecolors="none", edgecolors=_LINE, linewidths=1.4))
    marked = culprit.position if culprit is not None else 0
    outcomes = ["end", *("wrong" if n == marked else step.outcome for n, step in enumerate(path, 1)), "end"]
    colours = [_OUTCOMES[outcome] for outcome in outcomes]
    filled = [colour if outcome != "unchecked" else "white" for outcome, colour in zip(outcomes, colours, strict=True)]
    axes.scatter(x, y, s=36, c=filled, edgecolors=colours, linewidths=1.4, zorder=3)
    if 0 < marked <= len(path):
        axes.scatter(x[marked], y[marked], s=150, facecolors="none", edgecolors=_WRONG, linewidths=1.6, zorder=3)
    return _data(figure)


def _edge(x: float, y: float, to_x: float, to_y: float) -> Path:
    """A line down a lane that turns to another one in its last row."""
    if x == to_x:
        return Path([(x, y), (x, to_y)])
    turn, middle = to_y - ROW, to_y - ROW / 2
    codes = [Path.MOVETO, Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    return Path([(x, y), (x, turn), (x, middle), (to_x, middle), (to_x, to_y)], codes)


def _map(axes: Axes, values: NDArray[np.float64], title: str, scale: float, colours: str) -> None:
    image = axes.imshow(
        values, cmap=colours, norm=TwoSlopeNorm(0.0, -scale, scale), aspect="auto", interpolation="nearest"
    )
    # What was not compared is neither positive nor negative nor zero.
    axes.set_facecolor(_UNKNOWN)
    axes.set_title(title, fontsize=9, loc="left", color=_INK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(length=0, labelsize=8)
    if values.shape[0] == 1:
        axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = axes.figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02)
    bar.ax.tick_params(labelsize=7, length=0)
    # As one picture: 256 rectangles would be most of the file.
    if bar.solids is not None:
        bar.solids.set_rasterized(True)
    bar.outline.set_visible(False)


def step_picture(result: GradientResult, curve: StepCurve) -> str:
    """How far the differences are from the settled estimate and from the tape, over the step, as a data URI."""
    assert result.numeric is not None
    assert result.analytic is not None
    steps, slopes = np.array(curve.steps), np.array(curve.slopes)
    # The estimate itself where the entry is one of a gradient; a jacobian's curve is of a weighted column.
    settled = float(np.nanmedian(slopes[len(slopes) // 4 : 3 * len(slopes) // 4]))
    numeric, tape = (result.numeric, result.analytic) if result.kind == "gradient" else (settled, None)
    tiny = np.finfo(np.float64).tiny
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.2, 2.7), layout="constrained")
        axes = figure.subplots()
        axes.set_facecolor("none")
        if tape is not None:
            axes.loglog(
                steps, np.maximum(np.abs(slopes - tape), tiny), "o-", ms=3, lw=1.2, color=_TAPE, label="to the tape"
            )
        to_numeric = np.abs(slopes - numeric)
        to_numeric[to_numeric == 0] = np.nan
        axes.loglog(steps, to_numeric, "o-", color=_NUMERIC, label="to the numeric estimate")
        if result.tolerance:
            axes.axhline(result.tolerance, color=_MUTED, lw=0.8, ls="--")
            axes.annotate(
                "allowed",
                (1.0, result.tolerance),
                xycoords=("axes fraction", "data"),
                xytext=(-4, 3),
                textcoords="offset points",
                ha="right",
                fontsize=8,
                color=_MUTED,
            )
        axes.set_xlabel("step")
        axes.set_ylabel("distance of the difference")
        # Ticks between the decades are half of the picture's bytes.
        axes.minorticks_off()
        axes.grid(visible=True, which="major", color="#e5e7eb", lw=0.6)
        axes.legend(frameon=False, fontsize=8, loc="best")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        return _data(figure)


def _data(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, facecolor="none")
    # Comments and indentation are a fifth of it.
    text = re.sub(r"<!--.*?-->|(?<=>)\s+(?=<)", "", buffer.getvalue(), flags=re.DOTALL)
    return f"data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}"
