"""Arguments of functions that read and write bytes, and of those that deal rows out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw


def _image(draw: Draw, *channels: int) -> Any:
    return tf.cast(draw.tensor([draw.integer(1, 4), draw.integer(1, 4), draw.choice(channels)], "int32"), tf.uint8)


@case("tf.io.decode_png", symbolic=False)
def decode_png(draw: Draw) -> Call:
    dtype = {"dtype": draw.choice([tf.uint8, tf.uint16])} if draw.chance() else {}
    file = tf.io.encode_png(_image(draw, 1, 3, 4))
    return Call((tf.stack([file, file]) if draw.wrong() else file, draw.choice([0, 1, 3, 4])), dtype)


@case("tf.io.decode_jpeg", symbolic=False)
def decode_jpeg(draw: Draw) -> tuple[Any, ...]:
    file = tf.io.encode_jpeg(_image(draw, 1, 3))
    return (tf.stack([file, file]) if draw.wrong() else file, draw.choice([0, 1, 3]))


@case("tf.io.decode_and_crop_jpeg", symbolic=False)
def decode_and_crop_jpeg(draw: Draw) -> tuple[Any, ...]:
    file = tf.io.encode_jpeg(tf.zeros([5, 6, 3], tf.uint8))
    return file, [draw.integer(0, 2), draw.integer(0, 2), draw.integer(1, 3), draw.integer(1, 3)]


@case("tf.io.decode_image", symbolic=False)
def decode_image(draw: Draw) -> Call:
    return Call((tf.io.encode_png(_image(draw, 1, 3)), draw.choice([0, 1, 3])), {"expand_animations": draw.flag()})


@case("tf.io.encode_png")
def encode_png(draw: Draw) -> tuple[Any, ...]:
    return (tf.cast(draw.tensor([*draw.positive_dims(0, 3), draw.choice([1, 3])], "int32"), tf.uint8),)


@case("tf.io.encode_jpeg")
def encode_jpeg(draw: Draw) -> tuple[Any, ...]:
    return (tf.cast(draw.tensor([*draw.positive_dims(1, 3), 3], "int32"), tf.uint8),)


@case("tf.io.serialize_tensor")
def serialize_tensor(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(),)


@case("tf.io.parse_tensor", symbolic=False)
def parse_tensor(draw: Draw) -> tuple[Any, ...]:
    return tf.io.serialize_tensor(draw.tensor()), tf.float32


@case("tf.io.decode_raw", symbolic=False)
def decode_raw(draw: Draw) -> tuple[Any, ...]:
    return tf.fill(draw.dims(0, 2), "abcdefgh"), draw.choice([tf.uint8, tf.int32, tf.float64])


@case("tf.io.decode_csv", symbolic=False)
def decode_csv(draw: Draw) -> tuple[Any, ...]:
    return tf.fill(draw.dims(0, 2), "1,2.5,a"), [[0], [0.0], [""]]


@case("tf.dynamic_partition")
def dynamic_partition(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(1, 3)
    numbers = draw.tensor(draw.disturbed(dims[: draw.integer(0, len(dims))]), "int32")
    return draw.tensor(dims), numbers, draw.integer(3, 4)


@case("tf.dynamic_stitch", symbolic=False)
def dynamic_stitch(draw: Draw) -> tuple[Any, ...]:
    row, counts = draw.positive_dims(0, 2), [draw.integer(1, 3), draw.integer(1, 3)]
    places = [tf.range(counts[0]), tf.range(counts[0], sum(counts))]
    rows = [draw.tensor([*draw.disturbed([count]), *row]) for count in counts]
    return places, rows[:1] if draw.wrong() else rows


@case("tf.math.invert_permutation")
def invert_permutation(draw: Draw) -> tuple[Any, ...]:
    order = list(range(draw.integer(1, 4)))
    draw.rng.shuffle(order)
    return (tf.constant([order] if draw.wrong() else order),)


@case("tf.math.confusion_matrix", symbolic=False, misses="labels of another length")
def confusion_matrix(draw: Draw) -> Call:
    dims = [draw.integer(1, 4)]
    labels = draw.tensor(draw.disturbed(dims), "int32"), draw.tensor(dims, "int32")
    return Call(labels, {"num_classes": draw.integer(3, 5)} if draw.chance() else {})


@case("tf.image.extract_patches")
def extract_patches(draw: Draw) -> Call:
    images = draw.tensor([draw.integer(1, 2), draw.integer(4, 7), draw.integer(4, 7), draw.integer(1, 3)])
    window, stride, rate = ([1, draw.integer(1, 3), draw.integer(1, 3), 1] for _ in range(3))
    padding = draw.choice(["SAME", "VALID"])
    given = images[0] if draw.wrong() else images
    return Call((given,), {"sizes": window, "strides": stride, "rates": rate, "padding": padding})


@case("tf.nn.nce_loss tf.nn.sampled_softmax_loss", symbolic=False, misses="parameters of another size")
def sampled_loss(draw: Draw) -> tuple[Any, ...]:
    rows, width = draw.integer(1, 3), draw.integer(2, 3)
    labels = draw.tensor([*draw.disturbed([rows]), 1], "int64")
    return draw.tensor([5, width]), draw.tensor([5]), labels, draw.tensor([rows, width]), 2, 5


@case("tf.random.Generator.normal tf.random.Generator.truncated_normal tf.random.Generator.uniform", symbolic=False)
def generated(draw: Draw) -> Call:
    further = {"dtype": draw.choice([tf.float32, tf.float64])} if draw.chance() else {}
    return Call((tf.random.Generator.from_seed(1), draw.dims()), further)


@case("tf.random.Generator.uniform_full_int", symbolic=False)
def generated_integers(draw: Draw) -> tuple[Any, ...]:
    return tf.random.Generator.from_seed(1), draw.dims()


@case("tf.random.Generator.binomial", symbolic=False)
def generated_counts(draw: Draw) -> tuple[Any, ...]:
    return tf.random.Generator.from_seed(1), [*draw.dims(0, 2), draw.integer(1, 2)], [3.0], [0.5]


@case("tf.random.Generator.make_seeds", symbolic=False)
def make_seeds(draw: Draw) -> tuple[Any, ...]:
    return tf.random.Generator.from_seed(1), draw.integer(0, 3)
