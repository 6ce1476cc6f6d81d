"""Ops that are replayed by other means than running them again.

Each entry says why: the op reads a variable, has no float64 kernel although it is common, has a gradient that is meant
for inputs with a symmetry, or has a gradient that is by design not its derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.records import OPAQUE, OpRecord
from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.operation import (
    Operation,
    attribute,
    composed_operation,
    known,
    ordinary_operation,
)
from pytest_tfgrad.replay.promotion import promotion
from pytest_tfgrad.replay.types import is_narrow, type_of, widened

Maker = Callable[[OpRecord, frozenset[int]], Operation]


def operation(record: OpRecord, varying: frozenset[int]) -> Operation:
    """The replay of one op.

    Raises:
        CannotReplay: if the op cannot be run again, or if its gradient is not meant to be its derivative.
    """
    return _MAKERS.get(record.op_type, ordinary_operation)(record, varying)


def narrow_operation(record: OpRecord, varying: frozenset[int]) -> Operation | None:
    """The op in its own types, None if it is replayed by other means or has no narrower types."""
    narrow = any(is_narrow(type_of(tensor)) for tensor in (*record.inputs, *record.outputs))
    return ordinary_operation(record, varying, widen=False) if narrow and record.op_type not in _MAKERS else None


def _same_values(record: OpRecord, varying: frozenset[int]) -> Operation:
    return composed_operation(record, varying, lambda arguments: arguments)


def _variable_read(record: OpRecord, varying: frozenset[int]) -> Operation:
    """A variable's varying value is the change of its value: it may be read before and after an assignment."""
    recorded = widened(known(record.outputs[0]))
    attributes = ("T", type_of(recorded))
    return composed_operation(
        record, varying, lambda arguments: adapter.run_op("AddV2", 1, [recorded, arguments[0]], attributes)
    )


def _rows_read(record: OpRecord, varying: frozenset[int]) -> Operation:
    recorded = widened(known(record.variable_values[record.inputs[0]._id]))
    batch_dims = int(attribute(record, "batch_dims", 0))

    def compute(arguments: list[Any]) -> Sequence[Any]:
        return [tf.gather(tf.add(recorded, arguments[0]), arguments[1], axis=batch_dims, batch_dims=batch_dims)]

    return composed_operation(record, varying, compute)


def _slices_read(record: OpRecord, varying: frozenset[int]) -> Operation:
    recorded = widened(known(record.variable_values[record.inputs[0]._id]))
    return composed_operation(
        record, varying, lambda arguments: [tf.gather_nd(tf.add(recorded, arguments[0]), arguments[1])]
    )


def _cholesky(record: OpRecord, varying: frozenset[int]) -> Operation:
    """The op reads the lower triangle, its gradient is that of a function of symmetric matrices: change both halves."""
    base = widened(known(record.inputs[0]))
    lower = tf.linalg.band_part(base, -1, 0)
    symmetric = lower + tf.linalg.adjoint(lower) - tf.linalg.diag(tf.linalg.diag_part(base))

    def compute(arguments: list[Any]) -> Sequence[Any]:
        change = arguments[0] - base
        return [tf.linalg.cholesky(symmetric + (change + tf.linalg.adjoint(change)) / 2)]

    return composed_operation(record, varying, compute)


def _fused_batch_norm(record: OpRecord, varying: frozenset[int]) -> Operation:
    """Batch normalisation (Ioffe and Szegedy, arXiv:1502.03167), which TensorFlow fuses for narrow types only."""
    epsilon = float(attribute(record, "epsilon", 1e-4))
    training = bool(attribute(record, "is_training", True))
    channels_first = str(attribute(record, "data_format", "NHWC")).startswith("NC")
    keep = 1.0 - float(attribute(record, "exponential_avg_factor", 1.0))
    # The further outputs only serve the fused gradient.
    reserved = [tf.zeros([0], tf.float64)] * (len(record.outputs) - 3)

    def compute(arguments: list[Any]) -> Sequence[Any]:
        x, scale, offset, old_mean, old_variance = arguments
        axes = [axis for axis in range(x.shape.rank) if axis != (1 if channels_first else x.shape.rank - 1)]
        mean, variance = tf.nn.moments(x, axes) if training else (old_mean, old_variance)
        shape = [1 if axis in axes else -1 for axis in range(x.shape.rank)]
        mean_, variance_, scale_, offset_ = (tf.reshape(v, shape) for v in (mean, variance, scale, offset))
        y = (x - mean_) * tf.math.rsqrt(variance_ + epsilon) * scale_ + offset_
        if not training:
            return [y, old_mean, old_variance, *reserved]
        count = tf.cast(tf.size(x) / tf.size(mean), tf.float64)
        # Running statistics use the unbiased variance.
        running = [mean, variance * count / tf.maximum(count - 1.0, 1.0)]
        if keep:
            running = [
                (1.0 - keep) * new + keep * old for new, old in zip(running, (old_mean, old_variance), strict=True)
            ]
        return [y, *running, *reserved]

    return composed_operation(record, varying, compute)


