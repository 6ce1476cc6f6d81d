"""Layers that prepare data: images resized or changed at random, texts and numbers turned into indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.keras.layer import Call, any_layer, layer, same_shape
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.domain.values import Value

same_shape("Rescaling", "scale, offset=0.0")
same_shape("RandomFlip", "mode='horizontal_and_vertical', seed=None, data_format=None")
same_shape(
    "RandomRotation",
    "factor, fill_mode='reflect', interpolation='bilinear', seed=None, fill_value=0.0, data_format=None",
)
same_shape(
    "RandomTranslation",
    "height_factor, width_factor, fill_mode='reflect', interpolation='bilinear', seed=None, fill_value=0.0, "
    "data_format=None",
)
same_shape(
    "RandomZoom",
    "height_factor, width_factor=None, fill_mode='reflect', interpolation='bilinear', seed=None, fill_value=0.0, "
    "data_format=None",
)
same_shape("RandomContrast RandomBrightness", "factor, value_range=(0, 255), seed=None")


@layer(
    "Resizing",
    "height, width, interpolation='bilinear', crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, "
    "fill_mode='constant', fill_value=0.0, antialias=False, data_format=None",
)
@layer("CenterCrop", "height, width, data_format=None")
@layer("RandomCrop", "height, width, seed=None, data_format=None, name=None")
def resized(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing."""
    first = call.channels_first()
    if shape.dims is None or first is None or len(shape.dims) not in (3, 4):
        return UNKNOWN_SHAPE
    size = (call.integer("height"), call.integer("width"))
    dims = shape.dims
    return Shape((*dims[:-2], *size)) if first else Shape((*dims[:-3], *size, dims[-1]))


@any_layer(
    "StringLookup",
    "max_tokens=None, num_oov_indices=1, mask_token=None, oov_token='[UNK]', vocabulary=None, idf_weights=None, "
    "invert=False, output_mode='int', pad_to_max_tokens=False, sparse=False, encoding='utf-8', name=None, salt=None",
)
@any_layer(
    "IntegerLookup",
    "max_tokens=None, num_oov_indices=1, mask_token=None, oov_token=-1, vocabulary=None, vocabulary_dtype='int64', "
    "idf_weights=None, invert=False, output_mode='int', sparse=False, pad_to_max_tokens=False, "
    "oov_method='floormod', salt=None, name=None",
)
@any_layer("Hashing", "num_bins, mask_value=None, salt=None, output_mode='int', sparse=False")
@any_layer(
    "Discretization",
    "bin_boundaries=None, num_bins=None, epsilon=0.01, output_mode='int', sparse=False, dtype=None, name=None",
)
def lookup(call: Call) -> Value:
    """https://keras.io/api/layers/preprocessing_layers/categorical/string_lookup: an index for each entry."""
    shape = call.operation.tensor(call.inputs).shape
    return call.result(shape if call.text("output_mode") == "int" else UNKNOWN_SHAPE)


@any_layer(
    "TextVectorization",
    "max_tokens=None, standardize='lower_and_strip_punctuation', split='whitespace', ngrams=None, output_mode='int', "
    "output_sequence_length=None, pad_to_max_tokens=False, vocabulary=None, idf_weights=None, sparse=False, "
    "ragged=False, encoding='utf-8', name=None",
)
@any_layer("CategoryEncoding", "num_tokens=None, output_mode='multi_hot', sparse=False")
@any_layer("HashedCrossing", "num_bins, output_mode='int', sparse=False, name=None, dtype=None")
def encoded(call: Call) -> Value:
    """https://keras.io/api/layers/preprocessing_layers/text/text_vectorization: the shape depends on the data."""
    return call.result(UNKNOWN_SHAPE)


@layer(
    "MelSpectrogram",
    "fft_length=2048, sequence_stride=512, sequence_length=None, window='hann', sampling_rate=16000, "
    "num_mel_bins=128, min_freq=20.0, max_freq=None, power_to_db=True, top_db=80.0, mag_exp=2.0, min_power=1e-10, "
    "ref_power=1.0",
)
def mel_spectrogram(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/preprocessing_layers/audio_preprocessing/mel_spectrogram."""
    if shape.dims is None:
        return UNKNOWN_SHAPE
    return Shape((*shape.dims[:-1], call.integer("num_mel_bins"), UNKNOWN))
