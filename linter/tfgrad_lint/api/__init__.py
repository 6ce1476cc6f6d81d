"""What the functions of TensorFlow and NumPy do to shapes, a file per area.

Importing the package registers every model; :func:`tfgrad_lint.api.registry.lookup` finds them.
"""

from tfgrad_lint.api import (
    attributes,
    creation,
    einsum,
    elementwise,
    gathering,
    indexing,
    joining,
    layout,
    losses,
    masking,
    matmul,
    normalization,
    operators,
    passing,
    random,
    reductions,
    shape_values,
    variables,
)

__all__ = [
    "attributes",
    "creation",
    "einsum",
    "elementwise",
    "gathering",
    "indexing",
    "joining",
    "layout",
    "losses",
    "masking",
    "matmul",
    "normalization",
    "operators",
    "passing",
    "random",
    "reductions",
    "shape_values",
    "variables",
]
