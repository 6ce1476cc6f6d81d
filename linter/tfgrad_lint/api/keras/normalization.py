"""Layers that normalise: the result has the shape of the input, whose normalised axes the weights fix."""

from __future__ import annotations

from typing import Final

from tfgrad_lint.api.keras.layer import Takes, named_axes, same_shape

_SCALED: Final = (
    "epsilon=0.001, center=True, scale=True, beta_initializer='zeros', gamma_initializer='ones', "
    "beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None"
)

same_shape(
    "BatchNormalization",
    "axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', "
    "gamma_initializer='ones', moving_mean_initializer='zeros', moving_variance_initializer='ones', "
    "beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None, renorm=False, "
    "renorm_clipping=None, renorm_momentum=0.99, synchronized=False",
    Takes(fixed=named_axes),
)
same_shape("LayerNormalization", f"axis=-1, {_SCALED}", Takes(fixed=named_axes))
same_shape("GroupNormalization", f"groups=32, axis=-1, {_SCALED}", Takes(fixed=named_axes))
same_shape("RMSNormalization", "axis=-1, epsilon=1e-6")
same_shape("UnitNormalization", "axis=-1")
same_shape("Normalization", "axis=-1, mean=None, variance=None, invert=False")
