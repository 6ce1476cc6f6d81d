"""The join of two values: what is known of a value that may be either, as after a branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfgrad_lint.domain.objects import DictObject, Happened, Instance, ListObject, Scope
from tfgrad_lint.domain.values import (
    ARRAY,
    ELEMENT,
    JOIN,
    NONE,
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
    Tensor,
    TensorShape,
    Unknown,
    Value,
    node_of,
)
from tfgrad_lint.shapes.dims import equal
from tfgrad_lint.shapes.shape import SCALAR, Shape
from tfgrad_lint.shapes.shape import join as join_shapes

if TYPE_CHECKING:
    from tfgrad_lint.interpreter.store import Location


def join_at(location: Location, values: list[Value | None]) -> Value:
    """Join what a location holds at the end of several paths; None where a path left it unbound."""
    bound = [value for value in values if value is not None]
    # An unbound variable can't be read, so only the other paths count; an unbound attribute may come from anywhere.
    if len(bound) < len(values) and not isinstance(location[0], Scope):
        bound.append(Happened(None, False) if isinstance(bound[0], Happened) else unknown(bound))
    result = bound[0]
    for value in bound[1:]:
        result = join(result, value)
    return result


def unknown(values: list[Value] | tuple[Value, ...]) -> Unknown:
    """Return a value of which nothing is known but that it is one of ``values``."""
    # What has an identity may change later on, and then depend on anything.
    opaque = not all(map(_is_immutable, values))
    return Unknown(Node(JOIN, tuple(node for value in values for node in nodes_within(value)), opaque=opaque))


def _is_immutable(value: Value) -> bool:
    if isinstance(value, Sequence):
        return all(map(_is_immutable, value.items))
    return isinstance(value, Unknown | Constant | Integer | OfType | TensorShape) or (
        isinstance(value, Tensor) and value.kind == "tensor"
    )


def join(a: Value, b: Value) -> Value:
    """Return what is known of a value that is ``a`` or ``b``."""
    if a is b:
        return a
    if type(a) is Unknown and type(b) is Unknown:
        # Most of what is joined.
        return Unknown(Node(JOIN, (a.node, b.node)))
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return _join_tensors(a, b)
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return _join_with_other(a, b) if isinstance(a, Tensor) else _join_with_other(b, a)
    if _are_same_constants(a, b):
        return a
    python = python_type(a)
    if python is not None and python == python_type(b):
        return OfType(python)
    if isinstance(a, Sequence) and isinstance(b, Sequence) and _same_form(a, b):
        return Sequence(tuple(map(join, a.items, b.items)), a.kind)
    if is_list(a) and is_list(b):
        return joined_items((*items_of(a), *items_of(b)))
    if isinstance(a, Mapping) and isinstance(b, Mapping) and a.items.keys() == b.items.keys():
        return Mapping({key: join(value, b.items[key]) for key, value in a.items.items()})
    if isinstance(a, ApiObject) and isinstance(b, ApiObject) and _are_data(a, b):
        parts = {name: _join_parts(value, b.attributes[name]) for name, value in a.attributes.items()}
        return ApiObject(a.type, Node(JOIN, (a.node, b.node)), parts)
    if isinstance(a, TensorShape) and isinstance(b, TensorShape):
        return TensorShape(join_shapes(a.shape, b.shape), Node(JOIN, (a.owner, b.owner)))
    if isinstance(a, Happened) and isinstance(b, Happened):
        return a if a == b else unknown((a, b))
    return unknown((a, b))


def joined(values: tuple[Value, ...]) -> Value:
    """Return what is known of a value that is any one of ``values``."""
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result


def is_list(value: Value) -> bool:
    """Tell whether ``value`` is what a list holds, as far as that is known."""
    return isinstance(value, Repeated) or (isinstance(value, Sequence) and value.kind == "list")


def items_of(value: Value) -> tuple[Value, ...]:
    """Return what the items of a list are like."""
    return value.items if isinstance(value, Sequence) else (value.item,) if isinstance(value, Repeated) else (value,)


def joined_items(items: tuple[Value, ...]) -> Unknown:
    """Return the contents of a list of any number of items, each like one of ``items``."""
    if not items or not all(map(_is_plain, items)):
        return unknown(items)
    result = items[0]
    for item in items[1:]:
        result = join(result, item)
    if not _is_plain(result):
        return unknown(items)
    steps = tuple(step for item in items for step in node_of(item))
    return Repeated(Node(JOIN, steps), any_item(result))


def _is_plain(value: Value) -> bool:
    # Layers, lists and variables have an identity, which one that stands for several can't have. What is not known may
    # have one, of which nothing is known either.
    if isinstance(value, Sequence):
        return value.kind == "tuple" and all(map(_is_plain, value.items))
    if isinstance(value, Tensor):
        return value.kind != "variable"
    if isinstance(value, Constant):
        return python_type(value) is not None
    return isinstance(value, Integer | OfType) or type(value) is Unknown


def any_item(value: Value) -> Value:
    """Return what stands for another item of a list whose items are like ``value``."""
    if isinstance(value, Sequence):
        return Sequence(tuple(map(any_item, value.items)), value.kind)
    if isinstance(value, Tensor):
        node = Node(JOIN, (value.node,), tapes=value.node.tapes)
        return Tensor(value.shape, value.dtype, node, value.kind, explicit=value.explicit)
    if isinstance(value, Unknown):
        return Unknown(Node(JOIN, (value.node,)))
    python = python_type(value)
    return value if python is None else OfType(python)


def _join_with_other(tensor: Value, other: Value) -> Value:
    if isinstance(tensor, Tensor) and _is_number(other):
        return _join_with_number(tensor)
    if isinstance(tensor, Tensor) and isinstance(other, Unknown) and tensor.node is other.node:
        # One value, whose shape a condition told on one path.
        return other
    return unknown((tensor, other))


def _join_parts(a: Value, b: Value) -> Value:
    # None is what nothing was put into yet.
    return b if a == NONE else a if b == NONE else join(a, b)


def _are_data(a: ApiObject, b: ApiObject) -> bool:
    """Tell whether two objects of the API only hold data: datasets, tables, images, which have no identity."""
    held = {ELEMENT, ARRAY}
    return a.type == b.type and a.attributes.keys() == b.attributes.keys() and not held.isdisjoint(a.attributes)


def _are_same_constants(a: Value, b: Value) -> bool:
    if not isinstance(a, Constant | Integer | OfType | DType | External) or type(a) is not type(b) or a != b:
        return False
    # Python holds 1 == 1.0 == True.
    return not isinstance(a, Constant) or type(a.value) is type(_constant(b))


def _join_tensors(a: Tensor, b: Tensor) -> Value:
    if a.kind != b.kind:
        return _join_kinds(a, b)
    node = a.node if a.node is b.node else Node(JOIN, (a.node, b.node))
    content = a.content if _same_content(a, b) else None
    dtype = a.dtype if a.dtype == b.dtype else None
    shape = join_shapes(a.shape, b.shape)
    return Tensor(shape, dtype, node, a.kind, content, a.explicit or b.explicit, a.trainable and b.trainable)


def _join_kinds(a: Tensor, b: Tensor) -> Value:
    """Join a variable and a tensor: which it is may not be known, but both are used as tensors are."""
    if "array" in {a.kind, b.kind}:
        return unknown((a, b))
    # The variable may be assigned later on, to what depends on anything.
    node = Node(JOIN, (a.node, b.node), opaque=True)
    dtype = a.dtype if a.dtype == b.dtype else None
    return Tensor(join_shapes(a.shape, b.shape), dtype, node, explicit=a.explicit or b.explicit)


def _same_content(a: Tensor, b: Tensor) -> bool:
    if a.content is b.content:
        return True
    if isinstance(a.content, TensorShape) and isinstance(b.content, TensorShape):
        return _same_shape(a.content.shape, b.content.shape) and a.content.shape.is_static
    if isinstance(a.content, TensorShape) or isinstance(b.content, TensorShape):
        return False
    return a.content is not None and b.content is not None and bool(equal(a.content, b.content))


def _join_with_number(tensor: Tensor) -> Tensor:
    # ``loss = 0.0`` before a loop that adds tensors: the number acts as a scalar tensor, which beside another takes the
    # dtype of that.
    shape = join_shapes(tensor.shape, SCALAR)
    node = Node(JOIN, (tensor.node,))
    return Tensor(shape, None, node, "array" if tensor.kind == "array" else "tensor", None, tensor.explicit)


def _is_number(value: Value) -> bool:
    return python_type(value) in {"int", "float", "bool"}


def python_type(value: Value) -> str | None:
    """Return the name of the type of a number or a text, None for other values."""
    if isinstance(value, Integer):
        return "int"
    if isinstance(value, OfType):
        return value.type
    if isinstance(value, Constant) and isinstance(value.value, bool | int | float | str):
        return type(value.value).__name__
    return None


def _constant(value: Value) -> Any:
    return value.value if isinstance(value, Constant) else None


def _same_form(a: Sequence, b: Sequence) -> bool:
    return len(a.items) == len(b.items) and a.kind == b.kind


def nodes_within(value: Value) -> tuple[Node, ...]:
    """Return the steps that ``value`` was made from, objects with an identity included."""
    if isinstance(value, Instance | ListObject | DictObject):
        return (value.node,)
    return node_of(value)


def same(a: Value | None, b: Value | None) -> bool:
    """Tell whether two values are alike in all but where they came from, so that a loop has reached its fixpoint."""
    if a is b:
        return True
    if a is None or b is None or type(a) is not type(b):
        return False
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        alike = a.dtype == b.dtype and a.kind == b.kind and a.explicit == b.explicit
        return alike and _same_shape(a.shape, b.shape) and _same_content(a, b)
    if isinstance(a, Constant):
        return a == b and type(a.value) is type(_constant(b))
    if isinstance(a, Sequence) and isinstance(b, Sequence):
        return _same_form(a, b) and all(map(same, a.items, b.items))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.items.keys() == b.items.keys() and all(same(v, b.items[k]) for k, v in a.items.items())
    if isinstance(a, TensorShape) and isinstance(b, TensorShape):
        return _same_shape(a.shape, b.shape)
    if isinstance(a, Repeated) and isinstance(b, Repeated):
        return same(a.item, b.item)
    if isinstance(a, ApiObject) and isinstance(b, ApiObject) and _are_data(a, b):
        return all(same(value, b.attributes[name]) for name, value in a.attributes.items())
    return isinstance(a, Unknown) or bool(a == b)


def _same_shape(a: Shape, b: Shape) -> bool:
    # Unknown dimensions count as alike here: they can't get any less known.
    if a.dims is None or b.dims is None:
        return a.dims is b.dims
    return len(a.dims) == len(b.dims) and all(
        p is q or equal(p, q) is True for p, q in zip(a.dims, b.dims, strict=True)
    )
