"""Initializers of Keras: objects that make a tensor of a shape when they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import Model, add_class, add_model
from tfgrad_lint.domain.values import ApiObject, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

# The class whose call is modelled for those of TensorFlow itself.
_BASE: Final = "tf.Initializer"
_NAMES: Final = (
    "Zeros Ones Constant RandomNormal RandomUniform TruncatedNormal VarianceScaling Orthogonal Identity GlorotNormal "
    "GlorotUniform HeNormal HeUniform LecunNormal LecunUniform zeros ones constant random_normal random_uniform "
    "truncated_normal variance_scaling orthogonal identity glorot_normal glorot_uniform he_normal he_uniform "
    "lecun_normal lecun_uniform IdentityInitializer OrthogonalInitializer"
).split()


def _make(operation: Operation, *arguments: Value, **options: Value) -> Value:
    """https://keras.io/api/layers/initializers."""
    return ApiObject(_BASE, operation.node())


add_class(_BASE)
for _name in _NAMES:
    add_model(Model("tf.keras.initializers." + _name, _make, (), {}, variadic="arguments", open=True))
