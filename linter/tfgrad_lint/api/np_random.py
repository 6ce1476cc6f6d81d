"""NumPy's random arrays, as functions and as methods of generators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.creation import filled_shape
from tfgrad_lint.api.defaults import ONE_FLOAT, ZERO_FLOAT
from tfgrad_lint.api.registry import add_family, model
from tfgrad_lint.domain.values import NONE, TRUE, ApiObject, OfType, Tensor, Value
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import broadcast_all
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule
    from tfgrad_lint.shapes.dims import Dim

_LEGACY = "np.random.RandomState"
_GENERATOR = "np.random.Generator"
_MODULE = "np.random"
# Most are functions of the module and methods of both generators, the old and the new one.
_EVERYWHERE = (_MODULE, _LEGACY, _GENERATOR)
_OLD = (_MODULE, _LEGACY)


def sample(operation: Operation, size: Value, dtype: str | None, *parameters: Value) -> Value:
    """Return a sample of ``size``, or of the shape that the parameters broadcast to if it is None."""
    given = [operation.array(value) for value in parameters if not operation.is_none(value)]
    if operation.is_none(size):
        shape = broadcast_all(tuple(array.shape for array in given))
        if shape.rank is None:
            return operation.unknown(*parameters)
        return number(dtype) if shape.rank == 0 else operation.array_result(shape, dtype, *given)
    dims = operation.dims(size)
    return operation.array_result(filled_shape(dims), dtype, *given, explicit=dims is not None and 1 in dims)


def number(dtype: str | None) -> Value:
    """Return a single random number, which is one of Python's."""
    return OfType("int" if dtype in dtypes.INTEGER else "float")


def standard(operation: Operation, *sizes: Value) -> Value:
    """Model ``np.random.randn`` and ``rand``: the sizes are the arguments themselves."""
    if not sizes:
        return number("float64")
    dims = tuple(operation.integer(size) for size in sizes)
    return operation.array_result(filled_shape(dims), "float64", explicit=1 in dims)


def two_parameters(operation: Operation, first: Value, second: Value, size: Value) -> Value:
    """Model a distribution of two parameters, real numbers."""
    return sample(operation, size, "float64", first, second)


def one_parameter(operation: Operation, first: Value, size: Value) -> Value:
    """Model a distribution of one parameter, real numbers."""
    return sample(operation, size, "float64", first)


def unit(operation: Operation, size: Value, *_options: Value) -> Value:
    """Model a distribution without parameters."""
    return sample(operation, size, "float64")


def counts(operation: Operation, first: Value, size: Value) -> Value:
    """Model a distribution of one parameter, integers."""
    return sample(operation, size, "int64", first)


def counts_of_two(operation: Operation, first: Value, second: Value, size: Value) -> Value:
    """Model a distribution of two parameters, integers."""
    return sample(operation, size, "int64", first, second)


def integers(operation: Operation, low: Value, high: Value, size: Value, dtype: Value, *_options: Value) -> Value:
    """Model ``randint`` and ``Generator.integers``."""
    return sample(operation, size, operation.array_dtype(dtype, "int64"), low, high)


def choice(operation: Operation, a: Value, size: Value, *_options: Value) -> Value:
    """Model ``choice``: entries of ``a``, or of ``range(a)``."""
    source = operation.array(a)
    if source.shape.rank is None:
        return operation.unknown(a)
    if source.shape.rank == 0 or (source.shape.rank == 1 and not operation.is_none(size)):
        return sample(operation, size, source.dtype)
    return operation.array_result(UNKNOWN_SHAPE, source.dtype, source)


def vectors(operation: Operation, mean: Value, _cov: Value, size: Value, *_options: Value) -> Tensor:
    """Model ``multivariate_normal``: as many vectors like ``mean`` as ``size`` says."""
    centre = operation.array(mean)
    dims: tuple[Dim, ...] | None = () if operation.is_none(size) else operation.dims(size)
    shape = UNKNOWN_SHAPE if dims is None or centre.shape.dims is None else Shape((*dims, *centre.shape.dims))
    return operation.array_result(shape, "float64", centre)


