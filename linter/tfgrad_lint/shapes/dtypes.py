"""Names of TensorFlow's dtypes and the few facts about them that shape and gradient rules need."""

from __future__ import annotations

from typing import Final

FLOATING: Final = frozenset(
    {"float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2"},
)
COMPLEX: Final = frozenset({"complex64", "complex128"})
INTEGER: Final = frozenset({"int4", "int8", "int16", "int32", "int64", "uint4", "uint8", "uint16", "uint32", "uint64"})
OTHER: Final = frozenset({"bool", "string", "resource", "variant", "qint8", "qint16", "qint32", "quint8", "quint16"})
ALL: Final = FLOATING | COMPLEX | INTEGER | OTHER

# Second names under the tf namespace, https://www.tensorflow.org/api_docs/python/tf/dtypes.
ALIASES: Final = {"half": "float16", "double": "float64", "float": "float32", "int": "int32"}


def is_differentiable(dtype: str | None) -> bool | None:
    """Tell whether gradients flow through tensors of ``dtype``; None if the dtype is not known."""
    if dtype is None:
        return None
    return dtype in FLOATING or dtype in COMPLEX
