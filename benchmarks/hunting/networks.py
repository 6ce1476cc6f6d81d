"""tf.nn, tf.image, tf.quantization, and the operations and losses of Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from hunting.case import at, normal, uniform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hunting.case import Case

RESIZE = "bilinear nearest bicubic area lanczos3 lanczos5 gaussian mitchellcubic".split()
KERAS_UNARY = (
    "celu elu gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu log_sigmoid relu relu6 selu "
    "sigmoid silu soft_shrink softplus softsign sparse_plus sparse_sigmoid squareplus tanh_shrink softmax log_softmax "
    "sparsemax absolute cumprod cumsum diff logsumexp std var median prod amax amin norm sinc log2 log10 "
    "exp2 nan_to_num arctanh arcsinh cbrt deg2rad ptp average trace rot90 flip sort erf erfinv rsqrt nanmax "
    "ravel tril triu corrcoef"
).split()
LOSSES = (
    "mean_squared_error mean_absolute_error mean_absolute_percentage_error mean_squared_logarithmic_error huber "
    "log_cosh poisson kl_divergence cosine_similarity hinge squared_hinge categorical_hinge binary_crossentropy "
    "binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy dice tversky"
).split()


def pools() -> Iterator[Case]:
    """Pooling and morphology."""
    x, ties = normal(1, 5, 6, 2), np.ones((1, 4, 4, 1))
    for padding in ("SAME", "VALID"):
        for window, stride in ((2, 2), (3, 1), (2, 3)):
            text = f"({window}, {stride}, {padding})"
            for name in ("max_pool2d", "avg_pool2d"):
                function = getattr(tf.nn, name)
                yield from at(
                    f"tf.nn.{name}{text}",
                    lambda x, f=function, k=window, s=stride, p=padding: f(x, k, s, p),
                    ordinary=x,
                    ties=ties,
                )
        for name in ("max_pool3d", "avg_pool3d"):
            function = getattr(tf.nn, name)
            yield from at(
                f"tf.nn.{name}({padding})",
                lambda x, f=function, p=padding: f(x, 2, 2, p),
                ordinary=normal(1, 3, 4, 3, 2).astype(np.float32),
            )
        for name in ("max_pool1d", "avg_pool1d"):
            function = getattr(tf.nn, name)
            yield from at(
                f"tf.nn.{name}({padding})",
                lambda x, f=function, p=padding: f(x, 3, 2, p),
                ordinary=normal(2, 7, 2),
            )
        for name in ("dilation2d", "erosion2d"):
            call = tf.nn.dilation2d if name == "dilation2d" else tf.nn.erosion2d
            yield from at(
                f"tf.nn.{name}({padding})",
                lambda x, k, f=call, p=padding: f(x, k, [1, 1, 2, 1], p, "NHWC", [1, 2, 1, 1]),
                ordinary=(x, normal(2, 2, 2)),
            )
        yield from at(
            f"tf.nn.pool(dilations=2, {padding})",
            lambda x, p=padding: tf.nn.pool(x, [2, 2], "AVG", padding=p, dilations=[2, 2]),
            ordinary=x,
        )
        yield from at(
            f"tf.nn.max_pool_with_argmax({padding})",
            lambda x, p=padding: tf.nn.max_pool_with_argmax(x, 2, 2, p)[0],
            ordinary=normal(2, 5, 6, 2),
            ties=ties,
        )
        yield from at(
            f"tf.nn.max_pool_with_argmax(batch in index, {padding})",
            lambda x, p=padding: tf.nn.max_pool_with_argmax(x, 2, 2, p, include_batch_in_index=True)[0],
            ordinary=normal(2, 5, 6, 2),
        )
    for name in ("fractional_max_pool", "fractional_avg_pool"):
        function = getattr(tf.nn, name)
        for overlapping in (False, True):
            yield from at(
                f"tf.nn.{name}(overlapping={overlapping})",
                lambda x, f=function, o=overlapping: f(x, [1.0, 1.44, 1.73, 1.0], True, o, seed=3)[0],
                ordinary=normal(1, 6, 7, 2),
            )


def convolutions() -> Iterator[Case]:
    """Convolutions and their transposes."""
    x = normal(2, 5, 6, 2)
    for padding in ("SAME", "VALID"):
        for stride, dilation in ((1, 1), (2, 1), (1, 2)):
            text = f"(strides={stride}, dilations={dilation}, {padding})"
            yield from at(
                f"tf.nn.conv2d{text}",
                lambda x, k, s=stride, d=dilation, p=padding: tf.nn.conv2d(x, k, s, p, dilations=d),
                ordinary=(x, normal(3, 2, 2, 3)),
                groups=(x, normal(2, 2, 1, 4)),
            )
            yield from at(
                f"tf.nn.depthwise_conv2d{text}",
                lambda x, k, s=stride, d=dilation, p=padding: tf.nn.depthwise_conv2d(
                    x, k, [1, s, s, 1], p, dilations=[d, d]
                ),
                ordinary=(x, normal(2, 3, 2, 2)),
            )
            yield from at(
                f"tf.nn.conv3d{text}",
                lambda x, k, s=stride, d=dilation, p=padding: tf.nn.conv3d(
                    x, k, [1, s, s, s, 1], p, dilations=[1, d, d, d, 1]
                ),
                ordinary=(normal(1, 4, 4, 4, 1), normal(2, 2, 2, 1, 2)),
            )
            yield from at(
                f"tf.nn.conv1d{text}",
                lambda x, k, s=stride, d=dilation, p=padding: tf.nn.conv1d(x, k, s, p, dilations=d),
                ordinary=(normal(2, 7, 2), normal(3, 2, 2)),
            )
        yield from at(
            f"tf.nn.conv2d_transpose({padding})",
            lambda x, k, p=padding: tf.nn.conv2d_transpose(x, k, [1, 4, 6, 2] if p == "SAME" else [1, 5, 6, 2], 2, p),
            ordinary=(normal(1, 2, 3, 3), normal(3, 2, 2, 3)),
        )
        yield from at(
            f"tf.nn.conv3d_transpose({padding})",
            lambda x, k, p=padding: tf.nn.conv3d_transpose(x, k, [1, 4, 4, 4, 1], 2, p),
            ordinary=(normal(1, 2, 2, 2, 2), normal(2, 2, 2, 1, 2)),
        )
        yield from at(
            f"tf.nn.atrous_conv2d({padding})",
            lambda x, k, p=padding: tf.nn.atrous_conv2d(x, k, 2, p),
            ordinary=(x, normal(2, 2, 2, 1)),
        )
        yield from at(
            f"tf.nn.separable_conv2d({padding})",
            lambda x, d, k, p=padding: tf.nn.separable_conv2d(x, d, k, [1, 1, 1, 1], p),
            ordinary=(x, normal(2, 2, 2, 2), normal(1, 1, 4, 3)),
        )
    explicit = [[0, 0], [2, 1], [0, 3], [0, 0]]
    yield from at(
        "tf.nn.conv2d(explicit padding)", lambda x, k: tf.nn.conv2d(x, k, 1, explicit), ordinary=(x, normal(3, 2, 2, 3))
    )
    yield from at(
        "tf.nn.conv2d (empty batch)",
        lambda x, k: tf.nn.conv2d(x, k, 1, "SAME"),
        ordinary=(np.zeros((0, 4, 4, 2)), normal(3, 2, 2, 3)),
    )
    yield from at(
        "tf.nn.conv2d (empty output)",
        lambda x, k: tf.nn.conv2d(x, k, 1, "VALID"),
        ordinary=(normal(1, 2, 2, 1), normal(3, 3, 1, 1)),
    )


def normalizations() -> Iterator[Case]:
    """Normalization, losses of tf.nn, quantization."""
    x = normal(2, 3, 3, 4)
    for training in (True, False):
        known = {} if training else {"mean": tf.fill([4], 0.1), "variance": tf.fill([4], 0.7)}
        yield from at(
            f"tf.nn.fused_batch_norm(training={training})",
            lambda x, s, o, t=training, m=known: tf.compat.v1.nn.fused_batch_norm(x, s, o, **m, is_training=t)[0],
            ordinary=(x.astype(np.float32), uniform(4).astype(np.float32), uniform(4).astype(np.float32)),
        )
    yield from at(
        "tf.nn.batch_normalization",
        lambda x, m, v: tf.nn.batch_normalization(x, m, v, None, None, 1e-3),
        ordinary=(x, normal(4), uniform(4)),
    )
    for radius in (1, 2, 5):
        yield from at(
            f"tf.nn.lrn({radius})", lambda x, r=radius: tf.nn.lrn(x, r, 1.0, 0.5, 0.6), ordinary=x.astype(np.float32)
        )
    yield from at("tf.nn.bias_add", tf.nn.bias_add, ordinary=(x, normal(4)))
    yield from at("tf.nn.l2_loss", tf.nn.l2_loss, ordinary=x)
    yield from at("tf.nn.softmax(axis=1)", lambda x: tf.nn.softmax(x, 1), ordinary=x)
    yield from at(
        "tf.nn.softmax_cross_entropy_with_logits",
        tf.nn.softmax_cross_entropy_with_logits,
        ordinary=([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]], normal(2, 3)),
        label_zero=([[0.0, 1.0]], [[1.0, 2.0]]),
    )
    yield from at(
        "tf.nn.sparse_softmax_cross_entropy_with_logits",
        lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits([1, 0], x),
        ordinary=normal(2, 3),
    )
    yield from at(
        "tf.nn.sigmoid_cross_entropy_with_logits",
        tf.nn.sigmoid_cross_entropy_with_logits,
        ordinary=(uniform(4), normal(4)),
        zero=([0.3, 0.0], [0.0, 0.0]),
    )
    yield from at(
        "tf.nn.weighted_cross_entropy_with_logits",
        lambda y, x: tf.nn.weighted_cross_entropy_with_logits(y, x, 2.0),
        ordinary=(uniform(4), normal(4)),
        zero=([0.3], [0.0]),
    )
    yield from at(
        "tf.nn.log_poisson_loss(full)",
        lambda y, x: tf.nn.log_poisson_loss(y, x, compute_full_loss=True),
        ordinary=(1 + uniform(3), normal(3)),
        zero_target=([0.0], [0.5]),
    )
    labels = np.array([[1, 2, 2], [1, 0, 0]], np.int32)
    for blank in (0, -1):
        yield from at(
            f"tf.nn.ctc_loss(dense, blank={blank})",
            lambda x, b=blank: tf.nn.ctc_loss(labels, x, [3, 1], [5, 4], logits_time_major=False, blank_index=b),
            ordinary=normal(2, 5, 4).astype(np.float32),
        )
    yield from at(
        "tf.nn.ctc_loss(sparse)",
        lambda x: tf.nn.ctc_loss(tf.sparse.from_dense(labels), x, None, [5, 4], blank_index=-1),
        ordinary=normal(5, 2, 4).astype(np.float32),
    )
    yield from at(
        "tf.nn.isotonic_regression",
        lambda x: tf.nn.isotonic_regression(x)[0],
        ordinary=normal(2, 5),
        one_axis=[4.0, 0.7, 2.0],
        three_axes=normal(2, 2, 4),
        ties=[[1.0, 1.0, 2.0]],
    )
    yield from at(
        "tf.nn.isotonic_regression(axis=0)", lambda x: tf.nn.isotonic_regression(x, axis=0)[0], ordinary=normal(4, 2)
    )
    yield from at("tf.nn.dropout", lambda x: tf.nn.dropout(x, 0.5, seed=1), ordinary=normal(6))
    yield from at(
        "tf.nn.safe_embedding_lookup_sparse",
        lambda t: tf.nn.safe_embedding_lookup_sparse(t, tf.sparse.from_dense([[1, 2], [0, 0]])),
        ordinary=normal(4, 2),
    )
    single = 3 * normal(6).astype(np.float32)
    yield from at(
        "tf.quantization.fake_quant_with_min_max_vars",
        tf.quantization.fake_quant_with_min_max_vars,
        ordinary=(single, np.float32(-1.0), np.float32(2.0)),
    )
    yield from at(
        "tf.quantization.quantize_and_dequantize_v2",
        lambda x: tf.quantization.quantize_and_dequantize_v2(x, -1.0, 2.0, range_given=True),
        ordinary=single,
    )


def images() -> Iterator[Case]:
    """tf.image."""
    x = uniform(1, 5, 6, 3)
    single = x.astype(np.float32)
    for method in RESIZE:
        for antialias in (False, True):
            for size in ((3, 4), (8, 9), (1, 1)):
                yield from at(
                    f"tf.image.resize({method}, {size}, antialias={antialias})",
                    lambda x, m=method, a=antialias, s=size: tf.image.resize(x, s, m, antialias=a),
                    ordinary=single,
                )
    for name in ("ResizeBilinear", "ResizeBicubic", "ResizeNearestNeighbor"):
        for flags in ({"align_corners": True}, {"align_corners": False}, {"half_pixel_centers": True}):
            yield from at(
                f"tf.raw_ops.{name}({flags})",
                lambda x, n=name, k=flags: getattr(tf.raw_ops, n)(images=x, size=[7, 4], **k),
                ordinary=x,
            )
    boxes = np.array([[0.1, 0.2, 0.83, 0.77], [0.6, 0.9, 0.15, 0.05], [-0.2, 0.1, 1.3, 0.7]])
    for method in ("bilinear", "nearest"):
        yield from at(
            f"tf.image.crop_and_resize({method})",
            lambda x, b, m=method: tf.image.crop_and_resize(x, b, [0] * len(b), [3, 4], m, 0.5),
            ordinary=(single, boxes[:1].astype(np.float32)),
            flipped=(single, boxes[1:2].astype(np.float32)),
            outside=(single, boxes[2:].astype(np.float32)),
        )
        yield from at(
            f"tf.image.crop_and_resize({method}, 1 by 1)",
            lambda x, b, m=method: tf.image.crop_and_resize(x, b, [0], [1, 1], m),
            ordinary=(single, boxes[:1].astype(np.float32)),
        )
    for name in (
        "rgb_to_hsv",
        "hsv_to_rgb",
        "rgb_to_yiq",
        "yiq_to_rgb",
        "rgb_to_yuv",
        "yuv_to_rgb",
        "rgb_to_grayscale",
        "per_image_standardization",
        "sobel_edges",
        "total_variation",
        "image_gradients",
    ):
        grey = {"grey": np.full((1, 2, 2, 3), 0.5)} if name in ("rgb_to_hsv", "per_image_standardization") else {}
        yield from at(f"tf.image.{name}", getattr(tf.image, name), ordinary=x, **grey)
    for name, amount in (
        ("adjust_hue", 0.1),
        ("adjust_saturation", 1.5),
        ("adjust_contrast", 1.5),
        ("adjust_brightness", 0.1),
        ("adjust_gamma", 0.5),
    ):
        function = getattr(tf.image, name)
        yield from at(f"tf.image.{name}", lambda x, f=function, a=amount: f(x, a), ordinary=single)
    yield from at(
        "tf.image.ssim",
        lambda x, y: tf.image.ssim(x, y, 1.0, filter_size=3),
        ordinary=(uniform(1, 5, 6, 1), uniform(1, 5, 6, 1, seed=1)),
        equal=(uniform(1, 5, 6, 1), uniform(1, 5, 6, 1)),
    )
    yield from at(
        "tf.image.psnr",
        lambda x, y: tf.image.psnr(x, y, 1.0),
        ordinary=(single, uniform(1, 5, 6, 3, seed=1).astype(np.float32)),
    )
    yield from at(
        "tf.raw_ops.ImageProjectiveTransformV3",
        lambda x: tf.raw_ops.ImageProjectiveTransformV3(
            images=x,
            transforms=[[0.9, 0.1, 0.3, -0.1, 1.1, 0.2, 0.0, 0.0]],
            output_shape=[4, 5],
            fill_value=0.0,
            interpolation="BILINEAR",
        ),
        ordinary=single,
    )
    yield from at(
        "tf.raw_ops.ScaleAndTranslate",
        lambda x: tf.raw_ops.ScaleAndTranslate(images=x, size=[4, 5], scale=[0.8, 1.2], translation=[0.3, -0.2]),
        ordinary=single,
    )


def of_keras() -> Iterator[Case]:
    """keras.ops and keras.losses."""
    for name in KERAS_UNARY:
        function: Any = getattr(keras.ops, name, None)
        if function is not None:
            yield from at(
                f"keras.ops.{name}", function, ordinary=uniform(4, 4), signs=normal(2, 4), zero=np.zeros((2, 2))
            )
    for name in LOSSES:
        loss: Any = getattr(keras.losses, name, None)
        if loss is not None:
            onehot = np.eye(4)[[0, 2]]
            yield from at(
                f"keras.losses.{name}",
                lambda p, f=loss, y=onehot: f(y, p),
                ordinary=uniform(2, 4),
                equal=onehot * 0.8 + 0.05,
            )
    yield from at(
        "keras.losses.ctc",
        lambda x: keras.losses.ctc(np.array([[1, 2]]), x),
        ordinary=normal(1, 5, 4).astype(np.float32),
    )
    for name in (
        "logaddexp",
        "logaddexp2",
        "hypot",
        "arctan2",
        "maximum",
        "power",
        "inner",
        "outer",
        "vdot",
        "kron",
        "heaviside",
        "copysign",
    ):
        pair: Any = getattr(keras.ops, name, None)
        if pair is not None:
            yield from at(
                f"keras.ops.{name}", pair, ordinary=(uniform(3), uniform(3, seed=1)), tie=(np.ones(2), np.ones(2))
            )
    yield from at(
        "keras.ops.segment_max", lambda x: keras.ops.segment_max(x, np.array([0, 0, 2]), 3), ordinary=normal(3)
    )
    yield from at("keras.ops.logdet", keras.ops.logdet, ordinary=normal(3, 3) @ normal(3, 3).T + 3 * np.eye(3))


def cases() -> Iterator[Case]:
    """Every case of this area."""
    for area in (pools, convolutions, normalizations, images, of_keras):
        yield from area()