def _resized(record: OpRecord, varying: frozenset[int]) -> Operation:
    """Interpolation is a product with a matrix of weights per axis, which the op gives when it resizes unit vectors."""
    images, size, *placing = (known(tensor) for tensor in record.inputs)
    rows, columns = (int(length) for length in size)
    heights = _interpolation(record, images.shape[1], rows, [value[0] for value in placing])
    widths = _interpolation(record, images.shape[2], columns, [value[1] for value in placing])
    return composed_operation(
        record, varying, lambda arguments: [tf.einsum("bhwc,hi,wj->bijc", arguments[0], heights, widths)]
    )


def _interpolation(record: OpRecord, length: int, new_length: int, placing: Sequence[Any]) -> Any:
    """The weight of each old position of an axis in each new one, in float64."""
    plan = promotion(record, widen=False)
    units = tf.reshape(tf.eye(length, dtype=record.inputs[0].dtype), [length, length, 1, 1])
    # The other axis has one position: it stays where it is.
    others = (tf.constant(neutral) for neutral in (1.0, 0.0))
    arguments = [units, tf.constant([new_length, 1]), *map(tf.stack, zip(placing, others, strict=False))]
    (resized,) = adapter.run_op(record.op_type, 1, arguments, plan.attributes)
    return tf.reshape(widened(resized), [length, new_length])


def _refused(reason: str) -> Maker:
    def refuse(record: OpRecord, varying: frozenset[int]) -> Operation:
        del varying
        raise CannotReplay(reason.format(op=record.op_type))

    return refuse


def _opaque(record: OpRecord, varying: frozenset[int]) -> Operation:
    del varying
    name = record.scope.function if record.scope else "A Python function"
    raise CannotReplay(
        f"The forward pass of {name} does not compute its result from its arguments with TensorFlow ops (NumPy?), "
        "so it cannot be recomputed from changed arguments."
    )


_BY_DESIGN = _refused("The gradient of {op} is by design not its derivative, so differences cannot check it.")
_SAMPLER = _refused(
    "The gradient of {op} is an implicit reparameterisation, not the derivative of the draw for a fixed seed, "
    "so differences cannot check it."
)
_PYTHON = _refused("{op} calls back into Python, so it cannot be recomputed without running the test's own code.")

_MAKERS: dict[str, Maker] = {
    # They hand on what they get.
    "CheckNumerics": _same_values,
    "CheckNumericsV2": _same_values,
    "EnsureShape": _same_values,
    "Identity": _same_values,
    "IdentityN": _same_values,
    "PreventGradient": _same_values,
    "Snapshot": _same_values,
    # They read variables.
    "ReadVariableOp": _variable_read,
    "ResourceGather": _rows_read,
    "ResourceGatherNd": _slices_read,
    # Its gradient assumes a symmetric input.
    "Cholesky": _cholesky,
    # Common, and without a float64 kernel.
    "FusedBatchNorm": _fused_batch_norm,
    "FusedBatchNormV2": _fused_batch_norm,
    "FusedBatchNormV3": _fused_batch_norm,
    "ResizeBicubic": _resized,
    "ResizeBilinear": _resized,
    "ScaleAndTranslate": _resized,
    # Straight-through estimators.
    "FakeQuantWithMinMaxArgs": _BY_DESIGN,
    "FakeQuantWithMinMaxVars": _BY_DESIGN,
    "FakeQuantWithMinMaxVarsPerChannel": _BY_DESIGN,
    "QuantizeAndDequantize": _BY_DESIGN,
    "QuantizeAndDequantizeV2": _BY_DESIGN,
    "QuantizeAndDequantizeV3": _BY_DESIGN,
    "QuantizeAndDequantizeV4": _BY_DESIGN,
    # The transposed sampling is taken for the sampling by the inverse transform.
    "ImageProjectiveTransformV2": _BY_DESIGN,
    "ImageProjectiveTransformV3": _BY_DESIGN,
    # Samplers whose parameters have gradients.
    "RandomGamma": _SAMPLER,
    "StatelessRandomGammaV2": _SAMPLER,
    "StatelessRandomGammaV3": _SAMPLER,
    # Python behind an op.
    "EagerPyFunc": _PYTHON,
    "PyFunc": _PYTHON,
    "PyFuncStateless": _PYTHON,
    OPAQUE: _opaque,
}
