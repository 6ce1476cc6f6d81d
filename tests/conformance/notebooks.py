"""Runs notebooks and compares each inferred shape: ``python -m tests.conformance.notebooks NOTEBOOK...``.

Nothing is downloaded: a statement that fails, for want of the network or of a library, is left out with all that
depends on it.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import tensorflow as tf
from tfgrad_lint.inference import infer_shapes
from tfgrad_lint.parsing import parse
from tfgrad_lint.source import Source, source_of_bytes

import tests.conformance.conftest  # noqa: F401  sets TensorFlow up before it is imported
from tests.conformance.tracing import Tracer, counts, disagreements

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds of the longest statement and of a whole notebook: what trains longer is cut off, and its assignments up to
# there count.
STATEMENT_SECONDS = 60
NOTEBOOK_SECONDS = 240


class _CutOff(BaseException):
    """The time of a statement is over; no handler of the notebook's catches it."""


def _no_network(*_: Any) -> NoReturn:
    raise OSError("no network")


def _cut_off(*_: Any) -> NoReturn:
    raise _CutOff("took too long")


# What the data sets of Keras hold, arrays of 8-bit integers: zeros take their place.
_DATASETS = {
    "mnist": (((60000, 28, 28), (60000,)), ((10000, 28, 28), (10000,))),
    "fashion_mnist": (((60000, 28, 28), (60000,)), ((10000, 28, 28), (10000,))),
    "cifar10": (((50000, 32, 32, 3), (50000, 1)), ((10000, 32, 32, 3), (10000, 1))),
}


def _without_downloads() -> None:
    """Give zeros for the data sets of Keras, and nothing else from elsewhere."""
    socket.socket.connect = _no_network  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = _no_network
    for name, parts in _DATASETS.items():
        zeros = tuple(tuple(np.zeros(shape, np.uint8) for shape in part) for part in parts)
        getattr(tf.keras.datasets, name).load_data = lambda *_, zeros=zeros, **__: zeros


@dataclass(frozen=True)
class Comparison:
    """What a notebook gave.

    ``compared`` assignments have an inferred shape and ran, ``tensors`` assignments bound tensors; ``wrong`` are those
    that bound something else than inferred, ``failures`` the statements that failed.
    """

    compared: int
    tensors: int
    wrong: list[str]
    failures: list[str]


def compare(path: str) -> Comparison:
    """Run the notebook at ``path``, an absolute one, with nothing but zeros for what it would download."""
    source = source_of_bytes(path, Path(path).read_bytes())
    module = parse(source).module
    if module is None:
        return Comparison(0, 0, [], ["cannot be parsed"])
    inferred = infer_shapes(module, path)
    tracer = Tracer("notebook")
    remaining = NOTEBOOK_SECONDS

    def guarded(statement: Callable[[], None]) -> BaseException | None:
        nonlocal remaining
        signal.alarm(max(1, min(STATEMENT_SECONDS, remaining)))
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                statement()
        except (Exception, SystemExit, _CutOff) as error:
            return error
        finally:
            remaining -= max(1, min(STATEMENT_SECONDS, remaining)) - signal.alarm(0)
        return None

    failures = tracer.run(_parts(source), guarded)
    return Comparison(*counts(inferred, tracer.trace), disagreements(inferred, tracer.trace), failures)


def _parts(source: Source) -> list[tuple[str, int]]:
    texts = [(source.cell_text(index), source.first_line(index)) for index in range(len(source.cells))]
    return [(text, line) for text, line in texts if _is_python(text)]


def _is_python(text: str) -> bool:
    try:
        compile(text, "cell", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def main(paths: list[str]) -> int:
    """Compare the notebooks one by one, each in a process of its own, and print what differs."""
    wrong = 0
    with multiprocessing.get_context("spawn").Pool(1, _alone, maxtasksperchild=1) as pool:
        for path in paths:
            found = pool.apply(compare, (str(Path(path).resolve()),))
            wrong += len(found.wrong)
            print(f"{path}: {found.compared} of {found.tensors} assigned tensors compared, {len(found.wrong)} wrong")
            print("".join(f"    wrong: {each}\n" for each in found.wrong), end="")
            print("".join(f"    failed: {each}\n" for each in found.failures), end="", flush=True)
    return 1 if wrong else 0


def _alone() -> None:
    """Set a process up for a notebook: no network, no screen, files in a folder of its own."""
    _without_downloads()
    signal.signal(signal.SIGALRM, _cut_off)
    os.environ["MPLBACKEND"] = "agg"
    os.environ["HOME"] = tempfile.mkdtemp()
    os.chdir(tempfile.mkdtemp())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
