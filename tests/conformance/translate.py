"""Real arguments as the values that the interpreter would hand to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tfgrad_lint.domain.values import (
    NONE,
    Constant,
    DType,
    External,
    Integer,
    Mapping,
    Node,
    OfType,
    Sequence,
    Slice,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    of_dim,
)
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, Polynomial, Symbol, of_symbol, substitute
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    import random

# One in this many arguments, and parts of arguments, is told only in part where a translation is vague.
_VAGUE = 3
# The sizes that are put in for another are this much longer or less: a symbolic axis is taken to be as long as the
# integers that it is cut by, so none is shorter.
_LONGER = 6


class Translation:
    """Translates the arguments of one call; remembers which value stands for which tensor.

    ``symbolic`` replaces each size of a tensor that is at least 2 by one symbol for that size, or, drawn from
    ``sizes``, by one other size; ``known`` says whether the elements of integer vectors are told. A ``vague``
    translation, drawn at random, leaves out some of what it knows: values, ranks, sizes, dtypes.
    """

    def __init__(
        self,
        *,
        symbolic: bool,
        known: bool,
        vague: random.Random | None = None,
        sizes: random.Random | None = None,
    ) -> None:
        self.symbolic = symbolic
        self.vague = vague
        self.known = known
        self.sizes = sizes
        self.replaced: dict[int, Dim] = {}
        self.sources: list[tuple[Any, Tensor]] = []

    def value(self, real: Any) -> Value:
        """Return the value that stands for ``real``."""
        if isinstance(real, Value):
            return real
        if self.vague is not None and self.vague.randrange(_VAGUE) == 0:
            return self._vague_value(real)
        if isinstance(real, tf.Tensor | tf.Variable | np.ndarray | np.generic):
            return self._tensor(real)
        if isinstance(real, tf.TensorShape):
            dims = None if real.rank is None else tuple(real.as_list())
            return TensorShape(Shape(dims), Node("shape"))
        if isinstance(real, list | tuple):
            return Sequence(tuple(map(self.value, real)), "list" if isinstance(real, list) else "tuple")
        if isinstance(real, dict):
            return Mapping({key: self.value(item) for key, item in real.items()})
        if isinstance(real, slice):
            return Slice(self.value(real.start), self.value(real.stop), self.value(real.step))
        if isinstance(real, tf.DType):
            return DType(real.name)
        if self.symbolic and type(real) is int and real in self.replaced:
            return of_dim(self.replaced[real])
        if isinstance(real, type):
            return External(f"np.{real.__name__}" if issubclass(real, np.generic) else real.__name__)
        return Constant(real)

    def _tensor(self, real: Any) -> Tensor:
        dtype = real.dtype.name
        dtype = "string" if dtype.startswith("str") else dtype
        kind = (
            "variable"
            if isinstance(real, tf.Variable)
            else "array"
            if isinstance(real, np.ndarray | np.generic)
            else "tensor"
        )
        node = Node("argument")
        content: Dim | TensorShape | None = None
        if self.known and np.issubdtype(real.dtype if kind == "array" else real.dtype.as_numpy_dtype, np.integer):
            numbers = np.asarray(real)
            if numbers.ndim == 0:
                content = int(numbers)
            elif numbers.ndim == 1:
                content = TensorShape(Shape(tuple(map(int, numbers))), node)
        shape = Shape(tuple(map(self._dim, real.shape)))
        tensor = Tensor(shape, dtype, node, kind, content)
        self.sources.append((real, tensor))
        return tensor

    def _vague_value(self, real: Any) -> Value:
        """Return a value that stands for ``real`` but tells less."""
        assert self.vague is not None
        kind = self.vague.randrange(3)
        if isinstance(real, tf.Tensor | tf.Variable | np.ndarray | np.generic) and kind:
            exact = self._tensor(real)
            dims = None if kind == 1 else tuple(UNKNOWN if self.vague.randrange(2) else dim for dim in real.shape)
            dtype = exact.dtype if self.vague.randrange(2) else None
            less = Tensor(Shape(dims), dtype, exact.node, exact.kind)
            self.sources[-1] = (real, less)
            return less
        if type(real) in (bool, int, float, str) and kind:
            return OfType(type(real).__name__)
        node = Node("anything")
        self.sources += [(each, Tensor(Shape(None), None, node)) for each in tensors_in(real)]
        return Unknown(node)

    def _dim(self, size: int) -> Dim:
        if not self.symbolic or size < 2:
            return size
        if size not in self.replaced:
            other = None if self.sizes is None else size + self.sizes.randrange(_LONGER)
            self.replaced[size] = of_symbol(Symbol(f"s{size}")) if other is None else other
        return self.replaced[size]

    def concrete(self, dim: Dim, other: Translation | None = None) -> Dim:
        """Return ``dim`` with the sizes put in for their symbols, or those of an ``other`` translation of the call."""
        sizes = {} if other is None else other.replaced
        values: dict[Symbol, Dim] = {
            _only_symbol(symbol): sizes.get(size, size) for size, symbol in self.replaced.items()
        }
        for real, tensor in self.sources:
            # Sizes that a model named by identity, as x.shape[0] does.
            for axis, symbol in (tensor.node.symbols or {}).items():
                values[_only_symbol(symbol)] = sizes.get(real.shape[axis], real.shape[axis])
        return substitute(dim, values)


def tensors_in(real: Any) -> list[Any]:
    """Return the tensors in a structure of arguments."""
    if isinstance(real, list | tuple) and not isinstance(real, tf.TensorShape):
        return [each for item in real for each in tensors_in(item)]
    if isinstance(real, dict):
        return [each for item in real.values() for each in tensors_in(item)]
    return [real] if isinstance(real, tf.Tensor | tf.Variable) else []


def _only_symbol(dim: Dim) -> Symbol:
    assert isinstance(dim, Polynomial)
    ((atom,),) = dim.terms
    assert isinstance(atom, Symbol)
    return atom


def defaults_of(value: Any) -> Value:
    """Return the value of a default argument of a real signature."""
    return NONE if value is None else Translation(symbolic=False, known=True).value(value)


__all__ = ["Integer", "Translation", "defaults_of"]
