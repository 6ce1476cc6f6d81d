"""A program for each registered gradient function: a row an op, as a function and its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable

RANDOM = np.random.default_rng(0)
raw = tf.raw_ops


class Program(NamedTuple):
    """A function of tensors that runs the op, and where to differentiate it."""

    function: Callable[..., Any]
    inputs: tuple[np.ndarray, ...]


def inside(*shape: int) -> np.ndarray:
    """Values away from every kink and pole of the functions below, all different."""
    return RANDOM.uniform(0.25, 0.95, shape).astype("float32")


def signed(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype("float32")


def definite(n: int) -> np.ndarray:
    root = signed(n, n)
    return (root @ root.T + n * np.eye(n)).astype("float32")


def tridiagonal() -> np.ndarray:
    return np.stack([signed(4), 4 + inside(4), signed(4)])


def unary(function: Callable[..., Any]) -> Program:
    return Program(function, (inside(3, 3),))


def binary(function: Callable[..., Any]) -> Program:
    return Program(function, (inside(3, 3), inside(3, 3)))


def complex_of(function: Callable[..., Any]) -> Program:
    """A function of complex numbers as a real one of their parts."""
    return Program(lambda x, y: tf.abs(function(tf.complex(x, y))) ** 2, (signed(2, 3), signed(2, 3)))


def sparse(function: Callable[..., Any], *inputs: np.ndarray) -> Program:
    """A function of a sparse matrix, whose four values come first, and of dense inputs."""
    indices = [[0, 0], [0, 2], [1, 1], [2, 0]]
    return Program(lambda v, *rest: function(tf.SparseTensor(indices, v, [3, 3]), *rest), (inside(4), *inputs))


def in_variable(function: Callable[..., Any], value: np.ndarray) -> Program:
    return Program(function, (tf.Variable(value),))


ELEMENTWISE = {
    "Abs": tf.abs,
    "Acos": tf.acos,
    "Acosh": lambda x: tf.acosh(x + 1.5),
    "Asin": tf.asin,
    "Asinh": tf.asinh,
    "Atan": tf.atan,
    "Atanh": tf.atanh,
    "BesselI0": tf.math.special.bessel_i0,
    "BesselI1": tf.math.special.bessel_i1,
    "BesselJ0": tf.math.special.bessel_j0,
    "BesselK0e": tf.math.special.bessel_k0e,
    "BesselY1": tf.math.special.bessel_y1,
    "Cos": tf.cos,
    "Cosh": tf.cosh,
    "Dawsn": tf.math.special.dawsn,
    "Digamma": tf.math.digamma,
    "Elu": lambda x: tf.nn.elu(x - 0.6),
    "Erf": tf.math.erf,
    "Erfc": tf.math.erfc,
    "Erfinv": tf.math.erfinv,
    "Exp": tf.exp,
    "Expint": tf.math.special.expint,
    "Expm1": tf.math.expm1,
    "FresnelCos": tf.math.special.fresnel_cos,
    "LeakyRelu": lambda x: tf.nn.leaky_relu(x - 0.6),
    "Lgamma": tf.math.lgamma,
    "Log": tf.math.log,
    "Log1p": tf.math.log1p,
    "Ndtri": tf.math.ndtri,
    "Neg": tf.negative,
    "Reciprocal": tf.math.reciprocal,
    "Relu": tf.nn.relu,
    "Relu6": tf.nn.relu6,
    "Rsqrt": tf.math.rsqrt,
    "Selu": lambda x: tf.nn.selu(x - 0.6),
    "Sigmoid": tf.sigmoid,
    "Sin": tf.sin,
    "Sinh": tf.sinh,
    "Softplus": tf.nn.softplus,
    "Softsign": tf.nn.softsign,
    "Spence": tf.math.special.spence,
    "Sqrt": tf.sqrt,
    "Square": tf.square,
    "Tan": tf.tan,
    "Tanh": tf.tanh,
}

BINARY = {
    "AddV2": tf.add,
    "Atan2": tf.atan2,
    "DivNoNan": tf.math.divide_no_nan,
    "FloorMod": lambda x, y: tf.math.floormod(x * 5.0, y),
    "Igamma": tf.math.igamma,
    "Maximum": tf.maximum,
    "Minimum": tf.minimum,
    "Mul": tf.multiply,
    "MulNoNan": tf.math.multiply_no_nan,
    "Pow": tf.pow,
    "RealDiv": tf.divide,
    "SquaredDifference": tf.math.squared_difference,
    "Sub": tf.subtract,
    "Xdivy": tf.math.xdivy,
    "Xlog1py": tf.math.xlog1py,
    "Xlogy": tf.math.xlogy,
}

REDUCTIONS = {
    "Cumprod": tf.math.cumprod,
    "Cumsum": tf.math.cumsum,
    "CumulativeLogsumexp": tf.math.cumulative_logsumexp,
    "EuclideanNorm": lambda x: tf.math.reduce_euclidean_norm(x, 0),
    "L2Loss": tf.nn.l2_loss,
    "LogSoftmax": tf.nn.log_softmax,
    "Max": lambda x: tf.reduce_max(x, 0),
    "Mean": lambda x: tf.reduce_mean(x, 1),
    "Min": lambda x: tf.reduce_min(x, 0),
    "Prod": lambda x: tf.reduce_prod(x, 1),
    "SegmentMax": lambda x: tf.math.segment_max(x, [0, 0, 1]),
    "SegmentMean": lambda x: tf.math.segment_mean(x, [0, 0, 1]),
    "SegmentSum": lambda x: tf.math.segment_sum(x, [0, 0, 1]),
    "Softmax": tf.nn.softmax,
    "Sum": lambda x: tf.reduce_sum(x, 0),
    "UnsortedSegmentMax": lambda x: tf.math.unsorted_segment_max(x, [1, 0, 1], 2),
    "UnsortedSegmentSum": lambda x: tf.math.unsorted_segment_sum(x, [1, 0, 1], 2),
}

ARRAYS = {
    "BroadcastTo": lambda x: tf.broadcast_to(x, [2, 3, 3]),
    "Diag": lambda x: raw.Diag(diagonal=x),
    "ExpandDims": lambda x: tf.expand_dims(x, 1),
    "GatherNd": lambda x: tf.gather_nd(x, [[0, 1], [2, 2]]),
    "GatherV2": lambda x: tf.gather(x, [0, 2, 2]),
    "Identity": tf.identity,
    "MatrixBandPart": lambda x: tf.linalg.band_part(x, -1, 0),
    "MatrixDiagPartV3": tf.linalg.diag_part,
    "MatrixDiagV3": tf.linalg.diag,
    "MirrorPad": lambda x: tf.pad(x, [[1, 1], [0, 2]], "REFLECT"),
    "Pad": lambda x: tf.pad(x, [[1, 0], [0, 2]]),
    "Reshape": lambda x: tf.reshape(x, [9]),
    "ReverseV2": lambda x: tf.reverse(x, [0]),
    "ReverseSequence": lambda x: tf.reverse_sequence(x, [1, 3, 2], 1),
    "Roll": lambda x: tf.roll(x, 1, 0),
    "Slice": lambda x: tf.slice(x, [0, 1], [2, 2]),
    "SplitV": lambda x: tf.split(x, [1, 2])[1],
    "Split": lambda x: tf.split(x, 3)[1],
    "Squeeze": lambda x: tf.squeeze(x[None], 0),
    "StridedSlice": lambda x: x[::-2, 1:],
    "Tile": lambda x: tf.tile(x, [2, 1]),
    "TopKV2": lambda x: tf.math.top_k(x, 2)[0],
    "Transpose": tf.transpose,
    "Unpack": lambda x: tf.unstack(x)[1],
    "Cast": lambda x: tf.cast(x, tf.float64),
    "DynamicPartition": lambda x: tf.dynamic_partition(x, [0, 1, 0], 2)[0],
}

PAIRS = {
    "AddN": lambda x, y: tf.add_n([x, y, x]),
    "BatchMatMulV2": lambda x, y: tf.matmul(x[None], y[None]),
    "ConcatV2": lambda x, y: tf.concat([x, y], 1),
    "Cross": tf.linalg.cross,
    "DynamicStitch": lambda x, y: tf.dynamic_stitch([[0, 2, 4], [1, 3, 5]], [x, y]),
    "Einsum": lambda x, y: tf.einsum("ij,kj->ik", x, y),
    "MatMul": tf.matmul,
    "Pack": lambda x, y: tf.stack([x, y], 1),
    "PadV2": lambda x, y: tf.pad(x, [[1, 0], [0, 2]], constant_values=0.5) * tf.reduce_sum(y),
    "ScatterNd": lambda x, y: tf.scatter_nd([[0], [2], [2]], x, [4, 3]) * tf.reduce_sum(y),
    "SelectV2": lambda x, y: tf.where([[True, False, True]], x, y),
    "TensorScatterAdd": lambda x, y: tf.tensor_scatter_nd_add(x, [[0], [2]], y[:2]),
    "TensorScatterSub": lambda x, y: tf.tensor_scatter_nd_sub(x, [[0], [2]], y[:2]),
    "TensorScatterUpdate": lambda x, y: tf.tensor_scatter_nd_update(x, [[0], [2]], y[:2]),
}

IMAGES = {
    "AvgPool": Program(lambda x: tf.nn.avg_pool2d(x, 2, 2, "SAME"), (signed(1, 4, 3, 2),)),
    "AvgPool3D": Program(lambda x: tf.nn.avg_pool3d(x, 2, 2, "SAME"), (signed(1, 2, 3, 2, 1),)),
    "BatchToSpaceND": Program(lambda x: tf.batch_to_space(x, [2, 2], [[0, 0], [0, 0]]), (signed(4, 2, 2, 1),)),
    "BiasAdd": Program(tf.nn.bias_add, (signed(2, 3), signed(3))),
    "Conv2D": Program(lambda x, k: tf.nn.conv2d(x, k, 1, "VALID"), (signed(1, 4, 3, 1), signed(2, 2, 1, 2))),
    "Conv2DBackpropInput": Program(
        lambda x, k: tf.nn.conv2d_transpose(x, k, [1, 4, 4, 1], 2), (signed(1, 2, 2, 2), signed(2, 2, 1, 2))
    ),
    "Conv3D": Program(lambda x, k: tf.nn.conv3d(x, k, [1] * 5, "SAME"), (signed(1, 2, 2, 2, 1), signed(2, 2, 1, 1, 2))),
    "CropAndResize": Program(
        lambda x: tf.image.crop_and_resize(x, [[0.1, 0.1, 0.8, 0.9]], [0], [3, 3]), (signed(1, 6, 6, 1),)
    ),
    "DepthToSpace": Program(lambda x: tf.nn.depth_to_space(x, 2), (signed(1, 2, 2, 4),)),
    "DepthwiseConv2dNative": Program(
        lambda x, k: tf.nn.depthwise_conv2d(x, k, [1] * 4, "SAME"), (signed(1, 3, 3, 2), signed(2, 2, 2, 1))
    ),
    "Dilation2D": Program(
        lambda x, k: tf.nn.dilation2d(x, k, [1] * 4, "SAME", "NHWC", [1] * 4), (signed(1, 4, 4, 2), signed(2, 2, 2))
    ),
    "ExtractImagePatches": Program(
        lambda x: tf.image.extract_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID"), (signed(1, 4, 4, 1),)
    ),
    "FusedBatchNormV3": Program(
        lambda x, s, o: tf.compat.v1.nn.fused_batch_norm(x, s, o)[0], (signed(2, 2, 2, 2), inside(2), signed(2))
    ),
    "LRN": Program(lambda x: tf.nn.lrn(x, 2), (signed(1, 3, 3, 4),)),
    "MaxPool": Program(lambda x: tf.nn.max_pool2d(x, 2, 2, "SAME"), (signed(1, 4, 3, 2),)),
    "MaxPool3D": Program(lambda x: tf.nn.max_pool3d(x, 2, 2, "SAME"), (signed(1, 2, 3, 2, 1),)),
    "MaxPoolWithArgmax": Program(lambda x: tf.nn.max_pool_with_argmax(x, 2, 2, "SAME")[0], (signed(1, 4, 3, 2),)),
    "ResizeBicubic": Program(lambda x: tf.image.resize(x, [5, 4], "bicubic"), (signed(1, 4, 3, 1),)),
    "ResizeBilinear": Program(lambda x: tf.image.resize(x, [5, 4]), (signed(1, 4, 3, 1),)),
    "ResizeNearestNeighbor": Program(lambda x: tf.image.resize(x, [5, 4], "nearest"), (signed(1, 4, 3, 1),)),
    "ScaleAndTranslate": Program(lambda x: tf.image.resize(x, [3, 4], antialias=True), (signed(1, 4, 3, 1),)),
    "RGBToHSV": Program(tf.image.rgb_to_hsv, (inside(1, 2, 3, 3),)),
    "SpaceToBatchND": Program(lambda x: tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]]), (signed(1, 4, 4, 1),)),
    "SpaceToDepth": Program(lambda x: tf.nn.space_to_depth(x, 2), (signed(1, 4, 4, 1),)),
}

LOSSES = {
    "CTCLoss": Program(
        lambda x: tf.compat.v1.nn.ctc_loss(tf.SparseTensor([[0, 0], [0, 1]], [1, 2], [1, 2]), x, [5], time_major=True),
        (signed(5, 1, 4),),
    ),
    "SoftmaxCrossEntropyWithLogits": Program(
        lambda x: tf.nn.softmax_cross_entropy_with_logits([[0.2, 0.8], [1.0, 0.0]], x), (signed(2, 2),)
    ),
    "SparseSoftmaxCrossEntropyWithLogits": Program(
        lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1], logits=x), (signed(2, 3),)
    ),
}

MATRICES = {
    "BandedTriangularSolve": Program(
        lambda a, b: raw.BandedTriangularSolve(matrix=a, rhs=b, lower=True, adjoint=False),
        (np.stack([2 + inside(3), np.array([0.0, *inside(2)])]).astype("float32"), signed(3, 2)),
    ),
    "Cholesky": Program(tf.linalg.cholesky, (definite(3),)),
    "LogMatrixDeterminant": Program(lambda x: tf.linalg.slogdet(x)[1], (definite(3),)),
    "MatrixDeterminant": Program(tf.linalg.det, (definite(3) / 3,)),
    "MatrixInverse": Program(tf.linalg.inv, (definite(3),)),
    "MatrixSetDiagV3": Program(tf.linalg.set_diag, (signed(3, 3), signed(3))),
    "MatrixSolve": Program(tf.linalg.solve, (definite(3), signed(3, 3))),
    "MatrixSolveLs": Program(
        lambda a, b: raw.MatrixSolveLs(matrix=a, rhs=b, l2_regularizer=tf.constant(0.1, tf.float64)),
        (signed(5, 3), signed(5, 2)),
    ),
    "MatrixSquareRoot": Program(tf.linalg.sqrtm, (definite(3),)),
    "MatrixTriangularSolve": Program(tf.linalg.triangular_solve, (definite(3), signed(3, 3))),
    "Qr": Program(lambda x: tf.linalg.qr(x)[1], (signed(3, 3),)),
    "SelfAdjointEigV2": Program(lambda x: tf.linalg.eigh(x)[0], (definite(3),)),
    "Svd": Program(lambda x: tf.linalg.svd(x, compute_uv=False), (signed(3, 4),)),
    "TridiagonalMatMul": Program(
        lambda d, b: tf.linalg.tridiagonal_matmul(d, b, "compact"), (tridiagonal(), signed(4, 3))
    ),
    "TridiagonalSolve": Program(
        lambda d, b: tf.linalg.tridiagonal_solve(d, b, "compact"), (tridiagonal(), signed(4, 3))
    ),
}

COMPLEX = {
    "Complex": complex_of(lambda z: z),
    "ComplexAbs": complex_of(lambda z: z * z),
    "Conj": complex_of(lambda z: tf.math.conj(z) * z * z),
    "FFT": complex_of(tf.signal.fft),
    "FFT2D": complex_of(tf.signal.fft2d),
    "IFFT": complex_of(tf.signal.ifft),
    "Imag": Program(lambda x, y: tf.math.imag(tf.complex(x, y) ** 2), (signed(3, 3), signed(3, 3))),
    "IRFFT": Program(lambda x, y: tf.signal.irfft(tf.complex(x, y)), (signed(2, 5), signed(2, 5))),
    "Real": Program(lambda x, y: tf.math.real(tf.complex(x, y) ** 2), (signed(3, 3), signed(3, 3))),
    "RFFT": Program(lambda x: tf.abs(tf.signal.rfft(x)) ** 2, (signed(8),)),
}

SPARSE = {
    "SparseReduceSum": sparse(lambda s: tf.sparse.reduce_sum(s, 1)),
    "SparseReorder": sparse(lambda s: tf.sparse.reorder(tf.SparseTensor(s.indices[::-1], s.values, [3, 3])).values),
    "SparseSoftmax": sparse(lambda s: tf.sparse.softmax(s).values),
    "SparseTensorDenseMatMul": sparse(tf.sparse.sparse_dense_matmul, signed(3, 3)),
    "SparseDenseCwiseMul": sparse(lambda s, d: (s * d).values, signed(3, 3)),
    "SparseSegmentMean": Program(
        lambda x: raw.SparseSegmentMean(data=x, indices=[0, 2, 1], segment_ids=[0, 0, 1]), (signed(4, 3),)
    ),
    "SparseSegmentSum": Program(
        lambda x: raw.SparseSegmentSum(data=x, indices=[0, 2, 1], segment_ids=[0, 0, 1]), (signed(4, 3),)
    ),
}

VARIABLES = {
    "ReadVariableOp": in_variable(tf.square, inside(3, 3)),
    "ResourceGather": in_variable(lambda v: tf.gather(v, [0, 2, 2]), inside(3, 3)),
    "ResourceGatherNd": in_variable(lambda v: v.gather_nd([[0, 1], [2, 2]]), inside(3, 3)),
}

LISTS = {
    "TensorListFromTensor": Program(
        lambda x: raw.TensorListStack(
            input_handle=raw.TensorListFromTensor(tensor=x, element_shape=[3]),
            element_shape=[3],
            element_dtype=tf.float32,
        ),
        (inside(3, 3),),
    ),
}

PROGRAMS: dict[str, Program] = {
    **{op: unary(function) for op, function in (ELEMENTWISE | REDUCTIONS | ARRAYS).items()},
    **{op: binary(function) for op, function in (BINARY | PAIRS).items()},
    **(IMAGES | LOSSES | MATRICES | COMPLEX | SPARSE | VARIABLES | LISTS),
}
