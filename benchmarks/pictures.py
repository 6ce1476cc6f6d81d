"""Curves as files that are the same each time they are drawn from the same figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def save(figure: Any, path: Path) -> None:
    """Write a matplotlib figure as SVG."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - what draws nothing needs no matplotlib

    path.parent.mkdir(parents=True, exist_ok=True)
    with plt.rc_context({"svg.hashsalt": path.name}):
        figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
