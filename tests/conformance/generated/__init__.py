"""Programs that nobody wrote: each runs under TensorFlow, whichever way its branches go.

A program grows line by line. Each new statement is tried: it stays if the whole program still runs with the flag set
and unset, so that what makes statements may be careless about what fits what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.generated.expressions import start
from tests.conformance.generated.growing import FLAG, Growing, traces
from tests.conformance.generated.statements import statement

if TYPE_CHECKING:
    from tests.conformance.draw import Draw

_START = f"""import contextlib
import functools
import os
from dataclasses import dataclass
import numpy as np
import tensorflow as tf
tf.keras.utils.set_random_seed(1)
flag = os.environ.get("{FLAG}") == "1"
"""


def program(draw: Draw) -> str:
    """Return the text of a program of about five to thirty lines."""
    growing = Growing(draw, _START, statement)
    for _ in range(draw.integer(2, 3)):
        growing.add(f"{growing.new()} = {start(draw)}\n")
    for _ in range(draw.integer(3, 9)):
        growing.grow()
    return growing.text


__all__ = ["program", "traces"]
