"""What the functions of TensorFlow and NumPy do to shapes, a file per area.

Importing the package registers every model; :func:`tfgrad_lint.api.registry.lookup` finds them.
"""

from tfgrad_lint.api import (
    elementwise,
    indexing,
    joining,
    layout,
    masking,
    matmul,
    operators,
    reductions,
)

__all__ = [
    "elementwise",
    "indexing",
    "joining",
    "layout",
    "masking",
    "matmul",
    "operators",
    "reductions",
]
