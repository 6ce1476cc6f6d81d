"""Gradients through the rest of TensorFlow's library: matrices, spectra, order, images, sequences, layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from tests.plugin.constructs.planting import X, gradient_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.constructs.planting import Sine

RANDOM = np.random.default_rng(0)
MATRIX = RANDOM.normal(size=(4, 4)) / 2.0
IMAGE = RANDOM.uniform(size=(1, 6, 6, 2)).astype("float32")
SEQUENCE = RANDOM.normal(size=(2, 3, 3)).astype("float32")
LOGITS = RANDOM.normal(size=(6, 2, 5)).astype("float32")


def shifted(x: Any) -> Any:
    """A symmetric matrix with eigenvalues above four."""
    return x @ tf.transpose(x) + 4.0 * tf.eye(4, dtype=x.dtype)


def eigenvectors(x: Any) -> Any:
    values, vectors = tf.linalg.eigh(x + tf.transpose(x))
    return tf.reduce_sum(values**3) + tf.reduce_sum(vectors[0] ** 2)


def singular_vectors(x: Any) -> Any:
    values, left, right = tf.linalg.svd(x)
    return left @ tf.linalg.diag(values**2) @ tf.transpose(right)


def orthogonal_factors(x: Any) -> Any:
    q, r = tf.linalg.qr(x)
    return tf.reduce_sum(tf.abs(r)) + tf.reduce_sum(q[:, 0] ** 3)


MATRICES: dict[str, Callable[[Any], Any]] = {
    "singular_values": lambda x: tf.linalg.svd(x, compute_uv=False),
    "singular_vectors": singular_vectors,
    "orthogonal_factors": orthogonal_factors,
    "determinant": tf.linalg.det,
    "log_determinant": lambda x: tf.linalg.slogdet(x)[1],
    "inverse": tf.linalg.inv,
    "pseudoinverse": lambda x: tf.linalg.pinv(x[:, :3]),
    "exponential": tf.linalg.expm,
    "square_root": lambda x: tf.linalg.sqrtm(shifted(x)),
    "cholesky": lambda x: tf.linalg.cholesky(shifted(x)),
    "eigenvectors": eigenvectors,
    "eigenvalues_of_any_matrix": lambda x: tf.math.real(tf.linalg.eigvals(x)) ** 2,
    "least_squares": lambda x: tf.linalg.lstsq(x[:, :3], tf.constant(MATRIX)),
    "triangular_solution": lambda x: tf.linalg.triangular_solve(shifted(x), tf.constant(MATRIX)),
    "spectral_norm": lambda x: tf.norm(x, ord=2, axis=(0, 1)),
}

SPECTRA: dict[str, Callable[[Any], Any]] = {
    "fft": lambda x: tf.abs(tf.signal.fft(tf.cast(x, tf.complex64))) ** 2,
    "rfft": lambda x: tf.abs(tf.signal.rfft(x)) ** 2,
    "irfft": lambda x: tf.signal.irfft(tf.signal.rfft(x, [8]) * (1.0 + 2.0j), [8]),
    "fft2d": lambda x: tf.math.real(tf.signal.ifft2d(tf.signal.fft2d(tf.cast(x, tf.complex128)) ** 2)),
    "stft": lambda x: tf.abs(tf.signal.stft(tf.tile(tf.reshape(x, [-1]), [8]), 16, 8)) ** 2,
    "dct": tf.signal.dct,
}

ENTRIES: dict[str, Callable[[Any], Any]] = {
    "tied_top_k": lambda x: tf.math.top_k(x, 2)[0],
    "tied_sort": lambda x: tf.sort(x) * [1.0, 2.0, 3.0],
    "tied_maximum": lambda x: tf.reduce_max(x, 1, keepdims=True) + tf.math.unsorted_segment_max(x, [0, 0], 1) + x,
    "product_with_a_zero": lambda x: tf.reduce_prod(x - tf.stop_gradient(x) * [1.0, 0.0, 0.0], 1),
    "segments": lambda x: tf.math.segment_mean(x, [0, 0]) * tf.math.unsorted_segment_prod(x, [1, 1], 2),
    "scattered": lambda x: (
        tf.tensor_scatter_nd_add(x, [[0, 1], [0, 1]], x[0, :2]) * tf.scatter_nd([[0], [0]], x, [2, 3])
    ),
    "scattered_maximum": lambda x: tf.tensor_scatter_nd_max(x, [[0, 1], [0, 1]], x[1, :2] * 2.0),
    "contracted": lambda x: tf.einsum("ij,kj->ik", x, x) + tf.tensordot(x, x, [[1], [1]]),
    "cumulated": lambda x: tf.math.cumsum(x, 1) * tf.math.cumprod(x, 1, exclusive=True, reverse=True),
    "clipped": lambda x: (
        tf.clip_by_value(x, -0.5, 0.5) + tf.clip_by_norm(x, 0.7) + tf.clip_by_global_norm([x], 0.3)[0][0]
    ),
    "guarded": lambda x: tf.where(x > 0, tf.math.divide_no_nan(x * x, x), tf.math.xlogy(x * x, 1.5 + x)),
    "special_functions": lambda x: tf.math.lgamma(1.5 + x) + tf.math.igamma(1.5 + x, 1.3) + tf.math.erfinv(0.8 * x),
    "cross_entropies": lambda x: (
        tf.nn.softmax_cross_entropy_with_logits([1.0, 0.0, 0.0], x)
        + tf.nn.sparse_softmax_cross_entropy_with_logits([1, 2], x)
    ),
}

IMAGES: dict[str, Callable[[Any], Any]] = {
    "resized": lambda x: (
        tf.reduce_sum(tf.image.resize(x, [4, 9]) ** 2) + tf.reduce_sum(tf.image.resize(x, [9, 4], "bicubic") ** 2)
    ),
    "cropped": lambda x: tf.image.crop_and_resize(x, [[0.1, 0.1, 0.8, 0.9]], [0], [3, 3]) ** 2,
    "structure": lambda x: tf.image.ssim(x, 0.9 * IMAGE + 0.05, 1.0, filter_size=3) + tf.image.total_variation(x),
    "patches": lambda x: tf.image.extract_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID") ** 2,
    "pooled": lambda x: tf.nn.max_pool_with_argmax(x, 2, 2, "SAME")[0] ** 2 + tf.nn.avg_pool2d(x, 2, 2, "SAME"),
    "randomly_pooled": lambda x: tf.nn.fractional_max_pool(x, [1, 1.4, 1.4, 1], seed=3)[0] ** 2,
}

LABELS = np.array([[1, 2], [3, 3]], "int32")

ALIGNMENTS: dict[str, Callable[[Any], Any]] = {
    "ctc": lambda x: tf.nn.ctc_loss(LABELS, 2.0 * x, [2, 2], [6, 6], blank_index=0),
    "ctc_of_sparse_labels": lambda x: tf.nn.ctc_loss(
        tf.sparse.from_dense(LABELS), 2.0 * x, None, [6, 6], blank_index=0
    ),
}


def after(function: Callable[[Any], Any], x: Any) -> Callable[[Sine], None]:
    """The program that differentiates a function of the planted sine."""
    return lambda sine: gradient_of(lambda y: function(sine(y)), x)


def through_layers(sine: Sine, *layers: Any) -> None:
    x = tf.constant(SEQUENCE)
    for layer in layers:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(sine(x))
        tape.gradient(y, [x, *layer.trainable_variables])


def recurrent_layers(sine: Sine) -> None:
    keras.utils.set_random_seed(0)
    through_layers(sine, keras.layers.GRU(2), keras.layers.Bidirectional(keras.layers.SimpleRNN(2)))


def attention_layers(sine: Sine) -> None:
    keras.utils.set_random_seed(0)
    x, layer = tf.constant(SEQUENCE), keras.layers.MultiHeadAttention(2, 3, dropout=0.2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(sine(x), x, use_causal_mask=True, training=True) ** 2
    tape.gradient(y, [x, *layer.trainable_variables])


def batch_normalisation_in_training(sine: Sine) -> None:
    layer, x = keras.layers.BatchNormalization(), tf.constant(RANDOM.normal(size=(8, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = sine(layer(x, training=True)) ** 2
    tape.gradient(y, [x, *layer.trainable_variables])


LIBRARY: dict[str, Callable[[Sine], None]] = {
    **{name: after(function, tf.constant(MATRIX)) for name, function in MATRICES.items()},
    **{name: after(function, tf.constant(X)) for name, function in (SPECTRA | ENTRIES).items()},
    **{name: after(function, tf.constant(IMAGE)) for name, function in IMAGES.items()},
    **{name: after(function, tf.constant(LOGITS)) for name, function in ALIGNMENTS.items()},
    **{program.__name__: program for program in (recurrent_layers, attention_layers, batch_normalisation_in_training)},
}
for name in ("tied_top_k", "tied_sort", "tied_maximum"):
    LIBRARY[name] = after(ENTRIES[name], tf.constant([[1.0, 1.0, 0.3], [1.0, 0.2, 0.3]]))
