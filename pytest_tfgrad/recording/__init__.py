"""Records the gradients that a test takes from its tapes, and the ops they came from."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from pytest_tfgrad.recording.gradient_call import Endpoint, GradientCall, GradientKind, Recording, ResultInfo
from pytest_tfgrad.recording.location import Location
from pytest_tfgrad.recording.patches import functions_run_eagerly, observing
from pytest_tfgrad.recording.recorder import Recorder
from pytest_tfgrad.recording.records import OpRecord
from pytest_tfgrad.recording.trace import Source, Trace
from pytest_tfgrad.tensorflow_adapter import verify_entry_points

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Endpoint",
    "GradientCall",
    "GradientKind",
    "Location",
    "OpRecord",
    "Recording",
    "ResultInfo",
    "Source",
    "Trace",
    "record",
]

# Half of what the smallest common machines for continuous integration leave beside TensorFlow and the model (4 GiB with
# some 2 GiB taken); a Keras CNN with 1e6 parameters and batches of 32 records about 40 MiB a step.
DEFAULT_MAX_BYTES = 2**30


@contextmanager
def record(functions: Literal["eager", "graph"] = "eager", max_bytes: int = DEFAULT_MAX_BYTES) -> Iterator[Recording]:
    """Record every gradient that `tf.GradientTape`s return inside the block.

    Args:
        functions: `eager` runs every `tf.function` as plain Python for the time of the block, so that each op is seen;
            `graph` leaves them as they are and keeps each call as one op.
        max_bytes: recording stops, with a note, when the tensors it keeps alive exceed this many bytes.

    Yields:
        The recording, which grows while the block runs.

    Raises:
        IncompatibleTensorFlowError: if the installed TensorFlow lacks an entry point that recording needs.

    Example:
        >>> import tensorflow as tf
        >>> x = tf.constant([1.0, 2.0])
        >>> with record() as recording, tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     gradient = tape.gradient(tf.reduce_sum(x**2), x)
        >>> recording.calls[0].results[0].tolist()
        [2.0, 4.0]
    """
    verify_entry_points()
    recorder = Recorder(Recording(), max_bytes)
    try:
        with functions_run_eagerly(functions == "eager"), observing(recorder):
            yield recorder.recording
    finally:
        recorder.finish()
