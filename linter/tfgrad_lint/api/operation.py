"""What an API model can ask and say about the call it models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from tfgrad_lint.api import conversion
from tfgrad_lint.domain.events import Broadcasted, Event, Normalized, Reduced
from tfgrad_lint.domain.values import (
    ARRAY,
    CHANGED,
    FILTERED,
    OUTSIDE,
    ApiObject,
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
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


# The owner of what is remembered of the graph that a program for TensorFlow 1 builds.
_GRAPH: Final = "tf.Graph"


class Memory(Protocol):
    """Keeps what is known of objects that change, such as the input that a layer was built for."""

    def recall(self, owner: Hashable, name: str) -> Value | None:
        """Return what was last remembered under ``name`` of ``owner`` on the way to this call, None if nothing."""

    def remember(self, owner: Hashable, name: str, value: Value) -> None:
        """Keep ``value`` under ``name`` of ``owner`` from this call on."""


class _OwnMemory:
    """A memory for operations that are not part of a program."""

    def __init__(self) -> None:
        self._values: dict[tuple[Hashable, str], Value] = {}

    def recall(self, owner: Hashable, name: str) -> Value | None:
        return self._values.get((owner, name))

    def remember(self, owner: Hashable, name: str, value: Value) -> None:
        self._values[owner, name] = value


class Caller(Protocol):
    """Calls a function value of the user's program, as ``tf.map_fn`` does."""

    def __call__(self, function: Value, positional: tuple[Value, ...]) -> Value:
        """Return the result of ``function(*positional)``."""


