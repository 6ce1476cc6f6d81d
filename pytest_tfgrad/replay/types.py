"""Numeric types by their wire numbers, and the wider types in which a replay computes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter

FLOAT64 = int(tf.float64.as_datatype_enum)
COMPLEX128 = int(tf.complex128.as_datatype_enum)

_WIDER = {
    int(tf.float16.as_datatype_enum): FLOAT64,
    int(tf.bfloat16.as_datatype_enum): FLOAT64,
    int(tf.float32.as_datatype_enum): FLOAT64,
    int(tf.complex64.as_datatype_enum): COMPLEX128,
}


def wider(type_number: int) -> int:
    """float64 for the narrower floating types, complex128 for complex64, every other type unchanged."""
    return _WIDER.get(type_number, type_number)


def is_narrow(type_number: int) -> bool:
    """Whether a wider type exists."""
    return type_number in _WIDER


@cache
def epsilon(type_number: int) -> float:
    """Spacing of a floating or complex type at one (2.2e-16 for float64)."""
    return float(np.finfo(tf.as_dtype(type_number).real_dtype.as_numpy_dtype).eps)


def type_of(tensor: Any) -> int:
    """Wire number of a tensor's type."""
    try:
        return int(tensor._datatype_enum())
    except AttributeError:
        # The tensors of a graph have no such method.
        return int(tensor.dtype.as_datatype_enum)


def cast(tensor: Any, type_number: int) -> Any:
    """The tensor in another type; itself if it has that type already."""
    present = type_of(tensor)
    if present == type_number:
        return tensor
    return adapter.run_op("Cast", 1, [tensor], ("SrcT", present, "DstT", type_number, "Truncate", False))[0]


def widened(tensor: Any) -> Any:
    """The tensor in the type in which a replay computes."""
    return cast(tensor, wider(type_of(tensor)))
