"""All of NumPy: loaded when a name of it is first looked up."""

from tfgrad_lint.api import (
    array_methods,
    np_creation,
    np_elementwise,
    np_finding,
    np_joining,
    np_layout,
    np_other,
    np_products,
    np_random,
    np_reductions,
    np_signal,
)

__all__ = [
    "array_methods",
    "np_creation",
    "np_elementwise",
    "np_finding",
    "np_joining",
    "np_layout",
    "np_other",
    "np_products",
    "np_random",
    "np_reductions",
    "np_signal",
]
