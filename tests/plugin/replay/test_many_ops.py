"""The gradients that TensorFlow registers are right, so replay must agree with every one of them."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad.replay import CannotReplay, build_replay
from tests.plugin.replay.differences import needs_dilated_gradients, only_call, slopes

RANDOM = np.random.default_rng(0)


def positive(*shape):
    return RANDOM.uniform(0.3, 0.9, shape).astype("float32")


def signed(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def definite(n):
    root = signed(n, n)
    return (root @ root.T + n * np.eye(n)).astype("float32")


UNARY_MATH = (
    "abs acos asin asinh atan atanh cos cosh cumprod cumsum cumulative_logsumexp digamma erf erfc erfcinv erfinv exp "
    "expm1 l2_normalize lgamma log log1p log_sigmoid ndtri negative reciprocal reduce_euclidean_norm "
    "reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_std reduce_sum reduce_variance rsqrt "
    "sigmoid sin sinh softplus softsign sqrt square tan tanh"
).split()
BINARY_MATH = (
    "atan2 divide divide_no_nan floormod igamma igammac maximum minimum multiply multiply_no_nan pow "
    "squared_difference subtract xdivy xlog1py xlogy"
).split()
SPECIAL = "bessel_i0 bessel_j1 bessel_k0e bessel_y1 dawsn expint fresnel_cos spence".split()
ACTIVATIONS = "crelu elu gelu leaky_relu log_softmax relu relu6 selu silu softmax".split()
MATRIX_FUNCTIONS = "adjoint cholesky det diag_part expm inv logdet pinv sqrtm trace".split()

CASES = {
    **{name: (getattr(tf.math, name), positive(3, 4)) for name in UNARY_MATH},
    **{name: (getattr(tf.math, name), positive(3, 4), positive(3, 4) + 0.2) for name in BINARY_MATH},
    **{name: (getattr(tf.math.special, name), positive(5)) for name in SPECIAL},
    **{name: (getattr(tf.nn, name), signed(3, 4)) for name in ACTIVATIONS},
    **{name: (getattr(tf.linalg, name), definite(3)) for name in MATRIX_FUNCTIONS},
    "conv1d": (lambda x, k: tf.nn.conv1d(x, k, 1, "SAME"), signed(2, 5, 2), signed(3, 2, 3)),
    "conv2d": (lambda x, k: tf.nn.conv2d(x, k, 2, "VALID"), signed(2, 5, 5, 2), signed(3, 3, 2, 3)),
    "conv2d_dilated": (lambda x, k: tf.nn.conv2d(x, k, 1, "SAME", dilations=2), signed(2, 5, 5, 2), signed(3, 3, 2, 3)),
    "conv2d_transpose": (
        lambda x, k: tf.nn.conv2d_transpose(x, k, [2, 10, 10, 3], 2),
        signed(2, 5, 5, 2),
        signed(3, 3, 3, 2),
    ),
    "conv3d": (lambda x, k: tf.nn.conv3d(x, k, [1] * 5, "SAME"), signed(1, 3, 3, 3, 2), signed(2, 2, 2, 2, 3)),
    "depthwise_conv2d": (
        lambda x, k: tf.nn.depthwise_conv2d(x, k, [1] * 4, "SAME"),
        signed(2, 5, 5, 2),
        signed(3, 3, 2, 2),
    ),
    "max_pool2d": (lambda x: tf.nn.max_pool2d(x, 2, 2, "SAME"), signed(2, 5, 5, 2)),
    "avg_pool2d": (lambda x: tf.nn.avg_pool2d(x, 2, 2, "SAME"), signed(2, 5, 5, 2)),
    "max_pool3d": (lambda x: tf.nn.max_pool3d(x, 2, 2, "SAME"), signed(1, 4, 4, 4, 2)),
    "max_pool_with_argmax": (lambda x: tf.nn.max_pool_with_argmax(x, 2, 2, "SAME")[0], signed(2, 5, 5, 2)),
    "bias_add": (tf.nn.bias_add, signed(2, 3), signed(3)),
    "softmax_cross_entropy": (
        lambda x: tf.nn.softmax_cross_entropy_with_logits([[0.2, 0.8], [1.0, 0.0]], x),
        signed(2, 2),
    ),
    "sparse_softmax_cross_entropy": (
        lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1], logits=x),
        signed(2, 2),
    ),
    "ctc_loss": (
        lambda x: tf.nn.ctc_loss([[1, 2]], x, [2], [5], logits_time_major=False, blank_index=0),
        signed(1, 5, 4),
    ),
    "top_k": (lambda x: tf.math.top_k(x, 2)[0], signed(3, 5)),
    "sort": (tf.sort, signed(3, 5)),
    "cholesky_of_lower_half": (tf.linalg.cholesky, np.tril(definite(3))),
    "eigh": (lambda x: tf.linalg.eigh(x)[0], definite(3)),
    "eigenvectors": (lambda x: tf.abs(tf.linalg.eigh(x)[1]), definite(3)),
    "svd": (lambda x: tf.linalg.svd(x, compute_uv=False), signed(3, 4)),
    "qr": (lambda x: tf.linalg.qr(x)[1], signed(3, 3)),
    "solve": (tf.linalg.solve, definite(3), signed(3, 2)),
    "triangular_solve": (tf.linalg.triangular_solve, definite(3), signed(3, 2)),
    "cholesky_solve": (
        lambda a, b: tf.linalg.cholesky_solve(tf.linalg.cholesky(a), b),
        definite(3),
        signed(3, 2),
    ),
    "einsum": (lambda a, b: tf.einsum("bij,bjk->bik", a, b), signed(2, 3, 4), signed(2, 4, 3)),
    "gather": (lambda x: tf.gather(x, [0, 2, 2], axis=1), signed(3, 4)),
    "gather_nd": (lambda x: tf.gather_nd(x, [[0, 1], [2, 2]]), signed(3, 4)),
    "scatter_nd": (lambda u: tf.scatter_nd([[0], [2], [2]], u, [4]), signed(3)),
    "tensor_scatter_nd_update": (
        lambda x, u: tf.tensor_scatter_nd_update(x, [[0], [2]], u),
        signed(4),
        signed(2),
    ),
    "segment_mean": (lambda x: tf.math.segment_mean(x, [0, 0, 1]), signed(3, 2)),
    "unsorted_segment_prod": (lambda x: tf.math.unsorted_segment_prod(x, [1, 0, 1], 2), signed(3, 2)),
    "pad_reflect": (lambda x: tf.pad(x, [[1, 1], [0, 2]], "REFLECT"), signed(3, 4)),
    "strided_slice": (lambda x: x[::-2, 1:], signed(4, 4)),
    "concat": (lambda x, y: tf.concat([x, y], 0), signed(3), signed(2)),
    "dynamic_stitch": (lambda x, y: tf.dynamic_stitch([[0, 2], [1, 3]], [x, y]), signed(2), signed(2)),
    "floor": (lambda x: tf.floor(x) * x, signed(3)),
    "resize_bilinear": (lambda x: tf.image.resize(x, [5, 7]), positive(1, 4, 4, 2)),
    "ssim": (lambda x, y: tf.image.ssim(x, y, 1.0), positive(1, 12, 12, 1), positive(1, 12, 12, 1)),
    "fft2d": (lambda x: tf.abs(tf.signal.fft2d(tf.cast(x, tf.complex64))) ** 2, signed(4, 4)),
    "rfft": (lambda x: tf.abs(tf.signal.rfft(x)) ** 2, signed(8)),
    "stft": (lambda x: tf.abs(tf.signal.stft(x, 8, 4)), signed(32)),
    "complex_power": (lambda x, y: tf.math.real(tf.complex(x, y) ** 2.5), positive(3), signed(3)),
    "embedding_lookup_sparse": (
        lambda x: tf.nn.embedding_lookup_sparse(x, tf.sparse.from_dense([[1, 2], [3, 0]]), None, combiner="mean"),
        signed(5, 2),
    ),
    "sparse_softmax": (
        lambda x: tf.sparse.softmax(tf.SparseTensor([[0, 0], [0, 2], [1, 1]], x, [2, 3])).values,
        signed(3),
    ),
}


def weighted_sum_gradient(function, *inputs):
    def body():
        tensors = [tf.constant(x) for x in inputs]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            y = function(*tensors)
            weights = tf.constant(np.random.default_rng(1).normal(size=y.shape), tf.float32)
            loss = tf.reduce_sum(y * weights)
        tape.gradient(loss, tensors)

    return body


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_dilated_gradients if "dilated" in name else ()) for name in CASES]
)
def test_op(name):
    call = only_call(weighted_sum_gradient(*CASES[name]))
    tape, numeric = slopes(call)
    # Ops without a float64 kernel leave differences with some four digits.
    assert tape == pytest.approx(numeric, rel=1e-4 if build_replay(call).precision < 1e-15 else 1e-2, abs=1e-4)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda a: tf.random.gamma([3], a), "RandomGamma is an implicit reparameterisation"),
        (lambda a: tf.random.stateless_gamma([2], [1, 2], a), "StatelessRandomGammaV3 is an implicit reparam"),
        (lambda a: tf.quantization.quantize_and_dequantize_v2(a, 0.0, 3.0), "QuantizeAndDequantizeV4 is by design"),
    ],
    ids=["gamma", "stateless_gamma", "quantization"],
)
def test_gradient_that_is_no_derivative_by_design_is_not_judged(function, reason):
    with pytest.raises(CannotReplay, match=reason):
        build_replay(only_call(weighted_sum_gradient(function, [1.5, 2.5])))
