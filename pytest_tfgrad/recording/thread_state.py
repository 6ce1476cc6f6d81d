"""What a recorder knows about one thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_tfgrad.recording.backward import BackwardLog
    from pytest_tfgrad.recording.graphs.exposing import ExposedFunction
    from pytest_tfgrad.recording.records import CustomGradientScope
    from pytest_tfgrad.recording.tape_log import TapeLog


class ThreadState:
    """Tapes are entered, and ops run, per thread; so is everything that follows them.

    Attributes:
        active: the tapes that are recording now, with their logs, innermost last.
        logs: these logs alone.
        scopes: the custom gradients being called now, innermost last.
        gradient_depth: how many of the tapes' gradient methods are running; what they call inside is their own affair.
        inside_function: whether a graph function is running; what runs inside is recorded as that one op.
        exposed: the copy that is to run in place of the graph function that is called now.
        drawn: what that copy returned in addition.
        observed: TensorFlow's context in which this thread reports its ops, None if it does not.
        backward: the ops of the gradient that is being computed now, None if none is.
        is_keeping: whether a finished gradient call is being kept, for which this package reads tensors.
        finished_python_function: the last `tf.py_function` that ran, until its op is reported.
    """

    def __init__(self) -> None:
        self.active: tuple[tuple[Any, TapeLog], ...] = ()
        self.logs: tuple[TapeLog, ...] = ()
        self.scopes: list[CustomGradientScope] = []
        self.gradient_depth = 0
        self.inside_function = False
        self.exposed: ExposedFunction | None = None
        self.drawn: list[Any] = []
        self.observed: Any | None = None
        self.is_keeping = False
        self.backward: BackwardLog | None = None
        self.finished_python_function: CustomGradientScope | None = None

    def opened(self, tape: Any, log: TapeLog) -> None:
        """A tape starts, or goes on, recording."""
        self._set_active((*self.active, (tape, log)))

    def closed(self, tape: Any) -> None:
        """A tape stops recording."""
        self._set_active(tuple(entry for entry in self.active if entry[0] is not tape))

    def forget_tapes(self) -> None:
        """No tape is followed any more."""
        self._set_active(())

    def _set_active(self, active: tuple[tuple[Any, TapeLog], ...]) -> None:
        self.active, self.logs = active, tuple(log for _, log in active)


class ThreadStates(threading.local):
    """The state of each thread.

    Attributes:
        own: that of the running thread. Who needs several attributes looks up this one first, which takes the longest.
    """

    def __init__(self) -> None:
        self.own = ThreadState()
