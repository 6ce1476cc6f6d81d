"""A replay as one graph function, for many evaluations of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.running import Start, first_line, run
from pytest_tfgrad.replay.types import widened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_tfgrad.recording.gradient_call import Array
    from pytest_tfgrad.replay.operation import Operation

# Measured: an LSTM of 856 ops takes 370 ms of CPU time to compile and then 2.3 ms a run in place of 12.6 (36 runs), a
# small convolutional net 62 ms and 3.2 ms in place of 4.3 (52 runs). Starting a graph costs as much as 20 to 40 ops.
_WORTH = 40
_FEW_OPS = 50


def compiled_evaluation(
    operations: Sequence[Operation], start: Start, targets: Sequence[Any]
) -> Callable[[Sequence[Array]], tuple[Array, ...]] | None:
    """The values of the targets from those of the sources, as one graph function; None if there can be none.

    Args:
        operations: of the replay.
        start: of the replay.
        targets: as recorded.
    """

    def replayed(*tensors: Any) -> list[Any]:
        values, changes = start.with_tensors(tensors)
        for op in operations:
            run(op, values, changes)
        return [tf.convert_to_tensor(widened(values.get(target._id, target))) for target in targets]

    signature = [tf.TensorSpec(base.shape, base.dtype) for base in start.bases]
    try:
        function = tf.function(replayed, input_signature=signature, autograph=False).get_concrete_function()
    except Exception:
        # An op that only runs eagerly; every op has run eagerly before.
        return None

    def evaluate(points: Sequence[Array]) -> tuple[Array, ...]:
        try:
            with tf.init_scope():
                return tuple(target.numpy() for target in function(*map(tf.constant, points)))
        except tf.errors.OpError as error:
            raise CannotReplay(f"An op fails when it is replayed: {first_line(error)}") from error

    return evaluate


def evaluations_worth_compiling(operations: Sequence[Operation]) -> int:
    """Number of op-by-op evaluations that take about as long as compiling; 0 if a graph would not be faster."""
    return _WORTH if len(operations) >= _FEW_OPS else 0
