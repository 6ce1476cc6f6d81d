"""Tensors whose recorded value is not known."""

from __future__ import annotations

import itertools
from typing import Any

import tensorflow as tf

_NUMBERS = itertools.count(1)


class UnknownTensor:
    """Stands where a graph function computed something that cannot be computed again, such as a random number.

    It has an identity and a type, as eager tensors do; as long as only its derivative is needed, that is enough.

    Args:
        type_number: wire number of the type.
        reason: what the value is, for the user to read.
        identity: identity of the tensor it stands for, None for one of its own.
    """

    def __init__(self, type_number: int, reason: str, identity: int | None = None) -> None:
        # TensorFlow's identities count upwards from zero, and none is given twice.
        self._id = -next(_NUMBERS) if identity is None else identity
        self._type_number = type_number
        self.reason = reason

    def _datatype_enum(self) -> int:
        return self._type_number

    def _num_elements(self) -> int:
        return 0

    @property
    def dtype(self) -> Any:
        """The type as TensorFlow names it."""
        return tf.as_dtype(self._type_number)
