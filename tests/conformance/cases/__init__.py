"""Arguments to draw, a file per area of the API models."""

from __future__ import annotations

from tests.conformance.case import CASES
from tests.conformance.cases import (
    calling,
    convolution,
    creation,
    elementwise,
    gathering,
    layout,
    linear_algebra,
    numpy_functions,
    products,
    reading,
    reductions,
)

ALL = tuple(CASES)

__all__ = [
    "ALL",
    "calling",
    "convolution",
    "creation",
    "elementwise",
    "gathering",
    "layout",
    "linear_algebra",
    "numpy_functions",
    "products",
    "reading",
    "reductions",
]
