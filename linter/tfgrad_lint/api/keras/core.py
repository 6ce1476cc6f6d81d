"""Dense, Embedding, Lambda, activations, dropout: the layers that most models are made of."""

from __future__ import annotations

from typing import Final

from tfgrad_lint.api.keras.layer import Call, Takes, any_layer, fitted, last_axis, layer, same_shape
from tfgrad_lint.domain.events import Normalized
from tfgrad_lint.domain.values import Mapping, Tensor, Value
from tfgrad_lint.shapes.conflicts import LayerConflict, MatchConflict
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet, of_rank


@layer(
    "Dense",
    "units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', "
    "kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, "
    "bias_constraint=None, lora_rank=None, lora_alpha=None, quantization_config=None",
    Takes(min_rank=2, fixed=last_axis),
)
def dense(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/core_layers/dense."""
    return UNKNOWN_SHAPE if shape.dims is None else Shape((*shape.dims[:-1], call.integer("units")))


def _check_table(call: Call) -> None:
    """Check the weights that an embedding is given.

    Raises:
        LayerConflict: they are not a row of ``output_dim`` for each of ``input_dim``.
    """
    table = Shape((call.integer("input_dim"), call.integer("output_dim")))
    for given in call.operation.items(call.argument("weights")) or ():
        if isinstance(given, Tensor) and meet(given.shape, table) is None:
            conflict = MatchConflict("weights[0]", given.shape, "embeddings", table)
            raise LayerConflict("Embedding", (), conflict)


@layer(
    "Embedding",
    "input_dim, output_dim, embeddings_initializer='uniform', embeddings_regularizer=None, "
    "embeddings_constraint=None, mask_zero=False, weights=None, lora_rank=None, lora_alpha=None, "
    "quantization_config=None",
    made=_check_table,
)
def embedding(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/core_layers/embedding: one more axis."""
    return UNKNOWN_SHAPE if shape.dims is None else Shape((*shape.dims, call.integer("output_dim")))


@layer(
    "EinsumDense",
    "equation, output_shape, activation=None, bias_axes=None, kernel_initializer='glorot_uniform', "
    "bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, kernel_constraint=None, "
    "bias_constraint=None, lora_rank=None, lora_alpha=None, gptq_unpacked_column_size=None, "
    "quantization_config=None",
)
def einsum_dense(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/core_layers/einsum_dense: the equation tells the rank."""
    output = (call.text("equation") or "").replace(" ", "").partition("->")[2]
    return of_rank(len(output)) if output.isalpha() else UNKNOWN_SHAPE


@any_layer("Lambda", "function, output_shape=None, mask=None, arguments=None")
def lambda_layer(call: Call) -> Value:
    """https://keras.io/api/layers/core_layers/lambda: what the function gives."""
    extra = call.argument("arguments")
    if not call.operation.is_none(extra) and not (isinstance(extra, Mapping) and not extra.items):
        return call.unknown()
    return call.operation.call(call.argument("function"), call.inputs)


@any_layer("Identity", "")
def identity(call: Call) -> Value:
    """https://keras.io/api/layers/core_layers/identity."""
    return call.inputs


@any_layer("Masking", "mask_value=0.0")
def masking(call: Call) -> Value:
    """https://keras.io/api/layers/core_layers/masking."""
    return call.result(fitted(call, call.operation.tensor(call.inputs).shape))


@layer("Softmax", "axis=-1")
def softmax(call: Call, shape: Shape) -> Shape:
    """https://keras.io/api/layers/activation_layers/softmax."""
    given, rank = call.operation.dims(call.argument("axis")), shape.rank
    axes = None
    if given is not None and rank is not None:
        axes = tuple(axis % rank for axis in given if isinstance(axis, int) and -rank <= axis < rank)
    operand = call.operation.tensor(call.inputs)
    whole = axes is not None and given is not None and len(axes) == len(given)
    site = call.layer.node.site or call.operation.site
    call.operation.emit(Normalized(site, call.layer.type, operand, axes if whole else None))
    return shape


_ONE_RATE: Final = "rate, noise_shape=None, seed=None"

same_shape("Activation", "activation")
same_shape("ReLU", "max_value=None, negative_slope=0.0, threshold=0.0")
same_shape("LeakyReLU", "negative_slope=0.3")
same_shape("ELU", "alpha=1.0")
same_shape("PReLU", "alpha_initializer='Zeros', alpha_regularizer=None, alpha_constraint=None, shared_axes=None")
same_shape("ThresholdedReLU", "theta=1.0")
same_shape("Dropout AlphaDropout", _ONE_RATE)
same_shape("GaussianDropout", "rate, seed=None")
same_shape("GaussianNoise", "stddev, seed=None")
same_shape("SpatialDropout1D", "rate, seed=None, name=None, dtype=None", Takes(rank=3))
same_shape("SpatialDropout2D", "rate, data_format=None, seed=None, name=None, dtype=None", Takes(rank=4))
same_shape("SpatialDropout3D", "rate, data_format=None, seed=None, name=None, dtype=None", Takes(rank=5))
same_shape("ActivityRegularization", "l1=0.0, l2=0.0")
