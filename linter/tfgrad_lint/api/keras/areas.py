"""All models of Keras: importing this registers them, which is done when a name of Keras is first looked up."""

from tfgrad_lint.api.keras import (
    convolution,
    core,
    datasets,
    functions,
    generators,
    initializers,
    inputs,
    losses,
    merging,
    models,
    normalization,
    pooling,
    preprocessing,
    recurrent,
    reshaping,
    training,
)

__all__ = [
    "convolution",
    "core",
    "datasets",
    "functions",
    "generators",
    "initializers",
    "inputs",
    "losses",
    "merging",
    "models",
    "normalization",
    "pooling",
    "preprocessing",
    "recurrent",
    "reshaping",
    "training",
]
