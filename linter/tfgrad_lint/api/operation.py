"""What an API model can ask and say about the call it models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from tfgrad_lint.domain.events import Broadcasted, Event, Normalized, Reduced
from tfgrad_lint.domain.values import (
    ARRAY,
    CHANGED,
    OUTSIDE,
    ApiObject,
    Constant,
    DType,
    External,
    Integer,
    Mapping,
    Node,
    OfType,
    Repeated,
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
from tfgrad_lint.shapes.conflicts import JoinConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, join, meet

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


_PYTHON_DTYPES: Final[dict[type, str]] = {
    bool: "bool",
    int: "int32",
    float: "float32",
    complex: "complex128",
    str: "string",
    bytes: "string",
}
# Python's numbers as NumPy takes them where ``int`` has 64 bits.
_ARRAY_DTYPES: Final = {"bool": "bool", "int": "int64", "float": "float64", "complex": "complex128", "str": "string"}
# A longer vector is data, not a shape or a list of axes, so its elements are not kept.
_LONGEST_KEPT_VECTOR: Final = 16
# Above, tf.constant takes a Python int for 64 bits.
_LARGEST_INT32: Final = 2**31 - 1

_PYTHON_TYPES: Final = {"int": "int32", "float": "float32", "bool": "bool", "str": "string"}


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
    """One call of a modelled function: where it is, which tapes record it, and helpers that read its arguments."""

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
        if isinstance(value, Tensor):
            return value if value.node.symbols is None else _refined(value)
        if isinstance(value, Constant | Integer | OfType):
            return self._scalar(value, dtype)
        if isinstance(value, Sequence):
            return self._stacked(value, dtype)
        if isinstance(value, TensorShape):
            rank = value.shape.rank
            shape = Shape((UNKNOWN if rank is None else rank,))
            return Tensor(shape, dtype or "int32", self.node(value, cut="a shape"), content=_resolved(value))
        if isinstance(value, Repeated):
            inner = self.tensor(value.item, dtype)
            whole = UNKNOWN_SHAPE if inner.shape.dims is None else Shape((UNKNOWN, *inner.shape.dims))
            return Tensor(whole, _within_list(inner), value.node)
        if isinstance(value, ApiObject) and (own := self.held(value)) is not None:
            return own
        if isinstance(value, Unknown):
            # The same step: its axes stay the ones that ``x.shape`` gives.
            return Tensor(UNKNOWN_SHAPE, dtype, value.node)
        return Tensor(UNKNOWN_SHAPE, dtype, self.node(value, opaque=True))

    def _scalar(self, value: Constant | Integer | OfType, dtype: str | None) -> Tensor:
        if isinstance(value, Integer):
            return Tensor(SCALAR, dtype or "int32", self.node(), content=value.dim)
        if isinstance(value, OfType):
            return Tensor(SCALAR, dtype or _PYTHON_TYPES.get(value.type), self.node(value))
        if type(value.value) not in _PYTHON_DTYPES:
            return Tensor(UNKNOWN_SHAPE, None, self.node(opaque=True))
        content = value.value if type(value.value) is int else None
        own = _PYTHON_DTYPES[type(value.value)]
        if content is not None and abs(content) > _LARGEST_INT32:
            own = "int64"
        return Tensor(SCALAR, dtype or own, self.node(), content=content)

    def _stacked(self, value: Sequence, dtype: str | None) -> Tensor:
        if not value.items:
            none = TensorShape(SCALAR, self.node())
            return Tensor(Shape((0,)), dtype or "float32", self.node(), content=none)
        plain = self._plain_vector(value, dtype)
        if plain is not None:
            return plain
        items = [self.tensor(item, dtype) for item in value.items]
        shape = Shape((len(items), *inner)) if (inner := self._inner(items).dims) is not None else UNKNOWN_SHAPE
        own = dtype or self._common_dtype(value.items, items)
        node = self.node(value)
        content = None
        if shape.rank == 1 and own in dtypes.INTEGER:
            dims = tuple(UNKNOWN if (dim := as_dim(item)) is None else dim for item in value.items)
            content = TensorShape(Shape(dims), node)
        return Tensor(shape, own, node, content=content)

    def _plain_vector(self, value: Sequence, dtype: str | None) -> Tensor | None:
        """Return a list of Python constants as a tensor, None if it holds anything else: data can be long."""
        kinds: set[type] = set()
        for item in value.items:
            if type(item) is not Constant or type(item.value) not in _PYTHON_DTYPES:
                return None
            kinds.add(type(item.value))
        own = dtype or ("float32" if kinds == {int, float} else None)
        if own is None and len(kinds) == 1:
            own = _PYTHON_DTYPES[next(iter(kinds))]
        node = self.node()
        content = None
        if kinds == {int} and own in dtypes.INTEGER and len(value.items) <= _LONGEST_KEPT_VECTOR:
            content = TensorShape(Shape(tuple(item.value for item in value.items if isinstance(item, Constant))), node)
        return Tensor(Shape((len(value.items),)), own, node, content=content)

    def _inner(self, items: list[Tensor]) -> Shape:
        inner = items[0].shape
        for index, item in enumerate(items[1:], start=1):
            if item.shape == inner:
                continue
            both = meet(inner, item.shape)
            if both is None:
                raise JoinConflict(items[0].shape, item.shape, index, 0, first_difference(items[0].shape, item.shape))
            # A shape that is only partly known may be another one, so sizes that may differ are not merged.
            inner = join(inner, item.shape) if inner.dims is not None and item.shape.dims is not None else both
        return inner

    def _common_dtype(self, values: tuple[Value, ...], items: list[Tensor]) -> str | None:
        strong = {_within_list(item) for value, item in zip(values, items, strict=True) if not is_python(value)}
        if strong:
            return next(iter(strong)) if len(strong) == 1 else None
        kinds = {item.dtype for item in items}
        if len(kinds) == 1:
            return next(iter(kinds))
        return "float32" if kinds == {"int32", "float32"} else None

    def held(self, value: ApiObject) -> Tensor | None:
        """Return the array that NumPy makes of an object; of a table that was changed, of any number of columns."""
        own = value.attributes.get(ARRAY)
        if not isinstance(own, Tensor):
            return None
        dims = own.shape.dims
        if dims is None or len(dims) < 2 or self.recall(value, CHANGED) is None:
            return own
        return Tensor(Shape((dims[0], *(UNKNOWN for _ in dims[1:]))), own.dtype, own.node, own.kind)

    def array(self, value: Value) -> Tensor:
        """Return ``value`` as ``np.asarray`` would."""
        if isinstance(value, Tensor):
            if value.kind == "array":
                return self.tensor(value)
            own = self.tensor(value)
            return Tensor(own.shape, own.dtype, self.node(own, cut=OUTSIDE), "array", own.content, own.explicit)
        try:
            operand = self.tensor(value)
        except JoinConflict:
            # Rows of different lengths make an array of objects, or are refused: that depends on NumPy's version.
            return Tensor(UNKNOWN_SHAPE, None, self.node(value, cut=OUTSIDE), "array")
        return Tensor(operand.shape, _array_dtype(value), self.node(operand, cut=OUTSIDE), "array", operand.content)

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


def _array_dtype(value: Value) -> str | None:
    """Return the dtype that NumPy gives an array of ``value``."""
    if isinstance(value, Tensor):
        return value.dtype
    if isinstance(value, ApiObject):
        return own.dtype if isinstance(own := value.attributes.get(ARRAY), Tensor) else None
    if isinstance(value, Constant):
        return _ARRAY_DTYPES.get(type(value.value).__name__)
    if isinstance(value, OfType):
        return _ARRAY_DTYPES.get(value.type)
    if isinstance(value, Repeated):
        return _array_dtype(value.item)
    if not isinstance(value, Sequence):
        return "int64" if isinstance(value, Integer | TensorShape) else None
    kinds = list(dict.fromkeys(map(_array_dtype, value.items))) or ["float64"]
    result = kinds[0]
    for kind in kinds[1:]:
        result = dtypes.promote(result, kind)
    return result


def is_python(value: Value) -> bool:
    """Tell whether ``value`` is certainly made of Python numbers only: it takes the dtype of a tensor beside it."""
    if isinstance(value, Sequence):
        return all(is_python(item) for item in value.items)
    if isinstance(value, Repeated):
        return is_python(value.item)
    return isinstance(value, Constant | Integer | OfType | TensorShape)


def _within_list(item: Tensor) -> str | None:
    # Arrays of 64-bit integers in a list become 32-bit ones if their values allow it.
    return None if item.kind == "array" and item.dtype == "int64" else item.dtype


def first_difference(a: Shape, b: Shape) -> int | None:
    """Return the first axis of which two shapes of one rank certainly have different sizes, None if none."""
    if a.dims is None or b.dims is None or len(a.dims) != len(b.dims):
        return None
    pairs = enumerate(zip(a.dims, b.dims, strict=True))
    return next((axis for axis, (p, q) in pairs if equal(p, q) is False), None)


def _refined(value: Tensor) -> Tensor:
    # Sizes that the program has asked for (x.shape[0]) are known by identity from then on.
    known: dict[int, Any] = dict(value.node.symbols or {})
    dims = value.shape.dims
    if dims is None or UNKNOWN not in dims:
        return value
    refined = tuple(known.get(axis, dim) if dim is UNKNOWN else dim for axis, dim in enumerate(dims))
    return Tensor(Shape(refined), value.dtype, value.node, value.kind, value.content, value.explicit, value.trainable)


def _resolved(value: TensorShape) -> TensorShape:
    dims = value.dims()
    return value if dims is None else TensorShape(Shape(dims), value.owner)


def _known_dtype(name: str) -> str | None:
    return name if name in dtypes.ALL else None


def _external_dtype(canonical: str) -> str | None:
    package, _, name = canonical.rpartition(".")
    if package.split(".")[0] in ("tf", "", "builtins"):
        return _known_dtype(dtypes.ALIASES.get(name, name))
    return _known_dtype(dtypes.NUMPY_ALIASES.get(name, name))
