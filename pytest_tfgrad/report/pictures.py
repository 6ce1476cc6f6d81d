"""Pictures of gradients for the HTML report, drawn by matplotlib and embedded as data."""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from pytest_tfgrad.results import GradientResult, Grid, StepCurve

_INK = "#1f2937"
_MUTED = "#6b7280"
_TAPE = "#c2410c"
_NUMERIC = "#1d4ed8"
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


def heat_maps(result: GradientResult, grid: Grid) -> str:
    """Tape, numeric and their difference side by side, as a data URI."""
    tape, numeric = (_flat_map(values, result.source_shape) for values in (grid.tape, grid.numeric))
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
        scale = float(np.nanmax(np.abs([tape, numeric]), initial=0.0)) or 1.0
        off = tape - numeric
        _map(axes[0], tape, "tape", scale, "RdBu_r")
        _map(axes[1], numeric, "numeric", scale, "RdBu_r")
        _map(axes[2], off, "tape - numeric", float(np.nanmax(np.abs(off), initial=0.0)) or scale, "PuOr_r")
        return _data(figure)


def _flat_map(values: tuple[float, ...], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Entries as a matrix: the last axis are the columns, all others the rows."""
    array = np.array(values, dtype=np.float64)
    if math.prod(shape) != array.size:
        return array.reshape(1, -1)
    return array.reshape(-1, shape[-1]) if len(shape) > 1 else array.reshape(1, -1)


def _map(axes: Axes, values: NDArray[np.float64], title: str, scale: float, colours: str) -> None:
    image = axes.imshow(
        values, cmap=colours, norm=TwoSlopeNorm(0.0, -scale, scale), aspect="auto", interpolation="nearest"
    )
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
        axes.grid(visible=True, which="major", color="#e5e7eb", lw=0.6)
        axes.legend(frameon=False, fontsize=8, loc="best")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        return _data(figure)


def _data(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None}, facecolor="none")
    return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"