def permutation(operation: Operation, x: Value, *_options: Value) -> Tensor:
    """Model ``permutation``: the entries of ``x``, or of ``range(x)``, in another order."""
    source = operation.array(x)
    shape = Shape((operation.integer(x),)) if source.shape.rank == 0 else source.shape
    return operation.array_result(shape, source.dtype, source)


def nothing(operation: Operation, *_arguments: Value) -> Value:
    """Model a function that returns None."""
    return NONE


def _add(names: str, rule: Rule, parameters: str, owners: tuple[str, ...] = _EVERYWHERE, **defaults: Value) -> None:
    for name in names.split():
        for owner in owners:
            if owner == _MODULE:
                add_family(f"{owner}.{name}", rule, parameters, **defaults)
            else:
                add_family(f"{owner}.{name}", _method(rule), f"receiver {parameters}", **defaults)


def _method(rule: Rule) -> Rule:
    def method(operation: Operation, _receiver: Value, *arguments: Value) -> Value:
        return rule(operation, *arguments)

    return method


@model("np.random.randn", "np.random.rand")
def of_sizes(operation: Operation, *d: Value) -> Value:
    """https://numpy.org/doc/stable/reference/random/generated/numpy.random.randn.html."""
    return standard(operation, *d)


@model("np.random.RandomState.randn", "np.random.RandomState.rand")
def of_sizes_method(operation: Operation, receiver: Value, *d: Value) -> Value:
    """https://numpy.org/doc/stable/reference/random/generated/numpy.random.RandomState.randn.html."""
    return standard(operation, *d)


@model("np.random.RandomState", "np.random.default_rng")
def generator(operation: Operation, seed: Value = NONE) -> ApiObject:
    """https://numpy.org/doc/stable/reference/random/generator.html."""
    kind = _LEGACY if operation.name == _LEGACY else _GENERATOR
    return ApiObject(kind, operation.node(seed))


_add("normal", two_parameters, "loc scale size", loc=ZERO_FLOAT, scale=ONE_FLOAT, size=NONE)
_add("uniform", two_parameters, "low high size", low=ZERO_FLOAT, high=ONE_FLOAT, size=NONE)
_add("laplace gumbel logistic", two_parameters, "loc scale size", loc=ZERO_FLOAT, scale=ONE_FLOAT, size=NONE)
_add("lognormal", two_parameters, "mean sigma size", mean=ZERO_FLOAT, sigma=ONE_FLOAT, size=NONE)
_add("beta", two_parameters, "a b size", size=NONE)
_add("gamma", two_parameters, "shape scale size", scale=ONE_FLOAT, size=NONE)
_add("exponential rayleigh", one_parameter, "scale size", scale=ONE_FLOAT, size=NONE)
_add("chisquare standard_t", one_parameter, "df size", size=NONE)
_add("standard_gamma", one_parameter, "shape size", size=NONE)
_add("poisson", counts, "lam size", lam=ONE_FLOAT, size=NONE)
_add("geometric", counts, "p size", size=NONE)
_add("binomial", counts_of_two, "n p size", size=NONE)
_add("random standard_normal standard_exponential", unit, "size dtype out", dtype=NONE, out=NONE, size=NONE)
_add("random_sample", unit, "size", _OLD, size=NONE)
_add("randint", integers, "low high size dtype", _OLD, high=NONE, dtype=NONE, size=NONE)
_add(
    "integers", integers, "low high size dtype endpoint", (_GENERATOR,), high=NONE, dtype=NONE, endpoint=NONE, size=NONE
)
_add("choice", choice, "a size replace p axis shuffle", replace=TRUE, p=NONE, axis=NONE, shuffle=TRUE, size=NONE)
_add("multivariate_normal", vectors, "mean cov size check_valid tol", _OLD, size=NONE, check_valid=NONE, tol=NONE)
_add(
    "multivariate_normal",
    vectors,
    "mean cov size check_valid tol method",
    (_GENERATOR,),
    size=NONE,
    check_valid=NONE,
    tol=NONE,
    method=NONE,
)
_add("permutation", permutation, "x axis", axis=NONE)
_add("shuffle", nothing, "x axis", axis=NONE)
_add("seed", nothing, "seed", _OLD, seed=NONE)
