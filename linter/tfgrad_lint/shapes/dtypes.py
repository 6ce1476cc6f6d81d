"""Names of TensorFlow's dtypes and the few facts about them that shape and gradient rules need."""

from __future__ import annotations

from typing import Final

FLOATING: Final = frozenset(
    {"float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2"},
)
COMPLEX: Final = frozenset({"complex64", "complex128"})
INTEGER: Final = frozenset({"int4", "int8", "int16", "int32", "int64", "uint4", "uint8", "uint16", "uint32", "uint64"})
OTHER: Final = frozenset({"bool", "string", "resource", "variant", "qint8", "qint16", "qint32", "quint8", "quint16"})
ALL: Final = FLOATING | COMPLEX | INTEGER | OTHER

# Second names under the tf namespace, https://www.tensorflow.org/api_docs/python/tf/dtypes.
ALIASES: Final = {"half": "float16", "double": "float64", "float": "float32", "int": "int32"}

# NumPy's names that differ from TensorFlow's, https://numpy.org/doc/stable/reference/arrays.scalars.html.
NUMPY_ALIASES: Final = {
    "float": "float64",
    "double": "float64",
    "float_": "float64",
    "half": "float16",
    "single": "float32",
    "int": "int64",
    "int_": "int64",
    "intp": "int64",
    "bool_": "bool",
    "complex": "complex128",
    "complex_": "complex128",
    "cdouble": "complex128",
    "csingle": "complex64",
    "str": "string",
    "str_": "string",
    "byte": "int8",
    "ubyte": "uint8",
}

_REAL_PART: Final[dict[str | None, str]] = {"complex64": "float32", "complex128": "float64"}
_WIDTHS: Final = {"float16": 16, "float32": 32, "float64": 64}
# What NumPy has too.
_INTEGERS: Final = INTEGER - {"int4", "uint4"}
_PROMOTED: Final = COMPLEX | _INTEGERS | _WIDTHS.keys()
_COMPLEX_OF: Final[dict[str | None, str]] = {"float32": "complex64", "float64": "complex128"}


def is_differentiable(dtype: str | None) -> bool | None:
    """Tell whether gradients flow through tensors of ``dtype``; None if the dtype is not known."""
    if dtype is None:
        return None
    return dtype in FLOATING or dtype in COMPLEX


def real_part(dtype: str | None) -> str | None:
    """Return the dtype of the real part (and of the absolute value) of ``dtype``."""
    return _REAL_PART.get(dtype, dtype)


def complex_of(dtype: str | None) -> str | None:
    """Return the complex dtype whose parts are ``dtype``, None if it is not known."""
    return _COMPLEX_OF.get(dtype)


def promote(a: str | None, b: str | None) -> str | None:
    """Return the dtype that NumPy gives an operation on arrays of two dtypes, None if it is not known.

    The rules are those of https://numpy.org/doc/stable/reference/arrays.promotion.html.

    Example:
        >>> promote("int64", "float32")
        'float64'
    """
    if b in (a, "bool"):
        return a
    if a == "bool":
        return b
    if a is None or b is None or not _PROMOTED.issuperset((a, b)):
        return None
    if _INTEGERS.issuperset((a, b)):
        return _promote_integers(a, b)
    bits = max(_float_bits(a), _float_bits(b))
    return f"float{bits}" if COMPLEX.isdisjoint((a, b)) else _COMPLEX_OF[f"float{max(bits, 32)}"]


def promote_scalar(array: str | None, python: str) -> str | None:
    """Return the dtype of an array combined with a Python ``bool``, ``int``, ``float`` or ``complex``.

    A Python number takes the array's dtype unless its kind is higher (NEP 50).
    """
    if array is None:
        return None
    if python == "bool" or (python == "int" and array != "bool"):
        return array
    if python == "int":
        return "int64"
    if python == "float":
        return array if is_differentiable(array) else "float64"
    if array in COMPLEX:
        return array
    return "complex64" if array in ("float16", "float32") else "complex128"


_FLOAT_OF_SMALL: Final = {
    "bool": "float16",
    "int8": "float16",
    "uint8": "float16",
    "int16": "float32",
    "uint16": "float32",
}


def floating(dtype: str | None) -> str | None:
    """Return the dtype that NumPy's ``sqrt`` and its like give for arrays of ``dtype``."""
    if dtype is None or is_differentiable(dtype):
        return dtype
    return _FLOAT_OF_SMALL.get(dtype, "float64" if dtype in INTEGER else None)


def accumulated(dtype: str | None) -> str | None:
    """Return the dtype that NumPy's ``sum`` gives for arrays of ``dtype``: integers are added as 64 bits."""
    if dtype is None or is_differentiable(dtype):
        return dtype
    if dtype == "bool" or dtype in INTEGER:
        return "uint64" if dtype.startswith("u") else "int64"
    return None


def inexact(dtype: str | None) -> str | None:
    """Return the dtype that NumPy's ``mean`` or ``true_divide`` gives for arrays of ``dtype``."""
    if dtype is None or is_differentiable(dtype):
        return dtype
    return "float64" if dtype == "bool" or dtype in INTEGER else None


def _float_bits(dtype: str) -> int:
    # The width of the float that holds every value of dtype: integers of 8 bits fit 16, of 16 bits fit 32.
    if dtype in _WIDTHS:
        return _WIDTHS[dtype]
    if dtype in COMPLEX:
        return 32 if dtype == "complex64" else 64
    return min(2 * _width(dtype), 64)


def _promote_integers(a: str, b: str) -> str:
    signed = [name for name in (a, b) if not name.startswith("u")]
    if len(signed) != 1:
        return max(a, b, key=_width)
    unsigned = b if signed[0] == a else a
    if _width(signed[0]) > _width(unsigned):
        return signed[0]
    return "float64" if _width(unsigned) == 64 else f"int{2 * _width(unsigned)}"


def _width(integer: str) -> int:
    return int("".join(filter(str.isdigit, integer)))
