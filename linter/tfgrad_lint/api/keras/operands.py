"""Names of the operands that a conflict of a model tells beside ``x`` and ``y``."""

from __future__ import annotations

from typing import Final

DECLARED: Final = "declared input"
OUTPUTS: Final = "outputs"
