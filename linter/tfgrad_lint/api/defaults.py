"""Default arguments of TensorFlow's signatures, as values."""

from __future__ import annotations

from typing import Final

from tfgrad_lint.domain.values import Constant

ZERO: Final = Constant(0)
ONE: Final = Constant(1)
TWO: Final = Constant(2)
LAST: Final = Constant(-1)
ZERO_FLOAT: Final = Constant(0.0)
ONE_FLOAT: Final = Constant(1.0)
FLOAT32: Final = Constant("float32")
INT32: Final = Constant("int32")
INT64: Final = Constant("int64")
BOOL: Final = Constant("bool")
EMPTY: Final = Constant("")
