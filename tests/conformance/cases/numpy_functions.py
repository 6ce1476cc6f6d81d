"""Arguments of NumPy's functions and array methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw

NUMBERS = ("float64", "float64", "float32", "int64", "int32", "bool")
FLOATS = ("float64", "float32")


@case(
    "np.exp np.log np.sqrt np.sin np.cos np.tan np.tanh np.log1p np.expm1 np.log10 np.log2 np.square np.abs "
    "np.negative np.sign np.isnan np.isinf np.isfinite np.logical_not np.floor np.ceil np.rint np.deg2rad np.conj "
    "np.reciprocal"
)
def unary(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(dtype=draw.dtype(*NUMBERS[:-1])),)


@case("np.round np.around np.real np.imag np.copy np.nan_to_num np.angle np.float32 np.int64 np.float64 np.bool_")
def plain_unary(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(dtype=draw.dtype("float64", "float32", "int64")),)


@case(
    "np.add np.subtract np.multiply np.maximum np.minimum np.divide np.true_divide np.power np.arctan2 np.hypot "
    "np.equal np.not_equal np.less np.greater np.less_equal np.greater_equal np.logical_and np.logical_or np.isclose "
    "np.logaddexp np.copysign operator.add operator.sub operator.mul operator.truediv operator.lt operator.ge"
)
def binary(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    dtypes = draw.dtype(*NUMBERS[:-1]), draw.dtype(*NUMBERS[:-1])
    left = draw.array(dims, dtypes[0])
    right = draw.choice([2, 0.5]) if draw.chance(4) else draw.array(draw.partner(dims), dtypes[1]) + 1
    return left, right


@case("np.mod np.remainder np.floor_divide operator.floordiv operator.mod")
def division(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.array(dims), draw.array(draw.partner(dims)) + 1


@case("np.bitwise_and np.bitwise_or operator.and_ operator.or_")
def bitwise(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.array(dims, "int64"), draw.array(draw.partner(dims), "int64")


@case("np.where")
def where(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(1, 3)
    if draw.chance(4):
        return (draw.array(dims, "bool"),)
    return draw.array(dims, "bool"), draw.array(draw.partner(dims)), draw.choice([0.0, 1, draw.array(dims)])


@case("np.clip")
def clip(draw: Draw) -> tuple[Any, ...]:
    return draw.array(), 0.2, draw.choice([0.8, None])


@case(
    "np.sum np.prod np.mean np.std np.var np.all np.any np.nansum np.nanmean Array.sum Array.mean Array.prod Array.std "
    "Array.any"
)
def reduction(draw: Draw) -> Call:
    array = draw.array(draw.positive_dims(1, 4), draw.dtype(*NUMBERS))
    axis = draw.axes(array.ndim)
    keywords: dict[str, Any] = {"axis": tuple(axis) if isinstance(axis, list) else axis}
    if draw.chance():
        keywords["keepdims"] = draw.flag()
    return Call((array,), keywords)


@case("np.sum np.max np.all np.mean np.squeeze", misses="scalars reduced along an axis that they do not have")
def scalar_reduction(draw: Draw) -> Call:
    return Call((draw.array([]),), {"axis": draw.choice([0, -1])} if draw.chance() else {})


@case("np.max np.min np.amax Array.max Array.min np.ptp np.median")
def extreme(draw: Draw) -> Call:
    array = draw.array(draw.positive_dims(1, 4), draw.dtype("float64", "float32", "int64"))
    axis = None if draw.chance(4) else draw.axis(array.ndim)
    return Call((array,), {"axis": axis, "keepdims": draw.flag()})


@case("np.argmax np.argmin Array.argmax np.cumsum np.cumprod np.sort np.argsort Array.argsort Array.cumsum np.average")
def along(draw: Draw) -> Call:
    array = draw.array(draw.positive_dims(1, 4), draw.dtype("float64", "int64"))
    return Call((array,), {"axis": draw.axis(array.ndim)} if draw.chance() else {})


@case("np.sort np.argsort")
def along_scalar(draw: Draw) -> Call:
    array = draw.array(draw.positive_dims(0, 1), "float64")
    return Call((array,), {"axis": draw.choice((-1, 0))} if draw.chance() else {})


@case("np.percentile np.quantile")
def quantile(draw: Draw) -> Call:
    array = draw.array(draw.positive_dims(1, 3))
    level = draw.choice([0.5, [0.25, 0.5]])
    return Call((array, level), {"axis": draw.axis(array.ndim)} if draw.chance() else {})


@case("np.diff")
def diff(draw: Draw) -> Call:
    array = draw.array(draw.positive_dims(1, 3))
    return Call((array,), {"n": draw.integer(1, 2), "axis": draw.axis(array.ndim)})


@case("np.count_nonzero")
def count_nonzero(draw: Draw) -> Call:
    array = draw.array(dtype="int64")
    return Call((array,), {} if draw.chance() else {"axis": draw.axis(array.ndim)})


@case("np.linalg.norm", misses="orders of stacks of matrices")
def norm(draw: Draw) -> Call:
    array = draw.array(draw.positive_dims(1, 3))
    return Call((array,), {"axis": draw.axis(array.ndim), "keepdims": draw.flag()} if draw.chance() else {})


def _shape(draw: Draw) -> Any:
    dims = draw.dims()
    return draw.size() if draw.chance(5) else tuple(dims) if draw.chance() else dims


@case("np.zeros np.ones np.empty")
def zeros(draw: Draw) -> Call:
    dtype = draw.choice([np.float32, "int32", float, int, bool])
    return Call((_shape(draw),), {"dtype": dtype} if draw.chance() else {})


@case("np.full")
def full(draw: Draw) -> tuple[Any, ...]:
    return _shape(draw), draw.choice([1, 0.5, True])


@case("np.zeros_like np.ones_like np.empty_like np.asarray np.ravel np.shape np.ndim np.size Array.copy Array.flatten")
def like(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(dtype=draw.dtype(*NUMBERS)),)


def _nested(draw: Draw, dims: list[int]) -> Any:
    if not dims:
        return draw.choice([1.0, 2, 0.5, True])
    return [_nested(draw, dims[1:]) for _ in range(dims[0])]


@case("np.array np.asarray")
def array(draw: Draw) -> Call:
    value = _nested(draw, draw.positive_dims(0, 3))
    return Call((value,), {"dtype": draw.choice([np.float32, "float64"])} if draw.chance() else {})


@case("np.array")
def array_of_arrays(draw: Draw) -> Call:
    dims = draw.dims(0, 2)
    return Call(([draw.array(dims) for _ in range(draw.integer(1, 3))],), {"ndmin": 3} if draw.chance() else {})


@case("np.arange")
def arange(draw: Draw) -> tuple[Any, ...]:
    return draw.choice([(5,), (2.0,), (1, 7), (0, 1, 0.25), (7, 1, -2), (0,)])


@case("np.linspace np.logspace np.geomspace")
def linspace(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(0, 2)
    low: Any = draw.array(dims) + 1 if dims else 1.0
    return (low, 2.0, draw.integer(0, 5)) if draw.chance() else (low, 2)


@case("np.eye")
def eye(draw: Draw) -> tuple[Any, ...]:
    return (draw.size(), draw.size()) if draw.chance() else (draw.size(),)


@case("np.identity")
def identity(draw: Draw) -> tuple[Any, ...]:
    return (draw.size(),)


@case("np.diag")
def diag(draw: Draw) -> Call:
    array = draw.array(draw.dims(1, 3 if draw.wrong() else 2))
    return Call((array,), {"k": draw.integer(-1, 1)} if draw.chance() else {})


@case("np.tril np.triu")
def triangle(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(draw.dims(2, 3)),)


@case("np.meshgrid")
def meshgrid(draw: Draw) -> Call:
    vectors = tuple(draw.array(draw.dims(1, 1)) for _ in range(draw.integer(1, 3)))
    return Call(vectors, {"indexing": "ij"} if draw.chance() else {})


def _factors(draw: Draw, size: int) -> list[int]:
    if size % 2 == 0 and size and draw.chance():
        return [2, size // 2]
    return [size] if draw.chance() else [1, size]


@case("np.reshape Array.reshape")
def reshape(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims()
    target = draw.disturbed(_factors(draw, int(np.prod(dims))))
    if target and draw.chance(3):
        target[draw.integer(0, len(target) - 1)] = -1
    return draw.array(dims), tuple(target)


@case("np.transpose Array.transpose")
def transpose(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    order = list(range(len(dims)))
    draw.rng.shuffle(order)
    return (draw.array(dims),) if draw.chance(3) else (draw.array(dims), draw.disturbed(order))


@case("np.swapaxes np.moveaxis Array.swapaxes")
def swapaxes(draw: Draw) -> tuple[Any, ...]:
    array = draw.array(draw.dims(1, 4))
    return array, draw.axis(array.ndim), draw.axis(array.ndim)


@case("np.expand_dims")
def expand_dims(draw: Draw) -> tuple[Any, ...]:
    array = draw.array()
    return array, draw.axis(array.ndim, extra=1)


@case("np.squeeze Array.squeeze")
def squeeze(draw: Draw) -> Call:
    dims = [1 if draw.chance() else dim for dim in draw.dims(1, 4)]
    return Call((draw.array(dims),), {} if draw.chance(3) else {"axis": draw.axis(len(dims))})


@case("np.tile")
def tile(draw: Draw) -> tuple[Any, ...]:
    counts = [draw.integer(0, 3) for _ in range(draw.integer(1, 3))]
    return draw.array(draw.dims(0, 3)), counts[0] if draw.chance(3) else counts


@case("np.repeat Array.repeat")
def repeat(draw: Draw) -> Call:
    array = draw.array(draw.dims(0, 3))
    return Call((array, draw.integer(0, 3)), {"axis": draw.axis(array.ndim)} if draw.chance() else {})


@case("np.pad")
def pad(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(1, 3)
    width: Any = draw.choice([1, (1, 2), [(1, 0)] * len(draw.disturbed(dims))])
    return draw.array(dims), width


@case("np.broadcast_to")
def broadcast_to(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims()
    return draw.array(draw.partner(dims)), tuple(dims)


@case("np.flip np.flipud")
def flip(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(draw.dims(1, 3)),)


@case("np.roll")
def roll(draw: Draw) -> Call:
    array = draw.array()
    return Call((array, 1), {"axis": draw.axis(array.ndim)} if draw.chance() else {})


@case("np.concatenate np.vstack np.hstack np.dstack np.column_stack np.stack")
def joined(draw: Draw) -> tuple[Any, ...]:
    dims = draw.dims(0 if draw.wrong() else 1, 3)
    return ([draw.array(draw.disturbed(dims), draw.dtype("float64", "int64")) for _ in range(draw.integer(1, 3))],)


@case("np.concatenate np.stack")
def joined_along(draw: Draw) -> Call:
    dims = draw.dims(1, 3)
    return Call(([draw.array(draw.disturbed(dims)) for _ in range(2)],), {"axis": draw.axis(len(dims))})


@case("np.split")
def split(draw: Draw) -> Call:
    return Call((draw.array(draw.positive_dims(1, 3)), draw.integer(1, 3)), {})


@case("np.hsplit np.vsplit np.dsplit")
def split_along(draw: Draw) -> tuple[Any, ...]:
    return draw.array(draw.positive_dims(1, 3)), draw.integer(1, 3)


@case("np.append")
def append(draw: Draw) -> Call:
    dims = draw.dims(1, 2)
    return Call((draw.array(dims, draw.dtype(*FLOATS)), draw.array(dims)), {"axis": 0} if draw.chance() else {})


@case("np.argwhere np.flatnonzero")
def found_places(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(draw.dims(1, 3), "int64"),)


@case("np.searchsorted")
def searched(draw: Draw) -> tuple[Any, ...]:
    return np.arange(3.0), draw.array()


@case("np.digitize")
def digitized(draw: Draw) -> tuple[Any, ...]:
    return draw.array(), np.arange(3.0)


@case("np.interp")
def interpolated(draw: Draw) -> tuple[Any, ...]:
    return draw.array(), np.arange(3.0), draw.array([3], draw.dtype("float64", "int64"))


@case("np.isin")
def isin(draw: Draw) -> tuple[Any, ...]:
    return draw.array(dtype="int64"), draw.array([2], "int64")


@case("np.histogram")
def histogram(draw: Draw) -> Call:
    bins = draw.choice([3, [0.0, 0.5, 1.0], np.linspace(0.0, 1.0, 4)])
    return Call((draw.array(draw.positive_dims(1, 2)),), {"bins": bins} if draw.chance() else {})


@case("np.random.multivariate_normal")
def random_vectors(draw: Draw) -> Call:
    size = {"size": draw.choice([3, (2, 3), ()])} if draw.chance() else {}
    return Call((np.zeros(2), np.eye(2)), size)


@case("np.take Array.take")
def take(draw: Draw) -> Call:
    dims = [draw.integer(3, 4) for _ in range(draw.integer(1, 3))]
    index = draw.array(draw.dims(0, 2), "int64")
    return Call((draw.array(dims), index), {"axis": draw.axis(len(dims))} if draw.chance() else {})


@case("np.atleast_1d np.atleast_2d")
def atleast(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(),)


@case("np.diagonal np.trace Array.diagonal")
def diagonal(draw: Draw) -> Call:
    return Call((draw.array(draw.dims(2, 3)),), {"offset": draw.integer(-1, 1)})


@case("np.matmul np.dot operator.matmul Array.dot")
def product(draw: Draw) -> tuple[Any, ...]:
    inner = draw.size()
    left = draw.disturbed([*draw.dims(0, 2), inner])
    right = draw.disturbed([inner, *draw.dims(0, 1)])
    return draw.array(left, draw.dtype(*FLOATS)), draw.array(right)


@case("np.inner np.outer np.kron")
def inner(draw: Draw) -> tuple[Any, ...]:
    last = draw.dims(1, 1)
    return draw.array([*draw.dims(0, 1), *draw.disturbed(last)]), draw.array(last)


@case("np.tensordot")
def tensordot(draw: Draw) -> tuple[Any, ...]:
    shared = draw.dims(1, 2)
    left, right = [*draw.dims(0, 1), *shared], [*shared, *draw.dims(0, 1)]
    return draw.array(draw.disturbed(left)), draw.array(draw.disturbed(right)), len(shared)


@case("np.einsum")
def einsum(draw: Draw) -> tuple[Any, ...]:
    inner = draw.positive_dims(1, 1)
    left, right = draw.array([*draw.positive_dims(1, 1), *inner]), draw.array([*draw.disturbed(inner), 3])
    return "ij,jk->ik", left, right


def _square(draw: Draw) -> Any:
    size = draw.integer(1, 3)
    batch = draw.positive_dims(0, 1)
    rows = size + 1 if draw.wrong() else size
    return draw.array([*batch, rows, size]) * 0.1 + np.eye(rows, size)


@case("np.linalg.inv np.linalg.det")
def square(draw: Draw) -> tuple[Any, ...]:
    return (_square(draw),)


@case("np.linalg.pinv np.linalg.svd")
def rectangle(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(draw.positive_dims(2, 3)),)


@case("np.linalg.cholesky np.linalg.eigh np.linalg.eig")
def symmetric(draw: Draw) -> tuple[Any, ...]:
    size = draw.integer(1, 3)
    return (np.eye(size) + 0.01 * np.ones((size, size)),)


@case("np.linalg.solve")
def solve(draw: Draw) -> tuple[Any, ...]:
    size = draw.integer(1, 3)
    return np.eye(size), draw.array([size + 1 if draw.wrong() else size, *draw.dims(0, 1)])


@case("np.random.normal np.random.uniform np.random.laplace")
def random_sample(draw: Draw) -> Call:
    keywords: dict[str, Any] = {} if draw.chance(3) else {"size": _shape(draw)}
    return Call((0.0, 1.0) if draw.chance() else (), keywords)


@case("np.random.randn np.random.rand")
def random_sizes(draw: Draw) -> tuple[Any, ...]:
    return tuple(draw.dims())


@case("np.random.randint")
def randint(draw: Draw) -> Call:
    return Call((0, 5), {"size": _shape(draw)} if draw.chance() else {})


@case("np.random.random np.random.standard_normal np.random.random_sample")
def unit(draw: Draw) -> tuple[Any, ...]:
    return (_shape(draw),)


@case("np.random.permutation")
def permutation(draw: Draw) -> tuple[Any, ...]:
    return (draw.integer(0, 5) if draw.chance() else draw.array(draw.dims(1, 2)),)


@case("np.random.choice")
def choice(draw: Draw) -> Call:
    return Call((5 if draw.chance() else draw.array([4]),), {"size": _shape(draw)} if draw.chance() else {})


@case("np.unique np.cov")
def one_array(draw: Draw) -> tuple[Any, ...]:
    return (draw.array([draw.integer(1, 4), draw.integer(2, 4)]),)


@case("Array.astype")
def astype(draw: Draw) -> tuple[Any, ...]:
    return draw.array(), draw.choice([np.float32, "int32", int, float, bool])


@case("np.fft.fft np.fft.ifft np.fft.rfft np.fft.irfft", misses="axes that are too short for the inverse")
def fourier(draw: Draw) -> Call:
    array = draw.array(draw.positive_dims(0, 3), draw.dtype("float64", "float32", "int64"))
    keywords: dict[str, Any] = {"axis": draw.axis(array.ndim)} if draw.chance() else {}
    if draw.chance():
        keywords["n"] = draw.integer(1, 5)
    return Call((array,), keywords)


@case("np.fft.fft2 np.fft.ifft2 np.fft.fftn np.fft.ifftn", misses="sizes of other axes")
def fourier_of_axes(draw: Draw) -> Call:
    array = draw.array(draw.positive_dims(1, 3))
    return Call((array,), {"s": (3, 4), "axes": (-2, -1)} if draw.chance(3) else {})


@case("np.fft.fftshift np.fft.ifftshift")
def fourier_shift(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(draw.positive_dims(1, 3)),)


@case("np.fft.fftfreq np.fft.rfftfreq")
def frequencies(draw: Draw) -> tuple[Any, ...]:
    return (draw.integer(1, 6),)


@case("np.isneginf np.isposinf")
def infinite(draw: Draw) -> tuple[Any, ...]:
    return (draw.array(dtype=draw.dtype("float64", "float32", "int64")),)


@case("np.linalg.slogdet")
def log_determinant(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(0 if draw.wrong() else 1, 2)
    return (draw.array([*dims, *dims[-1:]] if not draw.wrong() else dims),)


@case("np.setdiff1d")
def difference_of_sets(draw: Draw) -> tuple[Any, ...]:
    return draw.array(draw.dims(0, 2)), draw.array(draw.dims(0, 2))


@case("np.bincount", misses="weights of other lengths")
def bincount(draw: Draw) -> Call:
    count = draw.integer(1, 4)
    keywords: dict[str, Any] = {"weights": draw.array([count])} if draw.chance() else {}
    return Call((draw.array([count, 2] if draw.wrong() else [count], "int64"),), keywords)
