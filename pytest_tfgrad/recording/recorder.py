"""Everything that follows a test while it runs, from its first line to its last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_tfgrad.recording.graphs.calls import FunctionCalls
from pytest_tfgrad.recording.ops import Ops
from pytest_tfgrad.recording.switch import Switch
from pytest_tfgrad.recording.tapes import FollowedTapes

if TYPE_CHECKING:
    from pytest_tfgrad.recording.gradient_call import Recording


class Recorder:
    """What is told of the test's tapes, ops and functions, and adds its gradients to a recording.

    Attributes:
        recording: what comes of it.
        switch: whether it goes on.
        ops: what runs, op by op.
        tapes: the tapes and the forward accumulators.
        functions: the calls of graph functions.
    """

    def __init__(self, recording: Recording, max_bytes: int) -> None:
        self.recording = recording
        self.switch = Switch(recording)
        self.ops = Ops(self.switch, max_bytes)
        self.tapes = FollowedTapes(self.ops)
        self.functions = FunctionCalls(self.ops)

    def open(self) -> None:
        """Start following what the thread that made the recorder does."""
        self.ops.observe()

    def close(self) -> None:
        """Stop following; tapes still open on other threads are ignored from now on."""
        self.switch.turn_off()
        self.ops.close()

    def finish(self) -> None:
        """Work out what could not be while the test ran."""
        self.functions.add_traced_gradients(self.recording)
