"""What rounding alone may do to a gradient, by the type it was computed in. No other tolerance exists by default."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Rounding:
    """The rounding of a floating type, as far as a gradient feels it.

    Attributes:
        epsilon: distance from 1 to the next number.
        tiny: smallest magnitude kept with full precision; below it entries are flushed to zero by some kernels.
        relative: tolerance relative to the 2-norm of the gradient's terms along a direction, which is how independent
            rounding errors of the entries add up.
    """

    epsilon: float
    tiny: float
    relative: float


# TensorFlow's float32 gradients were 1 to 5 epsilon off in this norm (dense and batch-normalised nets, convolutions,
# LSTM of 50 steps, sums of 1,000,000 terms). Where a computation loses more (16 in attention, 54 in 20 layers of tanh,
# 20,000 where large numbers cancel), the check measures that loss on the function itself (see sensitivity.py) instead
# of widening this table for everybody.
_EPSILONS = 8

FLOAT64 = Rounding(epsilon=2.0**-52, tiny=2.0**-1022, relative=1e-6)
"""float64. Its own rounding is far below; 1e-6 is what TensorFlow's special functions are good to."""

FLOAT32 = Rounding(epsilon=2.0**-23, tiny=2.0**-126, relative=_EPSILONS * 2.0**-23)
FLOAT16 = Rounding(epsilon=2.0**-10, tiny=2.0**-14, relative=_EPSILONS * 2.0**-10)
BFLOAT16 = Rounding(epsilon=2.0**-7, tiny=2.0**-126, relative=_EPSILONS * 2.0**-7)

ROUNDINGS: Mapping[str, Rounding] = MappingProxyType(
    {
        "float64": FLOAT64,
        "complex128": FLOAT64,
        "float32": FLOAT32,
        "complex64": FLOAT32,
        "float16": FLOAT16,
        "half": FLOAT16,
        "bfloat16": BFLOAT16,
    }
)
"""By the name of the type, for all types that have gradients."""


def rounding_for(dtype: str, precision: float = 0.0) -> Rounding:
    """The rounding of gradients of type ``dtype`` that came out of arithmetic of machine epsilon ``precision``.

    The coarser of the two decides: under mixed precision a float32 gradient carries float16 rounding.

    Args:
        dtype: a TensorFlow floating or complex type by name.
        precision: machine epsilon of the coarsest arithmetic that took part; 0 if it is the type's own.

    Raises:
        KeyError: ``dtype`` has no gradients.
    """
    own = ROUNDINGS[dtype]
    taken = (r for r in (FLOAT32, FLOAT16, BFLOAT16) if r.epsilon <= precision)
    return max((own, *taken), key=lambda r: r.epsilon)
