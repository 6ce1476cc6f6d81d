"""Arguments of convolutions, pooling, images and signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw


def _images(draw: Draw, rank: int, channels: int) -> list[int]:
    space = [draw.integer(3, 6) for _ in range(rank)]
    dims = [draw.integer(1, 2), *space, channels]
    return dims[:-1] if draw.chance(10) else dims


def _filters(draw: Draw, rank: int, channels: int) -> list[int]:
    return [draw.integer(1, 3) for _ in range(rank)] + [channels, draw.integer(1, 3)]


def _channels(draw: Draw) -> tuple[int, int]:
    channels = draw.integer(1, 4)
    return channels, channels + 1 if draw.wrong() else channels


@case("tf.nn.conv1d")
def conv1d(draw: Draw) -> tuple[Any, ...]:
    own, taken = _channels(draw)
    padding = draw.choice(["SAME", "VALID"])
    return draw.tensor(_images(draw, 1, own)), draw.tensor(_filters(draw, 1, taken)), draw.integer(1, 2), padding


@case("tf.nn.conv2d")
def conv2d(draw: Draw) -> Call:
    own, taken = _channels(draw)
    strides: Any = draw.choice([1, 2, [1, 2], [1, 2, 2, 1]])
    keywords = {"dilations": 2} if draw.chance(4) and strides == 1 else {}
    args = draw.tensor(_images(draw, 2, own)), draw.tensor(_filters(draw, 2, taken)), strides
    return Call((*args, draw.choice(["SAME", "VALID"])), keywords)


@case("tf.nn.conv3d")
def conv3d(draw: Draw) -> tuple[Any, ...]:
    own, taken = _channels(draw)
    strides = draw.choice([[1, 1, 1, 1, 1], [1, 2, 1, 2, 1]])
    padding = draw.choice(["SAME", "VALID"])
    return draw.tensor(_images(draw, 3, own)), draw.tensor(_filters(draw, 3, taken)), strides, padding


@case("tf.nn.convolution")
def convolution(draw: Draw) -> Call:
    own, taken = _channels(draw)
    rank = draw.integer(1, 2)
    args = draw.tensor(_images(draw, rank, own)), draw.tensor(_filters(draw, rank, taken))
    return Call(args, {"padding": draw.choice(["SAME", "VALID"]), "strides": draw.choice([None, 1, 2])})


@case("tf.nn.depthwise_conv2d")
def depthwise(draw: Draw) -> tuple[Any, ...]:
    own, taken = _channels(draw)
    filters = [draw.integer(1, 3), draw.integer(1, 3), taken, draw.integer(1, 2)]
    return draw.tensor(_images(draw, 2, own)), draw.tensor(filters), [1, 1, 1, 1], draw.choice(["SAME", "VALID"])


@case("tf.nn.separable_conv2d")
def separable(draw: Draw) -> tuple[Any, ...]:
    own, taken = _channels(draw)
    filters = draw.tensor([2, 2, taken, 2])
    mixing = draw.tensor([1, 1, 2 * own + (1 if draw.wrong() else 0), 3])
    return draw.tensor(_images(draw, 2, own)), filters, mixing, [1, 1, 1, 1], draw.choice(["SAME", "VALID"])


@case("tf.nn.conv2d_transpose", misses="output shapes that do not fit the strides", symbolic=False)
def transposed(draw: Draw) -> tuple[Any, ...]:
    own, taken = _channels(draw)
    images = [2, 3, 4, own]
    return draw.tensor(images), draw.tensor([3, 3, 2, taken]), [2, 6, 8, 2], 2, "SAME"


@case("tf.nn.max_pool2d tf.nn.avg_pool2d tf.nn.max_pool tf.nn.avg_pool")
def pool2d(draw: Draw) -> tuple[Any, ...]:
    window = draw.choice([2, 3, [2, 1], [1, 2, 2, 1], 1])
    strides = draw.choice([1, 2, [1, 2, 2, 1]])
    return draw.tensor(_images(draw, 2, 2)), window, strides, draw.choice(["SAME", "VALID"])


@case("tf.nn.max_pool2d tf.nn.avg_pool2d", symbolic=False)
def large_window(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor([1, 4, 5, 2]), draw.integer(4, 9), draw.integer(1, 3), "VALID"


@case("tf.nn.conv2d", symbolic=False)
def large_filter(draw: Draw) -> tuple[Any, ...]:
    size = draw.integer(4, 9)
    return draw.tensor([1, 4, 5, 2]), draw.tensor([size, size, 2, 1]), draw.integer(1, 3), "VALID"


@case("tf.nn.max_pool1d tf.nn.avg_pool1d")
def pool1d(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor(_images(draw, 1, 2)), draw.integer(1, 3), draw.integer(1, 2), draw.choice(["SAME", "VALID"])


@case("tf.nn.max_pool3d tf.nn.avg_pool3d")
def pool3d(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor(_images(draw, 3, 1)), 2, draw.integer(1, 2), draw.choice(["SAME", "VALID"])


@case("tf.nn.space_to_depth tf.nn.depth_to_space")
def blocks(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor([1, draw.choice([2, 4, 3]), 4, draw.choice([4, 8, 3])]), 2


def _picture(draw: Draw, channels: int = 3) -> list[int]:
    dims = [draw.integer(2, 5), draw.integer(2, 5), channels]
    batch = [] if draw.chance() else [2]
    return dims[1:] if draw.chance(10) else [*batch, *dims]


@case("tf.image.resize")
def resize(draw: Draw) -> Call:
    keywords = {"method": draw.choice(["nearest", "bilinear", "bicubic"])} if draw.chance() else {}
    size = [3, 4, 5] if draw.chance(10) else [draw.integer(1, 6), draw.integer(1, 6)]
    return Call((draw.tensor(_picture(draw), draw.dtype("float32", "uint8")), size), keywords)


@case("tf.image.resize_with_crop_or_pad tf.image.resize_with_pad", misses="an aspect ratio that leaves no row")
def crop_or_pad(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor(_picture(draw)), draw.integer(1, 6), draw.integer(1, 6)


@case(
    "tf.image.flip_left_right tf.image.flip_up_down tf.image.rgb_to_grayscale tf.image.transpose tf.image.rot90 "
    "tf.image.total_variation tf.image.per_image_standardization tf.image.rgb_to_hsv tf.image.rgb_to_yuv",
    misses="images of two axes, where the function takes them or not",
)
def picture(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(_picture(draw)),)


@case("tf.image.grayscale_to_rgb")
def gray(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor([2, 3, 4, 1]),)


@case("tf.image.adjust_brightness tf.image.adjust_contrast tf.image.random_brightness tf.image.adjust_saturation")
def adjusted(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor([2, 3, 4, 3]), 0.5


@case("tf.image.sobel_edges")
def sobel(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor([2, 3, 4, draw.integer(1, 3)]),)


@case("tf.image.psnr")
def psnr(draw: Draw) -> tuple[Any, ...]:
    dims = [draw.integer(1, 2), 3, 4, 3]
    return draw.tensor(dims), draw.tensor(dims), 1.0


@case("tf.image.random_crop")
def random_crop(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor([4, 5, 3]), [2, draw.integer(1, 5), 3]


@case("tf.signal.fft tf.signal.ifft tf.signal.fft2d tf.signal.ifft2d")
def fft(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.positive_dims(0 if draw.wrong() else 2, 3), "complex64"),)


@case("tf.signal.rfft tf.signal.rfft2d")
def rfft(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.positive_dims(2, 3)),)


@case("tf.signal.irfft tf.signal.irfft2d")
def irfft(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor([*draw.positive_dims(1, 2), draw.integer(2, 5)], "complex64"),)


@case("tf.signal.fftshift")
def fftshift(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.positive_dims(1, 3)),)


@case("tf.signal.dct")
def dct(draw: Draw) -> Call:
    return Call((draw.tensor(draw.positive_dims(1, 3)),), {"n": draw.integer(1, 4)} if draw.chance() else {})


@case("tf.signal.frame tf.signal.stft")
def frame(draw: Draw) -> Call:
    signal = draw.tensor([*draw.positive_dims(0, 1), draw.integer(4, 9)])
    return Call((signal, draw.integer(1, 4), draw.integer(1, 3)), {"pad_end": draw.flag()})


@case("tf.signal.hann_window")
def window(draw: Draw) -> tuple[Any, ...]:
    return (draw.integer(1, 5),)
