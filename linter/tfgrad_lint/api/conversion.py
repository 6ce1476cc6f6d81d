"""What ``tf.convert_to_tensor`` and ``np.asarray`` make of values: numbers, lists, shapes, objects that hold arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfgrad_lint.domain.values import (
    ARRAY,
    OUTSIDE,
    ApiObject,
    Constant,
    Integer,
    OfType,
    Repeated,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    as_dim,
)
from tfgrad_lint.shapes import dtypes
from tfgrad_lint.shapes.conflicts import JoinConflict
from tfgrad_lint.shapes.dims import UNKNOWN, equal
from tfgrad_lint.shapes.shape import SCALAR, UNKNOWN_SHAPE, Shape, join, meet

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

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


def as_tensor(operation: Operation, value: Value, dtype: str | None = None) -> Tensor:
    """Return ``value`` as ``tf.convert_to_tensor`` would; ``dtype`` is that of the other operand, if any.

    Raises:
        JoinConflict: It holds tensors whose shapes certainly differ.
    """
    if isinstance(value, Tensor):
        return value if value.node.symbols is None else _refined(value)
    if isinstance(value, Constant | Integer | OfType):
        return _scalar(operation, value, dtype)
    if isinstance(value, Sequence):
        return _stacked(operation, value, dtype)
    if isinstance(value, TensorShape):
        rank = value.shape.rank
        shape = Shape((UNKNOWN if rank is None else rank,))
        return Tensor(shape, dtype or "int32", operation.node(value, cut="a shape"), content=_resolved(value))
    if isinstance(value, Repeated):
        inner = operation.tensor(value.item, dtype)
        whole = UNKNOWN_SHAPE if inner.shape.dims is None else Shape((UNKNOWN, *inner.shape.dims))
        return Tensor(whole, _within_list(inner), value.node)
    if isinstance(value, ApiObject) and (own := operation.held(value)) is not None:
        return own
    if isinstance(value, Unknown):
        # The same step: its axes stay the ones that ``x.shape`` gives.
        return Tensor(UNKNOWN_SHAPE, dtype, value.node)
    return Tensor(UNKNOWN_SHAPE, dtype, operation.node(value, opaque=True))


def _scalar(operation: Operation, value: Constant | Integer | OfType, dtype: str | None) -> Tensor:
    if isinstance(value, Integer):
        operation.rests_on_annotation |= value.told
        return Tensor(SCALAR, dtype or "int32", operation.node(), content=value.dim)
    if isinstance(value, OfType):
        operation.rests_on_annotation |= value.told
        return Tensor(SCALAR, dtype or _PYTHON_TYPES.get(value.type), operation.node(value))
    if type(value.value) not in _PYTHON_DTYPES:
        return Tensor(UNKNOWN_SHAPE, None, operation.node(opaque=True))
    content = value.value if type(value.value) is int else None
    own = _PYTHON_DTYPES[type(value.value)]
    if content is not None and abs(content) > _LARGEST_INT32:
        own = "int64"
    return Tensor(SCALAR, dtype or own, operation.node(), content=content)


def _stacked(operation: Operation, value: Sequence, dtype: str | None) -> Tensor:
    if not value.items:
        none = TensorShape(SCALAR, operation.node())
        return Tensor(Shape((0,)), dtype or "float32", operation.node(), content=none)
    plain = _plain_vector(operation, value, dtype)
    if plain is not None:
        return plain
    items = [as_tensor(operation, item, dtype) for item in value.items]
    shape = Shape((len(items), *inner)) if (inner := _inner(items).dims) is not None else UNKNOWN_SHAPE
    own = dtype or _common_dtype(value.items, items)
    node = operation.node(value)
    content = None
    if shape.rank == 1 and own in dtypes.INTEGER:
        dims = tuple(UNKNOWN if (dim := as_dim(item)) is None else dim for item in value.items)
        content = TensorShape(Shape(dims), node)
    return Tensor(shape, own, node, content=content)


def _plain_vector(operation: Operation, value: Sequence, dtype: str | None) -> Tensor | None:
    """Return a list of Python constants as a tensor, None if it holds anything else: data can be long."""
    kinds: set[type] = set()
    for item in value.items:
        if type(item) is not Constant or type(item.value) not in _PYTHON_DTYPES:
            return None
        kinds.add(type(item.value))
    own = dtype or ("float32" if kinds == {int, float} else None)
    if own is None and len(kinds) == 1:
        own = _PYTHON_DTYPES[next(iter(kinds))]
    node = operation.node()
    content = None
    if kinds == {int} and own in dtypes.INTEGER and len(value.items) <= _LONGEST_KEPT_VECTOR:
        content = TensorShape(Shape(tuple(item.value for item in value.items if isinstance(item, Constant))), node)
    return Tensor(Shape((len(value.items),)), own, node, content=content)


def _inner(items: list[Tensor]) -> Shape:
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


def _common_dtype(values: tuple[Value, ...], items: list[Tensor]) -> str | None:
    strong = {_within_list(item) for value, item in zip(values, items, strict=True) if not is_python(value)}
    if strong:
        return next(iter(strong)) if len(strong) == 1 else None
    kinds = {item.dtype for item in items}
    if len(kinds) == 1:
        return next(iter(kinds))
    return "float32" if kinds == {"int32", "float32"} else None


def as_array(operation: Operation, value: Value) -> Tensor:
    """Return ``value`` as ``np.asarray`` would, which makes an array of objects of what does not fit together."""
    if isinstance(value, Tensor):
        if value.kind == "array":
            return operation.tensor(value)
        own = operation.tensor(value)
        return Tensor(own.shape, own.dtype, operation.node(own, cut=OUTSIDE), "array", own.content, own.explicit)
    try:
        operand = operation.tensor(value)
    except JoinConflict:
        # Rows of different lengths make an array of objects, or are refused: that depends on NumPy's version.
        return Tensor(UNKNOWN_SHAPE, None, operation.node(value, cut=OUTSIDE), "array")
    return Tensor(operand.shape, _array_dtype(value), operation.node(operand, cut=OUTSIDE), "array", operand.content)


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
