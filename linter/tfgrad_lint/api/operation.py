"""What an API model can ask and say about the call it models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tfgrad_lint.interpreter.events import Broadcasted, Event, Reduced
from tfgrad_lint.interpreter.values import (
    Constant,
    DType,
    External,
    Integer,
    Mapping,
    Node,
    OfType,
    Sequence,
    Site,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    as_dim,
    node_of,
)
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.broadcasting import broadcast
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, join

if TYPE_CHECKING:
    from collections.abc import Callable


class Caller(Protocol):
    """Calls a function value of the user's program, as ``tf.map_fn`` does."""

    def __call__(self, function: Value, positional: tuple[Value, ...]) -> Value:
        """Return the result of ``function(*positional)``."""


class Operation:
    """One call of a modelled function: where it is, which tapes record it, and helpers that read its arguments."""

    def __init__(
        self,
        name: str,
        site: Site,
        *,
        tapes: tuple[Value, ...] = (),
        emit: Callable[[Event], None] | None = None,
        call: Caller | None = None,
    ) -> None:
        self.name = name
        self.site = site
        self.tapes = tapes
        self._emit = emit
        self._call = call

    # Making results.

    def node(self, *inputs: Value, cut: str | None = None, opaque: bool = False) -> Node:
        """Return a step that reads ``inputs``; ``cut`` says why no gradient passes it."""
        nodes = tuple(node for value in inputs for node in node_of(value))
        return Node(self.name, nodes, self.site, cut=cut, opaque=opaque, tapes=self.tapes)

    def tensor_result(
        self,
        shape: Shape,
        dtype: str | None,
        *inputs: Value,
        cut: str | None = None,
        content: Dim | TensorShape | None = None,
        explicit: bool = False,
    ) -> Tensor:
        """Return a tensor made from ``inputs``."""
        if cut is None and dtypes.is_differentiable(dtype) is False:
            cut = f"{dtype} tensors carry no gradient"
        return Tensor(shape, dtype, self.node(*inputs, cut=cut), content=content, explicit=explicit)

    def unknown(self, *inputs: Value) -> Unknown:
        """Return an unknown result that may depend on anything."""
        return Unknown(self.node(*inputs, opaque=True))

    # Reading arguments.

    def tensor(self, value: Value, dtype: str | None = None) -> Tensor:
        """Return ``value`` as ``tf.convert_to_tensor`` would; ``dtype`` is that of the other operand, if any."""
        if isinstance(value, Tensor):
            return value
        if isinstance(value, Constant | Integer | OfType):
            return self._scalar(value, dtype)
        if isinstance(value, Sequence):
            return self._stacked(value, dtype)
        if isinstance(value, TensorShape):
            rank = value.shape.rank
            return Tensor(
                Shape((UNKNOWN if rank is None else rank,)), "int32", self.node(value, cut="a shape"), content=value
            )
        return Tensor(UNKNOWN_SHAPE, dtype, self.node(value, opaque=not isinstance(value, Unknown)))

    def _scalar(self, value: Constant | Integer | OfType, dtype: str | None) -> Tensor:
        own = {bool: "bool", int: "int32", float: "float32", complex: "complex128", str: "string", bytes: "string"}
        if isinstance(value, Integer):
            return Tensor(SCALAR, dtype or "int32", self.node(), content=value.dim)
        if isinstance(value, OfType):
            python = {"int": "int32", "float": "float32", "bool": "bool", "str": "string"}
            return Tensor(SCALAR, dtype or python.get(value.type), self.node())
        if type(value.value) not in own:
            return Tensor(UNKNOWN_SHAPE, None, self.node(opaque=True))
        content = value.value if type(value.value) is int else None
        return Tensor(SCALAR, dtype or own[type(value.value)], self.node(), content=content)

    def _stacked(self, value: Sequence, dtype: str | None) -> Tensor:
        items = [self.tensor(item, dtype) for item in value.items]
        if not items:
            return Tensor(Shape((0,)), dtype or "float32", self.node(), content=TensorShape(Shape(()), self.node()))
        inner = items[0].shape
        for item in items[1:]:
            inner = join(inner, item.shape)
        kinds = {item.dtype for item in items}
        own = next(iter(kinds)) if len(kinds) == 1 else "float32" if kinds == {"int32", "float32"} else None
        shape = Shape((len(items), *inner.dims)) if inner.dims is not None else UNKNOWN_SHAPE
        content = None
        if inner.rank == 0 and own in dtypes.INTEGER:
            dims = tuple(UNKNOWN if (dim := as_dim(item)) is None else dim for item in items)
            content = TensorShape(Shape(dims), self.node(value))
        return Tensor(shape, own, self.node(value), content=content)

    def dtype(self, value: Value, default: str | None = None) -> str | None:
        """Return the dtype that an argument names, ``default`` if it is None, None if it is not known."""
        if isinstance(value, DType):
            return value.name
        if isinstance(value, Constant) and value.value is None:
            return default
        if isinstance(value, Constant) and isinstance(value.value, str):
            name = dtypes.ALIASES.get(value.value, value.value)
            return name if name in dtypes.ALL else None
        if isinstance(value, External):
            name = value.name.rpartition(".")[2]
            name = {"float": "float64", "int": "int64"}.get(name, dtypes.ALIASES.get(name, name))
            return name if name in dtypes.ALL else None
        return None

    def integer(self, value: Value) -> Dim:
        """Return the integer that an argument is, UNKNOWN if it is not known or no integer."""
        dim = as_dim(value)
        return UNKNOWN if dim is None else dim

    def boolean(self, value: Value) -> bool | None:
        """Return the truth of a constant argument, None if it is not known."""
        return bool(value.value) if isinstance(value, Constant) else None

    def is_none(self, value: Value) -> bool:
        """Tell whether an argument is certainly None."""
        return isinstance(value, Constant) and value.value is None

    def dims(self, value: Value) -> tuple[Dim, ...] | None:
        """Return the elements of a shape argument (list, tuple, ``tf.shape(x)``, tensor), None if not known how many.

        A single integer counts as a vector of one.
        """
        if isinstance(value, TensorShape):
            return value.dims()
        if isinstance(value, Sequence):
            return tuple(UNKNOWN if (dim := as_dim(item)) is None else dim for item in value.items)
        if isinstance(value, Tensor):
            if isinstance(value.content, TensorShape):
                return value.content.dims()
            if value.shape.rank == 1 and value.shape.dims and isinstance(value.shape.dims[0], int):
                return (UNKNOWN,) * value.shape.dims[0]
            return (self.integer(value),) if value.shape.rank == 0 else None
        if isinstance(value, Constant | Integer | OfType):
            dim = as_dim(value)
            return None if dim is None else (dim,)
        return None

    def items(self, value: Value) -> tuple[Value, ...] | None:
        """Return the items of a list, tuple or dict argument, None if not known."""
        if isinstance(value, Sequence):
            return value.items
        return tuple(value.items.values()) if isinstance(value, Mapping) else None

    # Saying what happened.

    def emit(self, event: Event) -> None:
        """Tell the rules of ``event``."""
        if self._emit is not None:
            self._emit(event)

    def broadcast(self, left: Tensor, right: Tensor, *, cut: str | None = None, dtype: str | None = None) -> Tensor:
        """Return the result of an elementwise operation on two tensors, and say that it happened.

        Raises:
            BroadcastConflict: the shapes certainly do not fit.
        """
        shape = broadcast(left.shape, right.shape)
        result = self.tensor_result(shape, dtype or left.dtype or right.dtype, left, right, cut=cut)
        self.emit(Broadcasted(self.site, self.name, left, right, shape, result.node))
        return result

    def reduced(self, operand: Tensor, axes: tuple[int, ...] | None, keepdims: bool | None, result: Tensor) -> Tensor:
        """Say that ``result`` is ``operand`` reduced over ``axes``, and return it."""
        self.emit(Reduced(self.site, self.name, operand, axes, keepdims, result.node))
        return result

    def call(self, function: Value, *positional: Value) -> Value:
        """Return the result of the user's ``function``, unknown if it can't be called."""
        return self._call(function, positional) if self._call is not None else self.unknown(*positional)