class Operation:
    """One call of a modelled function: where it is, which tapes record it, and helpers that read its arguments.

    ``rests_on_annotation`` tells that it took a parameter for a scalar because of its annotation alone: parameters that
    are given lists or tensors are annotated as ``int`` or ``float``, too.
    """

    def __init__(
        self,
        name: str,
        site: Site,
        *,
        tapes: tuple[Value, ...] = (),
        emit: Callable[[Event], None] | None = None,
        call: Caller | None = None,
        memory: Memory | None = None,
        in_graph: bool = False,
        keras_version: int | None = None,
    ) -> None:
        self.name = name
        self.keras_version = keras_version
        self._in_graph = in_graph
        self.rests_on_annotation = False
        self.site = site
        self.tapes = tapes
        self._emit = emit
        self._call = call
        self._memory = _OwnMemory() if memory is None else memory

    def at(self, site: Site | None) -> Operation:
        """Return this operation as one at ``site``, where a part of it is written."""
        if site is None:
            return self
        return Operation(
            self.name,
            site,
            tapes=self.tapes,
            emit=self._emit,
            call=self._call,
            memory=self._memory,
            in_graph=self._in_graph,
            keras_version=self.keras_version,
        )

    # Making results.

    def node(self, *inputs: Value, cut: str | None = None, opaque: bool = False) -> Node:
        """Return a step that reads ``inputs``; ``cut`` says why no gradient passes it."""
        nodes = tuple([node for value in inputs for node in node_of(value)])
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

    def derived(
        self,
        shape: Shape,
        dtype: str | None,
        *operands: Tensor,
        cut: str | None = None,
        content: Dim | TensorShape | None = None,
    ) -> Tensor:
        """Return a tensor made from ``operands`` whose size-1 axes are as much on purpose as theirs were.

        An operand of lower rank is aligned, as a bias is, and says nothing about the axes of the result. One that has
        all of the result's sizes of itself had the size-1 axes already: the others were only made to fit it.
        """
        explicit = any(operand.explicit and operand.shape.rank == shape.rank for operand in operands)
        if explicit and shape.dims is not None:
            had_them = any(not operand.explicit and operand.shape.dims == shape.dims for operand in operands)
            explicit = 1 in shape.dims and not had_them
        return self.tensor_result(shape, dtype, *operands, cut=cut, content=content, explicit=explicit)

    def array_result(
        self,
        shape: Shape,
        dtype: str | None,
        *inputs: Value,
        content: Dim | TensorShape | None = None,
        explicit: bool = False,
    ) -> Tensor:
        """Return a NumPy array made from ``inputs``, which no gradient reaches."""
        node = self.node(*inputs, cut=OUTSIDE)
        return Tensor(shape, dtype, node, "array", content=content, explicit=explicit)

    def unknown(self, *inputs: Value) -> Unknown:
        """Return an unknown result that may depend on anything."""
        return Unknown(self.node(*inputs, opaque=True))

    def cut_off(self, value: Value, why: str) -> Tensor:
        """Return ``value`` as an input that passes no gradient, such as an index or a condition."""
        operand = self.tensor(value)
        return Tensor(operand.shape, operand.dtype, self.node(operand, cut=why), content=operand.content)

    # Reading arguments.

    def tensor(self, value: Value, dtype: str | None = None) -> Tensor:
        """Return ``value`` as ``tf.convert_to_tensor`` would; ``dtype`` is that of the other operand, if any."""
        return conversion.as_tensor(self, value, dtype)

    def array(self, value: Value) -> Tensor:
        """Return ``value`` as ``np.asarray`` would."""
        return conversion.as_array(self, value)

    def held(self, value: ApiObject) -> Tensor | None:
        """Return the array that NumPy makes of an object: changed tables have any number of rows or columns."""
        own = value.attributes.get(ARRAY)
        if not isinstance(own, Tensor):
            return None
        filtered, changed = (self.recall(value, mark) is not None for mark in (FILTERED, CHANGED))
        if not own.shape.dims or not (filtered or changed):
            return own
        rows, *columns = own.shape.dims
        dims = (UNKNOWN if filtered else rows, *((UNKNOWN for _ in columns) if changed else columns))
        return Tensor(Shape(dims), own.dtype, own.node, own.kind)

    def dtype(self, value: Value, default: str | None = None) -> str | None:
        """Return the dtype that an argument names, ``default`` if it is None, None if it is not known."""
        if isinstance(value, DType):
            return value.name
        if isinstance(value, Constant) and value.value is None:
            return default
        if isinstance(value, Constant) and isinstance(value.value, str):
            return _known_dtype(dtypes.ALIASES.get(value.value, value.value))
        if isinstance(value, External):
            return _external_dtype(value.name)
        return None

    def array_dtype(self, value: Value, default: str | None = None) -> str | None:
        """Return the dtype that a NumPy function's argument names: Python's ``float`` is float64 to NumPy."""
        if isinstance(value, Constant) and isinstance(value.value, str):
            return _known_dtype(dtypes.NUMPY_ALIASES.get(value.value, value.value))
        if isinstance(value, External) and not value.name.startswith("tf."):
            name = value.name.rpartition(".")[2]
            return _known_dtype(dtypes.NUMPY_ALIASES.get(name, name))
        return self.dtype(value, default)

    def integer(self, value: Value) -> Dim:
        """Return the integer that an argument is, UNKNOWN if it is not known or no integer."""
        dim = as_dim(value)
        return UNKNOWN if dim is None else dim

    def boolean(self, value: Value) -> bool | None:
        """Return the truth of a constant argument, None if it is not known."""
        return bool(value.value) if isinstance(value, Constant) else None

    def text(self, value: Value) -> str | None:
        """Return the string that an argument is, None if it is not known or no string."""
        return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None

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
                return value.content.shape.dims
            if value.shape.rank == 1 and value.shape.dims and isinstance(value.shape.dims[0], int):
                return (UNKNOWN,) * value.shape.dims[0]
            return (self.integer(value),) if value.shape.rank == 0 else None
        if isinstance(value, Constant | Integer | OfType):
            dim = as_dim(value)
            return None if dim is None else (dim,)
        return None

    def shape(self, value: Value) -> Shape:
        """Return a shape argument as a shape: ``None`` and unknown entries are unknown sizes."""
        return Shape(self.dims(value))

    def items(self, value: Value) -> tuple[Value, ...] | None:
        """Return the items of a list, tuple or dict argument, None if not known."""
        if isinstance(value, Sequence):
            return value.items
        return tuple(value.items.values()) if isinstance(value, Mapping) else None

    # Objects that change.

    def recall(self, owner: Hashable, name: str) -> Value | None:
        """Return what was last remembered under ``name`` of ``owner`` on the way to this call, None if nothing."""
        return self._memory.recall(owner, name)

    def remember(self, owner: Hashable, name: str, value: Value) -> None:
        """Keep ``value`` under ``name`` of ``owner`` from this call on."""
        self._memory.remember(owner, name, value)

    @property
    def in_graph(self) -> bool:
        """Whether this certainly becomes part of a graph: in a ``tf.function``, or in a program for TensorFlow 1."""
        return self._in_graph or self.builds_graph

    @property
    def builds_graph(self) -> bool:
        """Whether the program is certainly one for TensorFlow 1."""
        return self.recall(_GRAPH, "built") is not None

    def build_graph(self) -> None:
        """Note that the program builds a graph as those for TensorFlow 1 do."""
        self.remember(_GRAPH, "built", Constant(True))

    # Saying what happened.

    def emit(self, event: Event) -> None:
        """Tell the rules of ``event``."""
        if self._emit is not None:
            self._emit(event)

    def broadcast(self, left: Tensor, right: Tensor, *, dtype: str | None, cut: str | None = None) -> Tensor:
        """Return the result of an elementwise operation on two tensors, and say that it happened.

        Operations between tensors that certainly have the same axes are nothing to tell.

        Raises:
            BroadcastConflict: the shapes certainly do not fit.
        """
        shape = broadcast(left.shape, right.shape)
        result = self.derived(shape, dtype, left, right, cut=cut)
        if not left.shape.dims or UNKNOWN in left.shape.dims or left.shape.dims != right.shape.dims:
            self.emit(Broadcasted(self.site, self.name, left, right, shape, result.node))
        return result

    def reduced(
        self, operand: Tensor, axes: tuple[int, ...] | None, keepdims: bool | None, result: Tensor, axis: Value
    ) -> Tensor:
        """Say that ``result`` is ``operand`` reduced over ``axes``, which the argument ``axis`` named; return it."""
        named = None if self.is_none(axis) else self.dims(axis)
        constants = tuple(dim for dim in named or () if isinstance(dim, int))
        known = constants if named is not None and len(constants) == len(named) else None
        self.emit(Reduced(self.site, self.name, operand, axes, keepdims, result.node, known))
        return result

    def normalized(self, operand: Tensor, axes: tuple[int, ...] | None) -> None:
        """Say that the entries of ``operand`` are scaled to sum to one, or to norm one, along ``axes``."""
        self.emit(Normalized(self.site, self.name, operand, axes))

    def call(self, function: Value, *positional: Value) -> Value:
        """Return the result of the user's ``function``, unknown if it can't be called."""
        return self._call(function, positional) if self._call is not None else self.unknown(*positional)


def _known_dtype(name: str) -> str | None:
    return name if name in dtypes.ALL else None


def _external_dtype(canonical: str) -> str | None:
    package, _, name = canonical.rpartition(".")
    if package.split(".")[0] in ("tf", "", "builtins"):
        return _known_dtype(dtypes.ALIASES.get(name, name))
    return _known_dtype(dtypes.NUMPY_ALIASES.get(name, name))
