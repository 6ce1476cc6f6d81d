"""A program that grows line by line, each line tried under TensorFlow."""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from tests.conformance.tracing import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from tests.conformance.draw import Draw
    from tests.conformance.tracing import Trace

# The variable of the environment that tells which way branches go: nothing that reads code can know it.
FLAG = "TFGRAD_GENERATED_FLAG"

_FILE = "<generated>"
# A loop of a dozen iterations takes less than a hundred lines; tensors with more entries show nothing new.
_MOST_LINES = 500
_LARGEST = 5000

# Statements that are tried in place of one that does not fit, before the program is left as it is.
_TRIES = 12


def traces(text: str) -> list[Trace]:
    """Run ``text`` with the flag set and unset, and return what its assignments bound."""
    found: list[Trace] = []
    for flag in "01":
        tracer = Tracer("generated")
        with _flag(flag):
            tracer.run([(text, 1)])
        found.append(tracer.trace)
    return found


@contextmanager
def _flag(value: str) -> Iterator[None]:
    os.environ[FLAG] = value
    try:
        yield
    finally:
        del os.environ[FLAG]


class Growing:
    """A program that grows, with what its variables hold at its end.

    ``statement`` makes a statement that may follow, or none; ``depth`` counts the blocks around what grows.
    """

    def __init__(
        self, draw: Draw, text: str, statement: Callable[[Growing], str], within: Growing | None = None
    ) -> None:
        self.draw = draw
        self.text = text
        self._statement = statement
        self.values: dict[str, Any] = {} if within is None else within.values
        self._count = 0 if within is None else within._count
        self.depth = 0 if within is None else within.depth + 1

    def new(self, kind: str = "x") -> str:
        """Return a name that is not used yet."""
        self._count += 1
        return f"{kind}{self._count}"

    def grow(self) -> bool:
        """Add a statement; return whether one was found that fits."""
        statements = (self._statement(self) for _ in range(_TRIES))
        return any(statement and self.add(statement) for statement in statements)

    def add(self, statement: str) -> bool:
        """Add ``statement`` if the program still runs; return whether it does."""
        text, values = self.text + statement, self.values
        for flag in "10":
            values = {"__name__": "generated"}
            try:
                with _flag(flag), _Bounds():
                    exec(compile(text, _FILE, "exec", dont_inherit=True), values)
            except Exception:
                return False
        self.text, self.values = text, values
        return True

    # What statements are made from.

    def tensor(self) -> str:
        """Return the name of a tensor."""
        return self.draw.choice([name for name, value in self.values.items() if _is_tensor(value)])

    def named(self, kind: type) -> str:
        """Return the name of a variable that holds a ``kind``, an expression of one if there is none."""
        names = [
            name for name, value in self.values.items() if type(value) is kind and re.fullmatch(r"[a-z]+\d+", name)
        ]
        if names:
            return self.draw.choice(names)
        return {int: "2", list: f"[{self.tensor()}, {self.tensor()}]", dict: f"{{'a': {self.tensor()}}}"}[kind]

    def target(self) -> str:
        """Return a name to assign a tensor to: a new one, or one that has been used."""
        return self.tensor() if self.draw.chance(3) else self.new()

    def rank(self, name: str) -> int:
        value = self.values.get(name)
        return len(value.shape) if _is_tensor(value) else 2

    def size(self, name: str, axis: int) -> int:
        value = self.values.get(name)
        return int(value.shape[axis]) if _is_tensor(value) and 0 <= axis < len(value.shape) else 2

    def axis(self, name: str) -> int:
        rank = self.rank(name)
        return self.draw.integer(-rank, rank - 1) if rank else 0

    def inner(self, lines: int, **names: str) -> tuple[str, Growing]:
        """Return statements that follow on the present ones, if any fit, and the program with them at its end.

        Each of ``names`` holds at their start what its expression says.
        """
        inside = Growing(self.draw, self.text, self._statement, self)
        if names and not inside.add("".join(f"{name} = {value}\n" for name, value in names.items())):
            return "", inside
        start = len(inside.text)
        for _ in range(lines):
            inside.grow()
        self._count = inside._count
        return inside.text[start:], inside


class _Bounds:
    """Ends a program that runs long or makes large tensors: loops may grow what they run over."""

    def __init__(self) -> None:
        self._lines = 0
        # That of a debugger, or of `make coverage`.
        self._outer = sys.gettrace()

    def __enter__(self) -> None:
        sys.settrace(self._entered)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._outer)

    def _entered(self, frame: FrameType, _event: str, _argument: object) -> Any:
        return self._line if frame.f_code.co_filename == _FILE else None

    def _line(self, frame: FrameType, _event: str, _argument: object) -> Any:
        self._lines += 1
        if self._lines > _MOST_LINES:
            raise RuntimeError("too long")
        if any(_is_tensor(value) and np.prod(value.shape) > _LARGEST for value in frame.f_locals.values()):
            raise RuntimeError("too large")
        return self._line


def _is_tensor(value: Any) -> bool:
    return isinstance(value, tf.Tensor | tf.Variable | np.ndarray)
