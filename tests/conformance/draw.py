"""A seeded source of arguments: shapes, tensors, axes, each now and then wrong on purpose."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

# Sizes as often as they are telling: 1 broadcasts, 0 is rare in real code.
SIZES = (0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5)
# One in this many arguments does not fit on purpose.
WRONG = 6


class Draw:
    """Draws arguments; the same seed draws the same."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)

    def chance(self, one_in: int = 2) -> bool:
        return self.rng.randrange(one_in) == 0

    def wrong(self) -> bool:
        return self.chance(WRONG)

    def choice(self, options: Sequence[T]) -> T:
        return self.rng.choice(options)

    def integer(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    def size(self) -> int:
        return self.choice(SIZES)

    def dims(self, low: int = 0, high: int = 4) -> list[int]:
        return [self.size() for _ in range(self.integer(low, high))]

    def positive_dims(self, low: int = 0, high: int = 4) -> list[int]:
        return [max(1, self.size()) for _ in range(self.integer(low, high))]

    def tensor(self, dims: Sequence[int] | None = None, dtype: str = "float32") -> Any:
        """Return a tensor with entries in (0.1, 0.9) for floats, in 0..2 for integers."""
        shape = self.dims() if dims is None else list(dims)
        return tf.constant(self.array(shape, dtype))

    def array(self, dims: Sequence[int] | None = None, dtype: str = "float64") -> Any:
        shape = self.dims() if dims is None else list(dims)
        count = int(np.prod(shape))
        if dtype.startswith(("float", "complex", "bfloat")):
            entries = [self.rng.uniform(0.1, 0.9) for _ in range(count)]
        else:
            entries = [self.rng.randrange(3) for _ in range(count)]
        numpy_dtype = tf.as_dtype(dtype).as_numpy_dtype
        return np.asarray(entries, dtype=numpy_dtype).reshape(shape)

    def partner(self, dims: Sequence[int]) -> list[int]:
        """Return dimensions that broadcast with ``dims``, mostly."""
        own = list(dims)[self.integer(0, len(dims)) if self.chance(3) else 0 :]
        own = [1 if self.chance(4) else dim for dim in own]
        if self.chance(6):
            own = [self.size(), *own]
        return self.disturbed(own)

    def disturbed(self, dims: Sequence[int]) -> list[int]:
        """Return ``dims``, now and then with one size changed or an axis more or less."""
        own = list(dims)
        if not self.wrong():
            return own
        if own and self.chance():
            own[self.rng.randrange(len(own))] = self.size()
            return own
        return own[1:] if self.chance() else [self.size(), *own]

    def axis(self, rank: int, extra: int = 0) -> int:
        """Return an axis of a tensor of ``rank`` from either end, now and then none of it."""
        reach = rank + extra
        if self.wrong() or reach == 0:
            return self.choice([reach, -reach - 1, reach + 2])
        return self.integer(-reach, reach - 1)

    def axes(self, rank: int) -> Any:
        """Return what a reduction takes: None, one axis, or a list of them, now and then repeated."""
        if self.chance(4):
            return None
        if self.chance():
            return self.axis(rank)
        count = self.integer(0, max(rank, 1))
        chosen = [self.axis(rank) for _ in range(count)]
        return chosen if self.chance() else tuple(chosen)

    def flag(self) -> bool:
        return self.chance()

    def dtype(self, *names: str) -> str:
        return self.choice(names)
